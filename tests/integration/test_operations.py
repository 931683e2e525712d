"""`operations/drop.py` and `status.py`, which know nothing of the local cloud but its address."""

import functools
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest

from tests.integration.runs import GOOD, another
from tests.integration.typed import typed


@pytest.fixture
def run_at(tmp_path):
    """Runs a script of operations/ from any folder, as a developer of an account."""
    return functools.partial(typed, cwd=tmp_path)


@pytest.fixture
def run(run_at, common):
    return functools.partial(run_at, common)


@pytest.fixture
def file(tmp_path):
    def make(content, name="reviews.csv"):
        path = tmp_path / name
        path.write_text(content)
        return path.name

    return make


def test_a_dropped_file_is_followed_until_it_is_live(common, run, file):
    done = run("drop", file(GOOD), "--stack-name", "verdict")

    assert (done.returncode, done.stderr) == (0, "")
    receipt = common.receipt("reviews.csv")
    accuracy = receipt["evaluation"]["metrics"]["accuracy"]
    told = done.stdout.splitlines()
    assert told[0] == f"dropped s3://{common.bucket}/datasets/reviews.csv"
    assert [line for line in told if line.startswith(("taken", "rows", "Training"))] == [
        "Training takes about a minute once an instance is there.",
        'taken: reviews from "review", labels from "sentiment", csv in utf-8',
        "rows: 60 read; 60 learnt from (30 negative, 30 positive)",
    ]
    assert told[-2:] == [
        f"live: {receipt['run']}, right on {accuracy:.1%} of held-out rows",
        f"the page: {common.status()['outputs']['PageUrl']}",
    ]


def test_a_refused_file_is_told_with_its_reason_and_what_to_do(common, run, file):
    done = run("drop", file("text,label\nfine,positive\n"), "--name", "few.csv")

    receipt = common.receipt("few.csv")
    assert receipt["state"] == "refused"
    assert done.returncode == 1
    assert done.stderr == f"refused: {receipt['reason']}\n{receipt['next']}\n"
    assert "learnt from" not in done.stdout


def test_a_rejected_model_is_told_with_the_checks_that_it_has_failed(common, run, file):
    done = run("drop", file(GOOD + "one more good film,positive\n", "rejected.csv"))

    receipt = common.receipt("rejected.csv")
    [reason] = receipt["decision"]["reasons"]
    assert not reason["passed"]
    assert done.returncode == 1
    assert done.stderr == f"rejected: {reason['text']}\n{receipt['next']}\n"  # which is told once


def test_the_report_is_told_by_an_address_that_opens(common, run, file):
    done = run("drop", file(another("with a report"), "reported.csv"))

    [line] = [line for line in done.stdout.splitlines() if line.startswith("the report: ")]
    with urlopen(line.removeprefix("the report: ")) as answer:
        page = answer.read().decode()
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    run_of_it = common.receipt("reported.csv")["run"]
    assert page == f"<!doctype html><title>{run_of_it}</title><p>Approved</p>"
    until = re.search(r"it opens until (\S+ \S+) UTC, or as long as your", done.stdout)
    in_a_week = datetime.now(UTC) + timedelta(days=7)
    assert abs(datetime.fromisoformat(f"{until[1]}+00:00") - in_a_week) < timedelta(minutes=5)


def test_what_is_said_with_the_file_goes_with_it(common, run, file):
    content = another("said").replace("review,", "Überschrift,").replace("sentiment", "Wie")
    options = ("--text-column", "Überschrift", "--label-column=Wie", "--positive", "positive, gut")

    done = run("drop", file(content, "said.csv"), *options, "--negative", "negative")

    assert (done.returncode, done.stderr) == (0, "")
    assert common.receipt("said.csv")["dataset"]["said"] == {
        "text-column": "Überschrift",
        "label-column": "Wie",
        "positive": "positive, gut",
        "negative": "negative",
    }


def test_more_than_can_be_said_is_told_before_anything_is_dropped(common, run, file):
    done = run("drop", file(GOOD, "much.csv"), "--positive", "x" * 2_048)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "what is said of the file takes 2,056 bytes, and S3 keeps 2,048: name fewer values, or "
        "rename the column in the file\n"
    )
    assert common.receipt("much.csv") is None


def test_a_name_too_long_for_its_receipt_is_told_before_it_is_dropped(common, run, file):
    done = run("drop", file(GOOD), "--name", f"{'é' * 504}a.csv")

    assert done.returncode == 2
    assert done.stderr == (
        "the name has 1,013 bytes, and the receipt's would be too long: --name takes a shorter "
        "one, of at most 1,010\n"
    )


@pytest.mark.parametrize("script", ["drop", "status"])
def test_a_stack_that_is_not_there_is_named(run, file, script):
    given = [file(GOOD)] if script == "drop" else []

    done = run(script, *given, "--stack-name", "nowhere")

    told = (2, "", "There is no stack nowhere: deploy it first.\n")
    assert (done.returncode, done.stdout, done.stderr) == told


def test_a_file_that_is_not_there_is_named(run):
    done = run("drop", "nothing.csv")

    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_status_of_an_empty_stack(cloud, run_at):
    done = run_at(cloud, "status")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "endpoint     none: nothing is live\n"
        "\ntraining jobs\n  none yet\n"
        "\npackages\n  none yet\n"
        "\nreceipts\n  none yet\n"
    )


def test_the_status_tells_what_is_live_and_what_became_of_files(cloud, run_at):
    cloud.drop("reviews.csv", GOOD)
    cloud.drop("few.csv", "text,label\nfine,positive\n")
    live, refused = cloud.follow("reviews.csv", "live"), cloud.follow("few.csv", "refused")

    seen = json.loads(run_at(cloud, "status", "--json").stdout)
    shown = run_at(cloud, "status").stdout

    (endpoint,), (job,), (package,) = (
        seen[kind] for kind in ("endpoints", "training_jobs", "packages")
    )
    assert (endpoint["name"], endpoint["status"]) == ("verdict", "InService")
    assert re.fullmatch(f"{live['run']}-v1-[0-9a-f]{{8}}", endpoint["config"])
    assert (job["name"], job["status"]) == (live["run"], "Completed")
    assert (package["arn"], package["approval"]) == (live["package"], "Approved")
    told = {receipt["name"]: (receipt["state"], receipt["why"]) for receipt in seen["receipts"]}
    assert told["few.csv"] == ("refused", refused["reason"])
    assert told["reviews.csv"][0] == "live"
    assert f"endpoint     verdict: InService, {endpoint['config']}\n" in shown
    assert f"  few.csv  refused  {refused['at']}  {refused['reason']}\n" in shown


def test_of_a_stack_whose_name_begins_alike_nothing_is_told(cloud, run_at):
    cloud.drop("reviews.csv", GOOD)
    run, sagemaker = cloud.follow("reviews.csv", "live")["run"], cloud.client("sagemaker")
    config = cloud.endpoint()["EndpointConfigName"]
    job = sagemaker.describe_training_job(TrainingJobName=run)
    names = ("AlgorithmSpecification", "OutputDataConfig", "ResourceConfig", "StoppingCondition")
    for stack in ("verdict-two", "my-verdict"):
        sagemaker.create_endpoint(EndpointName=stack, EndpointConfigName=config)
        sagemaker.create_training_job(
            TrainingJobName=f"{stack}-0123456789ab",
            EnableManagedSpotTraining=True,
            RoleArn=job["RoleArn"],
            InputDataConfig=job["InputDataConfig"],
            **{name: job[name] for name in names},
        )

    seen = json.loads(run_at(cloud, "status", "--json").stdout)

    assert [endpoint["name"] for endpoint in seen["endpoints"]] == ["verdict"]
    assert [found["name"] for found in seen["training_jobs"]] == [run]
