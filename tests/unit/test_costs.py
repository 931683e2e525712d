"""docs/costs.md says what operations/costs.py computes, and that counts what is there."""

import gzip
import re

import pytest

from operations.costs import (
    ASSUMED,
    DAY,
    LINES,
    MONTHS,
    PRICES,
    REGION,
    Month,
    cost,
    given,
    main,
    real_time,
    renewed,
    tables,
    total,
)
from tests.unit.imports import ROOT

PAGE = (ROOT / "docs/costs.md").read_text(encoding="utf-8")
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")


def test_the_page_has_every_table_as_it_is_computed():
    """`python operations/costs.py --write` puts them there."""
    for table in tables():
        assert table in PAGE


def test_a_page_with_old_tables_is_renewed():
    old = PAGE.replace("| images |", "| imagery |").replace("| alarm and month |", "| alarm |")

    assert renewed(old) == PAGE != old


def test_the_page_says_where_when_and_what_a_real_time_endpoint_costs():
    assert f"{REGION}, put together on {DAY}" in PAGE
    assert f"{real_time(2):.0f} dollars a month" in PAGE
    day = 5 * 24 * 60 * 60 * PRICES["answering"].dollars  # EndpointMaxConcurrency's default
    assert "Default: 5" in TEMPLATE.split("EndpointMaxConcurrency:")[1].split("Description")[0]
    assert f"{day:.0f} dollars a day" in PAGE


def test_the_readme_rounds_what_is_computed():
    sentence = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    told = re.findall(r"about (\d+\.\d) dollars", sentence)

    assert told == [f"{total(month) - given(month):.1f}" for month in MONTHS]


def test_every_price_and_every_number_is_used():
    code = (ROOT / "operations/costs.py").read_text(encoding="utf-8")

    assert {price for _, price, _ in LINES} | {"instance"} == set(PRICES)
    assert set(re.findall(r'\bof\("(.+?)"\)', code)) == set(ASSUMED)


def test_a_line_is_the_product_of_its_numbers():
    lists = next(line for line in LINES if line[0] == "polling: listing")

    assert cost(PRICES["put"], lists[2](Month(0, 0))) == pytest.approx(
        8_640 * ASSUMED["lists"].value / 1_000 * 0.005
    )


def test_what_is_free_is_taken_off_once_and_never_more_than_was_used():
    assert given(Month(0, 0)) < total(Month(0, 0))
    many = Month(10**9, 0)
    free = sum(cost(price, price.free) for price in PRICES.values())

    assert given(many) <= free
    assert given(many) == pytest.approx(
        free - sum(cost(PRICES[name], PRICES[name].free - counted(name, many)) for name in BOUNDED)
    )


BOUNDED = ("alarm", "metric", "dashboard")  # which no number of reviews uses up


def counted(name: str, month: Month) -> float:
    used = sum(amount(month) for _, price, amount in LINES if price == name)
    return min(used, PRICES[name].free)


def test_resources_are_counted_as_the_template_has_them():
    assert TEMPLATE.count("Type: AWS::CloudWatch::Alarm") == ASSUMED["alarms"].value
    assert TEMPLATE.count("Type: AWS::CloudWatch::Dashboard") == ASSUMED["dashboards"].value
    assert TEMPLATE.count("Schedule: rate(5 minutes)") == 2
    assert ASSUMED["polls"].value == 30 * 24 * 60 / 5


def test_the_page_s_files_are_no_bigger_and_no_more_than_counted():
    files = [file for file in (ROOT / "frontend").iterdir() if file.name != "lost.html"]

    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= 30_000
    assert len(files) + ASSUMED["requests"].value == ASSUMED["views"].value


def test_a_month_of_ones_own_is_told(capsys):
    assert main(["--reviews", "50000", "--trainings", "2"]) == 0

    assert "50,000 reviews; trainings: 2" in capsys.readouterr().out
