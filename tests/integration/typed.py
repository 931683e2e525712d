"""An operation as somebody types it who has an account of the tests."""

import os
import subprocess
import sys
from pathlib import Path

from tests.clouds import SharedCloud
from tests.templates import ROOT


def settings_of(cloud: SharedCloud) -> dict[str, str]:
    """What a developer of the cloud's account has in their environment."""
    return {
        "AWS_ENDPOINT_URL": cloud.aws,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": cloud.account,
        "AWS_SECRET_ACCESS_KEY": "any",
    }


def typed(
    cloud: SharedCloud, operation: str, *arguments: str, cwd: Path | None = None, **more: str
) -> "subprocess.CompletedProcess[str]":
    """What became of `operations/<operation>.py`; `more` is in its environment, too."""
    return subprocess.run(
        [sys.executable, ROOT / f"operations/{operation}.py", *arguments],
        cwd=cwd,
        env=os.environ | settings_of(cloud) | more,
        capture_output=True,
        text=True,
        timeout=60,
    )
