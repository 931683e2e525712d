"""A stack with a live model, and how one sees that nothing is left of it."""

from tests.integration.runs import GOOD

STACK, BESIDE = "verdict", "verdict-test"  # names that begin alike
KEPT = f"Nothing of {STACK} is left but what AWS keeps or other stacks share:\n"


def live(cloud):
    cloud.drop("reviews.csv", GOOD)
    cloud.follow("reviews.csv", "live")


def nothing_is_left(cloud):
    sagemaker, s3 = cloud.client("sagemaker"), cloud.client("s3")
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.list_models()["Models"] == []
    assert sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    assert cloud.training_jobs() == []
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert [name for name in names if name.startswith(STACK)] == []


def switched_off(cloud):
    """The functions that don't run."""
    functions = cloud.client("lambda")
    return [
        found["FunctionName"]
        for found in functions.list_functions()["Functions"]
        if functions.get_function_concurrency(FunctionName=found["FunctionName"]).get(
            "ReservedConcurrentExecutions"
        )
        == 0
    ]
