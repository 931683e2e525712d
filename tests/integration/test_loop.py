"""The whole loop with our own container: the examples, and every bad file that may be dropped."""

import json
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.clouds import Cloud
from tests.integration.runs import live_run
from tests.integration.stand_in_model import RUN, stand_in_model
from tests.templates import ROOT
from tests.unit.models import model_folder

EXAMPLES = (ROOT / "examples/reviews.csv").read_text(encoding="utf-8")
HEADER, *ROWS = EXAMPLES.splitlines()
UNCLOSED = '"a quotation mark that is opened, and not closed,positive,film'
NAME = "Kritiken für Mai + Juni.csv"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """With a first model of random weights, which is easily beaten."""
    folder = tmp_path_factory.mktemp("cloud")
    first = model_folder(stand_in_model(folder / "first"), RUN)
    cloud = Cloud(folder, ROOT / "template.yaml", "--first-model", str(first))
    cloud.start()
    cloud.wait(lambda: live_run(cloud), "the first model to be live", 60)
    yield cloud
    cloud.stop()


def drop(cloud, path, *options):
    where = "--aws-port", str(cloud.aws_port)
    return subprocess.run(
        [sys.executable, "-m", "local", "drop", path, *where, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def dropped(cloud):
    """What `drop` says of the examples, one line broken, followed to their end."""
    broken = cloud.folder / "broken.csv"
    broken.write_text("\r\n".join([HEADER, *ROWS[:300], UNCLOSED, *ROWS[300:]]), encoding="utf-8")
    return drop(cloud, broken, "--name", NAME)


@pytest.fixture(scope="module")
def live(cloud, dropped):
    return cloud.receipt(NAME)


def test_the_examples_become_a_live_model(cloud, dropped, live):
    assert dropped.returncode == 0, dropped.stdout + dropped.stderr
    assert f"live: {live['run']}, right on" in dropped.stdout
    assert live["state"] == "live", live["reason"]
    assert live["found"]["rows_kept"] == len(ROWS)
    assert live["evaluation"]["metrics"]["accuracy"] > live["evaluation"]["majority"]["accuracy"]
    assert all(reason["passed"] for reason in live["decision"]["reasons"])
    bucket, _, key = live["report"].removeprefix("s3://").partition("/")
    report = cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert NAME in report


def test_the_broken_line_is_left_out_and_named(live):
    (left_out,) = live["found"]["left_out"]

    assert left_out["line"] == 302
    assert "quot" in left_out["reason"]
    assert left_out["fix"]


def test_they_were_judged_against_the_first_model(cloud, live):
    champion = live["evaluation"]["champion"]

    assert champion["run"] in [package["ModelPackageDescription"] for package in cloud.packages()]
    assert champion["run"] != live["run"]
    assert champion["rows"] == live["evaluation"]["split"]["test"]
    assert champion["accuracy"] < champion["challenger_accuracy"]


def test_the_live_model_answers_with_the_share_of_every_word(cloud, live):
    answer = cloud.ask("A wonderful book, I loved it.", "Boring, a complete waste of money.")

    good, bad = answer["results"]
    assert answer["run"] == live["run"]
    assert (good["sentiment"], bad["sentiment"]) == ("positive", "negative")
    words = sorted(good["words"], key=lambda word: -word["contribution"])
    named = {good["text"][word["start"] : word["end"]].lower() for word in words[:3]}
    assert named >= {"wonderful", "loved"}  # a word beside them may come between


def test_the_page_says_what_is_live(cloud, live):
    with urlopen(f"{cloud.page}/api/model", timeout=30) as response:
        model = json.load(response)

    assert model["run"] == live["run"]
    assert model["dataset"] == NAME
    assert model["rows"] == len(ROWS)


POSITIVE = [row for row in ROWS if ",positive," in row]
COLOURED = [row.replace(",positive,", ",red,").replace(",negative,", ",blue,") for row in ROWS]
BAD = {
    "one class.csv": ([HEADER, *POSITIVE], "one class|negative"),
    "ten rows.csv": ([HEADER, *ROWS[:10]], "20"),
    "no label.csv": ([HEADER.replace("sentiment", "colour"), *COLOURED], "label"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_what_to_change_and_the_live_model_stays(cloud, live, name):
    lines, words = BAD[name]
    cloud.drop(name, "\r\n".join(lines))

    receipt = cloud.follow(name, seconds=300)

    assert receipt["state"] in ("refused", "failed")
    assert any(word in receipt["reason"] for word in words.split("|")), receipt["reason"]
    assert receipt["next"]
    assert cloud.ask("a wonderful book")["run"] == live["run"]


def test_drop_tells_why_a_file_is_refused(cloud, tmp_path):
    (tmp_path / "empty.csv").touch()

    refused = drop(cloud, tmp_path / "empty.csv")

    assert refused.returncode == 1
    assert "empty" in refused.stdout + refused.stderr


def test_an_unknown_path_of_the_api_is_a_problem_and_the_documentation_is_served(cloud):
    for path, status, kind in (
        ("/api/nothing", 404, "application/problem+json"),
        ("/api/sentiment", 405, "application/problem+json"),
        ("/api/docs/swagger-ui-bundle.min.js", 200, "text/javascript"),
        ("/api/openapi.json", 200, "application/json"),
    ):
        try:
            with urlopen(cloud.page + path, timeout=30) as response:
                found = response.status, response.headers["content-type"]
        except HTTPError as error:
            found = error.code, error.headers["content-type"]

        assert found[0] == status, path
        assert found[1].startswith(kind), path
