"""Containers as child processes, which takes nothing but Python.

Nothing isolates a child process: it sees this machine's files and network, also where a job or
model asks for network isolation, and no memory limit holds it. `up --docker` does better.
"""

import os
import socket
import subprocess

from local import children
from local.containers import Container, Program, Running


class Processes:
    """The engine that runs an image's ENTRYPOINT out of the folder that its Dockerfile lies in."""

    def open(self) -> None:
        """Children end with the local cloud, however it ended."""

    def close(self) -> None:
        """Whoever started a child has ended it."""

    def prepare(self, program: Program) -> None:
        """There is nothing to build."""

    def start(self, container: Container) -> Running:
        """Start the program with `base` for /opt/ml and none of our own environment."""
        port = free_port() if container.verb == "serve" else 0
        serving = {
            "BIND_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(port),
            "SM_MODEL_DIR": str(container.base / "model"),
        }
        environment = {
            "PATH": os.environ["PATH"],
            **container.program.environment,
            "SAGEMAKER_BASE_DIR": str(container.base),
            **container.environment,
            **(serving if port else {}),
        }
        argv = [*container.program.argv, container.verb]
        folder = container.program.folder
        process = children.start(argv, cwd=folder, env=environment, log=container.log)
        return _Child(process, port)


class _Child:
    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.address = "127.0.0.1", port

    def poll(self) -> int | None:
        return self._process.poll()

    def wait(self) -> int:
        return self._process.wait()

    def end(self, grace_seconds: float) -> None:
        children.end(self._process, grace_seconds)


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
