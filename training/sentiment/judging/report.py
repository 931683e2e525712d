"""evaluation.json as a page for people: one HTML file without scripts or anything from outside.

report.html is the page: the decision first, then the dataset, then the model. Here is how figures
are written, in which order checks come, and which rows left out are of a kind.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sentiment.evaluation import Evaluation

ORDER = ("failed", "passed", "told", "not made")
LISTED_KINDS = 50
NUMBER = re.compile(r"\d+")
UNKNOWN = "–"  # a figure that nobody measured


def report(evaluation: Evaluation) -> str:
    """The whole page; every text that comes from the dataset is escaped."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {"number": number, "percent": percent, "decimal": decimal}
    return templates.get_template("report.html").render(
        evaluation,
        checks=checks(evaluation["decision"]["reasons"]),
        left_out=kinds(evaluation["dataset"]["left_out"])[:LISTED_KINDS],
        **{name: evaluation.get(name) for name in ("suspects", "by_length", "by_group")},
    )


def checks(reasons: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each with its outcome, what failed first and what was not made last."""
    told = [
        {**reason, "outcome": reason.get("outcome", "passed" if reason["passed"] else "failed")}
        for reason in reasons
    ]
    return sorted(told, key=lambda reason: ORDER.index(reason["outcome"]))


def kinds(left_out: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One entry for all rows of equal reason and fix: the first of them, and how many there are.

    Reasons that differ in a line's number are equal. Most frequent ones first. An entry may stand
    for several `rows` already.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in left_out:
        what = NUMBER.sub("", row["reason"]), row["fix"]
        kind = found.setdefault(what, {**row, "rows": 0})
        kind["rows"] += row.get("rows", 1)
    return sorted(found.values(), key=lambda kind: -int(kind["rows"]))


def number(value: float) -> str:
    """A whole number, its thousands parted."""
    return f"{value:,.0f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 1 in hundredths."""
    return UNKNOWN if share is None else f"{share:.{digits}%}"


def decimal(value: float | None) -> str:
    """Three digits after the point."""
    return UNKNOWN if value is None else f"{value:.3f}"
