"""How long a job may still take: whoever plans by it ends in time, or says why not.

SageMaker stops a training job after a number of seconds of computing, counted over all attempts of
a job whose spot capacity was taken away. So the seconds are kept beside the checkpoints.
"""

import json
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CLOCK = "clock.json"  # in the checkpoints' folder
SECONDS_BETWEEN_LOOKS = 2.0
# Of the limit, what is kept for exporting and examining: so many seconds, and a share, at most.
RESERVE_SECONDS, RESERVE_SHARE, MOST_RESERVE_SECONDS = 10.0, 0.3, 900.0
# And what is left for uploading: nothing of ours may still run then.
UPLOAD_SHARE, MOST_UPLOAD_SECONDS = 0.05, 30.0


class Budget:
    """The seconds that a job may take in all attempts, and those that it has taken; 0: no limit."""

    def __init__(
        self,
        limit: float = 0,
        run: str = "",
        folder: Path | None = None,
        began: float | None = None,
    ) -> None:
        """`began` is when this attempt began, by time.monotonic(); the folder has the clock."""
        self.limit = limit or math.inf
        self._run, self._clock = run, folder and folder / CLOCK
        self._began = time.monotonic() if began is None else began
        self._before = self._seconds_before()

    @property
    def is_limited(self) -> bool:
        """Whether there is anything to plan by."""
        return self.limit < math.inf

    def used(self) -> float:
        """Seconds that this attempt and those before it have taken."""
        return self._before + time.monotonic() - self._began

    def left(self) -> float:
        """Seconds until nothing of ours may run any more."""
        if not self.is_limited:
            return math.inf
        return self.limit - min(UPLOAD_SHARE * self.limit, MOST_UPLOAD_SECONDS) - self.used()

    def for_learning(self) -> float:
        """Seconds until learning has to end, so that the rest can be done; may be negative."""
        if not self.is_limited:
            return math.inf
        reserve = RESERVE_SECONDS + RESERVE_SHARE * self.limit
        return self.left() - min(reserve, MOST_RESERVE_SECONDS)

    @contextmanager
    def watched(self, stage: Callable[[], str], give_up: Callable[[str], None]) -> Iterator[None]:
        """Meanwhile keep the clock, and where the time is over call `give_up` with a sentence."""
        if not self.is_limited:
            yield
            return
        done = threading.Event()

        def watch() -> None:
            while not done.wait(min(SECONDS_BETWEEN_LOOKS, max(self.left(), 0.0))):
                self._keep()
                if self.left() <= 0:
                    give_up(self.too_long(stage()))
                    return

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
        self._forget()

    def too_long(self, stage: str) -> str:
        """What to do where a job can't end in time."""
        return (
            f"The training was still {stage} when the {self.limit:,.0f} seconds that it may take"
            " were nearly over: raise TrainingMaxRuntimeSeconds, choose a faster"
            " TrainingInstanceType, or drop fewer rows."
        )

    def _seconds_before(self) -> float:
        if self._clock is None or not self.is_limited:
            return 0.0
        try:
            kept = json.loads(self._clock.read_bytes())
            return float(kept["seconds"]) if kept["run"] == self._run else 0.0
        except (OSError, ValueError, KeyError, TypeError):
            return 0.0  # there was no attempt before, or none that got so far

    def _keep(self) -> None:
        if self._clock is not None:
            self._clock.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._clock.with_suffix(".tmp")
            unfinished.write_text(json.dumps({"run": self._run, "seconds": round(self.used(), 1)}))
            os.replace(unfinished, self._clock)

    def _forget(self) -> None:
        if self._clock is not None:
            self._clock.unlink(missing_ok=True)
