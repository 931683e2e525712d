"""What was found in a dataset stands in its receipt from the first look to the end."""

import re
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.integration.mailbox import Mailbox
from tests.integration.runs import GOOD, another

COLUMNS = {"text": "review", "label": "sentiment", "group": None}
LARGE = GOOD + f"a good film {'and so on ' * 50},1\n" * 20_000  # more than a first look reads


def test_the_first_look_tells_what_it_saw_and_how_long_the_training_may_take(common):
    common.drop("slow and large.csv", LARGE)

    receipt = common.follow("slow and large.csv", "received", "training")

    found = receipt["found"]
    assert found["name"] == "slow and large.csv"
    assert (found["format"], found["encoding"]) == ("csv", "utf-8")
    assert found["columns"] == COLUMNS
    assert 10_000 < found["rows_estimated"] < 40_000
    assert "rows_read" not in found
    assert receipt["estimate"]["rows"] == found["rows_estimated"]
    assert re.fullmatch(
        r"Training takes about (1\d|20) minutes once an instance is there\.",
        receipt["estimate"]["text"],
    )


def test_a_small_file_is_told_of_as_a_whole_at_once(common):
    common.drop("slow and small.csv", another("small"))

    receipt = common.follow("slow and small.csv", "received", "training")

    assert receipt["found"]["rows_kept"] == receipt["found"]["rows_read"] == 61
    assert receipt["found"]["labels"] == {"negative": 30, "positive": 31}
    assert receipt["estimate"]["rows"] == 61


def test_a_failed_training_tells_what_it_had_found(common):
    common.drop("failing.csv", another("to fail"))

    receipt = common.follow("failing.csv")

    assert receipt["state"] == "failed"
    assert receipt["found"]["name"] == "failing.csv"
    assert (receipt["found"]["rows_read"], receipt["found"]["rows_kept"]) == (61, 0)
    assert receipt["estimate"] is None


def test_a_model_without_evaluation_leaves_what_was_seen_before(common):
    common.drop("noevaluation.csv", another("to be told of"))

    receipt = common.follow("noevaluation.csv")

    assert receipt["state"] == "rejected"
    assert receipt["found"]["columns"] == COLUMNS


def test_a_refused_file_has_a_name_at_least(common):
    common.drop("colours.csv", "review,colour\na film,red\n")

    receipt = common.follow("colours.csv")

    assert receipt["state"] == "refused"
    assert receipt["found"]["name"] == "colours.csv"


def test_a_receipt_is_indented(common):
    common.drop("read by people.csv", another("people"))
    common.follow("read by people.csv")

    key = "receipts/read by people.csv.json"
    text = common.client("s3").get_object(Bucket=common.bucket, Key=key)["Body"].read().decode()

    lines = text.splitlines()
    assert lines[:2] == ["{", ' "version": 1,']
    assert '  "columns": {' in lines


@pytest.fixture
def notice_of(common):
    """The message that goes out about a dropped dataset."""
    mailbox = Mailbox(common)

    def drop(name):
        common.drop(name, another(name))
        common.follow(name, "live", "rejected")

        def told():
            return [n["Message"] for n in mailbox.notices() if name in n["Subject"]]

        return common.wait(told, "a notice")[0]

    return drop


def test_a_notice_has_an_address_of_the_report_that_opens_and_tells_how_long(common, notice_of):
    message = notice_of("rejected and told.csv")

    run = common.receipt("rejected and told.csv")["run"]
    url = re.search(r"^The report: (\S+)$", message, re.MULTILINE)[1]
    with urlopen(url) as answer:
        assert answer.read().decode() == f"<!doctype html><title>{run}</title><p>Rejected</p>"
    with pytest.raises(HTTPError, match="403"):
        urlopen(url.replace("report.html", "evaluation.json"))
    until = re.search(r"until (\S+ \S+) UTC at the latest", message)[1]
    latest = datetime.now(UTC) + timedelta(hours=12)
    assert abs(datetime.fromisoformat(f"{until}+00:00") - latest) < timedelta(minutes=5)
    address = f"s3://{common.run_bucket}/runs/{run}/report.html"
    assert f"Then: aws s3 presign {address}" in message
