"""The lock files of our images, layer and functions, beside the requirements they are made from."""

import re
from pathlib import Path

import pytest

from tests.templates import ROOT

APART = {"torch"}  # comes from an index of its own: training/Dockerfile
FUNCTIONS = [path.name for path in (ROOT / "functions").iterdir() if (path / "app.py").exists()]
LOCKS = {  # of what each is made
    "training/requirements-train.lock": "training/requirements-train.txt",
    "training/requirements-serve.lock": "training/requirements-serve.txt",
    "training/requirements.txt": "training/requirements.in",
    **{f"functions/{name}/requirements.txt": "functions/requirements.in" for name in FUNCTIONS},
}


def pins(name: str) -> dict[str, str]:
    """The pins of a requirements file and of those that it names."""
    found: dict[str, str] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("-r "):
            found |= pins(str(Path(name).parent / line.removeprefix("-r ").strip()))
        elif match := re.fullmatch(r"([a-z0-9-]+)==(\S+)", line):
            found[match[1]] = match[2]
        else:
            assert not line or line.startswith("#"), line
    return found


def entries(lock: str) -> list[tuple[str, str]]:
    """Each package of a lock: its line, and what belongs to it."""
    text = (ROOT / lock).read_text()
    found = re.findall(r"^([a-z].*?)\\\n((?: .*\n)+)", text, re.MULTILINE)
    assert len(found) == len(re.findall(r"^\S", text, re.MULTILINE))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_locked_at_its_version(lock):
    locked = {line.split()[0] for line, _ in entries(lock)}
    required = {f"{k}=={v}" for k, v in pins(LOCKS[lock]).items() if k not in APART}

    assert required
    assert required <= locked


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(lock):
    for line, rest in entries(lock):
        assert re.fullmatch(r"[a-z0-9-]+==[\w.+!]+ (; [\w<>=.' ]+ )?", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", rest), line
        assert "://" not in line + rest


def test_neither_torch_nor_cuda_is_locked():
    for lock in LOCKS:
        for line, _ in entries(lock):
            assert not re.match(r"torch|triton|cuda|nvidia", line)
