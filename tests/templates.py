"""Templates for tests: ours with a stand-in container, and one with nothing of Verdict in it."""

import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
STAND_IN = ROOT / "tests/data/container"
SMALL = ROOT / "tests/data/local"


def small_template(folder: Path, *changes: tuple[str, str]) -> Path:
    """A template with nothing of Verdict in it, in a folder of its own, with its page beside it."""
    shutil.copytree(SMALL, folder, dirs_exist_ok=True)
    path = folder / "template.yaml"
    text = path.read_text().replace("DockerContext: ../container", f"DockerContext: {STAND_IN}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


def stand_in_template(folder: Path, change: Callable[[str], str] = lambda text: text) -> Path:
    """template.yaml with the stand-in container in place of ours: what it trains takes no time."""
    text = (ROOT / "template.yaml").read_text()
    for ours, theirs in (
        ("Dockerfile: training/Dockerfile\n", "Dockerfile: Dockerfile\n"),
        ("DockerContext: .\n", f"DockerContext: {STAND_IN}\n"),
        ("ContentUri: training/", f"ContentUri: {ROOT}/training/"),
        ("ContentUri: functions/", f"ContentUri: {ROOT}/functions/"),
        ("CodeUri: functions/", f"CodeUri: {ROOT}/functions/"),
    ):
        assert ours in text
        text = text.replace(ours, theirs)
    path = folder / "template.yaml"
    path.write_text(change(text))
    return path
