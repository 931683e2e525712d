"""evaluation.json as a page for people: one HTML file without scripts or anything from outside."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

STYLE = """
:root{color-scheme:light dark;--ink:#1d2433;--soft:#5d6678;--line:#d9dde5;--back:#fff;
--good:#1a7f4b;--bad:#b3322c;--wait:#8a6100;--bar:#4267b2}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf2;--soft:#a3acbd;--line:#3a4254;--back:#171b24;
--good:#5fcf95;--bad:#ff8a80;--wait:#e6b450;--bar:#8fb0ff}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:52rem;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin-bottom:0}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;
vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
.Approved,.passed{color:var(--good)}.Rejected,.failed{color:var(--bad)}
.PendingManualApproval{color:var(--wait)}.soft{color:var(--soft)}.decision{font-size:1.2rem;font-weight:600}
svg{max-width:100%;height:auto}svg text{fill:var(--soft);font:12px system-ui,sans-serif}
.words{line-height:2}.words span{border:1px solid var(--line);border-radius:.4rem;
padding:.1rem .45rem;margin-right:.3rem;white-space:nowrap}
"""
DECISIONS = {
    "Approved": "Approved: it may go live.",
    "Rejected": "Rejected: the model now live stays.",
    "PendingManualApproval": "Undecided: a person has to approve or reject it in the registry.",
}
SIZE, MARGIN = 320, 44  # of the reliability plot


def report(evaluation: dict[str, Any]) -> str:
    """The whole page; every text that comes from the dataset is escaped."""
    sections = [
        _decision(evaluation["decision"]),
        _metrics(evaluation),
        _reliability(evaluation["reliability"]),
        _confusion(evaluation["metrics"]["confusion"]),
        _words(evaluation["words"]),
        _dataset(evaluation["dataset"], evaluation["split"]),
        _training(evaluation["training"]),
    ]
    run = escape(str(evaluation["run"]))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Report on {run}</title><style>{STYLE}</style></head><body>"
        f"<h1>Report on {run}</h1>{''.join(sections)}</body></html>\n"
    )


def _decision(decision: dict[str, Any]) -> str:
    status = decision["status"]
    rows = [(_mark(one["passed"]), one["check"], one["text"]) for one in decision["reasons"]]
    return (
        f'<p class="decision {escape(status)}">{escape(DECISIONS.get(status, status))}</p>'
        f"<h2>Why</h2>{_table(rows, ('', 'check', 'what was found'))}"
    )


def _mark(passed: bool) -> "_Html":
    if passed:
        return _Html('<span class="passed">✓ passed</span>')
    return _Html('<span class="failed">✗ not passed</span>')


def _metrics(evaluation: dict[str, Any]) -> str:
    metrics, parts, champion = (evaluation[key] for key in ("metrics", "parts", "champion"))
    baseline = evaluation["baseline"]
    rows = [
        ("Accuracy on held-out reviews", _percent(metrics["accuracy"])),
        (f"Accuracy of a {baseline['name']}", _percent(baseline["accuracy"])),
        ("Accuracy of the more frequent answer", _percent(evaluation["majority"]["accuracy"])),
        ("Accuracy of the LSTM alone", _percent(parts["lstm_alone"]["accuracy"])),
        ("Accuracy of the linear part alone", _percent(parts["linear_alone"]["accuracy"])),
        ("F1 of positive", _decimal(metrics["f1"])),
        ("Area under the ROC curve", _decimal(metrics["roc_auc"])),
        ("Log loss", _decimal(metrics["log_loss"])),
        ("Expected calibration error", _decimal(metrics["expected_calibration_error"])),
    ]
    if champion and champion["rows"]:
        new, run = f"{champion['rows']:,} reviews new to both", champion["run"]
        rows += [
            (f"Accuracy on {new}", _percent(champion["challenger_accuracy"])),
            (f"Accuracy of the live model {run} on these", _percent(champion["accuracy"])),
        ]
    return f"<h2>How good it is</h2>{_table(rows)}"


def _reliability(bins: list[dict[str, float]]) -> str:
    """Draw the share of positives against the probability given; bigger dots are more reviews."""
    most = max((one["reviews"] for one in bins), default=1)
    dots = "".join(
        f'<circle cx="{_x(one["probability"])}" cy="{_y(one["positive"])}"'
        f' r="{3 + 9 * (one["reviews"] / most) ** 0.5:.1f}" fill="var(--bar)" fill-opacity=".7">'
        f"<title>{one['reviews']} reviews: {one['probability']:.0%} given,"
        f" {one['positive']:.0%} positive</title></circle>"
        for one in bins
    )
    ticks = "".join(
        f'<text x="{_x(value)}" y="{_y(0) + 18}" text-anchor="middle">{value:.0%}</text>'
        f'<text x="{_x(0) - 6}" y="{_y(value) + 4}" text-anchor="end">{value:.0%}</text>'
        for value in (0, 0.5, 1)
    )
    half, low, inner = SIZE // 2, SIZE - 6, SIZE - 2 * MARGIN
    return (
        "<h2>Can its probabilities be believed?</h2><p>Each dot is held-out reviews that were given"
        " about the same probability. On the line, as many are positive as the model says.</p>"
        f'<svg viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" role="img" aria-label="Reliability">'
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{inner}" height="{inner}" fill="none"'
        f' stroke="var(--line)"/><line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"'
        f' stroke="var(--soft)" stroke-dasharray="4 4"/>{dots}{ticks}'
        f'<text x="{half}" y="{low}" text-anchor="middle">probability of positive</text>'
        f'<text x="12" y="{half}" text-anchor="middle" transform="rotate(-90 12 {half})">'
        "share positive</text></svg>"
    )


def _x(share: float) -> float:
    return round(MARGIN + share * (SIZE - 2 * MARGIN), 1)


def _y(share: float) -> float:
    return round(SIZE - MARGIN - share * (SIZE - 2 * MARGIN), 1)


def _confusion(confusion: list[list[int]]) -> str:
    rows = [
        (f"{name} in the dataset", f"{answers[0]:,}", f"{answers[1]:,}")
        for name, answers in zip(("negative", "positive"), confusion, strict=True)
    ]
    head = ("held-out reviews", "answered negative", "answered positive")
    return f"<h2>Where it errs</h2>{_table(rows, head)}"


def _words(words: dict[str, list[str]]) -> str:
    def line(label: str) -> str:
        listed = "".join(f"<span>{escape(word)}</span> " for word in words[label])
        return f'<p class="words"><b>{label}</b> {listed or "none"}</p>'

    return f"<h2>Words that decide most</h2>{line('positive')}{line('negative')}"


def _dataset(findings: dict[str, Any], split: dict[str, Any]) -> str:
    columns = [f"{use}: {name}" for use, name in findings["columns"].items() if name]
    rows = [findings[key] for key in ("rows_read", "rows_kept", "rows_left_out")]
    parts = [split[key] for key in ("train", "validation", "test")]
    facts = [
        ("Name", findings["name"]),
        ("Format", f"{findings['format']}, {findings['encoding']}"),
        ("Columns", ", ".join(columns)),
        ("Rows read, kept, left out", _numbers(rows)),
        ("Duplicates, contradictions", _numbers([findings["duplicates"], findings["conflicts"]])),
        ("Learnt from, tuned on, held out", _numbers(parts)),
        ("Held out by", split["held_out_by"]),
    ]
    notes = "".join(f"<li>{escape(note)}</li>" for note in findings["notes"])
    return (
        f"<h2>What was found in the dataset</h2>{_table(facts)}{_balance(findings['labels'])}"
        f"{f'<ul>{notes}</ul>' if notes else ''}{_left_out(findings['left_out'])}"
    )


def _balance(labels: dict[str, int]) -> str:
    """Draw how many of the reviews are positive."""
    share = labels["positive"] / max(1, labels["negative"] + labels["positive"])
    return (
        f'<svg viewBox="0 0 600 26" width="600" role="img" aria-label="{share:.0%} are positive">'
        '<rect width="600" height="26" rx="4" fill="var(--bad)" fill-opacity=".65"/>'
        f'<rect width="{600 * share:.0f}" height="26" rx="4" fill="var(--good)"/></svg>'
        f'<p class="soft">{labels["positive"]:,} positive ({share:.0%}),'
        f" {labels['negative']:,} negative</p>"
    )


def _left_out(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    head = ("line", "why it was left out", "what to change")
    table = _table([(row["line"], row["reason"], row["fix"]) for row in rows], head)
    return f"<h2>Rows left out (the first {len(rows)})</h2>{table}"


def _training(training: dict[str, Any]) -> str:
    epochs = f"{training['epochs']}, of which number {training['best_epoch']} was the best"
    rows = [
        ("Time", f"{training['seconds']:,.0f} s"),
        ("Passes over the data", epochs),
        ("Reviews learnt per second", f"{training['reviews_per_second']:,.0f}"),
        ("Processes", training["processes"]),
        ("Peak memory", _megabytes(training.get("peak_memory_mb"))),
        ("Words known", f"{training['vocabulary']:,}"),
    ]
    return f"<h2>What it took</h2>{_table(rows)}"


class _Html(str):
    """Markup of ours, not to be escaped."""


def _table(rows: Iterable[tuple[object, ...]], head: tuple[str, ...] = ()) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f"<table>{f'<tr>{titles}</tr>' if titles else ''}{body}</table>"


def _cell(value: object) -> str:
    return f"<td>{value if isinstance(value, _Html) else escape(str(value))}</td>"


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(f"{number:,}" for number in numbers)


def _megabytes(value: int | None) -> str:
    return "–" if value is None else f"{value:,} MB"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _decimal(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
