"""The images, and local clouds that run containers."""

from collections.abc import Callable, Iterator

import pytest

from tests.clouds import Cloud
from tests.containers.images import build, build_train
from tests.containers.running import OURS, STAND_INS, containers_of
from tests.needs import needs_docker
from tests.templates import ROOT, stand_in_template


@pytest.fixture(scope="session")
def serve_image() -> str:
    needs_docker()
    return build(ROOT / "template.yaml", OURS, "serve", "3.13")


@pytest.fixture(scope="session")
def train_image() -> str:
    needs_docker()
    return build_train(ROOT / "template.yaml", OURS)


@pytest.fixture(scope="session")
def stand_in_images(tmp_path_factory: pytest.TempPathFactory) -> None:
    needs_docker()
    template = stand_in_template(tmp_path_factory.mktemp("stand-in"))
    for target in ("train", "serve"):
        build(template, STAND_INS, target, "3.13")


@pytest.fixture
def docker_cloud(
    new_process: Callable[..., Cloud], stand_in_images: None
) -> Iterator[Callable[..., Cloud]]:
    """Makes local clouds that run the stand-in in containers; none may leave one behind."""
    clouds: list[Cloud] = []

    def make(*options: str) -> Cloud:
        cloud = new_process("--docker", "--stack-name", STAND_INS, *options)
        clouds.append(cloud)
        return cloud

    yield make
    for cloud in clouds:
        cloud.stop()
        assert containers_of(cloud.state) == []
