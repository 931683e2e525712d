"""The AWS CLI drives the local cloud: what docs/ and operations tell a person to type, and more."""

import base64
import hashlib
import json
import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.clients.aws_cli import Cli
from tests.clouds import Cloud
from tests.templates import ROOT, stand_in_template

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    cloud = Cloud(folder, stand_in_template(folder))
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture(scope="module")
def aws(cloud: Cloud) -> Cli:
    home = cloud.folder / "home"
    home.mkdir()
    return Cli(cloud.aws, home)


@pytest.fixture(scope="module")
def dropped(cloud: Cloud, aws: Cli) -> Callable[[str], dict[str, Any]]:
    """Drops a dataset with `aws s3 cp`, once each, and returns its receipt once it is live."""
    known: dict[str, dict[str, Any]] = {}

    def drop(name: str) -> dict[str, Any]:
        if name not in known:
            file = cloud.folder / name
            reviews(file, 4_000, of=name)
            aws.text("s3", "cp", file, f"s3://{cloud.bucket}/datasets/", "--no-progress")
            known[name] = cloud.follow(name, "live", seconds=120)
        return known[name]

    return drop


@pytest.fixture(scope="module")
def live(dropped: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """The receipt of a dataset that went live."""
    return dropped("reviews.csv")


def reviews(path: Path, size: int, of: str = "a") -> str:
    """Write a dataset of at least that size, and return its MD5."""
    digest = hashlib.md5()
    with path.open("wb") as file:
        number, block = 0, b"review,sentiment\n"
        while file.tell() < size:
            rows = (
                f"{of} long and {'fine' if n % 2 else 'dull'} film of {n} words,"
                f"{'positive' if n % 2 else 'negative'}\n"
                for n in range(number, number + 100)
            )
            number, block = number + 100, block + "".join(rows).encode()
            digest.update(block)
            file.write(block)
            block = b""
    return digest.hexdigest()


# --- The loop -----------------------------------------------------------------------------------


def test_a_copied_file_goes_live_and_its_receipt_can_be_read(
    cloud: Cloud, aws: Cli, live: dict[str, Any]
) -> None:
    receipt = aws.json("s3", "cp", f"s3://{cloud.bucket}/receipts/reviews.csv.json", "-")

    assert (receipt["state"], receipt["run"]) == ("live", live["run"])
    assert cloud.ask("a fine film")["run"] == live["run"]
    listed = aws.text("s3", "ls", f"s3://{cloud.bucket}/datasets/")
    assert listed.split()[2:] == [str((cloud.folder / "reviews.csv").stat().st_size), "reviews.csv"]


def test_a_job_is_waited_for_listed_and_described(aws: Cli, live: dict[str, Any]) -> None:
    job = live["run"]
    aws.text(
        *("sagemaker", "wait", "training-job-completed-or-stopped", "--training-job-name", job)
    )

    described = aws.json("sagemaker", "describe-training-job", "--training-job-name", job)
    completed = ("--status-equals", "Completed", "--name-contains", job[-6:])
    listed = aws.json("sagemaker", "list-training-jobs", *completed)
    none = aws.json("sagemaker", "list-training-jobs", "--status-equals", "Failed")
    later = aws.json("sagemaker", "list-training-jobs", "--creation-time-after", "2099-01-01")

    assert described["TrainingJobStatus"] == "Completed"
    assert described["SecondaryStatusTransitions"][-1]["Status"] == "Completed"
    [summary] = listed["TrainingJobSummaries"]
    assert summary["TrainingJobArn"] == described["TrainingJobArn"]
    assert summary["CreationTime"] == described["CreationTime"]
    assert none == later == {"TrainingJobSummaries": []}


def test_what_is_live_is_described_from_the_endpoint_to_the_package(
    cloud: Cloud, aws: Cli, live: dict[str, Any]
) -> None:
    name = cloud.status()["outputs"]["EndpointName"]
    aws.text("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", name)

    endpoint = aws.json("sagemaker", "describe-endpoint", "--endpoint-name", name)
    config = aws.json(
        *("sagemaker", "describe-endpoint-config", "--endpoint-config-name"),
        endpoint["EndpointConfigName"],
    )
    [variant] = config["ProductionVariants"]
    model = aws.json("sagemaker", "describe-model", "--model-name", variant["ModelName"])
    package_arn = model["Containers"][0]["ModelPackageName"]
    package = aws.json("sagemaker", "describe-model-package", "--model-package-name", package_arn)
    group = aws.json(
        *("sagemaker", "describe-model-package-group", "--model-package-group-name"),
        package["ModelPackageGroupName"],
    )

    assert endpoint["EndpointStatus"] == "InService"
    assert package["ModelApprovalStatus"] == "Approved"
    assert package["ModelPackageDescription"] == live["run"]
    assert group["ModelPackageGroupArn"] == cloud.status()["outputs"]["ModelPackageGroupArn"]


def test_an_endpoint_is_invoked_with_a_file_and_answers_into_one(
    cloud: Cloud, aws: Cli, live: dict[str, Any], tmp_path: Path
) -> None:
    name = cloud.status()["outputs"]["EndpointName"]
    body, answer = tmp_path / "body.json", tmp_path / "answer.json"
    body.write_text(json.dumps({"tokenizer": 1, "reviews": [["a", "fine", "film"]]}))
    invoke = ("sagemaker-runtime", "invoke-endpoint", "--endpoint-name", name)
    kind = ("--content-type", "application/json")

    told = aws.json(*invoke, *kind, "--body", f"fileb://{body}", answer)
    body.write_text(json.dumps({"tokenizer": 9, "reviews": [["a"]]}))
    refused = aws.refused(*invoke, *kind, "--body", f"fileb://{body}", answer)
    variant = aws.refused(*invoke, "--target-variant", "a", "--body", f"fileb://{body}", answer)

    assert told["ContentType"] == "application/json"
    assert json.loads(answer.read_text())["run"] == live["run"]
    assert "(ModelError)" in refused
    assert "Received client error (409)" in refused
    assert "(ValidationError)" in variant
    assert "does not play TargetVariant" in variant


def test_rejecting_the_newest_package_rolls_back_and_approving_brings_it_back(
    cloud: Cloud, aws: Cli, live: dict[str, Any], dropped: Callable[[str], dict[str, Any]]
) -> None:
    newer = dropped("newer.csv")
    group = cloud.status()["outputs"]["ModelPackageGroupArn"]
    packages = aws.json(
        *("sagemaker", "list-model-packages", "--model-package-group-name", group),
        *("--model-approval-status", "Approved", "--sort-order", "Descending"),
    )["ModelPackageSummaryList"]
    newest = packages[0]["ModelPackageArn"]

    def decide(decision: str, reason: str) -> None:
        aws.json(
            *("sagemaker", "update-model-package", "--model-package-arn", newest),
            *("--model-approval-status", decision, "--approval-description", reason),
        )

    assert cloud.ask("fine")["run"] == newer["run"]
    decide("Rejected", "a person said so")
    cloud.wait(lambda: cloud.ask("fine")["run"] == live["run"], "the model before", 60)
    decide("Approved", "it was a mistake")
    cloud.wait(lambda: cloud.ask("fine")["run"] == newer["run"], "the newer model", 60)

    described = aws.json("sagemaker", "describe-model-package", "--model-package-name", newest)
    assert described["ApprovalDescription"] == "it was a mistake"
    wrong = aws.run(
        *("sagemaker", "update-model-package", "--model-package-arn", newest),
        *("--model-approval-status", "Splendid"),
    )
    assert "Member must satisfy enum value set: [Approved, Rejected, Pending" in wrong.stderr


# --- S3 -----------------------------------------------------------------------------------------


def part_etag(path: Path, part_size: int) -> str:
    """S3's ETag of a multipart upload: the MD5 of the parts' MD5s, and how many there are."""
    digests = []
    with path.open("rb") as file:
        while part := file.read(part_size):
            digests.append(hashlib.md5(part).digest())
    return f"{hashlib.md5(b''.join(digests)).hexdigest()}-{len(digests)}"


def memory_megabytes(pid: int) -> tuple[float, float]:
    """What a process has in memory now, and the most it ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def test_a_hundred_megabytes_arrive_whole_in_parts_and_are_trained_on_once(
    cloud: Cloud, aws: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "large.csv"
    md5 = reviews(file, 100 * MEGABYTE)
    jobs = len(cloud.training_jobs())
    before = memory_megabytes(cloud.status()["pid"])[0]

    aws.text("s3", "cp", file, f"s3://{cloud.bucket}/datasets/large.csv", "--no-progress")
    receipt = cloud.follow("large.csv", seconds=120)

    head = aws.json("s3api", "head-object", "--bucket", cloud.bucket, "--key", "datasets/large.csv")
    assert head["ETag"].strip('"') == part_etag(file, 8 * MEGABYTE)
    assert head["ContentLength"] == file.stat().st_size
    aws.text("s3", "cp", f"s3://{cloud.bucket}/datasets/large.csv", tmp_path / "back.csv")
    with (tmp_path / "back.csv").open("rb") as back:
        assert hashlib.file_digest(back, "md5").hexdigest() == md5
    assert receipt["state"] in ("live", "superseded")
    assert receipt["dataset"]["size_bytes"] == file.stat().st_size
    snapshot = f"s3://{cloud.run_bucket}/runs/{receipt['run']}/dataset/"
    assert aws.text("s3", "ls", snapshot).split()[2] == str(file.stat().st_size)
    assert len(cloud.training_jobs()) == jobs + 1
    most = memory_megabytes(cloud.status()["pid"])[1]
    assert most - before < 100, most - before  # what passes is never held as a whole


def test_folders_are_synchronised_listed_and_removed(
    cloud: Cloud, aws: Cli, tmp_path: Path
) -> None:
    away, home = tmp_path / "away", tmp_path / "home"
    away.mkdir()
    for name in ("one.txt", "two.txt", "Grüße + 1.txt"):
        (away / name).write_text(f"in {name}")
        os.utime(away / name, (0, 0))  # S3 tells whole seconds only, so that new looks changed
    where = f"s3://{cloud.run_bucket}/folder"

    first = aws.text("s3", "sync", away, where, "--no-progress")
    (away / "two.txt").unlink()
    (away / "one.txt").write_text("changed, so longer")
    second = aws.text("s3", "sync", away, where, "--delete", "--no-progress")
    aws.text("s3", "sync", where, home, "--no-progress")
    listed = aws.text("s3", "ls", where, "--recursive", "--human-readable", "--summarize")
    aws.text("s3", "rm", where, "--recursive")

    assert first.count("upload:") == 3
    assert (second.count("upload:"), second.count("delete:")) == (1, 1)
    assert {path.name: path.read_text() for path in home.iterdir()} == {
        "one.txt": "changed, so longer",
        "Grüße + 1.txt": "in Grüße + 1.txt",
    }
    assert "Total Objects: 2" in listed
    assert aws.run("s3", "ls", where).returncode == 1  # there is nothing, and nothing is said


def test_a_presigned_address_is_read_without_credentials(cloud: Cloud, aws: Cli) -> None:
    key = f"s3://{cloud.run_bucket}/presigned.txt"
    cloud.client("s3").put_object(Bucket=cloud.run_bucket, Key="presigned.txt", Body=b"read me")

    with urlopen(aws.text("s3", "presign", key, "--expires-in", "60").strip()) as answer:
        assert answer.read() == b"read me"


# --- Pages --------------------------------------------------------------------------------------


def test_lists_are_read_page_by_page(aws: Cli, live: dict[str, Any]) -> None:
    dropped_jobs = ("sagemaker", "list-training-jobs", "--sort-by", "CreationTime")
    every = [job["TrainingJobName"] for job in aws.json(*dropped_jobs)["TrainingJobSummaries"]]
    found: list[str] = []
    token: tuple[str, ...] = ()
    while True:
        page = aws.json(*dropped_jobs, "--max-items", "1", "--page-size", "1", *token)
        found += [job["TrainingJobName"] for job in page["TrainingJobSummaries"]]
        if "NextToken" not in page:
            break
        token = ("--starting-token", page["NextToken"])
    reverse = aws.json(*dropped_jobs, "--sort-order", "Descending", "--page-size", "1")

    assert live["run"] in found
    assert found == every
    assert [job["TrainingJobName"] for job in reverse["TrainingJobSummaries"]] == every[::-1]


# --- Lambda and the rest ------------------------------------------------------------------------


def test_functions_are_listed_and_invoked(cloud: Cloud, aws: Cli, tmp_path: Path) -> None:
    predict = cloud.function("PredictSentimentFunction")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"version": "2.0", "rawPath": "/nowhere"}))
    invoke = ("lambda", "invoke", "--function-name", predict)

    listed = aws.json("lambda", "list-functions")["Functions"]
    aws.text("lambda", "wait", "function-active-v2", "--function-name", predict)
    told = aws.json(
        *(*invoke, "--payload", f"file://{event}", "--log-type", "Tail", tmp_path / "answer.json")
    )

    functions = {found["name"] for found in cloud.control("GET", "functions").values()}
    assert predict in functions < {found["FunctionName"] for found in listed}
    assert told["StatusCode"] == 200
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert answer["errorMessage"] == "'requestContext'"
    assert answer["errorType"] == "Runtime.HandlerError"  # on AWS it would be KeyError
    log = base64.b64decode(told["LogResult"])
    assert b"KeyError" in log
    assert b"REPORT" not in log  # which AWS would add


def test_the_log_of_a_training_job_is_read(aws: Cli, live: dict[str, Any]) -> None:
    events = aws.json(
        *("logs", "filter-log-events", "--log-group-name", "/aws/sagemaker/TrainingJobs"),
        *("--log-stream-name-prefix", live["run"]),
    )["events"]

    assert any("validation_accuracy=" in event["message"] for event in events)


def test_the_stack_tells_its_outputs_as_make_asks_for_them(cloud: Cloud, aws: Cli) -> None:
    query = "Stacks[0].Outputs[?OutputKey=='DatasetUri'].OutputValue"
    status = cloud.status()

    told = aws.text(
        *("cloudformation", "describe-stacks", "--stack-name", status["stack"]),
        *("--query", query, "--output", "text"),
    )

    assert told.strip() == status["outputs"]["DatasetUri"]
    assert "(ValidationError)" in aws.refused(
        *("cloudformation", "describe-stacks", "--stack-name", "nothing")
    )


def test_the_caller_is_known(cloud: Cloud, aws: Cli) -> None:
    assert aws.json("sts", "get-caller-identity")["Account"] == cloud.status()["account"]


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (
            "sagemaker describe-training-job --training-job-name nothing",
            "An error occurred (ValidationException) when calling the DescribeTrainingJob"
            " operation: Requested resource not found.",
        ),
        ("sagemaker describe-endpoint --endpoint-name nothing", "Could not find endpoint"),
        ("sagemaker delete-endpoint --endpoint-name nothing", "Could not find endpoint"),
        ("sagemaker stop-training-job --training-job-name _", "(ValidationException)"),
        (
            "sagemaker list-notebook-instances",
            "An error occurred (UnknownOperationException) when calling the ListNotebookInstances"
            " operation: The local cloud does not play SageMaker's operation"
            " 'ListNotebookInstances'",
        ),
        ("lambda get-function --function-name nothing", "(ResourceNotFoundException)"),
        ("dynamodb list-tables", "does not play the service 'dynamodb'"),
        ("s3api head-object --bucket nothing --key x", "(404)"),
        ("s3api get-object --bucket nothing --key x /dev/null", "(NoSuchBucket)"),
    ],
)
def test_a_mistake_is_told_in_aws_words(aws: Cli, command: str, complaint: str) -> None:
    assert complaint in aws.refused(*command.split())


def test_the_runbook_deletes_the_checkpoints_of_0_1_0_and_nothing_else(
    cloud: Cloud, aws: Cli
) -> None:
    run = "verdict-0123456789ab"
    keys = ["checkpoints/last.pt", "checkpoints/a/b.pt", "dataset/dataset.csv", "report.html"]
    for key in (f"{run}/{keys[0]}", *(f"{run}-2/{key}" for key in keys)):
        aws.text("s3", "cp", ROOT / "LICENSE", f"s3://{cloud.run_bucket}/runs/{key}")
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    [command] = re.findall(r"(?m)^aws (s3 rm .*)$", page)

    aws.text(*shlex.split(command.replace("$runs", f"s3://{cloud.run_bucket}/runs/")))

    left = aws.text("s3", "ls", "--recursive", f"s3://{cloud.run_bucket}/runs/{run}").splitlines()
    assert [line.split()[-1] for line in left] == [f"runs/{run}-2/{key}" for key in keys[2:]]
