"""The lock files of our images, beside the requirements that they are made from."""

import re

import pytest

from tests.conftest import ROOT

TRAINING = ROOT / "training"
APART = {"torch"}  # comes from an index of its own: training/Dockerfile


def pins(name: str) -> dict[str, str]:
    """The pins of a requirements file and of those that it names."""
    found: dict[str, str] = {}
    for line in (TRAINING / name).read_text().splitlines():
        if line.startswith("-r "):
            found |= pins(line.removeprefix("-r ").strip())
        elif match := re.fullmatch(r"([a-z0-9-]+)==(\S+)", line):
            found[match[1]] = match[2]
        else:
            assert not line or line.startswith("#"), line
    return found


def entries(target: str) -> list[tuple[str, str]]:
    """Each package of a lock: its line, and what belongs to it."""
    text = (TRAINING / f"requirements-{target}.lock").read_text()
    found = re.findall(r"^([a-z].*?)\\\n((?: .*\n)+)", text, re.MULTILINE)
    assert len(found) == len(re.findall(r"^\S", text, re.MULTILINE))
    return found


@pytest.mark.parametrize("target", ["train", "serve"])
def test_every_requirement_is_locked_at_its_version(target):
    locked = {line.split()[0] for line, _ in entries(target)}
    required = {
        f"{k}=={v}" for k, v in pins(f"requirements-{target}.txt").items() if k not in APART
    }

    assert len(required) >= 4
    assert required <= locked


@pytest.mark.parametrize("target", ["train", "serve"])
def test_every_locked_package_has_hashes_and_no_address(target):
    for line, rest in entries(target):
        assert re.fullmatch(r"[a-z0-9-]+==[\w.+!]+ (; [\w<>=.' ]+ )?", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", rest), line
        assert "://" not in line + rest


def test_neither_torch_nor_cuda_is_locked():
    for target in ("train", "serve"):
        for line, _ in entries(target):
            assert not re.match(r"torch|triton|cuda|nvidia", line)
