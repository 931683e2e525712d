"""evaluation.json as a page for people: one HTML file without scripts or anything from outside.

report.html is the page; here is how its figures are written.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sentiment.evaluation import Evaluation

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
    return templates.get_template("report.html").render(evaluation)


def number(value: float) -> str:
    """A whole number, its thousands parted."""
    return f"{value:,.0f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 1 in hundredths."""
    return UNKNOWN if share is None else f"{share:.{digits}%}"


def decimal(value: float | None) -> str:
    """Three digits after the point."""
    return UNKNOWN if value is None else f"{value:.3f}"
