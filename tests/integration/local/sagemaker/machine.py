"""SageMaker alone, on a free port, beside an emulator that is shared: for the tests of SageMaker.

    python -m tests.integration.local.sagemaker.machine <emulator> <account> <state folder>

runs it in a process of its own, prints its address, and lives until it is killed.
"""

import json
import os
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local.containers.images import Images
from local.containers.processes import Processes
from local.faults import Faults
from local.sagemaker.api import SageMaker
from local.sagemaker.platform import Platform
from local.sagemaker.wire import AwsError
from tests.described import Described

ROOT = Path(__file__).parents[4]
STAND_IN = ROOT / "tests/data/container"
REGION = "us-east-1"
OURS = ("sagemaker", "sagemaker-runtime")


class Diary:
    """Takes the place of the rules and keeps every event."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def publish(self, detail_type: str, detail: dict[str, Any], arn: str) -> None:
        self.events.append({"detail-type": detail_type, "resources": [arn], "detail": detail})

    def details(self, kind: str) -> list[dict[str, Any]]:
        """The details of "Training Job", "Endpoint" or "Model Package" events."""
        name = f"SageMaker {kind} State Change"
        return [event["detail"] for event in self.events if event["detail-type"] == name]


class Identity:
    """Clients of the emulator, as an account's root or as one of its roles.

    A federated user has what the role's policies grant: AssumeRole would refuse everybody but
    SageMaker itself.
    """

    def __init__(self, url: str, account: str) -> None:
        self._url, self._account = url, account
        self._clients: dict[tuple[str, str | None], Any] = {}
        self.refused: list[str] = []  # what roles were refused, as "service:Operation"

    def client(self, service: str, role_arn: str | None = None) -> Any:
        if (service, role_arn) not in self._clients:
            keys = self._keys(role_arn) if role_arn else (self._account, "root", None)
            made = client(self._url, service, *keys)
            made.meta.events.register("after-call", self._note)
            self._clients[service, role_arn] = made
        return self._clients[service, role_arn]

    def _keys(self, role_arn: str) -> tuple[str, str, str]:
        iam, name = self.client("iam"), role_arn.rpartition("/")[2]
        policies = [
            iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        ]
        statements = [statement for policy in policies for statement in policy["Statement"]]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        sts = self.client("sts")
        keys = sts.get_federation_token(Name=name[:32], Policy=policy)["Credentials"]
        return keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]

    def _note(self, http_response: Any, model: Any, **_: object) -> None:
        if http_response.status_code in (400, 403):
            self.refused.append(f"{model.service_model.endpoint_prefix}:{model.name}")


class _Handler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """No line for every request."""


class Port:
    """SageMaker behind a real server."""

    def __init__(self, emulator: str, account: str, state: Path) -> None:
        self.faults, self.diary = Faults(), Diary()
        self.measured: list[tuple[Any, ...]] = []
        self.identity = Identity(emulator, account)
        images = Images(STAND_IN / "Dockerfile", STAND_IN, lambda name: name == "stand-ins")
        self.sagemaker = SageMaker(
            Platform(
                account=account,
                region=REGION,
                state=state,
                logs=state / "logs",
                publish=self.diary.publish,
                faults=self.faults,
                client=self.identity.client,
                engine=Processes(),
                images=images,
                measure=self._measure,
            )
        )
        self._described = Described(self.sagemaker.answer)
        self._server = make_server(
            "127.0.0.1", 0, self._answer, threaded=True, request_handler=_Handler
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> "Port":
        self.sagemaker.start()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.sagemaker.stop()
        self._server.shutdown()
        self._server.server_close()
        self._described.check()

    @Request.application
    def _answer(self, request: Request) -> Response:
        return self._described(request, self._before)

    def _measure(self, *what: Any, **dimensions: str) -> None:
        """Keep a value of a metric, and then fail as CloudWatch may."""
        self.measured.append((*what, dimensions))
        raise RuntimeError("nobody counts")

    def _before(self, operation: str, params: dict[str, Any]) -> None:
        """What stands before SageMaker: bad manners on request."""
        facts = {"service": "sagemaker", "operation": operation, "principal": "developer"}
        if self.faults.take("throttled", **facts):
            raise AwsError("ThrottlingException", "Rate exceeded")
        if fault := self.faults.take("error", **facts):
            raise AwsError(fault["code"], fault.get("message", "-"), fault.get("status", 400))


class Machine:
    """Where SageMaker runs, in an account of its own: it may be restarted, its state stays."""

    def __init__(self, emulator: str, account: str, folder: Path) -> None:
        self.emulator, self.account = emulator, account
        self.state = folder / "state"
        self.shelf = f"shelf-{account}"  # the bucket
        self.arn = f"arn:aws:sagemaker:{REGION}:{account}"
        self.image = f"{account}.dkr.ecr.{REGION}.amazonaws.com/stand-ins"
        self.port = self._started()

    def restart(self) -> None:
        self.port.stop()
        self.port = self._started()

    def role(self, name: str = "Worker") -> str:
        """The ARN of a role."""
        return f"arn:aws:iam::{self.account}:role/stack-{name}"

    def client(self, service: str, attempts: int = 1) -> Any:
        """A client of the developer's."""
        url = self.port.url if service in OURS else self.emulator
        return client(url, service, self.account, "root", attempts=attempts)

    def _started(self) -> Port:
        return Port(self.emulator, self.account, self.state).start()


@cache
def _session() -> boto3.Session:
    """One for all, as it takes a while to read the services' descriptions."""
    return boto3.Session()


_making = threading.Lock()  # clients are safe in threads, making them isn't


def client(
    url: str, service: str, key: str, secret: str, token: str | None = None, *, attempts: int = 1
) -> Any:
    """A boto3 client as anybody would make it."""
    with _making:
        return _session().client(
            service,
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": attempts}),
        )


def furnish(machine: Machine) -> None:
    """A bucket, and roles that may do more or less with it."""
    machine.client("s3").create_bucket(Bucket=machine.shelf)
    shelf, objects = f"arn:aws:s3:::{machine.shelf}", f"arn:aws:s3:::{machine.shelf}/*"
    group = f"arn:aws:logs:{REGION}:{machine.account}:log-group:/aws/sagemaker/*"
    listing = _allow("s3:ListBucket", shelf)
    reading_and_writing = _allow(
        ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"], objects
    )
    logging = _allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], group)
    reading = _allow("s3:GetObject", f"{shelf}/in/*")
    iam = machine.client("iam")
    for name, statements in {
        "Worker": [listing, reading_and_writing, logging],
        "Silent": [listing, reading_and_writing],  # all that Worker may, but write no log
        "Reader": [listing, reading],
        "Stranger": [listing],
    }.items():
        service = "ec2.amazonaws.com" if name == "Stranger" else "sagemaker.amazonaws.com"
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
        role = f"stack-{name}"
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=_policy([trust]))
        iam.put_role_policy(RoleName=role, PolicyName="data", PolicyDocument=_policy(statements))


def _allow(actions: str | list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def _policy(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


if __name__ == "__main__":
    print(Port(sys.argv[1], sys.argv[2], Path(sys.argv[3])).start().url, flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)
