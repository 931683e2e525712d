"""Containers as child processes, which takes nothing but Python; and what every engine has.

Nothing isolates a child process: it sees this machine's files and network, also where a job or
model asks for network isolation, and no memory limit holds it. `up --docker` does better.
"""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from local import children
from local.ports import HOST, free_port


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
        return HOST, self._port

    def end(self, grace_seconds: float) -> None:
        """SIGTERM and, after the grace, SIGKILL; returns when it has ended."""
        children.end(self._process, grace_seconds)


class Processes:
    """Runs an image's ENTRYPOINT out of its Dockerfile's folder; children end with us anyway."""

    def sweep(self) -> None:
        """At the start and in the end: leave nothing behind, whoever had the same state before."""

    def prepare(self, program: Program) -> None:
        """Have the image; LocalError if there is no way to it."""

    def start(self, container: Container) -> Running:
        """Start the program with `base` for /opt/ml and none of our own environment."""
        program, port = container.program, 0
        environment = {
            "PATH": os.environ["PATH"],
            **program.environment,
            "SAGEMAKER_BASE_DIR": str(container.base),
            **container.environment,
        }
        if container.verb == "serve":
            port = free_port()
            environment |= {"BIND_HOST": HOST, "SAGEMAKER_BIND_TO_PORT": str(port)}
            environment["SM_MODEL_DIR"] = str(container.base / "model")
        argv, folder = [*program.argv, container.verb], program.dockerfile.parent
        process = children.start(argv, cwd=folder, env=environment, log=container.log)
        return Running(process, port)
