"""The AWS CLI as a developer starts it: a program of its own that knows an address and a key."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.emulator import ACCOUNT

AWS = Path(sys.executable).with_name("aws")


class Cli:
    """`aws` in an environment of its own, with a home folder of its own."""

    def __init__(self, endpoint_url: str, home: Path) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "developer",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "LANG": "C.UTF-8",
        }

    def run(self, *arguments: object, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(AWS), *map(str, arguments)],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def text(self, *arguments: object) -> str:
        """What a command prints; it must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"aws {arguments}: {done.stderr}"
        return done.stdout

    def json(self, *arguments: object) -> Any:
        """A command's output as the document it is."""
        return json.loads(self.text(*arguments, "--output", "json"))

    def refused(self, *arguments: object) -> str:
        """What a command complains of; it must fail as the CLI fails for an error of AWS."""
        done = self.run(*arguments)
        assert done.returncode == 255, f"aws {arguments}: {done.returncode} {done.stdout}"
        return done.stderr.strip()
