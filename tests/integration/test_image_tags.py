"""The images' tag: it follows from what is in them, and from nothing else."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docker_context import context_files
from tests.needs import need
from tests.templates import ROOT

BESIDE = ["training/Dockerfile", ".dockerignore"]  # what says how they are made
OTHERS = [
    *("training/experiment.py", "training/experiments/jobs.py", "training/pretrain.py"),
    *("training/requirements.txt", "training/requirements-serve.txt", "models/imdb/README.md"),
    *("training/experiments/new.py", "README.md", "Makefile"),
]


def copied() -> set[str]:
    """The files that the Dockerfile's COPY lines name, or that lie in folders that they name."""
    text = (ROOT / "training/Dockerfile").read_text().replace("\\\n", " ")
    names = [name for line in re.findall(r"(?m)^COPY (.*)$", text) for name in line.split()[:-1]]
    paths = [ROOT / name for name in names]
    files = [p for path in paths for p in ([path] if path.is_file() else path.rglob("*"))]
    return {str(path.relative_to(ROOT)) for path in files if path.is_file()}


def let_through() -> set[str]:
    return {str(path.relative_to(ROOT)) for path in context_files(ROOT)}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What makes the images, in a repository of its own."""
    need(shutil.which("make") and shutil.which("git"), "there is no make or no git: install them")
    folder = tmp_path_factory.mktemp("copy")
    for name in sorted({*let_through(), *BESIDE, *OTHERS}):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes() if (ROOT / name).exists() else b"")
    git(folder, "init", "--quiet")
    return folder


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True)


def tag(folder: Path) -> str:
    """The tag that `make image` would give, were all committed."""
    git(folder, "add", "--all")
    told = subprocess.run(
        ["make", "--dry-run", "image"], cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    [found] = re.findall(r"--tag verdict:\$target-([0-9a-f]{12}) ", told)
    return found


def change(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n#\n")


def test_what_docker_may_read_is_what_it_copies() -> None:
    unread = {name for name in copied() if "__pycache__" in name or name.endswith("README.md")}

    assert let_through() == copied() - unread


def test_an_edit_of_anything_in_the_images_is_another_tag(copy: Path) -> None:
    before = tag(copy)
    tags = {before}
    for name in [*BESIDE, *sorted(let_through())]:
        content = (copy / name).read_bytes()
        change(copy / name)
        tags.add(tag(copy))
        (copy / name).write_bytes(content)

    assert len(tags) == 1 + len(BESIDE) + len(let_through())
    assert tag(copy) == before


def test_an_edit_of_anything_else_is_no_other_tag(copy: Path) -> None:
    before = tag(copy)
    for name in OTHERS:
        change(copy / name)

    assert tag(copy) == before


@pytest.mark.parametrize("goal", ["image", "deploy"])
def test_outside_of_a_checkout_there_is_no_tag(copy: Path, tmp_path: Path, goal: str) -> None:
    """Nor in a checkout of something else."""
    shutil.copytree(copy, tmp_path / "copy", ignore=shutil.ignore_patterns(".git"))
    elsewhere = os.environ | {"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    command = ["make", "--dry-run", goal, "REGION=eu-central-1"]
    for beginning in ([], ["git", "init", "--quiet"]):
        if beginning:
            subprocess.run(beginning, cwd=tmp_path / "copy", check=True)

        done = subprocess.run(
            command, cwd=tmp_path / "copy", capture_output=True, text=True, env=elsewhere
        )

        assert (done.returncode, done.stdout) == (2, "")
        [line] = done.stderr.splitlines()
        assert (
            "This is no git checkout, and the images' tag is the hash of what is committed: "
            in line
        )
        assert "`git init && git add . && git commit -m Verdict` here" in line


@pytest.mark.parametrize("name", ["training/serve.py", "training/sentiment/new.py"])
def test_nothing_uncommitted_goes_into_an_image(copy: Path, name: str) -> None:
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--allow-empty", "--message", "Now")
    (copy / name).touch()
    change(copy / name)

    done = subprocess.run(["make", "image"], cwd=copy, capture_output=True, text=True)

    assert done.returncode == 2
    assert "Commit your changes in training/ and models/ first" in done.stdout
    assert "docker" not in done.stdout


def test_the_base_is_pinned_by_digest() -> None:
    text = (ROOT / "training/Dockerfile").read_text()

    assert re.search(r"(?m)^ARG PYTHON_IMAGE=python:3\.13-slim-\w+@sha256:[0-9a-f]{64}$", text)
    assert re.findall(r"(?m)^FROM (\S+)", text) == ["${PYTHON_IMAGE}", "base", "base"]
