"""What is asked of Docker before an image is used, by a stand-in for its command."""

import os
from pathlib import Path

import pytest

from local import LocalError
from local.containers.docker import Docker
from local.containers.processes import Program

STAND_IN = """#!/bin/sh
echo "$@" >> {folder}/asked
case $1 in
version) if [ -e {folder}/no-server ]; then echo "Cannot connect" >&2; exit 1; fi; echo 29.1 ;;
info) echo "4|[name=seccomp]" ;;
build) echo "no network"; [ -e {folder}/network ] ;;
images) cat {folder}/image 2>/dev/null || true ;;
esac
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a docker command, in which files say how it behaves."""
    (tmp_path / "docker").write_text(STAND_IN.format(folder=tmp_path))
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def program(folder: Path) -> Program:
    return Program("registry/images:train-1", folder / "Dockerfile", "train", [], folder)


def builds(folder: Path) -> list[str]:
    lines = (folder / "asked").read_text().splitlines()
    return [line for line in lines if line.startswith("build")]


def test_an_image_is_built_at_its_first_use_in_a_run(
    docker: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (docker / "network").touch()

    for number in (1, 2):
        engine = Docker(docker / "state")
        engine.prepare(program(docker))
        engine.prepare(program(docker))
        assert len(builds(docker)) == number

    assert capsys.readouterr().out.count("\nbuilt registry/images:train-1") == 2
    assert "--target train --tag registry/images:train-1" in builds(docker)[0]


def test_an_image_that_is_there_is_used_where_it_cannot_be_built(
    docker: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = Docker(docker / "state")

    with pytest.raises(LocalError, match=r"train-1 can't be built: no network .*images\.log"):
        engine.prepare(program(docker))
    (docker / "image").write_text("1a2b3c\n")
    engine.prepare(program(docker))

    assert "no network" in (told := capsys.readouterr().out)
    assert "the image that is there is used as it is" in told


def test_without_a_server_it_says_what_to_start(docker: Path) -> None:
    (docker / "no-server").touch()

    with pytest.raises(LocalError, match=r"Cannot connect.*Start Docker"):
        Docker(docker / "state")
