"""What all tests share: events from events/, and a local cloud to drive with real boto3 clients."""

import gc
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.emulator import Emulator
from tests.clouds import MINUTE_SECONDS, Cloud, SharedCloud
from tests.needs import need
from tests.templates import ROOT, stand_in_template

# Tests run side by side; what PyTorch's further threads do is wait for one another.
os.environ["OMP_NUM_THREADS"] = "1"
# What tests make is made as a person would, not as a part of `make test`.
for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)


def pytest_collection_finish() -> None:
    """What was imported stays: no collection of garbage need go through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One emulator for all tests of a process, each in an account of its own; nothing is kept."""
    need((ROOT / ".venv-emulator/ready").exists(), "no emulator: `make .venv-emulator/ready`")
    folder = tmp_path_factory.mktemp("emulator")
    made = Emulator(folder, folder / "log", lasting=False)
    made.start(0.5)
    made.wait()
    yield made
    made.stop()


@pytest.fixture
def load_event() -> Callable[[str], dict[str, Any]]:
    """An event of events/ by its file's name."""
    return lambda name: json.loads((ROOT / "events" / f"{name}.json").read_text())


@pytest.fixture
def new_process(tmp_path: Path) -> Iterator[Callable[..., Cloud]]:
    """Makes local clouds in processes of their own, and ends them after the test."""
    clouds: list[Cloud] = []

    def make(*options: str, template: Path | None = None, started: bool = True) -> Cloud:
        folder = tmp_path / f"process-{len(clouds)}"
        folder.mkdir()
        clouds.append(Cloud(folder, template or stand_in_template(folder), *options))
        if started:
            clouds[-1].start()
            clouds[-1].warm()
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.stop()


@pytest.fixture
def new_cloud(tmp_path: Path, emulator: Emulator) -> Iterator[Callable[..., SharedCloud]]:
    """Makes local clouds, each with an account and a state of its own, and ends them."""
    clouds: list[SharedCloud] = []

    def make(template: Path | None = None, minute_seconds: float = MINUTE_SECONDS) -> SharedCloud:
        folder = tmp_path / f"cloud-{len(clouds)}"
        folder.mkdir()
        made = template or stand_in_template(folder)
        clouds.append(SharedCloud(folder, made, emulator, minute_seconds))
        clouds[-1].start()
        clouds[-1].warm()
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.end()


@pytest.fixture
def cloud(new_cloud: Callable[..., SharedCloud]) -> SharedCloud:
    """A local cloud with our template and functions, and the stand-in container."""
    return new_cloud()


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory, emulator: Emulator) -> Iterator[SharedCloud]:
    """As `cloud`, but one for all tests of a module that look at their own datasets only."""
    folder = tmp_path_factory.mktemp("common")
    with SharedCloud(folder, stand_in_template(folder), emulator, MINUTE_SECONDS) as made:
        made.warm()
        yield made


@pytest.fixture(autouse=True)
def no_foreign_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the developer's AWS settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
