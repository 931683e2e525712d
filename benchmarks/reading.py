"""How fast datasets become records, and in how much memory; beside another checkout if you like.

    git worktree add ../before ad2534f
    .venv/bin/python -m benchmarks.reading --rows 50000 5000000 --beside ../before
    .venv/bin/python -m benchmarks.reading --gigabytes 10 --forms csv

Every file is made in a temporary folder and removed. Each reading is a process of its own, and the
two checkouts take turns, so that what else the machine does slows down both.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parents[1]
TEXT = (
    "the film was a quiet and honest story with people who say what they mean, though its middle is"
    " slow; nobody is loud, the music stays and the end comes when it has to come"
)
WORDS = TEXT.split()
READ = """
import resource, sys, time
path = sys.argv[1]
with open(path, "rb") as stream:
    try:
        from sentiment.dataset.tables.table import table
        start = time.process_time()
        records = table(path, stream).records
    except ImportError:
        from sentiment.dataset.files import chunks, ending, lines
        from sentiment.dataset.records import table
        start = time.process_time()
        records = table(lines(chunks(stream, ending(path))), ending(path)).records
    rows = sum(1 for _ in records)
    seconds = time.process_time() - start
print(rows, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main(argv: list[str] | None = None) -> int:
    """Make, read, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, nargs="*", default=[50_000])
    parser.add_argument("--gigabytes", type=float, help="instead, one file of so many")
    parser.add_argument("--forms", nargs="*", choices=FORMS, default=["csv", "quoted", "jsonl"])
    parser.add_argument("--beside", type=Path, help="another checkout, such as of the day before")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args(argv)
    checkouts = [ROOT, options.beside.resolve()] if options.beside else [ROOT]
    print(f"{'form':8} {'rows':>12} {'checkout':24} {'rows a second':>14} {'peak MB':>8}")
    for form in options.forms:
        sizes = options.rows if options.gigabytes is None else [None]
        for rows in sizes:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, f"reviews{'.jsonl' if form == 'jsonl' else '.csv'}")
                with path.open("w", encoding="utf-8", newline="") as file:
                    written = FORMS[form](file, _limit(file, rows, options.gigabytes))
                _measure(form, path, checkouts, written, options.turns)
    return 0


def _limit(file: TextIO, rows: int | None, gigabytes: float | None) -> Iterator[tuple[str, str]]:
    """Reviews of fifty words until there are enough of them."""
    dice = random.Random(1)
    number = 0
    while True:
        if rows is not None and number >= rows:
            return
        if gigabytes is not None and number % 10_000 == 0 and file.tell() >= gigabytes * 1e9:
            return
        number += 1
        yield (
            f"{number} {' '.join(dice.choices(WORDS, k=50))}",
            ("negative", "positive")[number % 2],
        )


def _plain(file: TextIO, reviews: Iterator[tuple[str, str]]) -> int:
    file.write("review,sentiment\n")
    return sum(bool(file.write(f"{text.replace(',', '')},{label}\n")) for text, label in reviews)


def _quoted(file: TextIO, reviews: Iterator[tuple[str, str]]) -> int:
    writer = csv.writer(file)
    writer.writerow(("review", "sentiment"))
    return sum(bool(writer.writerow(row)) for row in reviews)


def _json(file: TextIO, reviews: Iterator[tuple[str, str]]) -> int:
    return sum(
        bool(file.write(json.dumps({"text": text, "label": label}) + "\n"))
        for text, label in reviews
    )


FORMS: dict[str, Callable[[TextIO, Iterator[tuple[str, str]]], int]] = {
    "csv": _plain,
    "quoted": _quoted,
    "jsonl": _json,
}


def _measure(form: str, path: Path, checkouts: list[Path], rows: int, turns: int) -> None:
    """Tell the best of several readings, in processor time."""
    found: dict[Path, list[tuple[float, float]]] = {checkout: [] for checkout in checkouts}
    for checkout in checkouts * turns:
        answer = subprocess.run(
            [sys.executable, "-c", READ, str(path)],
            env={**os.environ, "PYTHONPATH": str(checkout / "training")},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        if int(answer[0]) != rows:
            raise SystemExit(f"{answer[0]} rows of {rows} were read")
        found[checkout].append((float(answer[1]), float(answer[2])))
    for checkout, times in found.items():
        seconds, megabytes = min(times)
        name = "this" if checkout == ROOT else checkout.name
        print(f"{form:8} {rows:12,} {name:24} {rows / seconds:14,.0f} {megabytes:8.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
