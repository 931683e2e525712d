"""`operations/serve_anew.py`: a live model comes to be served by the stack's present image."""

import functools
import json
from urllib.request import urlopen

import pytest

from tests.integration.runs import GOOD, live_run
from tests.integration.typed import typed


@pytest.fixture
def serve_anew(cloud):
    return functools.partial(typed, cloud, "serve_anew", "--stack-name", "verdict")


def described(cloud, package):
    arn = package["ModelPackageArn"]
    return cloud.client("sagemaker").describe_model_package(ModelPackageName=arn)


def image_of(package):
    [container] = package["InferenceSpecification"]["Containers"]
    return container["Image"]


def registered_with_an_old_image(cloud):
    """The live model once more, as if an older version of Verdict had registered it; its run."""
    [package] = [described(cloud, package) for package in cloud.packages()]
    specification = package["InferenceSpecification"]
    [container] = specification["Containers"]
    old = {**container, "Image": image_of(package).replace("serve-local", "serve-old")}
    cloud.client("sagemaker").create_model_package(
        ModelPackageGroupName="verdict",
        ModelPackageDescription="verdict-00000000000d",
        ModelApprovalStatus="Approved",
        InferenceSpecification=specification | {"Containers": [old]},
        CustomerMetadataProperties=package["CustomerMetadataProperties"],
        ModelMetrics=package["ModelMetrics"],
    )
    return "verdict-00000000000d"


def test_the_same_model_answers_from_the_new_image(cloud, serve_anew):
    cloud.drop("reviews.csv", GOOD)
    run = cloud.follow("reviews.csv", "live")["run"]
    old_run = registered_with_an_old_image(cloud)
    cloud.wait(lambda: live_run(cloud) == old_run, "the old image to serve")

    done = serve_anew()

    assert (done.returncode, done.stderr) == (0, "")
    new, old, first = (described(cloud, package) for package in cloud.packages())
    cloud.wait(lambda: live_run(cloud) == new["ModelPackageDescription"], "the new one to serve")
    assert image_of(old) == image_of(first).replace("serve-local", "serve-old")
    assert image_of(new) == image_of(first)
    assert done.stdout == (
        f"{new['ModelPackageArn']} is served by {image_of(new)} in a few minutes,"
        f" in place of {old['ModelPackageArn']}.\n"
    )
    for member in ("ModelMetrics", "ModelApprovalStatus"):
        assert new[member] == old[member]
    [data], [same] = (p["InferenceSpecification"]["Containers"] for p in (new, old))
    assert data["ModelDataUrl"] == same["ModelDataUrl"]
    assert new["CustomerMetadataProperties"]["run"] == run
    assert cloud.ask("a good film")["run"] == run
    with urlopen(f"{cloud.page}/api/model", timeout=30) as response:
        assert json.load(response)["run"] == run  # whatever the package is called

    again = serve_anew()
    assert again.stdout == f"{new['ModelPackageArn']} is served by {image_of(new)} already.\n"
    assert len(cloud.packages()) == 3


def test_without_an_approved_model_it_says_so(cloud, serve_anew):
    done = serve_anew()

    assert done.returncode == 1
    assert done.stderr == "No model of verdict is approved: there is none to serve.\n"


def test_a_package_that_was_rejected_since_is_told_and_what_to_do(cloud, serve_anew):
    cloud.drop("reviews.csv", GOOD)
    cloud.follow("reviews.csv", "live")
    old_run = registered_with_an_old_image(cloud)
    cloud.wait(lambda: live_run(cloud) == old_run, "the old image to serve")
    assert serve_anew().returncode == 0
    [new, *_] = cloud.packages()
    cloud.client("sagemaker").update_model_package(
        ModelPackageArn=new["ModelPackageArn"],
        ModelApprovalStatus="Rejected",
        ApprovalDescription="Its image is gone.",
    )

    done = serve_anew()

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"{new['ModelPackageArn']} has that model and that image already, and is rejected: Its "
        "image is gone. Mend what it names, then approve that package in the model registry.\n"
    )
