"""Check a dataset on this machine as its training would, before it is dropped. Nothing is trained.

    python training/check.py reviews.csv
    python training/check.py reviews.csv --text-column Comment --rejected left_out.csv

It prints what the receipt would say. Exit 0: it can be trained on. Exit 1: it would be refused, and
why. Exit 2: a file can't be read or written.
"""

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

if __name__ == "__main__":  # a script knows only its own folder
    sys.path.insert(0, str(Path(__file__).parent.parent))

from operations import sayings, telling
from sentiment.dataset.files import DatasetError
from sentiment.dataset.finding import find
from sentiment.dataset.rows import Rows, Writer
from sentiment.dataset.said import Said
from sentiment.dataset.split import split
from sentiment.processors import processors

SEED = 1  # as train.py's, unless it is told otherwise
LABELS = "negative", "positive"
# Behind a row's own columns, and by names that nobody takes for a review's.
WHY = "left_out_of_file", "left_out_line", "left_out_reason", "left_out_fix"
NEXT = {
    "trainable": "Drop it, with the same options if you gave any.",
    "refused": "Correct the file as the reason says and check it again.",
}


class Checked(NamedTuple):
    """What becomes of a dataset: why it is refused, if it is, what was found, and its rows."""

    reason: str | None
    found: dict[str, Any]
    rows: Rows | None


class LeftOutTable:
    """Takes the rows that are left out, and writes them as a table; memory stays flat."""

    def __init__(self, folder: Path) -> None:
        self._spool = (folder / "left_out.jsonl").open("w+", encoding="utf-8")
        self._names: dict[str, None] = {}  # in the order in which they came

    def __call__(
        self, line: int, file: str | None, reason: str, fix: str, values: dict[str, Any] | None
    ) -> None:
        self._names |= dict.fromkeys(values or {})
        told = dict(zip(WHY, (file or "", line, reason, fix), strict=True))
        self._spool.write(json.dumps({**(values or {}), **told}, default=str) + "\n")

    def write(self, path: Path) -> None:
        """Write the table: each row as it was, then where it stood, why, and what to do."""
        self._spool.seek(0)
        names = [*(name for name in self._names if name not in WHY), *WHY]
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, names, restval="")
            table.writeheader()
            for line in self._spool:
                table.writerow({name: _cell(value) for name, value in json.loads(line).items()})

    def close(self) -> None:
        self._spool.close()


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def check(path: Path, said: Said, left_out: LeftOutTable | None, writer: Writer) -> Checked:
    """Read the whole file as a training does. OSError if it can't be read."""
    found: dict[str, Any] = {"name": path.name}
    try:
        with path.open("rb") as stream:
            kept, findings = find(path.name, stream, writer, said, processors(), left_out)
        found |= findings
        rows = writer.rows(kept)
        split(rows, SEED)
    except DatasetError as error:
        return Checked(str(error), {**found, **(getattr(error, "findings", None) or {})}, None)
    return Checked(None, found, rows)


def write_kept(rows: Rows, path: Path) -> None:
    """Write the rows that would be learnt from as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            told = {"text": row.text, "label": LABELS[row.label], "line": row.line}
            file.write(json.dumps({**told, "group": row.group}, ensure_ascii=False) + "\n")


def document(checked: Checked) -> dict[str, Any]:
    """What the receipt would say, as JSON has it."""
    state = "refused" if checked.reason else "trainable"
    return {
        "state": state,
        "reason": checked.reason,
        "next": NEXT[state],
        "found": checked.found,
    }


def show(checked: Checked) -> None:
    """The same for people."""
    name = checked.found["name"]
    verdict = f"would be refused: {checked.reason}" if checked.reason else "can be trained on"
    print(f"{name} {verdict}")
    for line in telling.lines(checked.found, is_refused=bool(checked.reason)):
        print(line)
    print(document(checked)["next"])


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print it as JSON, for programs")
    parser.add_argument(
        "--kept", type=Path, metavar="OUT.jsonl", help="write the rows that would be learnt from"
    )
    parser.add_argument(
        "--rejected",
        type=Path,
        metavar="OUT.csv",
        help="write those left out, each with the reason: mend them and drop the file",
    )
    sayings.add_options(parser)
    arguments = parser.parse_args(sayings.joined(argv))
    try:
        return _run(arguments)
    except DatasetError as error:  # what was said can't be meant
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        what = "can't be read or written"
        print(f"{error.filename or arguments.file} {what}: {error.strerror}", file=sys.stderr)
        return 2


def _run(arguments: argparse.Namespace) -> int:
    said = Said.of(sayings.said(arguments))
    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="verdict-")))
        left_out = LeftOutTable(folder) if arguments.rejected else None
        if left_out:
            undo.callback(left_out.close)
        writer = undo.enter_context(Writer(folder))
        checked = check(arguments.file, said, left_out, writer)
        if left_out:
            left_out.write(arguments.rejected)
        if arguments.kept and checked.rows is not None:
            write_kept(checked.rows, arguments.kept)
        if arguments.json:
            print(json.dumps(document(checked), ensure_ascii=False, indent=1))
        else:
            show(checked)
        return 1 if checked.reason else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
