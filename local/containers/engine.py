"""What a container is, and what whoever runs containers must be able to do."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from local import LocalError, children


class EngineError(LocalError):
    """A container can't be started here; the message says what to do."""


@dataclass(frozen=True)
class Program:
    """An image's ENTRYPOINT and ENV, its Dockerfile, and the folder that it is built from."""

    address: str
    dockerfile: Path
    target: str
    argv: list[str]
    context: Path
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Container:
    """What is to be started: `base` stands for /opt/ml, and a serverless one has no instance."""

    name: str
    program: Program
    verb: str
    base: Path
    environment: dict[str, str]
    log: Path
    instance_type: str = ""
    serverless_mb: int = 0
    is_isolated: bool = False


class Running:
    """A container that was started: a child process, or one that shows what it prints."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process, self._port = process, port
        self.poll, self.wait = process.poll, process.wait  # the exit code

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where its port 8080 answers; OSError as long as there is none."""
        return "127.0.0.1", self._port

    def end(self, grace_seconds: float) -> None:
        """SIGTERM and, after the grace, SIGKILL; returns when it has ended."""
        children.end(self._process, grace_seconds)


class Engine:
    """Who runs containers."""

    def sweep(self) -> None:
        """At the start and in the end: leave nothing behind, whoever had the same state before."""

    def prepare(self, program: Program) -> None:
        """Have the image; EngineError if there is no way to it."""

    def start(self, container: Container) -> Running:
        """Start a container; EngineError if that can't be."""
        raise NotImplementedError
