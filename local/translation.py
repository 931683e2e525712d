"""SAM's transform by AWS's own translator, once for a template: it takes half a start's time."""

import hashlib
import json
import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from local.emulator import VENV

_KEPT = VENV / "translated"
_KEPT_FILES = 100
_TRANSLATE = """
import gc, json, sys
gc.disable()
from samtranslator.translator.transform import transform
class NoManagedPolicies:
    load = staticmethod(dict)
json.dump(transform(json.load(sys.stdin), {}, NoManagedPolicies), sys.stdout)
"""


def translated(template: dict[str, Any], region: str) -> dict[str, Any]:
    """The template in CloudFormation's own types.

    As it is if SAM refuses it: CloudFormation, which transforms it then, says why.
    """
    if "Transform" not in template:
        return template
    text = json.dumps([_TRANSLATE, region, template], sort_keys=True)
    kept = _KEPT / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    with suppress(FileNotFoundError):  # what another process forgets meanwhile is made anew
        found = dict(json.loads(kept.read_text(encoding="utf-8")))
        with suppress(PermissionError):  # somebody else's environment
            os.utime(kept)
        return found
    ended = subprocess.run(
        [str(VENV / "bin/python"), "-P", "-c", _TRANSLATE],
        input=json.dumps(template),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": region},
    )
    if ended.returncode:
        return template
    _keep(kept, ended.stdout)
    return dict(json.loads(ended.stdout))


def _keep(file: Path, text: str) -> None:
    """Whole or not at all; of many templates those that were asked for last."""
    file.parent.mkdir(exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)
    for old in sorted(file.parent.glob("*.json"), key=_used)[:-_KEPT_FILES]:
        old.unlink(missing_ok=True)


def _used(file: Path) -> float:
    with suppress(FileNotFoundError):
        return file.stat().st_mtime
    return 0.0
