"""Fixtures of the tests of SageMaker: one emulator for all, an account of its own for each test."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from local import children
from local.containers.processes import free_port
from tests.integration.local.sagemaker.machine import ROOT, Machine, furnish
from tests.integration.local.sagemaker.steps import (
    CSV,
    channel,
    ended,
    in_service,
    job_request,
    package_request,
    wait_for,
)
from tests.needs import need

MINISTACK = ROOT / ".venv-emulator/bin/ministack"
ACCOUNTS = itertools.count(100_000_000_001)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulator with roles and bucket policies; it keeps nothing."""
    need(MINISTACK.exists(), "the emulator is missing: make .venv-emulator/ready")
    folder = tmp_path_factory.mktemp("emulator")
    url = f"http://127.0.0.1:{(port := free_port())}"
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "false",
        "AUTH": "true",
        "SERVICES": "s3,iam,sts,logs",
    }
    log = folder / "log"
    process = children.start([str(MINISTACK)], cwd=folder, env=environment, log=log)

    def is_ready() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            urlopen(f"{url}/_ministack/health", timeout=5).close()
        except OSError:
            return False
        return True

    wait_for(is_ready, 60)
    yield url
    children.end(process, grace_seconds=5)


@pytest.fixture
def machine(emulator: str, tmp_path: Path) -> Iterator[Machine]:
    made = Machine(emulator, str(next(ACCOUNTS)), tmp_path)
    furnish(made)
    yield made
    made.port.stop()


@pytest.fixture
def s3(machine: Machine) -> Any:
    return machine.client("s3")


@pytest.fixture
def sagemaker(machine: Machine) -> Any:
    return machine.client("sagemaker")


@pytest.fixture
def group(sagemaker: Any) -> str:
    """The model package group "stack"."""
    sagemaker.create_model_package_group(ModelPackageGroupName="stack")
    return "stack"


@pytest.fixture
def train(machine: Machine, s3: Any) -> Callable[..., str]:
    """Creates a training job on a dataset of that name; returns the job's name."""

    def create(file: str, job: str = "job", **more: Any) -> str:
        key = f"in/{job}/{file}"
        s3.put_object(Bucket=machine.shelf, Key=key, Body=CSV)
        data = {"InputDataConfig": [channel("dataset", f"s3://{machine.shelf}/{key}")]}
        sagemaker = machine.client("sagemaker")
        sagemaker.create_training_job(**job_request(machine, job, **data | more))
        return job

    return create


@pytest.fixture
def deployable(
    machine: Machine, sagemaker: Any, group: str, train: Callable[..., str]
) -> Callable[..., str]:
    """Trains, registers and names a model and its config; returns their name."""

    def make(name: str, file: str = "reviews.csv", **variant: Any) -> str:
        job = ended(sagemaker, train(file, name))
        package = package_request(machine)
        container = package["InferenceSpecification"]["Containers"][0]
        container["ModelDataUrl"] = job["ModelArtifacts"]["S3ModelArtifacts"]
        arn = sagemaker.create_model_package(**package)["ModelPackageArn"]
        containers = [{"ModelPackageName": arn}]
        sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=machine.role(), Containers=containers
        )
        serverless = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
        size = variant or serverless
        sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[{"VariantName": "live", "ModelName": name, **size}],
        )
        return name

    return make


@pytest.fixture
def live(machine: Machine, sagemaker: Any, deployable: Callable[..., str]) -> Machine:
    """A machine with the endpoint "e" in service."""
    deployable("one")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    in_service(sagemaker)
    return machine
