"""`operations/old_images.py`: what nobody uses goes, what somebody may use stays."""

import hashlib
import json

import pytest

from tests.integration.typed import typed

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
AGES = range(9)  # the smallest is the oldest


@pytest.fixture
def cloud(common):
    """One for all tests, each of which begins without images and has tags of its own."""
    yield common
    ecr = common.client("ecr")
    images = ecr.describe_images(repositoryName="verdict")["imageDetails"]
    digests = [{"imageDigest": image["imageDigest"]} for image in images]
    if digests:
        ecr.batch_delete_image(repositoryName="verdict", imageIds=digests)


@pytest.fixture
def remove(cloud):
    return lambda stack="verdict": typed(cloud, "old_images", "--stack-name", stack)


@pytest.fixture
def address(cloud):
    [found] = cloud.client("ecr").describe_repositories()["repositories"]
    return found["repositoryUri"]


def put(cloud, tag, content=None):
    """An image that is made of its tag alone, or of another's."""
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "of": content or tag}
    cloud.client("ecr").put_image(
        repositoryName="verdict", imageManifest=json.dumps(manifest), imageTag=tag
    )


def tags(cloud):
    images = cloud.client("ecr").describe_images(repositoryName="verdict")["imageDetails"]
    return {tag for image in images for tag in image["imageTags"]}


def data(cloud):
    """A model's data, of which nobody asks what is in it."""
    cloud.client("s3").put_object(
        Bucket=cloud.run_bucket, Key="runs/by-hand/output/model.tar.gz", Body=b""
    )
    return f"s3://{cloud.run_bucket}/runs/by-hand/output/model.tar.gz"


def package(cloud, image, status):
    cloud.client("sagemaker").create_model_package(
        ModelPackageGroupName="verdict",
        ModelPackageDescription=f"verdict-{hashlib.sha256(image.encode()).hexdigest()[:12]}",
        ModelApprovalStatus=status,
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": data(cloud)}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    )


def model(cloud, image):
    cloud.client("sagemaker").create_model(
        ModelName="by-hand",
        ExecutionRoleArn=cloud.status()["outputs"]["ServingRoleArn"],
        PrimaryContainer={"Image": image, "ModelDataUrl": data(cloud)},
    )


def job(cloud, image):
    """One that runs until it is stopped."""
    folder = f"s3://{cloud.run_bucket}/runs/by-hand/"
    cloud.client("s3").put_object(
        Bucket=cloud.run_bucket, Key="runs/by-hand/dataset/stuck.csv", Body=b"a,b\n"
    )
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{folder}dataset/"}}
    cloud.client("sagemaker").create_training_job(
        TrainingJobName="by-hand",
        RoleArn=cloud.status()["outputs"]["TrainingRoleArn"],
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        InputDataConfig=[{"ChannelName": "dataset", "DataSource": source}],
        OutputDataConfig={"S3OutputPath": folder},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )


def test_all_but_the_newest_and_those_in_use_are_removed(cloud, remove, address):
    for age in AGES:
        put(cloud, f"train-{age}")
        put(cloud, f"serve-{age}")
    package(cloud, f"{address}:serve-0", "Rejected")  # somebody may approve it yet
    model(cloud, f"{address}:serve-1")
    job(cloud, f"{address}:train-2")
    there = tags(cloud)

    removed = remove()

    assert (removed.returncode, removed.stderr) == (0, "")
    gone = {"train-0", "train-1", "train-3", "serve-2", "serve-3"}
    assert tags(cloud) == there - gone
    assert set(removed.stdout.splitlines()) == {f"removed image {tag}" for tag in gone}
    assert (remove().stdout, tags(cloud)) == ("", there - gone)


def test_what_the_stack_names_stays_however_old_it_is(cloud, remove):
    put(cloud, "train-local")
    put(cloud, "serve-local")
    for age in AGES:
        put(cloud, f"train-b{age}")

    remove()

    assert tags(cloud) == {"train-local", "serve-local", *(f"train-b{age}" for age in AGES[4:])}


def test_an_image_stays_by_any_of_its_tags(cloud, remove, address):
    for age in AGES:
        put(cloud, f"serve-c{age}")
    put(cloud, "serve-of-another-commit", content="serve-c1")
    package(cloud, f"{address}:serve-of-another-commit", "PendingManualApproval")

    remove()

    kept = {f"serve-c{age}" for age in (1, *AGES[4:])}
    assert tags(cloud) == {*kept, "serve-of-another-commit"}


def test_without_a_stack_nothing_is_removed(remove):
    done = remove("another")

    assert done.returncode == 1
    assert "another" in done.stderr
    assert "Traceback" not in done.stderr
