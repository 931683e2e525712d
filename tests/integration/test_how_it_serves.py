"""The stack's parameters of the endpoint reach a model that is live, there and back again."""

import pytest

from tests.integration.mailbox import Mailbox
from tests.integration.runs import GOOD, another, packages_of
from tests.integration.woken import drop, grant, hush, refuse, wake, wake_until

REAL_TIME = {"EndpointInstanceType": "ml.c6i.large"}


@pytest.fixture
def live(new_cloud):
    """A cloud in which a model is live, and only this test wakes anybody."""
    cloud = new_cloud(minute_seconds=600)
    hush(cloud)
    drop(cloud, "reviews.csv", GOOD)
    wake_until(cloud, "reviews.csv", "live")
    return cloud


def deploy(cloud, **parameters):
    """Deploy the stack anew with these parameters, and the others as the template has them."""
    cloudformation = cloud.client("cloudformation")
    cloudformation.update_stack(
        StackName="verdict",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    cloudformation.get_waiter("stack_update_complete").wait(
        StackName="verdict", WaiterConfig={"Delay": 1}
    )


def served(cloud):
    """How the endpoint serves, once nothing is on its way any more."""
    endpoint = cloud.endpoint()
    if endpoint is None or endpoint["EndpointStatus"] != "InService":
        return None
    config = cloud.client("sagemaker").describe_endpoint_config(
        EndpointConfigName=endpoint["EndpointConfigName"]
    )
    [variant] = config["ProductionVariants"]
    if "ServerlessConfig" in variant:
        return tuple(variant["ServerlessConfig"].values())
    return variant["InstanceType"], variant["InitialInstanceCount"]


def serves(cloud, how):
    cloud.wait(lambda: (wake(cloud), served(cloud) == how)[1], f"it to serve by {how}")


def test_memory_and_concurrency_reach_a_live_endpoint_there_and_back(live):
    first = live.endpoint()["EndpointConfigName"]
    assert served(live) == (2048, 5)

    deploy(live, EndpointMemorySizeInMB="4096", EndpointMaxConcurrency="20")
    serves(live, (4096, 20))
    second = live.endpoint()["EndpointConfigName"]
    wake(live)
    assert live.receipt("reviews.csv")["state"] == "live"
    deploy(live)
    serves(live, (2048, 5))

    assert live.endpoint()["EndpointConfigName"] == first != second
    assert live.ask("a good film")["run"] == live.receipt("reviews.csv")["run"]
    assert len(live.packages()) == 1


def test_real_time_and_back_to_serverless(live):
    deploy(live, **REAL_TIME)
    serves(live, ("ml.c6i.large", 2))
    deploy(live, **REAL_TIME, EndpointInstanceCount="3")
    serves(live, ("ml.c6i.large", 3))

    deploy(live)
    serves(live, (2048, 5))  # made anew: AWS makes no update of it

    assert wake_until(live, "reviews.csv", "live")
    [package] = live.packages()
    assert package["ModelApprovalStatus"] == "Approved"


def test_an_instance_type_that_can_t_be_had_leaves_the_model_live_and_is_told_once(live):
    mailbox = Mailbox(live)
    deploy(live, **REAL_TIME)
    quota = "The account-level service limit 'ml.c6i.large for endpoint usage' is 0 Instances."
    refuse(live, "UpdateEndpoint", "ResourceLimitExceeded", quota)

    wake(live, 3)
    told = live.receipt("reviews.csv")

    assert told["state"] == "live"
    assert told["reason"] == f"AWS refused UpdateEndpoint (ResourceLimitExceeded): {quota}"
    assert "Ask for a higher quota" in told["next"]
    assert served(live) == (2048, 5)
    assert mailbox.subjects() == ["reviews.csv is live as before"]

    deploy(live)
    wake(live)
    assert live.receipt("reviews.csv")["reason"] is None
    assert len(mailbox.subjects()) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            {
                "kind": "error",
                "match": {"service": "sagemaker", "operation": "UpdateEndpoint"},
                "code": "ValidationException",
                "message": "Not here.",
            },
            "AWS refused UpdateEndpoint (ValidationException): Not here.",
        ),
        (
            {
                "kind": "error",
                "match": {"service": "sagemaker", "operation": "CreateModel"},
                "code": "ValidationException",
                "message": "Requested image not found.",
            },
            "AWS refused CreateModel (ValidationException): Requested image not found.",
        ),
        ({"kind": "update_failed", "reason": "Too little memory."}, "Too little memory."),
    ],
)
def test_a_live_model_that_can_t_be_served_in_another_way_is_not_rejected(live, fault, reason):
    deploy(live, EndpointMemorySizeInMB="1024")
    live.fault(**fault, times=None)

    live.wait(lambda: (wake(live), live.receipt("reviews.csv")["reason"])[1], "the news")
    wake(live, 2)

    told = live.receipt("reviews.csv")
    assert (told["state"], told["reason"]) == ("live", reason)
    assert told["next"].startswith("The model goes on answering as before.")
    assert ("`make deploy` makes and pushes it." in told["next"]) == ("image" in reason)
    assert "approve" not in told["next"]  # it is
    assert served(live) == (2048, 5)
    [package] = packages_of(live, told["run"])
    assert package["ModelApprovalStatus"] == "Approved"

    grant(live)
    deploy(live, EndpointMemorySizeInMB="3072")
    serves(live, (3072, 5))
    wake(live)
    assert live.receipt("reviews.csv")["reason"] is None


def test_a_model_rejected_by_hand_is_tried_afresh_once_it_is_approved_again(live):
    run, sagemaker = live.receipt("reviews.csv")["run"], live.client("sagemaker")
    [package] = packages_of(live, run)
    arn = package["ModelPackageArn"]
    how = live.endpoint()["EndpointConfigName"].rpartition("-")[2]
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Rejected",
        CustomerMetadataProperties={"attempts": f"{how}:2"},  # as after two that were rolled back
    )
    wake_until(live, "reviews.csv", "rejected")
    live.wait(lambda: (wake(live), live.endpoint() is None)[1], "the endpoint to go")

    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    wake_until(live, "reviews.csv", "live")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            {
                "kind": "error",
                "match": {"service": "sagemaker", "operation": "CreateEndpoint"},
                "code": "ValidationException",
                "message": "Not here.",
            },
            "AWS refused CreateEndpoint (ValidationException): Not here.",
        ),
        ({"kind": "update_failed", "reason": "Too little memory."}, "Too little memory."),
    ],
)
def test_models_that_can_t_be_served_anew_as_serverless_are_not_rejected(live, fault, reason):
    mailbox = Mailbox(live)
    drop(live, "newer.csv", another("newer"))
    wake_until(live, "newer.csv", "live")
    deploy(live, **REAL_TIME)
    serves(live, ("ml.c6i.large", 2))

    deploy(live, EndpointMemorySizeInMB="1024")
    live.fault(**fault, times=None)
    live.wait(lambda: (wake(live), live.receipt("newer.csv")["reason"])[1], "the news")
    wake(live, 3)

    told = live.receipt("newer.csv")
    assert (told["state"], told["reason"]) == ("deploying", reason)
    assert told["next"].startswith("The model has been live before, so it is not given up.")
    assert {package["ModelApprovalStatus"] for package in live.packages()} == {"Approved"}
    assert mailbox.subjects().count("newer.csv has to wait") == 1

    grant(live)
    deploy(live, EndpointMemorySizeInMB="3072")
    serves(live, (3072, 5))
    assert live.ask("a good film")["run"] == told["run"]
    wake(live)
    assert live.receipt("newer.csv")["state"] == "live"


def test_nothing_is_deleted_before_what_comes_next_is_ready(live):
    deploy(live, **REAL_TIME)
    serves(live, ("ml.c6i.large", 2))

    deploy(live, EndpointMemorySizeInMB="1024")
    refuse(live, "CreateEndpointConfig", "ValidationException", "No serverless here.")
    wake(live, 3)

    told = live.receipt("reviews.csv")
    assert (told["state"], served(live)) == ("live", ("ml.c6i.large", 2))
    assert told["reason"].endswith("(ValidationException): No serverless here.")


def test_a_config_in_use_is_kept_and_those_of_before_are_deleted(live):
    for memory in (1024, 3072, 4096, 5120):
        deploy(live, EndpointMemorySizeInMB=str(memory))
        serves(live, (memory, 5))
    wake(live)
    sagemaker = live.client("sagemaker")
    configs = [
        c["EndpointConfigName"] for c in sagemaker.list_endpoint_configs()["EndpointConfigs"]
    ]
    models = [model["ModelName"] for model in sagemaker.list_models()["Models"]]

    assert live.endpoint()["EndpointConfigName"] in configs
    assert sorted(models) == sorted(configs)
    assert len(configs) == 3


def test_what_the_first_release_put_live_goes_on_with_an_update(live):
    """Its configs say in their name nothing of how they serve."""
    sagemaker = live.client("sagemaker")
    name = live.endpoint()["EndpointConfigName"]
    config = sagemaker.describe_endpoint_config(EndpointConfigName=name)
    old = name.rpartition("-")[0]
    sagemaker.create_endpoint_config(
        EndpointConfigName=old, ProductionVariants=config["ProductionVariants"]
    )
    sagemaker.update_endpoint(EndpointName="verdict", EndpointConfigName=old)
    live.wait(lambda: served(live) and live.endpoint()["EndpointConfigName"] == old, "the old one")
    assert live.ask("a good film")

    live.wait(
        lambda: (wake(live), served(live) and live.endpoint()["EndpointConfigName"] == name)[1],
        "the one that says it",
    )
    assert wake_until(live, "reviews.csv", "live")
