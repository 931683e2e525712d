"""`up --docker`: the loop in our own containers, and images that it builds by itself."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clouds import Cloud
from tests.containers.images import REGISTRY, base_image, docker
from tests.containers.running import FEW, OURS, containers_of, cores, inspect, mounts, the_container
from tests.needs import needs_docker
from tests.templates import ROOT, STAND_IN, stand_in_template

REVIEWS = (ROOT / "examples/reviews.csv").read_text(encoding="utf-8")
pytestmark = pytest.mark.timeout(1500)


@pytest.fixture(scope="module")
def ours(
    train_image: str, serve_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cloud]:
    few = 'Hyperparameters={"minimum_steps":"20"}'  # how well it learns is asked elsewhere
    options = ("--docker", "--stack-name", OURS, "--parameter", few)
    cloud = Cloud(tmp_path_factory.mktemp("ours"), ROOT / "template.yaml", *options)
    cloud.start()
    yield cloud
    cloud.stop()
    assert containers_of(cloud.state) == []


@pytest.fixture(scope="module")
def live(ours: Cloud) -> dict[str, Any]:
    ours.drop("reviews.csv", REVIEWS)
    return ours.follow("reviews.csv", seconds=900)


def test_a_dropped_dataset_is_trained_on_deployed_and_answers_in_containers(ours, live):
    assert live["state"] == "live", live["reason"]
    answer = ours.ask("A wonderful book, I loved it.", "Boring, a complete waste of money.")

    assert answer["run"] == live["run"]
    assert [result["sentiment"] for result in answer["results"]] == ["positive", "negative"]


def test_a_serverless_endpoint_has_its_memory_and_is_anybody(ours, live):
    container = the_container(ours, "serve")

    variant = ours.endpoint()["ProductionVariants"][0]["CurrentServerlessConfig"]
    assert container["HostConfig"]["Memory"] == variant["MemorySizeInMB"] << 20
    assert container["HostConfig"]["MemorySwap"] == container["HostConfig"]["Memory"]
    assert container["HostConfig"]["NanoCpus"] == cores() * 10**9
    assert docker("exec", container["Id"], "id", "-u").stdout.strip() == "61234"
    [published] = container["NetworkSettings"]["Ports"]["8080/tcp"]
    assert published["HostIp"] == "127.0.0.1"
    assert mounts(container) == {"/opt/ml/model": False}


def test_a_container_gets_the_environment_that_sagemaker_gives_and_no_other(ours, live):
    declared = inspect(the_container(ours, "serve")["Image"])["Config"]["Env"]
    given = set(the_container(ours, "serve")["Config"]["Env"]) - set(declared)

    assert given == {"AWS_REGION=us-east-1"}


def test_an_image_is_built_at_its_first_use_and_out_of_the_files_as_they_are(new_process, tmp_path):
    needs_docker()
    stack, folder = "built-in-tests", tmp_path / "container"
    shutil.copytree(STAND_IN, folder)
    dockerfile = folder / "Dockerfile"
    base = base_image("3.13")
    dockerfile.write_text(dockerfile.read_text().replace("python:3.13-slim-bookworm", base))
    template = stand_in_template(tmp_path, lambda text: text.replace(str(STAND_IN), str(folder)))
    cloud = new_process("--docker", "--stack-name", stack, template=template)
    address, images = f"{REGISTRY}/{stack}:train-local", set()
    try:
        for number, name in enumerate(("first.csv", "second.csv"), start=1):
            (folder / "train.py").write_text(f"{(folder / 'train.py').read_text()}\n# {number}\n")
            cloud.restart(signal.SIGTERM)
            cloud.drop(name, FEW + f"film {number},positive\n")
            assert cloud.follow(name, seconds=200)["state"] == "live", cloud.log()
            told = (cloud.folder / "cloud.log").read_text()
            assert told.count(f"built {address}") == number
            images.add(docker("images", "--quiet", address).stdout)
        assert len(images) == 2
        dockerfile.write_text(dockerfile.read_text().replace("COPY train.py .", "COPY lost.py ."))
        cloud.restart(signal.SIGTERM)
        cloud.drop("third.csv", FEW + "film 3,positive\n")
        assert cloud.follow("third.csv", seconds=200)["state"] == "live", cloud.log()
        told = (cloud.folder / "cloud.log").read_text()
        assert f"{address} can't be built" in told
        assert "the image that is there is used as it is" in told
        assert docker("images", "--quiet", address).stdout in images
    finally:
        cloud.stop()
        docker("rmi", *(f"{REGISTRY}/{stack}:{verb}-local" for verb in ("train", "serve")))


def test_an_image_that_cannot_be_built_fails_the_job_with_the_reason(new_process, tmp_path):
    needs_docker()
    folder = tmp_path / "container"
    shutil.copytree(STAND_IN, folder)
    dockerfile = folder / "Dockerfile"
    text = dockerfile.read_text().replace("python:3.13-slim-bookworm", base_image("3.13"))
    dockerfile.write_text(text.replace("COPY train.py .", "COPY lost.py ."))
    template = stand_in_template(tmp_path, lambda text: text.replace(str(STAND_IN), str(folder)))
    cloud = new_process("--docker", "--stack-name", "broken-in-tests", template=template)

    cloud.drop("reviews.csv", FEW)

    assert cloud.follow("reviews.csv", seconds=120)["state"] == "failed"
    [job] = cloud.training_jobs()
    described = cloud.client("sagemaker").describe_training_job(TrainingJobName=job)
    assert "can't be built" in described["FailureReason"]
    assert "images.log" in described["FailureReason"]


def test_without_docker_it_says_what_to_start(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "local", "up", "--docker", "--state", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"DOCKER_HOST": "unix:///nowhere/docker.sock"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert "Start Docker" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
