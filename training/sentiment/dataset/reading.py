"""A dataset file becomes rows to learn from, on disk, and an account of what was found in it."""

from pathlib import Path
from typing import NamedTuple

from sentiment.dataset.account import Findings
from sentiment.dataset.finding import find
from sentiment.dataset.rows import Rows, Writer
from sentiment.dataset.said import Said


class Dataset(NamedTuple):
    """The rows to learn from, no two with the same words, and the findings as a JSON object."""

    rows: Rows
    findings: Findings


def read_dataset(
    path: Path, work: Path | None = None, processes: int = 1, said: Said = Said()
) -> Dataset:
    """Read a whole file, into a folder for what needn't last, in so many further processes.

    `said` is what its uploader says of it. Raises DatasetError where it can't be trained on.
    """
    with path.open("rb") as stream, Writer(work) as writer:
        found, findings = find(path.name, stream, writer, said, processes)
        return Dataset(writer.rows(found), findings)
