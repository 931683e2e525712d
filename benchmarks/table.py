"""A Markdown table of what was measured and which budget it has to keep."""

from collections.abc import Sequence
from typing import NamedTuple


class Measurement(NamedTuple):
    """A line of the table; `held` is None where the design sets no budget."""

    what: str
    measured: str
    budget: str = ""
    held: bool | None = None


def show(rows: Sequence[Measurement]) -> None:
    print("| what | measured | budget | held |\n|---|---|---|---|")
    for row in rows:
        held = "" if row.held is None else "yes" if row.held else "**no**"
        print(f"| {row.what} | {row.measured} | {row.budget} | {held} |")
