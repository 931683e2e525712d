"""What is behind an image's address: as much of a Dockerfile as it takes to run it."""

import sys
from pathlib import Path

import pytest

from local import LocalError
from local.containers.images import Images

DOCKERFILE = """
ARG PYTHON=python
FROM ${PYTHON} AS base
ENV LEVEL=1 PATH=/nowhere \\
    GREETING="hello there" OTHER=$LEVEL

from base as train
ENTRYPOINT ["python", "train.py"]

FROM train AS louder
ENV LEVEL=2

FROM base AS shell
"""
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture
def images(tmp_path: Path) -> Images:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    return Images(tmp_path / "Dockerfile", tmp_path, lambda name: name == "mine")


def test_a_stage_has_what_its_parents_have(images: Images, tmp_path: Path) -> None:
    train, louder = (
        images.find(f"{REGISTRY}/mine:{tag}", "123456789012", "us-east-1")
        for tag in ("train-1a2b", "louder")
    )

    assert train.argv == louder.argv == [sys.executable, "train.py"]
    assert train.environment == {"LEVEL": "1", "GREETING": "hello there"}
    assert louder.environment == train.environment | {"LEVEL": "2"}
    assert (train.target, train.dockerfile) == ("train", tmp_path / "Dockerfile")


@pytest.mark.parametrize(
    "address",
    [
        f"{REGISTRY}/other:train-1",
        f"{REGISTRY}/mine:bake-1",
        f"{REGISTRY}/mine:shell-1",
        f"{REGISTRY}/mine",
        f"{REGISTRY.replace('us-east', 'eu-west')}/mine:train-1",
        f"{REGISTRY.replace('123456789012', '210987654321')}/mine:train-1",
        "mine:train-1",
        "",
    ],
)
def test_an_image_that_nobody_built_is_unknown(images: Images, address: str) -> None:
    with pytest.raises(LocalError, match=f"^Requested image {address} not found.$"):
        images.find(address, "123456789012", "us-east-1")


def test_an_entrypoint_in_shell_form_fails_by_name(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch AS train\nENTRYPOINT python train.py\n")
    images = Images(tmp_path / "Dockerfile", tmp_path, lambda _: True)

    with pytest.raises(NotImplementedError, match="isn't in exec form"):
        images.find(f"{REGISTRY}/mine:train", "123456789012", "us-east-1")
