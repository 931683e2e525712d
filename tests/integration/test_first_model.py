"""The first model is live before anything is dropped, and in nobody's way."""

import json
import re
from urllib.request import urlopen

import boto3
import pytest

from operations.first_model import main
from tests.clouds import Cloud
from tests.integration.runs import GOOD, another, approve, live_run
from tests.integration.stand_in_model import EVALUATION, stand_in_model
from tests.templates import stand_in_template

DEPLOY = "DeployEndpointFunction"


@pytest.fixture
def folder(tmp_path):
    return stand_in_model(tmp_path / "model")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A local cloud as `make run` starts it, with an example that is judged not good enough."""
    folder = tmp_path_factory.mktemp("begun")
    example = folder / "rejected.csv"
    example.write_text(GOOD)
    model = stand_in_model(folder / "model")
    options = ["--first-model", str(model), "--first", str(example)]
    cloud = Cloud(folder, stand_in_template(folder), *options)
    cloud.start()
    cloud.wait(lambda: live_run(cloud), "the first model to be live", 60)
    yield cloud
    cloud.stop()


@pytest.fixture
def put_live(folder, monkeypatch, capsys):
    """Runs the command as `make deploy` does; returns its exit code and what it said."""

    def call(cloud, *options):
        monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.aws)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", cloud.account)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "developer")
        boto3.setup_default_session()  # one of before keeps the keys that it found
        code = main(["--folder", str(folder), *options])
        told = capsys.readouterr()
        return code, told.out + told.err

    return call


def told(cloud):
    return (cloud.folder / "cloud.log").read_text()


def runs(cloud):
    return [package["ModelPackageDescription"] for package in cloud.packages()]


def run_receipt(cloud, run):
    return cloud.document(cloud.run_bucket, f"runs/{run}/receipt.json") or {"state": None}


# --- With `up` ------------------------------------------------------------------------------------


def test_it_answers_and_the_page_tells_of_it(begun):
    answer = begun.ask("a good film")
    with urlopen(f"{begun.page}/api/model", timeout=30) as response:
        model = json.load(response)

    assert re.fullmatch("verdict-[0-9a-f]{12}", model["run"])
    assert answer["run"] == model["run"] == live_run(begun)
    assert (model["dataset"], model["rows"]) == ("films", 25_000)
    assert (model["accuracy"], model["baseline_accuracy"]) == (0.95, 0.91)
    assert model["trained_at"] == EVALUATION["training"]["ended_at"]
    evaluation = begun.document(begun.run_bucket, f"runs/{model['run']}/evaluation.json")
    assert evaluation == EVALUATION | {"run": model["run"]}


def test_the_example_is_dropped_after_it_and_told_as_no_failure(begun):
    begun.wait(lambda: "Nothing is broken" in told(begun), "the news", 60)

    sequence = ("live: verdict-", "right on 95.0%", "next, ", "dropped s3://", "rejected: ")
    places = [told(begun).find(words) for words in sequence]
    assert places == sorted(places)
    assert places[0] >= 0
    champion = begun.receipt("rejected.csv")["evaluation"]["champion"]
    assert champion["run"] == live_run(begun)
    assert begun.ask("a good film")["run"] == live_run(begun)


def test_after_a_restart_nothing_begins_anew(begun):
    begun.wait(lambda: "Nothing is broken" in told(begun), "the news", 60)
    before, jobs = runs(begun), begun.training_jobs()

    begun.restart()

    begun.wait(lambda: "a model is live already" in told(begun), "the news after a restart")
    assert told(begun).count("dropped s3://") == 1
    assert (runs(begun), begun.training_jobs()) == (before, jobs)


def test_with_a_broken_folder_it_starts_all_the_same(new_process, folder, tmp_path, put_live):
    (folder / "model.onnx").unlink()
    example = tmp_path / "reviews.csv"
    example.write_text(GOOD)

    cloud = new_process("--first-model", str(folder), "--first", str(example))

    assert "it has no model.onnx" in told(cloud)
    assert cloud.follow("reviews.csv")["state"] == "live"
    stand_in_model(folder)  # too late: there is a model now
    assert put_live(cloud)[0] == 0
    cloud.invoke(DEPLOY, {})
    assert runs(cloud) == [cloud.receipt("reviews.csv")["run"]]


# --- With the command -----------------------------------------------------------------------------


def test_the_command_puts_it_live_once_and_without_waiting_for_a_schedule(
    new_cloud, folder, put_live
):
    cloud = new_cloud(minute_seconds=600)

    code, says = put_live(cloud)

    run = cloud.wait(lambda: live_run(cloud), "it to be live")
    assert code == 0
    assert says == f"The first model, {run}, answers in a few minutes.\n"
    cloud.wait(lambda: run_receipt(cloud, run)["state"] == "live", "its receipt")
    assert cloud.ask("a good film")["run"] == run
    stand_in_model(folder, version=2)  # another one comes too late
    assert put_live(cloud) == (0, "verdict has a model already: the first model isn't needed.\n")
    assert runs(cloud) == [run]


def test_a_dropped_dataset_takes_its_place_and_a_person_has_the_last_word(cloud, put_live):
    put_live(cloud)
    run = cloud.wait(lambda: live_run(cloud), "the first model to be live")

    cloud.drop("reviews.csv", another(1))

    receipt = cloud.follow("reviews.csv", "live")
    newest = receipt["run"]
    assert receipt["evaluation"]["champion"]["run"] == run
    cloud.wait(lambda: run_receipt(cloud, run)["state"] == "superseded", "the older to be told")
    approve(cloud, newest, "Rejected")
    cloud.wait(lambda: live_run(cloud) == run, "the first model to be live again")
    approve(cloud, run, "Rejected")
    cloud.wait(lambda: cloud.endpoint() is None, "the endpoint to be gone")
    assert put_live(cloud)[0] == 0
    cloud.invoke(DEPLOY, {})
    assert cloud.endpoint() is None
    assert len(runs(cloud)) == 2


def test_the_function_looks_for_itself_whether_it_is_needed(cloud, put_live):
    put_live(cloud)
    run = cloud.wait(lambda: live_run(cloud), "it to be live")
    cloud.wait(lambda: run_receipt(cloud, run)["state"] == "live", "its receipt")
    s3, bucket = cloud.client("s3"), cloud.run_bucket

    s3.delete_object(Bucket=bucket, Key=f"runs/{run}/receipt.json")  # as if it had broken off
    cloud.invoke(DEPLOY, {})  # beside one that a schedule may have woken
    cloud.wait(lambda: run_receipt(cloud, run)["state"] == "live", "its receipt once more")
    late = json.dumps({"run": "verdict-000000000000"})  # uploaded while another was registered
    s3.put_object(Bucket=bucket, Key="first_model.json", Body=late.encode())
    cloud.invoke(DEPLOY, {})

    assert runs(cloud) == [run]


def test_put_again_after_its_package_was_deleted_it_answers_again(cloud, put_live):
    put_live(cloud)
    run = cloud.wait(lambda: live_run(cloud), "it to be live")
    cloud.wait(lambda: run_receipt(cloud, run)["state"] == "live", "its receipt")
    [package] = cloud.packages()
    cloud.client("sagemaker").delete_model_package(ModelPackageName=package["ModelPackageArn"])
    cloud.wait(lambda: cloud.endpoint() is None, "the endpoint to be gone")
    cloud.invoke(DEPLOY, {})
    assert cloud.packages() == []  # whoever deletes it wants it to be gone

    code, says = put_live(cloud)

    assert (code, says) == (0, f"The first model, {run}, answers in a few minutes.\n")
    cloud.wait(lambda: live_run(cloud) == run, "it to be live again")
    assert runs(cloud) == [run]
    assert cloud.packages()[0]["ModelPackageVersion"] == 2


def test_a_package_that_somebody_made_by_hand_is_no_model_yet(cloud, put_live):
    cloud.client("sagemaker").create_model_package(
        ModelPackageGroupName=cloud.status()["outputs"]["ModelPackageGroupArn"],
        ModelPackageDescription="By hand",
    )

    assert "answers in a few minutes" in put_live(cloud)[1]

    run = cloud.wait(lambda: live_run(cloud), "the first model to be live")
    assert put_live(cloud)[1] == "verdict has a model already: the first model isn't needed.\n"
    assert runs(cloud)[0] == run


def test_a_stack_that_is_not_there_is_told(cloud, put_live):
    code, says = put_live(cloud, "--stack-name", "nobody")

    assert (code, says) == (1, "There is no stack nobody: deploy it first.\n")
