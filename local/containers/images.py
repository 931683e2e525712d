"""Images by their addresses: which Dockerfile is behind one, and what it would run."""

import json
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local import LocalError
from local.containers.processes import Program

_REPOSITORY_AND_TAG = re.compile(r"([^:@]+):([\w.-]+)")


@dataclass(frozen=True)
class Images:
    """The images of ECR repositories, all built from one Dockerfile.

    The first segment of a tag (`train-1a2b3c`) is the Dockerfile's target.
    """

    dockerfile: Path
    context: Path
    has_repository: Callable[[str], bool]

    def find(self, address: str, account: str, region: str) -> Program:
        """The program behind an address; LocalError if there is no such image."""
        registry = f"{account}.dkr.ecr.{region}.amazonaws.com/"
        match = _REPOSITORY_AND_TAG.fullmatch(address.removeprefix(registry))
        if match and address.startswith(registry) and self.has_repository(match[1]):
            target = match[2].partition("-")[0]
            argv, environment = _stages(self.dockerfile).get(target, ([], {}))
            if argv:
                python = [sys.executable if arg == "python" else arg for arg in argv]
                where = (address, self.dockerfile, target)
                return Program(*where, python, self.context, environment)
        raise LocalError(f"Requested image {address} not found.")


def _stages(dockerfile: Path) -> dict[str, tuple[list[str], dict[str, str]]]:
    """As much of a Dockerfile as it takes to run it: FROM … AS, exec-form ENTRYPOINT, ENV."""
    stages: dict[str, tuple[list[str], dict[str, str]]] = {}
    text = re.sub(r"\\\n", " ", dockerfile.read_text(encoding="utf-8"))
    for word, rest in re.findall(r"(?im)^\s*(FROM|ENTRYPOINT|ENV) +(.*?)\s*$", text):
        if word.upper() == "FROM":
            parent, stage = [*re.split(r"(?i) +as +", rest), ""][:2]
            argv, environment = stages.get(parent, ([], {}))
        elif word.upper() == "ENV":
            pairs = [pair.partition("=") for pair in shlex.split(rest) if "$" not in pair]
            told = {name: value for name, _, value in pairs if name != "PATH"}
            environment = environment | told
        elif rest.startswith("["):
            argv = json.loads(rest)
        else:
            raise NotImplementedError(f"an ENTRYPOINT of {dockerfile} isn't in exec form")
        stages[stage] = argv, environment
    return stages
