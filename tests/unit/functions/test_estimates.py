"""How long a training is said to take, before it starts."""

import re

import pytest

from functions.start_training.estimates import (
    BYTES_A_ROW,
    MEASURED,
    estimate,
    seconds_for,
    spoken,
)
from tests.templates import ROOT


@pytest.mark.parametrize(
    ("rows", "seconds"),
    [
        (1, 58),
        (146, 58),
        (290, 87),  # half-way between two that were measured
        (434, 116),
        (7_250, 612),
        (24_901, 1_059),
        (49_802, 2_118),
        (10_000_000, 1_059 * 10_000_000 / 24_901),
    ],
)
def test_it_lies_between_what_was_measured(rows, seconds):
    assert seconds_for(rows) == pytest.approx(seconds)


def test_what_was_measured_stands_in_the_page():
    page = (ROOT / "docs/model.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\d,]+) \| [\d,]+ \| \d \|.*\| ([\d,]+) \|$", page, re.MULTILINE)
    told = {int(r.replace(",", "")): int(s.replace(",", "")) for r, s in rows}

    assert len(told) == len(MEASURED) == 5
    *few, (most, seconds) = MEASURED
    assert {rows: told[rows] for rows, _ in few} == dict(few)
    assert seconds == told[most] + 44  # to examine it, as the page says further below
    assert "takes 44 s more" in page


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "a minute"), (89, "a minute"), (100, "2 minutes"), (7_100, "118 minutes"),
     (7_200, "2 hours"), (425_000, "118 hours")],
)  # fmt: skip
def test_a_time_is_told_as_people_say_it(seconds, text):
    assert spoken(seconds) == text


def test_within_the_limit_it_is_the_time_it_takes():
    assert estimate(1_450, 10**6, 7_200) == {
        "rows": 1_450,
        "seconds": 206,
        "text": "Training takes about 3 minutes once an instance is there.",
    }


def test_beyond_the_limit_it_is_the_time_that_all_of_it_would_take():
    told = estimate(500_000, 10**9, 7_200)

    assert told["seconds"] == round(500_000 * 1_059 / 24_901)
    assert told["text"] == (
        "Learning from all of it would take about 6 hours; the training plans what it learns from "
        "so that it ends within 2 hours."
    )


def test_where_nobody_can_count_the_rows_the_bytes_count():
    assert estimate(None, 1_450 * BYTES_A_ROW + 7, 7_200)["rows"] == 1_450
    assert estimate(None, 0, 7_200)["rows"] == 1
