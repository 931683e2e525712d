"""AWS's runtime interface emulator, which SAM brings along: Lambda's own idea of a runtime."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from local.programs import Program


class Rie:
    """A function under the emulator, with the environment that a worker would get."""

    def __init__(
        self, binary: Path, program: Program, timeout_seconds: int, python: str = sys.executable
    ) -> None:
        self._log = program.log.with_suffix(".rie.log")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        port, api_port = free_port(), free_port()
        self._url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        command = [str(binary), "--log-level", "error"]
        command += ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
        command += ["--runtime-api-address", f"127.0.0.1:{api_port}"]
        command += [python, "-m", "awslambdaric", program.handler]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=program.folder,
                env=program.environment | {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_seconds)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait(port)

    def invoke(self, event: Any) -> bytes:
        """What the function answered, or what the emulator tells of its end."""
        try:
            with urlopen(self._url, json.dumps(event).encode(), timeout=60) as response:
                return bytes(response.read())
        except HTTPError as error:  # 502 where the process has ended
            return error.read()

    def stop(self) -> None:
        os.killpg(self._process.pid, 9)
        self._process.wait()

    def _wait(self, port: int) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    return
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.01)
        raise URLError(f"the emulator doesn't listen: {self._log.read_text()}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
