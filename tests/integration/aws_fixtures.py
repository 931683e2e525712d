"""Fixtures of the tests of the AWS port; a test module imports those it needs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.aws_port import AwsPort

TEMPLATE = Path(__file__).parent.parent / "data/aws/template.yaml"


class Machine:
    """Where the local cloud runs: it may be restarted, its state stays."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.port = AwsPort(TEMPLATE, self.state).start()

    def restart(self) -> None:
        self.port.stop()
        self.port = AwsPort(TEMPLATE, self.state).start()

    def client(self, service: str, principal: str = "developer", attempts: int = 1) -> Any:
        return self.port.client(service, principal, attempts)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.port.stop()


@pytest.fixture
def s3(machine: Machine) -> Any:
    return machine.client("s3")


@pytest.fixture
def records(machine: Machine) -> Callable[[], list[tuple[str, dict[str, Any]]]]:
    """What S3 told so far: pairs of function and record."""
    return lambda: [
        (function.removeprefix("stack-"), record)
        for function, event in machine.port.diary.s3_events
        for record in event["Records"]
    ]
