"""A command of `python -m local` as its user types it, and the receipt of a live dataset."""

import subprocess
import sys
from types import SimpleNamespace

from tests.templates import ROOT

LIVE = {"state": "live", "run": "demo-1", "evaluation": {"metrics": {"accuracy": 0.9137}}}


def local(*arguments, seconds=30):
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "local", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    return SimpleNamespace(returncode=done.returncode, out=done.stdout, err=done.stderr)
