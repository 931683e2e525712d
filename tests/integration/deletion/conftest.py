"""`operations/delete.py` as somebody types it, led to the local cloud."""

import os
import subprocess
import sys

import pytest

from tests.clouds import SharedCloud
from tests.integration.deletion.stack import STACK
from tests.integration.typed import settings_of
from tests.signals import hear_ctrl_c
from tests.templates import ROOT


@pytest.fixture
def settings(cloud: SharedCloud) -> dict[str, str]:
    """What leads a script of operations/ to the local cloud."""
    return settings_of(cloud) | {"PYTHONUNBUFFERED": "1"}


@pytest.fixture
def started(settings):
    """Starts a deletion; its output is read line by line."""

    def start(*options: str, **more: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, ROOT / "operations/delete.py", "--stack-name", STACK, *options],
            env=os.environ | settings | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=hear_ctrl_c,
        )

    return start


@pytest.fixture
def delete(started):
    def start(*options: str, **more: str) -> tuple[int, str]:
        with started("--yes", *options, **more) as deletion:
            printed, _ = deletion.communicate(timeout=120)
            return deletion.returncode, printed

    return start
