"""Make the tables and plots of docs/model.md from what benchmarks/accuracy.py has measured.

    PYTHONPATH=training .venv/bin/python -m benchmarks.figures results docs/model

Prints a Markdown table and writes few-shot.svg; and calibration.svg, of the model in models/imdb.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot

from sentiment.judging.behaviour import overall

Run = dict[str, Any]
LINEAR, OURS, FURTHER = "#b0571f", "#1f5fb0", "#2f8f5b"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("results", type=Path)
    parser.add_argument("plots", type=Path)
    parser.add_argument("--model", type=Path, default=Path("models/imdb"))
    arguments = parser.parse_args()
    mpl.rcParams["svg.hashsalt"] = "verdict"  # the same file for the same figures
    runs = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(arguments.results.glob("*.json"))
    ]
    arguments.plots.mkdir(parents=True, exist_ok=True)
    table(runs)
    few_shot([run for run in runs if not run["without"]], arguments.plots / "few-shot.svg")
    evaluation = json.loads((arguments.model / "evaluation.json").read_text(encoding="utf-8"))
    calibration(evaluation["reliability"], arguments.plots / "calibration.svg")


def table(runs: Sequence[Run]) -> None:
    """A line for each kind of run: means over its seeds, with the spread of the accuracy."""
    kinds: dict[tuple[str, int, str], list[Run]] = defaultdict(list)
    for run in runs:
        kinds[_kind(run), run["rows"], run["without"]].append(run)
    columns = (
        "runs",
        "rows",
        "of which trained on",
        "seeds",
        "accuracy",
        "baseline",
        "LSTM, linear part alone",
        "calibration error",
        "sure answers, right",
        "behaviour suite",
        "short reviews",
        "exported after",
    )
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for (kind, rows, without), same in sorted(kinds.items()):
        print(f"| {' | '.join(_cells(kind, rows, without, same))} |")


def _cells(kind: str, rows: int, without: str, same: Sequence[Run]) -> list[str]:
    accuracies = [100 * run["metrics"]["accuracy"] for run in same]
    spread = f" ± {stdev(accuracies):.2f}" if len(same) > 1 else ""
    parts = [run["evaluation"]["parts"] for run in same]
    alone = [
        f"{100 * mean(part[name]['accuracy'] for part in parts):.1f}"
        for name in ("lstm_alone", "linear_alone")
    ]
    sure = [
        f"{100 * mean(run['sure'][name] for run in same):.1f} %" for name in ("share", "accuracy")
    ]
    return [
        f"{kind}, without {without}" if without else kind,
        f"{rows:,}",
        f"{mean(run['train_rows'] for run in same):,.0f}",
        str(len(same)),
        f"{mean(accuracies):.2f}{spread} %",
        f"{100 * mean(run['baseline'] for run in same):.2f} %",
        ", ".join(alone),
        f"{mean(run['metrics']['expected_calibration_error'] for run in same):.3f}",
        ", ".join(sure),
        *_of_sentences(same),
        f"{mean(map(_until_exported, same)):.0f} s",
    ]


def _of_sentences(same: Sequence[Run]) -> Iterator[str]:
    """The shares of the behaviour suite's cases and of the short reviews that were right."""
    suites = [run["evaluation"].get("behaviour") for run in same]
    rates = [overall(suite) or 0 for suite in suites if suite]
    for found in (rates, [run["short_reviews"] for run in same if "short_reviews" in run]):
        yield f"{100 * mean(found):.1f} %" if found else "–"


def _until_exported(run: Run) -> float:
    """Seconds of train.py without those in which it examines what it has exported."""
    stages = run["evaluation"].get("training", {}).get("seconds_by_stage", {})
    return float(sum(seconds for name, seconds in stages.items() if name != "examining"))


def few_shot(runs: Sequence[Run], path: Path) -> None:
    """Accuracy over the number of labelled rows, ours and the linear baseline's."""
    figure, axes = pyplot.subplots(figsize=(6, 3.6))
    for kind in sorted({_kind(run) for run in runs}):
        ours = [run for run in runs if _kind(run) == kind]
        label, colour = ("Verdict", OURS) if kind == "model" else (f"Verdict, {kind}", FURTHER)
        _line(
            axes, [(run["train_rows"], run["metrics"]["accuracy"]) for run in ours], label, colour
        )
    baselines = {(run["train_rows"], run["baseline"]) for run in runs}
    _line(axes, baselines, "linear baseline, same rows", LINEAR)
    axes.set_xscale("log")
    axes.set(xlabel="labelled rows trained on", ylabel="accuracy on held-out reviews, %")
    _finish(figure, axes, path)


def _kind(run: Run) -> str:
    return str(run["name"]).split("-")[0].replace("_", " ")


def _line(axes: Any, points: Iterable[tuple[int, float]], label: str, colour: str) -> None:
    """Means over a line of numbers of rows, and what they are means of."""
    by_rows: dict[int, list[float]] = defaultdict(list)
    for number, accuracy in points:
        by_rows[number].append(100 * accuracy)
    rows = sorted(by_rows)
    axes.plot(rows, [mean(by_rows[one]) for one in rows], marker="o", color=colour, label=label)
    for one in rows:
        axes.plot([one] * len(by_rows[one]), by_rows[one], ".", color=colour, alpha=0.4)


def calibration(bins: Sequence[dict[str, float]], path: Path) -> None:
    """How many of the reviews that got a probability are positive, for each of 15 bins."""
    figure, axes = pyplot.subplots(figsize=(4.2, 4))
    axes.plot([0, 1], [0, 1], color="#999", linewidth=1, label="as it should be")
    given, positive = [one["probability"] for one in bins], [one["positive"] for one in bins]
    axes.plot(given, positive, marker="o", color=OURS, label="held-out reviews")
    axes.set(xlabel="probability given", ylabel="share that is positive")
    _finish(figure, axes, path)


def _finish(figure: Any, axes: Any, path: Path) -> None:
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()
