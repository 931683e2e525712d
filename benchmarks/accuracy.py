"""Train on parts of a labelled file and measure every model on the same held-out reviews.

    export PYTHONPATH=training
    .venv/bin/python -m benchmarks.accuracy results imdb-train.jsonl.xz --rows 300 --seeds 3
    .venv/bin/python -m benchmarks.accuracy results imdb-train.jsonl.xz --without sentences lessons

Without --rows train.py gets the whole file and its own test part counts: over 5,000 of 25,000
reviews, whole groups (films) of them. With --rows whole groups of at least 5,000 reviews are held
out first, the same for every run, and train.py gets a sample of the others. Each model is a
train.py of its own, measured as exported, beside a linear baseline that has learnt from the very
rows of its training part. Every run leaves one JSON file in the folder `results`, from which
benchmarks/figures.py makes the tables and plots of docs/model.md; a run whose file is there isn't
repeated.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import short
from sentiment.dataset.reading import read_dataset
from sentiment.dataset.rows import Rows
from sentiment.dataset.split import split
from sentiment.judging.baseline import baseline
from sentiment.judging.statistics import measure, reliability
from sentiment.processors import processors
from sentiment.serving.predictor import Predictor

ROOT = Path(__file__).parent.parent
HELD_OUT = 5_000
ABLATIONS = {
    "start": ["--init", "scratch"],
    "sentences": ["--sentences", "0"],
    "lessons": ["--lessons", "0"],
    "rates": ["--embedding-rate", "1", "--head-rate", "1"],
    "bfloat16": ["--precision", "float32"],
}


def main() -> None:
    arguments = _flags()
    with tempfile.TemporaryDirectory(prefix="verdict-") as folder:
        work = Path(folder)
        rows = read_dataset(arguments.file, work, processors()).rows
        learn, test = map(rows.select, hold_out(rows))
        for size in arguments.rows or [len(rows)]:
            for seed in range(1, arguments.seeds + 1):
                parts = (learn.select(sample(learn, size, seed)), test)
                if not arguments.rows:
                    own = split(rows, seed)
                    parts = (rows, rows.select(own.test))
                for name in arguments.without or [""]:
                    _one(arguments, work, parts, seed, name)


def hold_out(rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Whole groups until there are enough, drawn by a fixed seed."""
    random = np.random.default_rng(2011)
    order = random.permutation(len(rows.names))
    sizes = np.bincount(rows.groups[rows.groups >= 0], minlength=len(rows.names))[order]
    chosen = order[: int(np.searchsorted(np.cumsum(sizes), HELD_OUT)) + 1]
    held = np.isin(rows.groups, chosen)
    return np.flatnonzero(~held), np.flatnonzero(held)


def _one(
    arguments: argparse.Namespace,
    work: Path,
    parts: tuple[Rows, Rows],
    seed: int,
    without: str,
) -> None:
    chosen, test = parts
    left_out = ["without", without] if without else []
    name = "-".join([arguments.name, str(len(chosen)), f"seed{seed}", *left_out])
    target = arguments.results / f"{name}.json"
    if target.exists():
        return
    folder = work / name
    folder.mkdir()
    dataset = folder / "rows.jsonl"
    write(chosen, dataset)
    flags = ["--seed", str(seed), *arguments.flags, *ABLATIONS.get(without, [])]
    seconds, log = train(dataset, folder, arguments.unlabelled, flags)
    found = measured(folder / "model", chosen, test, seed)
    found |= {"name": name, "rows": len(chosen), "seed": seed, "without": without, "flags": flags}
    found |= {"seconds": round(seconds, 1), "log": log}
    arguments.results.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, indent=1), encoding="utf-8")
    accuracy, linear = found["metrics"]["accuracy"], found["baseline"]
    print(f"{name}: {accuracy:.4f}, baseline {linear:.4f}, {seconds:.0f} s", flush=True)


def sample(rows: Rows, size: int, seed: int) -> NDArray[np.int64]:
    """So many rows, half of each label."""
    if size >= len(rows):
        return np.arange(len(rows))
    random = np.random.default_rng(seed)
    halves = [
        random.permutation(np.flatnonzero(rows.labels == label))[: size // 2] for label in (0, 1)
    ]
    return np.sort(np.concatenate(halves))


def write(rows: Rows, path: Path) -> None:
    """As a dataset that somebody would drop."""
    with path.open("w", encoding="utf-8") as stream:
        for row in rows:
            values = {"text": row.text, "label": "positive" if row.label else "negative"}
            stream.write(json.dumps({**values, "movie": row.group}) + "\n")


def train(
    dataset: Path, folder: Path, unlabelled: Path | None, flags: Sequence[str]
) -> tuple[float, list[tuple[float, str]]]:
    """Run train.py; its seconds, and its lines each with the second at which it was printed."""
    command = [sys.executable, ROOT / "training/train.py", "--dataset", dataset, *flags]
    if unlabelled:
        command += ["--unlabelled", unlabelled]
    started = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command],
        env={**os.environ, "SAGEMAKER_BASE_DIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    log = [(round(time.monotonic() - started, 1), line.strip()) for line in process.stdout]
    if process.wait():
        raise SystemExit(f"train.py ended with {process.returncode}")
    return time.monotonic() - started, log


def measured(model: Path, learnt: Rows, test: Rows, seed: int) -> dict[str, Any]:
    """The model and a linear baseline from the very rows of its training part, on the test rows."""
    predictor = Predictor(model, processors())
    probabilities = np.concatenate(
        [answers(predictor, part) for part in test.parts(1_000)], dtype=np.float64
    )
    known = learnt.select(split(learnt, seed).train)
    linear = baseline(known, test, seed).probabilities
    evaluation = json.loads((model / "evaluation.json").read_bytes())
    return {
        "test_rows": len(test),
        "train_rows": len(known),
        "metrics": measure(probabilities, test.labels),
        "reliability": reliability(probabilities, test.labels),
        "short_reviews": on_short_reviews(predictor),
        "baseline": float(((linear > 0.5) == (test.labels == 1)).mean()),
        "unsure": evaluation["unsure"],
        "sure": sure(probabilities, test.labels, evaluation["unsure"]),
        "evaluation": {key: evaluation[key] for key in ("training", "parts", "behaviour", "split")},
        "bytes": (model / "model.onnx").stat().st_size,
    }


def answers(predictor: Predictor, rows: Rows) -> NDArray[np.float64]:
    """Probabilities as the endpoint would give them."""
    found = predictor.answer([rows.words(index) for index in range(len(rows))])
    return np.array([answer.probability for answer in found])


def on_short_reviews(predictor: Predictor) -> float:
    """Accuracy on those that are in tests/data."""
    return next(short.scores(predictor, short.short_reviews(), "all")).accuracy


def sure(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], band: Sequence[float]
) -> dict[str, float]:
    """What share of the answers is outside the unsure band, and how many of those are right."""
    outside = (probabilities < band[0]) | (probabilities > band[1])
    right = (probabilities > 0.5) == (labels == 1)
    return {"share": float(outside.mean()), "accuracy": float(right[outside].mean())}


def _flags() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("results", type=Path, help="folder for one JSON file a run")
    add("file", type=Path, help="labelled reviews with a group such as movie")
    add("--unlabelled", type=Path, help="further reviews, given to train.py as they are")
    add("--rows", type=int, nargs="+", help="labelled rows to learn from; all if left out")
    add("--seeds", type=int, default=1, help="trainings of each kind, with other samples as well")
    add("--without", nargs="+", choices=list(ABLATIONS), help="leave out a part of the method")
    add("--name", default="model", help="of the runs' files")
    add("--flags", nargs=argparse.REMAINDER, default=[], help="the rest goes to train.py")
    return parser.parse_args()


if __name__ == "__main__":
    main()
