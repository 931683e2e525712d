"""A cloud whose endpoint is not serverless."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from local.emulator import Emulator
from tests.clouds import SharedCloud
from tests.templates import stand_in_template


@contextlib.contextmanager
def real_time(emulator: Emulator, folder: Path, minute_seconds: float) -> Iterator[SharedCloud]:
    """A cloud with an endpoint by instances."""
    made = SharedCloud(
        *(folder, stand_in_template(folder), emulator, minute_seconds),
        parameters={"EndpointInstanceType": "ml.c6i.large"},
    )
    made.start()
    made.warm()
    yield made
    made.end()
