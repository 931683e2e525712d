"""Prepare `sam local` for a running local cloud: build, a derived template, an environment file.

A function in SAM's containers sees no variable that the template doesn't declare, and can't reach
this machine's loopback. So a copy of the built template declares the SDK's own variables, a file
holds their values as the running local cloud has them, and the local cloud also listens on the
address under which Docker's containers see this machine. The functions' code stays as it is.
"""

import contextlib
import json
import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import yaml

from local.client import control
from local.sam import FUNCTION
from local.sam_build import SamLocalError, build

__all__ = ["SamLocalError", "prepare"]

BUILT = Path(".aws-sam/build/template.yaml")
FOLDER = Path(".aws-sam/local")  # samconfig.toml names the two files that come here
_CODE = {FUNCTION: "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
_ADDRESS = "import socket; print(socket.gethostbyname('machine'))"
_REACH = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)"


def prepare(aws_port: int, sam: str, options: list[str]) -> list[str]:
    """Do all that `sam local` needs; returns the names of the functions that it can run."""
    functions = control(aws_port, "GET", "functions")
    images = {image(function) for function in functions.values()}
    _docker("version", "--format", "{{.Server.Version}}", why="Docker doesn't answer")
    for runtime in sorted({function["runtime"] for function in functions.values()}):
        build(sam, runtime, options)
    for name in sorted(images):
        _pull(name)
    url = _reachable(aws_port, min(images))
    environments = {
        name: function["variables"] | {"AWS_ENDPOINT_URL": url}
        for name, function in functions.items()
    }
    template = yaml.safe_load(BUILT.read_text(encoding="utf-8"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    _write("template.json", declaring(template, environments))
    _write("environment.json", environments)
    return sorted(environments)


def image(function: dict[str, Any]) -> str:
    """The base image of a runtime, as SAM names it."""
    language, version = re.findall(r"[a-z]+|[\d.]+", function["runtime"])[:2]
    return f"public.ecr.aws/lambda/{language}:{version}-{function['architecture']}"


def declaring(template: dict[str, Any], environments: dict[str, dict[str, str]]) -> dict[str, Any]:
    """A built template whose functions declare every variable of their environment."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if folder := properties.get(_CODE.get(resource["Type"], "")):
            properties[_CODE[resource["Type"]]] = os.path.relpath(BUILT.parent / folder, FOLDER)
        if resource["Type"] == FUNCTION:
            if name not in environments:
                raise SamLocalError(f"the local cloud plays another template: it has no {name}")
            declared = properties.setdefault("Environment", {}).setdefault("Variables", {})
            declared.update(dict.fromkeys(environments[name], ""))
    return template


def _write(name: str, document: dict[str, Any]) -> None:
    draft = FOLDER / f"{name}.new"
    draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    draft.replace(FOLDER / name)


def _pull(name: str) -> None:
    with contextlib.suppress(SamLocalError):
        _docker("image", "inspect", name, why="")
        return
    print(f"pulling {name}", flush=True)
    _docker("pull", "--quiet", name, why=f"can't pull {name}, which SAM runs the functions in")


def _reachable(aws_port: int, name: str) -> str:
    """The address of the local cloud for containers, tried out from one."""
    run = ("run", "--rm", "--add-host", "machine:host-gateway", "--entrypoint", "python3", name)
    address = _docker(*run, "-c", _ADDRESS, why="a container can't find this machine")
    # Docker Desktop's address leads to our loopback; a Linux engine's is one of this machine's own.
    if _is_ours(address):
        control(aws_port, "POST", "listen", {"address": address})
    url = f"http://{address}:{aws_port}"  # no name: S3 clients would put the bucket in front of it
    why = f"containers don't reach the local cloud under {url}; a firewall may be in between"
    _docker(*run, "-c", _REACH, f"{url}/_local/status", why=why)
    return url


def _is_ours(address: str) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind((address, 0))
        except OSError:
            return False
    return True


def _docker(*arguments: str, why: str) -> str:
    """What a docker command prints; SamLocalError with `why` and Docker's own words if it fails."""
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SamLocalError("sam local needs Docker, and there is no `docker` here") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [""]
        raise SamLocalError(f"{why}: {said[-1]}")
    return done.stdout.strip()
