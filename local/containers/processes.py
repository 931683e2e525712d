"""Containers as child processes, which takes nothing but Python.

Nothing isolates a child process: it sees this machine's files and network, also where a job or
model asks for network isolation, and no memory limit holds it. `up --docker` does better.
"""

import os
import socket

from local import children
from local.containers.engine import Container, Engine, Running


class Processes(Engine):
    """Runs an image's ENTRYPOINT out of its Dockerfile's folder; children end with us anyway."""

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
            environment |= {"BIND_HOST": "127.0.0.1", "SAGEMAKER_BIND_TO_PORT": str(port)}
            environment["SM_MODEL_DIR"] = str(container.base / "model")
        argv, folder = [*program.argv, container.verb], program.dockerfile.parent
        process = children.start(argv, cwd=folder, env=environment, log=container.log)
        return Running(process, port)


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
