"""Clouds of a small template (tests/data/local), one for a module or one for a test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.emulator import Emulator
from tests.clouds import SharedCloud
from tests.templates import small_template

MINUTE_SECONDS = 1.0


@pytest.fixture(scope="module")
def shared(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedCloud]:
    """One for all tests of a module, which look at their own things only."""
    folder = tmp_path_factory.mktemp("shared")
    template = small_template(folder)
    page = folder / "frontend"
    with SharedCloud(folder, template, emulator, MINUTE_SECONDS, page=page) as cloud:
        yield cloud


@pytest.fixture
def new_small(emulator: Emulator, tmp_path: Path) -> Iterator[Callable[..., SharedCloud]]:
    """Makes clouds of a changed template, and ends them after the test."""
    clouds: list[SharedCloud] = []

    def make(
        *changes: tuple[str, str],
        minute_seconds: float = MINUTE_SECONDS,
        started: bool = True,
        **more: object,
    ) -> SharedCloud:
        folder = tmp_path / f"small-{len(clouds)}"
        folder.mkdir()
        template = small_template(folder, *changes)
        more = {"page": folder / "frontend", **more}
        clouds.append(SharedCloud(folder, template, emulator, minute_seconds, **more))
        if started:
            clouds[-1].start()
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.end()
