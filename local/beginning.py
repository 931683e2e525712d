"""What `up` does by itself: the first model, the first dataset, the browser."""

import os
import sys
import threading
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.client import UnreachableError
from local.drop import Desk, drop, follow
from operations.first_model import FirstModelError, put

if TYPE_CHECKING:
    from local.cloud import Cloud

LIMIT_SECONDS = 3600
_LOOK_SECONDS = 0.2


class Beginning:
    """One start's. `prepare` puts the model there before anything runs, `begin` does the rest."""

    def __init__(
        self, cloud: "Cloud", model: Path | None, dataset: Path | None, opens: bool
    ) -> None:
        self._cloud, self._model, self._dataset, self._opens = cloud, model, dataset, opens
        self._run: str | None = None

    def prepare(self) -> None:
        """Upload the first model, if there is none yet: the functions find it at their start."""
        if self._model is None:
            return
        stack = self._cloud.stack
        try:
            self._run = put(self._model, stack.name, stack.outputs, self._cloud.aws.client)
        except FirstModelError as error:  # it goes without
            print(error, file=sys.stderr)

    def begin(self) -> None:
        """Go on in the background."""
        threading.Thread(target=self._begin, daemon=True).start()

    def _begin(self) -> None:
        try:
            desk = Desk(self._cloud.status()["ports"]["aws"])
            if self._run:
                uri = f"{desk.status['outputs']['RunUri']}{self._run}/receipt.json"
                follow(desk, "the first model", uri, LIMIT_SECONDS)
            if desk.is_live():
                self._open()
            if self._dataset:
                self._drop(desk, self._dataset)
            while self._opens and not desk.is_live():
                time.sleep(_LOOK_SECONDS)
            self._open()
        except (UnreachableError, BotoCoreError, ClientError) as error:
            if not self._cloud.stopping.is_set():
                print(error, file=sys.stderr)

    def _drop(self, desk: Desk, file: Path) -> None:
        """Drop the first dataset, unless one was dropped before."""
        was_live = desk.is_live()
        if name := desk.under_way():
            print(f"{name} is on its way already")
            follow(desk, name, desk.receipt_uri(name), LIMIT_SECONDS)
        elif was_live and desk.names(desk.receipts):
            print("a model is live already")
        else:
            if was_live:
                print(f"next, {file} as an example: its model is judged against the live one")
            drop(file, file.name, desk.status["ports"]["aws"], LIMIT_SECONDS)
            state = (desk.receipt(file.name) or {}).get("state")
            if was_live and state in ("rejected", "trained"):
                print("Nothing is broken: that was the judge, and the model before stays live.")

    def _open(self) -> None:
        if self._opens and _has_screen():
            webbrowser.open(self._cloud.page_url)
        self._opens = False


def _has_screen() -> bool:
    """Without one, a browser in the terminal would take the place of this program."""
    return sys.platform == "darwin" or any(
        name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
