"""The AWS port alone, on a free port: for the tests of what it plays.

    python tests/integration/aws_port.py <template> <state folder>

runs it in a process of its own, prints the port, and lives until it is killed.
"""

import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from werkzeug.serving import WSGIRequestHandler, make_server

from local.aws import Aws
from local.faults import Faults
from local.lambdas import Functions
from local.template import load

ACCOUNT, REGION = "123456789012", "us-east-1"


class Diary:
    """Takes the place of the bus and keeps every event."""

    def __init__(self) -> None:
        self.s3_events: list[tuple[str, dict[str, Any]]] = []
        self.events: list[dict[str, Any]] = []

    def s3(self, event: dict[str, Any], function_name: str) -> None:
        self.s3_events.append((function_name, event))

    def publish(
        self, source: str, detail_type: str, detail: dict[str, Any], resources: list[str]
    ) -> None:
        event = {"source": source, "detail-type": detail_type, "resources": resources}
        self.events.append(event | {"detail": detail})

    def details(self, kind: str) -> list[dict[str, Any]]:
        """The details of "Training Job", "Endpoint" or "Model Package" events."""
        name = f"SageMaker {kind} State Change"
        return [event["detail"] for event in self.events if event["detail-type"] == name]


class _Handler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """No line for every request."""


class AwsPort:
    """The application behind a real server."""

    def __init__(self, template: Path, state: Path) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.state = state
        self.stack = load(template, stack_name="stack")
        self.faults, self.diary = Faults(), Diary()
        self.functions = Functions(self.stack, self.url, state, 1)
        self.aws = Aws(self.stack, state, self.diary, self.functions, self.faults)
        self._server = make_server(
            "127.0.0.1",
            0,
            self.aws.app,
            threaded=True,
            request_handler=_Handler,
            fd=self._listener.fileno(),
        )

    def start(self) -> "AwsPort":
        self.aws.start()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.functions.stop()
        self.aws.stop()
        self._server.shutdown()
        self._server.server_close()
        self._listener.close()

    def client(self, service: str, principal: str = "developer", attempts: int = 1) -> Any:
        return client(self.url, service, principal, attempts)


def client(url: str, service: str, principal: str = "developer", attempts: int = 1) -> Any:
    """A boto3 client as anybody would make it; a function's or role's key is LOCAL + logical id."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=principal,
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": attempts}),
    )


if __name__ == "__main__":
    port = AwsPort(Path(sys.argv[1]), Path(sys.argv[2])).start()
    print(port.url, flush=True)
    while True:
        time.sleep(60)
