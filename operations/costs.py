"""What a deployed Verdict costs in a month, from a table of assumptions; docs/costs.md explains it.

python operations/costs.py                                  the tables of docs/costs.md
python operations/costs.py --reviews 50000 --trainings 2    one month of yours
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parent.parent / "docs/costs.md"

REGION, DAY = "us-east-1", "2026-11-29"
MEMORY = "remembered, not looked up"
LISTED = "AWS's price page, as stored by others"
GUIDE = "price guides of others, 2025 and 2026"


class Price(NamedTuple):
    """Dollars for so many units; so many of them a month are free in every account, for ever."""

    unit: str
    dollars: float
    per: float
    free: float
    source: str


PRICES = {
    "alarm": Price("alarm and month", 0.10, 1, 10, LISTED),
    "metric": Price("metric and month", 0.30, 1, 10, LISTED),
    "dashboard": Price("dashboard and month", 3.00, 1, 3, LISTED),
    "log": Price("GB written", 0.50, 1, 5, LISTED),
    "kept log": Price("GB and month", 0.03, 1, 0, MEMORY),
    "get": Price("GET of S3", 0.0004, 1_000, 0, MEMORY),
    "put": Price("LIST or PUT of S3", 0.005, 1_000, 0, GUIDE),
    "object": Price("GB and month in S3", 0.023, 1, 0, MEMORY),
    "image": Price("GB and month in ECR", 0.10, 1, 0, MEMORY),
    "call": Price("call of a function", 0.20, 1_000_000, 1_000_000, GUIDE),
    "computing": Price("GB second of a function", 0.0000166667, 1, 400_000, GUIDE),
    "request": Price("request of the HTTP API", 1.00, 1_000_000, 0, GUIDE),
    "view": Price("HTTPS request of CloudFront", 0.01, 10_000, 10_000_000, LISTED),
    "transfer": Price("GB from CloudFront", 0.085, 1, 1_000, LISTED),
    "answering": Price("second of a serverless endpoint of 2 GB", 0.00004, 1, 0, MEMORY),
    "asking": Price("GB in and out of an endpoint", 0.016, 1, 0, "a public bill of 2023"),
    "training": Price("hour of ml.m5.large, not spot", 0.115, 1, 0, GUIDE),
    "instance": Price("hour of ml.c6i.large", 0.102, 1, 0, MEMORY),
}


EVERY, POLLED = "every 5 minutes: template.yaml", "tests/integration/test_idle.py"
SIZES = "bounds of tests/containers/test_images.py"
MEASURED = "22 ms an answer, three of them: measured.md"
ESTIMATED = "estimated"


class Assumption(NamedTuple):
    """A number and where it is from."""

    value: float
    what: str
    source: str


ASSUMED = {
    "polls": Assumption(8_640, "times a month that each of two functions is woken", EVERY),
    "gets": Assumption(22, "GETs of S3 for one waking of both", POLLED),
    "lists": Assumption(3, "LISTs of S3 for one waking of both", POLLED),
    "poll seconds": Assumption(2, "seconds that a woken function of 512 MB runs", ESTIMATED),
    "poll log": Assumption(2, "kB that it logs", ESTIMATED),
    "alarms": Assumption(10, "alarms", "template.yaml"),
    "dashboards": Assumption(1, "dashboard", "template.yaml"),
    "idle metrics": Assumption(1, "metrics of our own, whatever happens", "functions/"),
    "metrics": Assumption(14, "more of them with answers and trainings", "functions/"),
    "images": Assumption(3.2, "GB of images, two of both; at most five stay", SIZES),
    "views": Assumption(19, "requests of CloudFront a review: page, model, answers", "frontend/"),
    "view": Assumption(60, "kB from CloudFront a review: 30 of them the page, packed", ESTIMATED),
    "requests": Assumption(4, "requests of the API a review: model, an answer a pause", ESTIMATED),
    "review seconds": Assumption(0.1, "seconds a review, function (1 GB) and endpoint", MEASURED),
    "cold seconds": Assumption(5, "seconds more where both start", ESTIMATED),
    "cold": Assumption(0.01, "of the reviews meet that", ESTIMATED),
    "asked": Assumption(60, "kB in and out of the endpoint a review", ESTIMATED),
    "request log": Assumption(2.5, "kB that API and function log a request", ESTIMATED),
    "training hours": Assumption(1, "hours a training", "2 minutes for 694 reviews: measured.md"),
    "training log": Assumption(1_000, "kB that a training logs", ESTIMATED),
    "training writes": Assumption(500, "LISTs and PUTs of a training and its run", ESTIMATED),
    "artifacts": Assumption(17, "MB that a run leaves for ever; a year of them", "models/imdb"),
    "checkpoint": Assumption(239, "MB of a checkpoint", "measured with 694 reviews"),
    "checkpoint months": Assumption(0.6, "months: 8 days, ten older ones a day each", ESTIMATED),
}
KB, MB = 1e-6, 1e-3  # in GB


class Month(NamedTuple):
    """What happens in a month: reviews answered, datasets trained on."""

    reviews: int
    trainings: int


def of(name: str) -> float:
    """An assumption's number."""
    return ASSUMED[name].value


def busy_seconds(month: Month) -> float:
    """That function and endpoint take for the month's reviews, warm or cold."""
    return month.reviews * (of("review seconds") + of("cold") * of("cold seconds"))


def logged(month: Month) -> float:
    """GB written into logs."""
    kilobytes = 2 * of("polls") * of("poll log")
    kilobytes += month.reviews * of("requests") * of("request log")
    kilobytes += month.trainings * of("training log")
    return kilobytes * KB


def metrics(month: Month) -> float:
    """Metrics of our own; one costs for a month in which it is written."""
    return of("idle metrics") + (of("metrics") if month.reviews else 0)


LINES: list[tuple[str, str, Callable[[Month], float]]] = [
    ("polling: reading", "get", lambda _: of("polls") * of("gets")),
    ("polling: listing", "put", lambda _: of("polls") * of("lists")),
    ("polling: functions called", "call", lambda _: 2 * of("polls")),
    ("polling: computing", "computing", lambda _: 2 * of("polls") * of("poll seconds") / 2),
    ("alarms", "alarm", lambda _: of("alarms")),
    ("dashboards", "dashboard", lambda _: of("dashboards")),
    ("metrics of our own", "metric", metrics),
    ("logs: writing", "log", logged),
    ("logs: keeping 30 days", "kept log", logged),
    ("images", "image", lambda _: of("images")),
    ("models and reports", "object", lambda m: (1 + 12 * m.trainings) * of("artifacts") * MB),
    (
        "checkpoints",
        "object",
        lambda m: m.trainings * of("checkpoint") * MB * of("checkpoint months"),
    ),
    ("training: computing", "training", lambda m: m.trainings * of("training hours")),
    ("training: writing", "put", lambda m: m.trainings * of("training writes")),
    ("answers: endpoint", "answering", busy_seconds),
    ("answers: in and out of it", "asking", lambda m: m.reviews * of("asked") * KB),
    ("answers: function called", "call", lambda m: m.reviews * of("requests")),
    ("answers: computing", "computing", busy_seconds),
    ("answers: API", "request", lambda m: m.reviews * of("requests")),
    ("answers: CloudFront", "view", lambda m: m.reviews * of("views")),
    ("answers: bytes from CloudFront", "transfer", lambda m: m.reviews * of("view") * KB),
]
MONTHS = (Month(0, 0), Month(1_000, 1), Month(1_000_000, 4))


def cost(price: Price, amount: float) -> float:
    """Dollars for so many units, before anything is free."""
    return amount / price.per * price.dollars


def total(month: Month) -> float:
    return sum(cost(PRICES[price], amount(month)) for _, price, amount in LINES)


def given(month: Month) -> float:
    """Dollars of the total that no account pays, if nothing else in it uses what is free."""
    used = dict.fromkeys(PRICES, 0.0)
    for _, price, amount in LINES:
        used[price] += amount(month)
    return sum(cost(price, min(used[name], price.free)) for name, price in PRICES.items())


def real_time(instances: int) -> float:
    """Dollars a month of a real-time endpoint, whatever it is asked."""
    return cost(PRICES["instance"], instances * 730)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def costs(months: Sequence[Month]) -> str:
    """What each line costs in each month."""
    head = [f"{m.reviews:,} reviews; trainings: {m.trainings}" for m in months]
    rows = [
        [what, *(f"{cost(PRICES[price], amount(month)):.2f}" for month in months)]
        for what, price, amount in LINES
    ]
    rows.append(["**together**", *(f"**{total(month):.2f}**" for month in months)])
    rows.append(["free in every account", *(f"−{given(month):.2f}" for month in months)])
    rows.append(["**to pay**", *(f"**{total(m) - given(m):.2f}**" for m in months)])
    return table(["dollars a month", *head], rows)


def prices() -> str:
    """The prices with what is free and where they are from."""
    rows = [
        [p.unit, f"{p.dollars:.10f}".rstrip("0").rstrip("."), f"{p.per:,}", f"{p.free:,}", p.source]
        for p in PRICES.values()
    ]
    return table(["unit", "dollars", "for", "free a month", "from"], rows)


def assumptions() -> str:
    """Everything else that the arithmetic takes, with where it is from."""
    rows = [[f"{a.value:,}", a.what, a.source] for a in ASSUMED.values()]
    return table(["assumed", "what", "from"], rows)


def tables() -> list[str]:
    """The tables of the page."""
    return [costs(MONTHS), prices(), assumptions()]


def renewed(page: str) -> str:
    """The page with its tables as they are computed, each known by its first cell."""
    for computed in tables():  # which have no backslash
        first = re.escape(computed.split(" | ")[0])
        page = re.sub(rf"^{first} \|.*?\n(?=\n)", computed, page, flags=re.MULTILINE | re.DOTALL)
    return page


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--reviews", type=int, help="answered in the month")
    parser.add_argument("--trainings", type=int, default=0, help="datasets trained on in the month")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/costs.md")
    args = parser.parse_args(argv)
    if args.write:
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    print(f"Prices of {REGION}, put together on {DAY}.\n")
    if args.reviews is not None:
        print(costs([Month(args.reviews, args.trainings)]))
    else:
        print(*tables(), sep="\n")
        print(f"A real-time endpoint of two instances: {real_time(2):.2f} a month.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
