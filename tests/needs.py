"""What a laptop may lack: a test is skipped there with a sentence that says what to install."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EMULATOR = "lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"


def need(found: object, sentence: str) -> None:
    """Skip the test unless there is what it needs; with VERDICT_STRICT=1 that is a failure."""
    if not found:
        if os.environ.get("VERDICT_STRICT") == "1":
            pytest.fail(f"VERDICT_STRICT=1: {sentence}")
        pytest.skip(sentence)


def needs_docker() -> None:
    """A Docker engine that answers."""
    docker = shutil.which("docker")
    need(docker, "there is no docker: install Docker and start it")
    done = subprocess.run(["docker", "version"], capture_output=True, check=False)
    need(done.returncode == 0, "Docker doesn't answer: start it, or name its socket in DOCKER_HOST")


def needs_sam() -> Path:
    """The folder of SAM's programs."""
    folder = ROOT / ".venv-sam/bin"
    need((folder / "sam").exists(), "there is no AWS SAM CLI: `make .venv-sam/ready` installs it")
    return folder


def needs_python(version: str) -> Path:
    """The folder of a Python of that version."""
    kept = Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}")
    for found in (shutil.which(f"python{version}"), *kept):
        if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
            return Path(found).parent
    need(False, f"there is no python{version}, which `sam build` without Docker takes: install it")
    raise AssertionError


def needs_emulator() -> Path:
    """AWS's runtime interface emulator, which SAM brings along."""
    found = None
    if (sys.platform, platform.machine()) == ("linux", "x86_64"):
        found = next((ROOT / ".venv-sam").glob(EMULATOR), None)
    need(found, "no emulator: `make .venv-sam/ready` installs it; it runs on Linux on x86-64 only")
    assert found
    return found
