"""What the job is busy with: a line when a stage begins, and one every ten seconds of it."""

import threading
import time

SECONDS_BETWEEN_LINES = 10.0
# What one line an epoch tells, as name=number: SageMaker reads them out of the log.
METRICS = ("epoch", "train_loss", "validation_loss", "validation_accuracy", "reviews_per_second")


class Stages:
    """A context manager that tells of stages and measures them."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._name, self._began = "", time.monotonic()
        self._ended = threading.Event()
        self._teller = threading.Thread(target=self._tell, daemon=True)

    @property
    def name(self) -> str:
        """The present stage; before the first one, what is done until then."""
        return self._name or "beginning"

    def begin(self, name: str) -> None:
        """End the stage before and begin this one."""
        self._seconds = self.until_now()
        self._name, self._began = name, time.monotonic()
        print(f"stage={name}", flush=True)

    def until_now(self) -> dict[str, float]:
        """How many seconds each stage took, the present one included."""
        if not self._name:
            return {}
        return {**self._seconds, self._name: round(time.monotonic() - self._began, 2)}

    def _tell(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_LINES):
            print(f"stage={self._name} seconds={time.monotonic() - self._began:.0f}", flush=True)

    def __enter__(self) -> "Stages":
        self._teller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
