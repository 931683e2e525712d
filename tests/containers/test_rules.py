"""`up --docker`: SageMaker's rules for containers, with the stand-in."""

import json
import os
import signal
import socket
import time
from typing import Any

import pytest

from tests.containers.images import docker
from tests.containers.running import FEW, containers_of, cores, inspect, mounts, the_container

GIB = 1 << 30
CONNECT = "import socket; socket.create_connection(('{}', {}), 3)"
pytestmark = pytest.mark.timeout(900)


def test_an_isolated_job_has_no_network_its_instance_s_memory_and_inputs_to_read(docker_cloud):
    cloud = docker_cloud()
    cloud.drop("stuck.csv", FEW)

    container = the_container(cloud, "train")
    [job] = cloud.training_jobs()

    described = cloud.client("sagemaker").describe_training_job(TrainingJobName=job)
    assert described["EnableNetworkIsolation"]
    assert container["HostConfig"]["NetworkMode"] == "none"
    assert container["HostConfig"]["Memory"] == 8 * GIB  # ml.m5.large
    assert container["Config"]["User"] == f"{os.getuid()}:{os.getgid()}"
    assert container["HostConfig"]["NanoCpus"] == min(2, cores()) * 10**9
    assert mounts(container) == {"/opt/ml": True, "/opt/ml/input": False}
    reach = ["exec", container["Id"], "python", "-c", CONNECT.format("198.51.100.1", 80)]
    assert "unreachable" in docker(*reach, check=False).stderr


def test_a_job_that_is_stopped_gets_sigterm(docker_cloud):
    cloud = docker_cloud()
    cloud.drop("stuck.csv", FEW)
    the_container(cloud, "train")
    [job] = cloud.training_jobs()
    sagemaker = cloud.client("sagemaker")
    cloud.wait(lambda: (cloud.state / f"logs/{job}.log").read_bytes(), "an epoch")
    began = time.monotonic()

    sagemaker.stop_training_job(TrainingJobName=job)
    cloud.wait(lambda: not containers_of(cloud.state), "the container to be gone")

    described = cloud.wait(
        lambda: ended(sagemaker.describe_training_job(TrainingJobName=job)), "the job to end"
    )
    assert described["TrainingJobStatus"] == "Stopped"
    assert time.monotonic() - began < 60  # not the 120 s that one has which doesn't listen


def ended(job: dict[str, Any]) -> dict[str, Any] | None:
    return job if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None


def test_what_a_killed_local_cloud_leaves_is_removed_when_it_starts_again(docker_cloud):
    cloud = docker_cloud()
    cloud.drop("stuck.csv", FEW)
    orphan = the_container(cloud, "train")

    cloud.stop(signal.SIGKILL)
    assert orphan["Id"] in containers_of(cloud.state)
    cloud.start()

    assert the_container(cloud, "train")["Id"] != orphan["Id"]
    assert orphan["Id"] not in containers_of(cloud.state)


def test_a_job_that_takes_more_memory_than_its_instance_has_is_killed(docker_cloud):
    cloud = docker_cloud("--parameter", "TrainingInstanceType=ml.t3.medium")
    cloud.drop("hungry.csv", FEW)

    receipt = cloud.follow("hungry.csv", seconds=120)

    assert receipt["state"] == "failed"
    [job] = cloud.training_jobs()
    described = cloud.client("sagemaker").describe_training_job(TrainingJobName=job)
    assert described["FailureReason"] == "AlgorithmError: , exit code: 137"


def test_a_job_on_an_instance_of_unknown_size_says_so(docker_cloud):
    cloud = docker_cloud("--parameter", "TrainingInstanceType=ml.g5.xlarge")
    cloud.drop("reviews.csv", FEW)

    assert cloud.follow("reviews.csv")["state"] == "failed"
    [job] = cloud.training_jobs()
    described = cloud.client("sagemaker").describe_training_job(TrainingJobName=job)
    assert "ml.g5.xlarge" in described["FailureReason"]


def test_an_isolated_endpoint_answers_and_reaches_nothing(docker_cloud):
    cloud = docker_cloud()
    cloud.drop("reviews.csv", FEW)
    assert cloud.follow("reviews.csv", seconds=120)["state"] == "live"
    sagemaker = cloud.client("sagemaker")
    [live] = sagemaker.list_models()["Models"]
    model = sagemaker.describe_model(ModelName=live["ModelName"])
    sagemaker.create_model(
        ModelName="isolated",
        ExecutionRoleArn=model["ExecutionRoleArn"],
        Containers=model["Containers"],
        EnableNetworkIsolation=True,
    )
    variant = {"VariantName": "one", "ModelName": "isolated", "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName="isolated", ProductionVariants=[variant | {"InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName="isolated", EndpointConfigName="isolated")
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName="isolated", WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    answer = cloud.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="isolated",
        ContentType="application/json",
        Body=json.dumps({"tokenizer": 1, "reviews": [["good"]]}),
    )

    assert json.load(answer["Body"])["results"][0]["probability"] > 0.5
    [isolated] = docker("ps", "--quiet", "--filter", "name=isolated").stdout.split()
    [network] = inspect(isolated)["NetworkSettings"]["Networks"].values()
    neighbour = the_container(cloud, "serve", but=isolated)
    address = neighbour["NetworkSettings"]["IPAddress"], 8080
    assert docker("exec", neighbour["Id"], "python", "-c", CONNECT.format(*address))
    reach = ["exec", isolated, "python", "-c", CONNECT.format(*address)]
    assert "timed out" in docker(*reach, check=False).stderr
    with socket.create_server((network["Gateway"], 0)) as listener:  # this machine itself
        docker("exec", isolated, "python", "-c", CONNECT.format(*listener.getsockname()))
    assert inspect(isolated)["HostConfig"]["Memory"] == 8 * GIB
