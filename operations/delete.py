"""Delete everything that a stack and its runs have made, and prove it by listing what is left.

    python operations/delete.py --stack-name verdict

The endpoint, models, packages and the objects in the buckets were made after the stack, so
CloudFormation does not know them and would fail on them. The two functions that could make them
again are stopped first. Exits with 1 if anything is left.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

sagemaker = boto3.client("sagemaker")
s3 = boto3.client("s3")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--stack-name", default="verdict")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    args = parser.parse_args(argv)
    stack: str = args.stack_name
    question = f"This deletes stack {stack} with all datasets, runs and models. Type its name: "
    if not args.yes and input(question) != stack:
        print("Nothing was deleted.")
        return 1
    if names := experiments(stack):
        print("Nothing was deleted. Clean these experiments first, while the stack is there:")
        for name in names:
            print(f"  training/experiment.py clean --experiment {name} --stack-name {stack}")
        return 1
    outputs = stack_outputs(stack)
    stop_functions(outputs.get("FunctionNames", "").split())
    delete_models(stack)
    for name in buckets(outputs):
        empty(name)
    delete_stack(stack)
    left = list(what_is_left(stack, outputs))
    print("\n".join(["Left over:", *left]) if left else f"Nothing of {stack} is left.")
    return 1 if left else 0


def stack_outputs(stack: str) -> dict[str, str]:
    """The stack's outputs; none if there is no such stack."""
    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise
        return {}
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def buckets(outputs: dict[str, str]) -> list[str]:
    addresses = [
        outputs[name].split("/")[2] for name in ("DatasetUri", "RunUri") if name in outputs
    ]
    return addresses + [outputs[name] for name in ("PageBucketName",) if name in outputs]


def stop_functions(names: list[str]) -> None:
    for name in names:
        boto3.client("lambda").put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=0
        )
        print(f"stopped function {name}")


def delete_models(stack: str) -> None:
    """Delete the endpoint, its configs, the models and the packages, in the order AWS demands."""
    for job in training_jobs(stack):
        sagemaker.stop_training_job(TrainingJobName=job)
        print(f"stopped training job {job}")
    if endpoint_exists(stack):
        sagemaker.delete_endpoint(EndpointName=stack)
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=stack)
        print(f"deleted endpoint {stack}")
    for name in endpoint_configs(stack):
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
        print(f"deleted endpoint config {name}")
    for name in models(stack):
        sagemaker.delete_model(ModelName=name)
        print(f"deleted model {name}")
    for arn in packages(stack):
        sagemaker.delete_model_package(ModelPackageName=arn)
        print(f"deleted model package {arn}")


def empty(bucket: str) -> None:
    """Delete every version of every object."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    for page in pages:
        entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if entries:
            objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
            s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})  # type: ignore[typeddict-item]
    print(f"emptied bucket {bucket}")


def delete_stack(stack: str) -> None:
    cloudformation = boto3.client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)
    print(f"deleted stack {stack}")


def what_is_left(stack: str, outputs: dict[str, str]) -> Iterator[str]:
    if endpoint_exists(stack):
        yield f"endpoint {stack}"
    yield from (f"endpoint config {name}" for name in endpoint_configs(stack))
    yield from (f"model {name}" for name in models(stack))
    yield from (f"model package {arn}" for arn in packages(stack))
    yield from (f"running training job {name}" for name in training_jobs(stack))
    existing = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    yield from (f"bucket {name}" for name in buckets(outputs) if name in existing)
    if stack_outputs(stack):
        yield f"stack {stack}"


# --- What there is, by the names that the functions give ------------------------------------------


def experiments(stack: str) -> list[str]:
    """Experiments that have endpoints of their own; training/experiment.py tags them."""
    names = set()
    for page in sagemaker.get_paginator("list_endpoints").paginate():
        for endpoint in page["Endpoints"]:
            listed = sagemaker.list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"]
            tags = {tag["Key"]: tag["Value"] for tag in listed}
            if tags.get("verdict:stack") == stack:
                names.add(tags["verdict:experiment"])
    return sorted(names)


def endpoint_exists(stack: str) -> bool:
    found = sagemaker.list_endpoints(NameContains=stack)["Endpoints"]
    return any(endpoint["EndpointName"] == stack for endpoint in found)


def training_jobs(stack: str) -> list[str]:
    pages = sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains=f"{stack}-", StatusEquals="InProgress"
    )
    names = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
    return [name for name in names if name.startswith(f"{stack}-")]


def endpoint_configs(stack: str) -> list[str]:
    pages = sagemaker.get_paginator("list_endpoint_configs").paginate(NameContains=f"{stack}-")
    names = [config["EndpointConfigName"] for page in pages for config in page["EndpointConfigs"]]
    return [name for name in names if name.startswith(f"{stack}-")]


def models(stack: str) -> list[str]:
    pages = sagemaker.get_paginator("list_models").paginate(NameContains=f"{stack}-")
    names = [model["ModelName"] for page in pages for model in page["Models"]]
    return [name for name in names if name.startswith(f"{stack}-")]


def packages(stack: str) -> list[str]:
    """The packages of the stack's group; none once the group is gone."""
    try:
        pages = list(
            sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=stack)
        )
    except ClientError:
        return []
    return [
        package["ModelPackageArn"] for page in pages for package in page["ModelPackageSummaryList"]
    ]


if __name__ == "__main__":
    sys.exit(main())
