"""training/experiment.py in the SDK's own environment, against the local cloud."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clouds import Cloud
from tests.integration.training_job import reviews
from tests.needs import need
from tests.signals import hear_ctrl_c
from tests.templates import ROOT

PYTHON = ROOT / ".venv-sagemaker/bin/python"
CSV = "review,sentiment\n" + "a fine film,positive\na dull film,negative\n" * 50
SDK_SECONDS = 600  # importing the SDK takes seconds, on a busy machine many
pytestmark = pytest.mark.timeout(900)


class Laptop:
    """Where an ML engineer runs experiment.py."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ENDPOINT_URL": cloud.aws,
            "AWS_ACCESS_KEY_ID": cloud.account,
            "AWS_SECRET_ACCESS_KEY": "developer",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PYTHON, ROOT / "training/experiment.py", *arguments],
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=hear_ctrl_c,
        )

    def without_sdk(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A script of the repository, by the Python of the tests."""
        return subprocess.run(
            [sys.executable, ROOT / script, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """What it printed: errors if there are any."""
        process = self.start(*arguments, **environment)
        try:
            out, error = process.communicate(timeout=SDK_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        assert process.returncode == code, f"{out}\n{error}\n{self.cloud.log()}"
        assert code or not error, error
        return error or out

    def dataset(self, name: str = "reviews.csv", content: str = CSV) -> str:
        (self.folder / name).write_text(content)
        return name

    def train(self, *more: str) -> str:
        """A training job's name."""
        return told(self.run("train", self.dataset(), *more), "job")


@pytest.fixture
def engineer(tmp_path: Path) -> Callable[[Cloud], Laptop]:
    need(PYTHON.exists(), "there is no SageMaker SDK: `make .venv-sagemaker/ready` installs it")
    folder = tmp_path / "laptop"
    folder.mkdir()
    return lambda cloud: Laptop(cloud, folder)


@pytest.fixture
def laptop(engineer: Callable[[Cloud], Laptop], cloud: Cloud) -> Laptop:
    return engineer(cloud)


@pytest.fixture
def visitor(engineer: Callable[[Cloud], Laptop], common: Cloud) -> Laptop:
    """Where others train, too."""
    return engineer(common)


def told(output: str, word: str) -> str:
    """What stands behind a word at the start of a line."""
    found = re.search(rf"^{word} +(\S+)$", output, re.MULTILINE)
    assert found, output
    return found[1]


def job(cloud: Cloud, name: str) -> dict[str, Any]:
    return dict(cloud.client("sagemaker").describe_training_job(TrainingJobName=name))


def tags(cloud: Cloud, arn: str) -> dict[str, str]:
    found = cloud.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def objects(cloud: Cloud, prefix: str) -> list[str]:
    s3 = cloud.client("s3")
    versions = s3.list_object_versions(Bucket=cloud.run_bucket, Prefix=prefix)
    return sorted({item["Key"] for item in versions.get("Versions", [])})


def test_a_model_is_trained_deployed_asked_and_everything_deleted(laptop: Laptop) -> None:
    cloud, sagemaker = laptop.cloud, laptop.cloud.client("sagemaker")

    output = laptop.run("train", laptop.dataset(), "--hyperparameter", "epochs=3")
    name = told(output, "job")
    assert "epoch=1 train_loss=0.7000" in output  # its log
    assert re.search(r"^validation_accuracy +0\.8$", output, re.MULTILINE)
    assert told(output, "judge") == "Approved"
    trained = job(cloud, name)
    assert trained["HyperParameters"] == {"epochs": "3"}
    assert trained["EnableNetworkIsolation"] is True
    assert trained["RoleArn"] == cloud.status()["outputs"]["TrainingRoleArn"]
    whose = {"verdict:stack": "verdict", "verdict:experiment": "experiment"}
    assert tags(cloud, trained["TrainingJobArn"]) == whose

    endpoint = told(laptop.run("deploy", name), "endpoint")
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert described["EndpointStatus"] == "InService"
    assert tags(cloud, described["EndpointArn"]) == whose
    assert cloud.endpoint() is None  # the stack's own

    output = laptop.run("predict", endpoint, "a great film", "an awful, boring film")
    good, bad = (float(line.split()[0]) for line in output.splitlines())
    assert bad < 0.1 < 0.8 < good

    output = laptop.run("clean")
    assert "Nothing of the experiment experiment is left." in output
    assert cloud.training_jobs() == []
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.list_models()["Models"] == []
    assert objects(cloud, "runs/") == []


def test_hyperparameters_are_tuned_and_ranked(laptop: Laptop) -> None:
    cloud = laptop.cloud
    ranges = ["--range", "accuracy=0.5:0.9", "--range", "batch=8:64:log", "--range", "hidden=16,32"]

    output = laptop.run("tune", laptop.dataset(), *ranges, "--max-jobs", "4", "--seed", "1")

    described = cloud.client("sagemaker").describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=told(output, "tuning job")
    )
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert described["HyperParameterTuningJobConfig"]["Strategy"] == "Bayesian"
    rows = [line.split() for line in output.splitlines() if re.match(r"\d ", line)]
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    accuracies = [float(row[1]) for row in rows]
    assert accuracies == sorted(accuracies, reverse=True)
    assert rows[0][2] == described["BestTrainingJob"]["TrainingJobName"]
    best = job(cloud, rows[0][2])
    assert 8 <= int(best["HyperParameters"]["batch"]) <= 64
    assert best["HyperParameters"]["hidden"] in ("16", "32")

    grid = ["--range", "accuracy=0.5,0.7", "--range", "hidden=16,32", "--strategy", "grid"]
    output = laptop.run("tune", "reviews.csv", *grid, "--spot")
    rows = [line.split() for line in output.splitlines() if re.match(r"\d ", line)]
    assert [row[1] for row in rows] == ["0.7000", "0.7000", "0.5000", "0.5000"]
    assert {tuple(row[3:]) for row in rows} == {
        (f"accuracy={accuracy}", f"hidden={hidden}")
        for accuracy in ("0.5", "0.7")
        for hidden in ("16", "32")
    }
    assert job(cloud, rows[0][2])["EnableManagedSpotTraining"] is True

    laptop.run("clean")
    assert cloud.training_jobs() == []
    assert objects(cloud, "runs/") == []


def test_a_registered_model_goes_live_when_it_is_approved(laptop: Laptop) -> None:
    cloud, sagemaker = laptop.cloud, laptop.cloud.client("sagemaker")
    name = laptop.train("--spot")
    assert job(cloud, name)["EnableManagedSpotTraining"] is True
    assert cloud.packages() == []  # the stack's functions leave it alone

    arn = told(laptop.run("register", name), "package")

    package = sagemaker.describe_model_package(ModelPackageName=arn)
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["CustomerMetadataProperties"]["run"] == name
    assert package["CustomerMetadataProperties"]["accuracy"] == "0.9000"
    quality = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    document = cloud.document(cloud.run_bucket, quality.split("/", 3)[3])
    assert document
    assert document["run"] == name
    assert f"{name} is registered: {arn}" in laptop.run("register", name, code=1)
    assert "is not approved" in laptop.run("deploy", "1", code=1)

    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    cloud.wait(
        lambda: (cloud.endpoint() or {}).get("EndpointStatus") == "InService", "it to be live", 60
    )
    assert cloud.ask("a great film")["results"][0]["sentiment"] == "positive"

    own = told(laptop.run("deploy", "1"), "endpoint")
    assert sagemaker.describe_endpoint(EndpointName=own)["EndpointStatus"] == "InService"
    refused = laptop.without_sdk("operations/delete.py", "--yes")
    assert refused.returncode == 1
    assert "training/experiment.py clean --experiment experiment --stack-name" in refused.stdout
    output = laptop.run("clean", code=1)
    assert f"Left over:\n  package {arn}\n" in output
    assert "An approved package may be live. Reject it, then clean again." in output
    assert [e["EndpointName"] for e in sagemaker.list_endpoints()["Endpoints"]] == ["verdict"]
    assert [package["ModelPackageArn"] for package in cloud.packages()] == [arn]
    assert cloud.ask("a great film")["results"][0]["sentiment"] == "positive"
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    cloud.wait(lambda: cloud.endpoint() is None, "the endpoint to be gone", 60)
    laptop.run("clean")
    assert cloud.packages() == []
    assert objects(cloud, "runs/experiment/") == []


def test_our_own_training_code_is_tuned_and_answers(
    engineer: Callable[[Cloud], Laptop], new_cloud: Callable[..., Cloud]
) -> None:
    """No stand-in: training/train.py and training/serve.py themselves."""
    laptop = engineer(new_cloud(template=ROOT / "template.yaml"))
    small = {"embedding": "24", "hidden": "16", "minimum-steps": "60", "buckets": "4096"}
    small["init"] = "scratch"
    given = [f"--hyperparameter={key}={value}" for key, value in small.items()]
    dataset = laptop.dataset("reviews.csv", reviews(240))

    rate = "learning-rate=0.003:0.01:log"
    output = laptop.run("tune", dataset, *given, "--range", rate, "--max-jobs", "2")

    [best, _] = [line.split() for line in output.splitlines() if re.match(r"\d ", line)]
    assert float(best[1]) > 0.6
    endpoint = told(laptop.run("deploy", best[2]), "endpoint")
    asked = laptop.dataset("asked.txt", "The film was wonderful, superb.\n\nA terrible meal.\n")
    output = laptop.run("predict", endpoint, "--file", asked)
    good, bad = (float(line.split()[0]) for line in output.splitlines())
    assert bad < good


def test_clean_deletes_what_is_the_experiments_and_nothing_else(laptop: Laptop) -> None:
    cloud, sagemaker = laptop.cloud, laptop.cloud.client("sagemaker")
    mine = told(laptop.run("train", laptop.dataset("stuck.csv"), "--no-wait"), "job")
    uri = f"s3://{cloud.run_bucket}/{objects(cloud, 'runs/experiment/dataset')[0]}"
    more = laptop.run("train", uri, "--no-wait", "--experiment", "experiment-two")
    theirs = told(more, "job")
    assert job(cloud, theirs)["Environment"]["DATASET_NAME"] == "stuck.csv"
    members = ("AlgorithmSpecification", "RoleArn", "OutputDataConfig", "InputDataConfig")
    request = {m: job(cloud, theirs)[m] for m in (*members, "ResourceConfig", "StoppingCondition")}
    sagemaker.create_training_job(TrainingJobName="experiment-of-somebody-else", **request)

    output = laptop.run("clean")

    assert f"stopping training job {mine}\n" in output
    assert set(cloud.training_jobs()) == {theirs, "experiment-of-somebody-else"}
    assert objects(cloud, "runs/experiment/") == []
    assert objects(cloud, "runs/experiment-two/dataset/") != []


def test_ctrl_c_stops_the_job(visitor: Laptop) -> None:
    cloud = visitor.cloud
    before = set(cloud.training_jobs())
    with visitor.start("train", visitor.dataset("stuck.csv")) as process:
        try:
            (name,) = cloud.wait(
                lambda: set(cloud.training_jobs()) - before, "the job to start", SDK_SECONDS
            )
            assert process.stdout
            while "epoch=1" not in (line := process.stdout.readline()):
                assert line, "it ended"
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=60)
        finally:
            process.kill()

    assert process.returncode == 130
    assert f"stopping {name}" in out
    assert error == ""
    cloud.wait(lambda: job(cloud, name)["TrainingJobStatus"] == "Stopped", "the job to stop")


def test_a_failed_job_shows_its_reason(visitor: Laptop) -> None:
    before = set(visitor.cloud.training_jobs())

    error = visitor.run("train", visitor.dataset("failing.csv"), code=1)

    (name,) = set(visitor.cloud.training_jobs()) - before
    assert error.startswith(f"The training job {name} failed: AlgorithmError: There is no label")
    assert error.count("\n") == 1
    assert "has left no whole model: it is Failed" in visitor.run("register", name, code=1)
    error = visitor.run("tune", "failing.csv", "--range", "hidden=1:9", "--max-jobs", "2", code=1)
    assert "All training jobs failed." in error


def test_what_is_wrong_is_said_in_one_sentence(visitor: Laptop) -> None:
    dataset, before = visitor.dataset(), visitor.cloud.training_jobs()
    wrong = [
        (["train", dataset, "--stack-name", "other"], "There is no stack other in us-east-1."),
        (["train", "missing.csv"], "There is no file missing.csv"),
        (["train", "s3://no-such-bucket/reviews.csv"], "can't be read"),
        (["train", dataset, "--hyperparameter", "epochs"], "write it as NAME=VALUE"),
        (["train", dataset, "--experiment", "verdict"], "choose a name without verdict"),
        (["train", dataset, "--experiment", "No!"], "give it 1 to 17 lower-case letters"),
        (["tune", dataset, "--range", "hidden=9:1"], "LOW must be less than HIGH"),
        (["tune", dataset, "--range", "rate=0:1:log"], "takes numbers above 0 only"),
        (["tune", dataset, "--range", "hidden=1:9", "--strategy", "grid"], "--strategy grid"),
        (["register", "nothing"], "There is no training job nothing."),
        (["deploy", "7"], "There is no model package"),
        (["predict", "nothing", "a film"], "Could not find endpoint"),
    ]
    for arguments, sentence in wrong:
        error = visitor.run(*arguments, code=1)
        assert sentence in error
        assert error.count("\n") == 1, error
    assert visitor.cloud.training_jobs() == before


def test_without_the_sdk_or_credentials_it_says_what_to_do(visitor: Laptop) -> None:
    visitor.environment["AWS_CONFIG_FILE"] = os.devnull
    error = visitor.run("clean", code=1, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert "run `aws configure`" in error
    region = visitor.environment.pop("AWS_DEFAULT_REGION")
    assert "run `aws configure`" in visitor.run("clean", code=1)
    visitor.environment["AWS_DEFAULT_REGION"] = region
    developers = visitor.without_sdk("training/experiment.py", "train", "reviews.csv")
    assert developers.returncode == 1
    assert "make .venv-sagemaker/ready" in developers.stderr
