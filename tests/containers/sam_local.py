"""`make sam-local` and SAM's programs in a checkout of their own, beside a local cloud."""

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.clouds import Cloud, free_port

ROOT = Path(__file__).parents[2]
LEFT_OUT = (".*", "tests", "docs", "models", "__pycache__", "node_modules")


class Checkout:
    """A copy of what SAM builds from, so that a developer's own .aws-sam stays as it is."""

    def __init__(self, folder: Path, cloud: Cloud, programs: Path) -> None:
        self.folder, self.cloud = folder, cloud
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for environment in (".venv", ".venv-sam"):
            (folder / environment).symlink_to(ROOT / environment)
        self.environment = os.environ | {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "SAM_CLI_TELEMETRY": "0",
        }
        for name in [name for name in self.environment if name.startswith("AWS_")]:
            del self.environment[name]

    def run(self, *command: str, seconds: float = 240) -> "subprocess.CompletedProcess[str]":
        """A command as one types it."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def prepare(self) -> str:
        """`make sam-local`; both environments are as they are."""
        ready = ("-o", ".venv/ready", "-o", ".venv-sam/ready")
        done = self.run("make", *ready, "sam-local", f"OPTIONS=--aws-port {self.cloud.aws_port}")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def invoke(self, function: str, event: str, *options: str) -> Any:
        """`sam local invoke` with a file of events/; returns what the function answered."""
        file = str(ROOT / f"events/{event}.json")
        done = self.run("sam", "local", "invoke", function, "-e", file, *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


class Server:
    """`sam local start-lambda` or `start-api` on a port of its own."""

    def __init__(self, checkout: Checkout, *command: str) -> None:
        self.port = free_port()
        self._log = checkout.folder.parent / f"{command[0]}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["sam", "local", *command, "--port", str(self.port)],
                cwd=checkout.folder,
                env=checkout.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + 120
        while not self._listens():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> Any:
        """A Lambda client of it, as anybody's program would have."""
        return boto3.client(
            "lambda",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="anybody",
            aws_secret_access_key="anything",
            config=Config(read_timeout=60, retries={"total_max_attempts": 1}),
        )

    def log(self) -> str:
        return self._log.read_text()[-4000:]

    def stop(self) -> None:
        """As Ctrl-C does: SAM removes its containers."""
        self._process.terminate()
        self._process.wait(60)

    def _listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0
