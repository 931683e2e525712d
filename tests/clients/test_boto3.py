"""boto3's conveniences for SageMaker against the local cloud: waiters, paginators, errors."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from local.emulator import Emulator
from tests.clouds import ACCOUNTS
from tests.integration.local.sagemaker.machine import Machine, furnish

QUICK = {"Delay": 0.1, "MaxAttempts": 300}
ONCE = {"Delay": 0.1, "MaxAttempts": 2}
CSV = "review,sentiment\n" + "fine film,positive\ndull film,negative\n" * 50


@pytest.fixture(scope="module")
def machine(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(emulator.url, str(next(ACCOUNTS)), tmp_path_factory.mktemp("machine"))
    furnish(made)
    made.client("sagemaker").create_model_package_group(ModelPackageGroupName="stack")
    yield made
    made.port.stop()


@pytest.fixture(scope="module")
def sagemaker(machine: Machine) -> Any:
    return machine.client("sagemaker")


@pytest.fixture(scope="module")
def s3(machine: Machine) -> Any:
    return machine.client("s3")


@pytest.fixture(scope="module")
def train(machine: Machine, sagemaker: Any, s3: Any) -> Callable[..., str]:
    """Creates a training job on a dataset of that name."""

    def create(job: str, dataset: str, mode: str = "File") -> str:
        key = f"in/{job}/{dataset}"
        s3.put_object(Bucket=machine.shelf, Key=key, Body=CSV)
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{machine.shelf}/{key}"}
        sagemaker.create_training_job(
            TrainingJobName=job,
            RoleArn=machine.role(),
            AlgorithmSpecification={
                "TrainingImage": f"{machine.image}:train-1",
                "TrainingInputMode": mode,
            },
            InputDataConfig=[{"ChannelName": "dataset", "DataSource": {"S3DataSource": source}}],
            OutputDataConfig={"S3OutputPath": f"s3://{machine.shelf}/runs/"},
            ResourceConfig={
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 5,
            },
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )
        return job

    return create


@pytest.fixture(scope="module")
def deploy(machine: Machine, sagemaker: Any, train: Callable[..., str]) -> Callable[..., str]:
    """Trains, registers a package, and names model, config and endpoint alike."""

    def create(name: str, dataset: str = "reviews.csv") -> str:
        waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
        waiter.wait(TrainingJobName=train(name, dataset), WaiterConfig=QUICK)
        container = {
            "Image": f"{machine.image}:serve-1",
            "ModelDataUrl": f"s3://{machine.shelf}/runs/{name}/output/model.tar.gz",
        }
        package = sagemaker.create_model_package(
            ModelPackageGroupName="stack",
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["application/json"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
            ModelApprovalStatus="Approved",
        )
        containers = [{"ModelPackageName": package["ModelPackageArn"]}]
        role = machine.role()
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, Containers=containers)
        size = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
        variant = {"VariantName": "live", "ModelName": name, "ServerlessConfig": size}
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        return name

    return create


# --- SageMaker's waiters ------------------------------------------------------------------------


def test_a_training_job_is_waited_for(sagemaker: Any, train: Callable[..., str]) -> None:
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    stuck = train("waited-stuck", "stuck.csv")

    waiter.wait(TrainingJobName=train("waited", "reviews.csv"), WaiterConfig=QUICK)
    with pytest.raises(WaiterError, match="terminal failure state"):
        waiter.wait(TrainingJobName=train("waited-failing", "failing.csv"), WaiterConfig=QUICK)
    with pytest.raises(WaiterError, match="ValidationException"):
        waiter.wait(TrainingJobName="nothing", WaiterConfig=QUICK)
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        waiter.wait(TrainingJobName=stuck, WaiterConfig=ONCE)
    sagemaker.stop_training_job(TrainingJobName=stuck)
    waiter.wait(TrainingJobName=stuck, WaiterConfig=QUICK)

    assert sagemaker.describe_training_job(TrainingJobName=stuck)["TrainingJobStatus"] == "Stopped"


def test_an_endpoint_is_waited_for_until_it_serves_and_until_it_is_gone(
    sagemaker: Any, deploy: Callable[..., str]
) -> None:
    served, gone = (sagemaker.get_waiter(f"endpoint_{w}") for w in ("in_service", "deleted"))
    name, failing = deploy("waited-e"), deploy("waited-bad", "unservable.csv")

    served.wait(EndpointName=name, WaiterConfig=QUICK)
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        gone.wait(EndpointName=name, WaiterConfig=ONCE)
    sagemaker.delete_endpoint(EndpointName=name)
    gone.wait(EndpointName=name, WaiterConfig=QUICK)
    with pytest.raises(WaiterError, match="ValidationException"):
        served.wait(EndpointName=name, WaiterConfig=QUICK)
    for waiter in (served, gone):
        with pytest.raises(WaiterError, match="terminal failure state"):
            waiter.wait(EndpointName=failing, WaiterConfig=QUICK)


# --- SageMaker's errors -------------------------------------------------------------------------


def test_errors_are_boto3s_own_exceptions(
    machine: Machine, sagemaker: Any, train: Callable[..., str]
) -> None:
    runtime = machine.client("sagemaker-runtime")
    train("known", "reviews.csv")
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName="known", WaiterConfig=QUICK
    )

    with pytest.raises(sagemaker.exceptions.ResourceInUse) as in_use:
        train("known", "reviews.csv")
    with pytest.raises(runtime.exceptions.ValidationError) as missing:
        runtime.invoke_endpoint(EndpointName="nothing", Body=b"")

    for error in (in_use, missing):
        response = error.value.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert response["Error"]["Message"] == response["Message"]  # the member has its name


def test_the_models_error_comes_with_its_members(
    machine: Machine, deploy: Callable[..., str], sagemaker: Any
) -> None:
    runtime = machine.client("sagemaker-runtime")
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=deploy("erring"), WaiterConfig=QUICK)

    with pytest.raises(runtime.exceptions.ModelError) as error:
        runtime.invoke_endpoint(EndpointName="erring", Body=b"{}")

    response = error.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 400
    assert json.loads(response["OriginalMessage"])["error"]
    assert response["LogStreamArn"].endswith(":log-group:/aws/sagemaker/Endpoints/erring")


@pytest.mark.parametrize(
    ("call", "request_", "complaint"),
    [
        (
            "create_endpoint_config",
            {"ExecutionRoleArn": "arn:aws:iam::123456789012:role/r"},
            "ExecutionRoleArn",
        ),
        ("list_training_jobs", {"WarmPoolStatusEquals": "InUse"}, "WarmPoolStatusEquals"),
        (
            "create_model_package_group",
            {"ManagedConfiguration": {"ManagedStorageType": "Restricted"}},
            "ManagedConfiguration",
        ),
    ],
)
def test_what_would_be_ignored_is_refused(
    sagemaker: Any, call: str, request_: dict[str, Any], complaint: str
) -> None:
    more: dict[str, Any] = {
        "create_endpoint_config": {
            "EndpointConfigName": "x",
            "ProductionVariants": [{"VariantName": "a", "ModelName": "x"}],
        },
        "create_model_package_group": {"ModelPackageGroupName": "x"},
    }.get(call, {})

    with pytest.raises(ClientError, match=f"does not play {complaint} of"):
        getattr(sagemaker, call)(**more, **request_)


# --- What is taken and played otherwise ---------------------------------------------------------


def test_fast_file_mode_reads_as_file_mode(sagemaker: Any, train: Callable[..., str]) -> None:
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")

    waiter.wait(TrainingJobName=train("fast", "reviews.csv", "FastFile"), WaiterConfig=QUICK)

    statuses = sagemaker.describe_training_job(TrainingJobName="fast")["SecondaryStatusTransitions"]
    assert "Downloading" in [status["Status"] for status in statuses]


def test_a_deployment_config_is_taken_and_the_traffic_switches_at_once(
    sagemaker: Any, deploy: Callable[..., str]
) -> None:
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=deploy("shifted"), WaiterConfig=QUICK)
    variant = {"VariantName": "live", "ModelName": "shifted", "InitialInstanceCount": 2}
    sagemaker.create_endpoint_config(
        EndpointConfigName="shifted-2",
        ProductionVariants=[variant | {"InstanceType": "ml.m5.large"}],
    )
    canary = {
        "Type": "CANARY",
        "WaitIntervalInSeconds": 3600,
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
    }
    started = time.monotonic()

    sagemaker.update_endpoint(
        EndpointName="shifted",
        EndpointConfigName="shifted-2",
        DeploymentConfig={"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": canary}},
    )
    waiter.wait(EndpointName="shifted", WaiterConfig=QUICK)

    assert time.monotonic() - started < 60
    described = sagemaker.describe_endpoint(EndpointName="shifted")
    assert described["EndpointConfigName"] == "shifted-2"
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 2


# --- SageMaker's paginators ---------------------------------------------------------------------

KINDS = {  # paginator → the list in its answer, and the member that tells items apart
    "list_endpoint_configs": ("EndpointConfigs", "EndpointConfigName"),
    "list_endpoints": ("Endpoints", "EndpointName"),
    "list_model_package_groups": ("ModelPackageGroupSummaryList", "ModelPackageGroupName"),
    "list_model_packages": ("ModelPackageSummaryList", "ModelPackageVersion"),
    "list_models": ("Models", "ModelName"),
    "list_training_jobs": ("TrainingJobSummaries", "TrainingJobName"),
}
NEWEST_FIRST = {"list_endpoint_configs", "list_endpoints", "list_models"}  # unless told otherwise


@pytest.fixture(scope="module")
def shop(sagemaker: Any, deploy: Callable[..., str]) -> list[str]:
    """Three of everything, by the names "c", "a" and "b", in this order of creation."""
    names = ["paged-c", "paged-a", "paged-b"]
    for name in names:
        deploy(name)
        sagemaker.create_model_package_group(ModelPackageGroupName=name)
    waiter = sagemaker.get_waiter("endpoint_in_service")
    for name in names:
        waiter.wait(EndpointName=name, WaiterConfig=QUICK)
    return names


@pytest.fixture
def listed(sagemaker: Any) -> Callable[..., list[dict[str, Any]]]:
    """All items of a list, read in pages of one."""

    def read(operation: str, **request: Any) -> list[dict[str, Any]]:
        member, _ = KINDS[operation]
        if operation == "list_model_packages":
            request = {"ModelPackageGroupName": "stack"} | request
        else:
            request = {"NameContains": "paged-"} | request
        config = {"PageSize": 1} | request.pop("PaginationConfig", {})
        pages = sagemaker.get_paginator(operation).paginate(**request, PaginationConfig=config)
        found = []
        for page in pages:
            assert len(page[member]) <= 1
            found += page[member]
        return found

    return read


@pytest.mark.parametrize("operation", KINDS)
def test_pages_of_one_hold_everything_once_in_either_order(
    shop: list[str], listed: Callable[..., list[dict[str, Any]]], operation: str
) -> None:
    _, name = KINDS[operation]

    upward = listed(operation, SortOrder="Ascending", SortBy="CreationTime")
    downward = listed(operation, SortOrder="Descending", SortBy="CreationTime")
    usual = listed(operation)
    by_name = [item[name] for item in listed(operation, SortBy="Name", SortOrder="Ascending")]

    assert len(upward) >= len(shop)
    assert len({item[name] for item in upward}) == len(upward)
    assert downward == upward[::-1]
    assert usual == (downward if operation in NEWEST_FIRST else upward)
    assert by_name == sorted(by_name, key=str)
    assert [item["CreationTime"] for item in upward] == sorted(i["CreationTime"] for i in upward)
    if operation != "list_model_packages":
        assert [item[name] for item in upward] == shop


@pytest.mark.parametrize("operation", KINDS)
def test_a_list_goes_on_where_it_was_left(
    sagemaker: Any, shop: list[str], listed: Callable[..., list[dict[str, Any]]], operation: str
) -> None:
    member, _ = KINDS[operation]
    where = {"ModelPackageGroupName": "stack"} if "packages" in operation else {}
    paginator = sagemaker.get_paginator(operation)

    first = paginator.paginate(**where, PaginationConfig={"MaxItems": 2, "PageSize": 1})
    begun = first.build_full_result()
    rest = paginator.paginate(
        **where, PaginationConfig={"PageSize": 2, "StartingToken": begun["NextToken"]}
    ).build_full_result()

    assert len(begun[member]) == 2
    assert begun[member] + rest[member] == paginator.paginate(**where).build_full_result()[member]


@pytest.mark.parametrize("operation", KINDS)
def test_a_list_is_filtered_by_time_and_the_bounds_are_in_it(
    shop: list[str], listed: Callable[..., list[dict[str, Any]]], operation: str
) -> None:
    every = listed(operation, SortOrder="Ascending")
    second = every[1]["CreationTime"]

    assert listed(operation, SortOrder="Ascending", CreationTimeAfter=second) == every[1:]
    assert listed(operation, SortOrder="Ascending", CreationTimeBefore=second) == every[:2]
    both = {"CreationTimeAfter": second, "CreationTimeBefore": second}
    assert listed(operation, **both) == every[1:2]
    assert listed(operation, NameContains="nothing-of-this-name") == []


@pytest.mark.parametrize(
    ("operation", "status", "usual"),
    [
        ("list_endpoints", "EndpointStatus", "InService"),
        ("list_training_jobs", "TrainingJobStatus", "Completed"),
        ("list_model_packages", "ModelApprovalStatus", "Approved"),
    ],
)
def test_a_list_is_filtered_by_status_and_by_the_last_change(
    shop: list[str],
    listed: Callable[..., list[dict[str, Any]]],
    operation: str,
    status: str,
    usual: str,
) -> None:
    every = listed(operation, SortOrder="Ascending")
    asks = "ModelApprovalStatus" if operation == "list_model_packages" else "StatusEquals"
    other = {"EndpointStatus": "Failed", "TrainingJobStatus": "Stopped"}.get(status, "Rejected")

    assert {item[status] for item in every} == {usual}
    assert listed(operation, SortOrder="Ascending", **{asks: usual}) == every
    assert listed(operation, **{asks: other}) == []
    if operation != "list_model_packages":
        last = sorted(every, key=lambda item: item["LastModifiedTime"])[-1]
        assert listed(operation, LastModifiedTimeAfter=last["LastModifiedTime"]) == [last]
        assert len(listed(operation, LastModifiedTimeBefore=last["LastModifiedTime"])) == len(every)


def test_a_token_that_nobody_gave_is_refused(sagemaker: Any) -> None:
    for operation in KINDS:
        with pytest.raises(ClientError, match="Invalid NextToken"):
            getattr(sagemaker, operation)(NextToken="bm9uc2Vuc2U=")


def test_tags_come_in_one_page(sagemaker: Any, shop: list[str]) -> None:
    arn = sagemaker.describe_model(ModelName=shop[0])["ModelArn"]
    tags = [{"Key": f"k{number}", "Value": str(number)} for number in range(49)]
    sagemaker.add_tags(ResourceArn=arn, Tags=tags)

    pages = list(sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn))

    assert [page["Tags"] for page in pages] == [tags]
