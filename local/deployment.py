"""The stack, deployed as `make deploy` does it: built folders, the SAM transform, CloudFormation.

Packages aren't packed with a function's code but lie on its PYTHONPATH, in a folder that holds
nothing else: unpacking 30 MB for every process of a function would take longer than all the rest.
"""

import copy
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local import LocalError
from local.emulator import VENV
from local.identity import Identity
from local.templates import FUNCTION, Bridge, Template, parse, resources, rewrite

_LAYER = "AWS::Serverless::LayerVersion"
CODE = {_LAYER: "ContentUri", FUNCTION: "CodeUri"}
_POLL_SECONDS, _LONGEST_SECONDS = 0.05, 300
_BUCKET = "local-artifacts-of-any-account"  # so SAM transforms it once for all accounts
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


class Deployment:
    """One stack of one template."""

    def __init__(
        self, template: Path, stack_name: str, parameters: dict[str, str], identity: Identity
    ) -> None:
        self._path, self.stack_name = template, stack_name
        self._client, self._region = identity.client, identity.region
        self._bucket = f"local-artifacts-{identity.account}"
        self.template = parse(template.read_text(encoding="utf-8"))
        if unknown := sorted(parameters.keys() - self.template.get("Parameters", {}).keys()):
            raise LocalError(f"the template has no parameter {unknown[0]!r}")
        self._parameters = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ]

    def prepare(self, to: Bridge) -> None:
        """Pack the code and write the template for CloudFormation, which takes no emulator yet."""
        template = copy.deepcopy(self.template)
        self._code = dict(self._packed(template))
        try:
            prepared = json.dumps(rewrite(template, self._region, to))
        except LocalError as error:
            raise LocalError(f"{self._path}: {error}") from error
        self._prepared = prepared.replace(_BUCKET, self._bucket)

    def deploy(self, look: Callable[[], None]) -> dict[str, str]:
        """Create or update the stack; returns its outputs. LocalError if it can't be deployed.

        `look` is called again and again meanwhile.
        """
        for key, content in self._code.items():
            self._put(key, content)
        cloudformation = self._client("cloudformation")
        template = {"TemplateURL": self.put(self._prepared)}
        try:
            change(cloudformation, self.stack_name, template, self._parameters, look)
        except LocalError as error:
            raise LocalError(f"{self._path}: {error}") from error
        outputs = (_stack(cloudformation, self.stack_name) or {}).get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def physical_ids(self, kind: str) -> dict[str, str]:
        """Logical and physical ids of the stack's resources of a type, if there is a stack."""
        if _stack(self._client("cloudformation"), self.stack_name) is None:
            return {}
        pages = self._client("cloudformation").get_paginator("list_stack_resources")
        return {
            found["LogicalResourceId"]: found["PhysicalResourceId"]
            for page in pages.paginate(StackName=self.stack_name)
            for found in page["StackResourceSummaries"]
            if found["ResourceType"] == kind
        }

    def fetch(self, url: str) -> str:
        """A template out of S3, by its URL of bucket and key."""
        bucket, _, key = urlsplit(url).path.lstrip("/").partition("/")
        body = self._client("s3").get_object(Bucket=bucket, Key=key)["Body"]
        return str(body.read().decode())

    def put(self, text: str) -> str:
        """Keep a template in S3; returns its URL, for CloudFormation."""
        content = text.encode()
        key = f"{hashlib.sha256(content).hexdigest()}.template"
        self._put(key, content)
        return f"https://s3.amazonaws.com/{self._bucket}/{key}"

    def _put(self, key: str, content: bytes) -> None:
        s3 = self._client("s3")
        s3.create_bucket(Bucket=self._bucket)  # which may be there
        s3.put_object(Bucket=self._bucket, Key=key, Body=content)

    def _packed(self, template: Template) -> Iterator[tuple[str, bytes]]:
        """Functions' and layers' folders as objects, which the template names from now on."""
        shared = template.get("Globals", {}).get("Function", {})
        packages: dict[str, str] = {}  # of layers
        for name, resource in [*resources(template, _LAYER), *resources(template, FUNCTION)]:
            properties, member = resource["Properties"], CODE[resource["Type"]]
            folder = self._path.parent / (properties.get(member) or shared[member])
            content = packed(folder, "python/" if member == "ContentUri" else "")
            key = f"{hashlib.sha256(content).hexdigest()}.zip"
            yield key, content
            properties[member] = f"s3://{_BUCKET}/{key}"
            own = VENV / "functions" / folder.name  # where `make .venv-emulator/ready` puts them
            if member == "ContentUri":
                packages[name] = str(own)
                continue
            used = [layer.get("Ref") for p in (shared, properties) for layer in p.get("Layers", [])]
            paths = [str(own), *(packages[layer] for layer in used if layer in packages)]
            variables = properties.setdefault("Environment", {}).setdefault("Variables", {})
            variables["PYTHONPATH"] = ":".join(paths)


def change(
    cloudformation: Any,
    name: str,
    template: dict[str, str],
    parameters: Sequence[Any] = (),
    look: Callable[[], None] = lambda: None,
) -> None:
    """Create or update a stack, as its state asks for. LocalError says why it can't be.

    `template` is CloudFormation's TemplateBody or TemplateURL.
    """
    request: dict[str, Any] = {"StackName": name, **template}
    request |= {"Capabilities": _CAPABILITIES, "Parameters": parameters}
    if _status(cloudformation, name) in ("ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED"):
        cloudformation.delete_stack(StackName=name)
    is_there = _status(cloudformation, name) is not None
    put = cloudformation.update_stack if is_there else cloudformation.create_stack
    try:
        put(**request)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if "No updates are to be performed" in message:
            return
        raise LocalError(message) from error
    status = _status(cloudformation, name, look)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise LocalError("; ".join(_failures(cloudformation, name)) or str(status))


def _failures(cloudformation: Any, stack: str) -> Iterator[str]:
    """Which resources failed the last time, and why."""
    for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:
        name, status = event["LogicalResourceId"], event["ResourceStatus"]
        if name != stack and status in ("CREATE_FAILED", "UPDATE_FAILED"):
            yield f"{name}: {event.get('ResourceStatusReason', '?')}"
        elif event.get("DetailedStatus") == "VALIDATION_FAILED":
            for found in cloudformation.describe_events(StackName=stack)["OperationEvents"]:
                if reason := found.get("ValidationStatusReason"):
                    yield f"{found['LogicalResourceId']}: {reason}"
        elif name == stack and status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            return  # events before are of another time


def _stack(cloudformation: Any, name: str) -> dict[str, Any] | None:
    try:
        return dict(cloudformation.describe_stacks(StackName=name)["Stacks"][0])
    except ClientError:
        return None


def _status(cloudformation: Any, name: str, look: Callable[[], None] = lambda: None) -> str | None:
    """The stack's status, once it is no longer under way; None if there is no stack."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while (found := _stack(cloudformation, name)) and found["StackStatus"].endswith("_PROGRESS"):
        if time.monotonic() > deadline:
            why = f"the stack {name} stays {found['StackStatus']}; start from nothing, with --state"
            raise LocalError(why)
        look()
        time.sleep(_POLL_SECONDS)
    return found["StackStatus"] if found else None


def packed(folder: Path, prefix: str = "") -> bytes:
    """A .zip of a folder, the same bytes for the same files. LocalError if there is none."""
    if not folder.is_dir():
        raise LocalError(f"there is no folder {folder}")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                member = zipfile.ZipInfo(prefix + path.relative_to(folder).as_posix())
                archive.writestr(member, path.read_bytes())
    return content.getvalue()
