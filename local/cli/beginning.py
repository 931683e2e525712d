"""What `up` does by itself: the first model, the first dataset, the browser."""

import os
import sys
import threading
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local import LocalError
from local.cli.client import desk
from operations.drop import Desk, DropError, drop, follow
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
        cloud = self._cloud
        try:
            name = cloud.deployment.stack_name
            self._run = put(self._model, name, cloud.outputs, cloud.identity.client)
        except FirstModelError as error:  # it goes without
            print(error, file=sys.stderr)

    def begin(self) -> None:
        """Go on in the background."""
        threading.Thread(target=self._begin, daemon=True).start()

    def _begin(self) -> None:
        try:
            at = desk(self._cloud.status())
            if self._run:
                uri = f"{at.outputs['RunUri']}{self._run}/receipt.json"
                follow(at, "the first model", uri, LIMIT_SECONDS)
            if at.is_live():
                self._open()
            if self._dataset:
                self._drop(at, self._dataset)
            while self._opens and not at.is_live():
                time.sleep(_LOOK_SECONDS)
            self._open()
        except (DropError, LocalError, BotoCoreError, ClientError) as error:
            if not self._cloud.stopping.is_set():
                print(error, file=sys.stderr)

    def _drop(self, at: Desk, file: Path) -> None:
        """Drop the first dataset, unless one was dropped before and something is live."""
        was_live = at.is_live()
        if name := at.under_way():
            print(f"{name} is on its way already")
            follow(at, name, at.receipt_uri(name), LIMIT_SECONDS)
        elif was_live and at.names(at.receipts):
            print("a model is live already")
        else:
            if was_live:
                print(f"next, {file} as an example: its model is judged against the live one")
            drop(at, file, file.name, LIMIT_SECONDS)
            receipt = at.receipt(file.name)
            if was_live and receipt and receipt["state"] in ("rejected", "trained"):
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
