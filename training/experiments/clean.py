"""Delete what an experiment made, in the order that AWS demands, and tell what is left.

Whose a thing is, its tags say (a package's metadata: a version in a group has no tags). A package
that is approved may be live: it stays, with its job and its model.
"""

import argparse
import time
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

from experiments.models import packages
from experiments.stack import Experiment

_ENDED = ("Completed", "Failed", "Stopped")
_KINDS = {  # kind → what lists it, the list's name in the answer, what a resource is called there
    "endpoint": ("list_endpoints", "Endpoints", "Endpoint"),
    "endpoint config": ("list_endpoint_configs", "EndpointConfigs", "EndpointConfig"),
    "model": ("list_models", "Models", "Model"),
    "tuning job": (
        "list_hyper_parameter_tuning_jobs",
        "HyperParameterTuningJobSummaries",
        "HyperParameterTuningJob",
    ),
    "training job": ("list_training_jobs", "TrainingJobSummaries", "TrainingJob"),
}


def clean(experiment: Experiment, _arguments: argparse.Namespace) -> int:
    """Exit code 1 if anything is left."""
    kept = delete_packages(experiment)
    for kind in _KINDS:
        for name in found(experiment, kind):
            if name not in kept:
                delete(kind, name)
    delete_objects(experiment, kept)
    left = list(what_is_left(experiment))
    if not left:
        print(f"Nothing of the experiment {experiment.name} is left.")
        return 0
    print("\n".join(["Left over:", *(f"  {item}" for item in left)]))
    if kept:
        print("An approved package may be live. Reject it, then clean again.")
    return 1


def delete_packages(experiment: Experiment) -> set[str]:
    """Delete the experiment's packages; returns the jobs of those that stay."""
    client, kept = boto3.client("sagemaker"), set()
    for package, job in own_packages(experiment):
        if package["ModelApprovalStatus"] == "Approved":
            kept.add(job)
            continue
        client.delete_model_package(ModelPackageName=package["ModelPackageArn"])
        print(f"deleted package {package['ModelPackageArn']}", flush=True)
    return kept


def own_packages(experiment: Experiment) -> Iterator[tuple[dict[str, Any], str]]:
    """The experiment's packages, each with its training job."""
    client = boto3.client("sagemaker")
    for package in packages(experiment):
        described = client.describe_model_package(ModelPackageName=package["ModelPackageArn"])
        facts = described.get("CustomerMetadataProperties", {})
        if facts.get("experiment") == experiment.name:
            yield package, facts["run"]


def found(experiment: Experiment, kind: str) -> list[str]:
    """The names of everything of a kind that has the experiment's tags."""
    client: Any = boto3.client("sagemaker")
    operation, member, resource = _KINDS[kind]
    pages = client.get_paginator(operation).paginate(NameContains=experiment.name)
    names = []
    for item in [item for page in pages for item in page[member]]:
        if item[f"{resource}Name"].startswith(f"{experiment.name}-"):
            tags = client.list_tags(ResourceArn=item[f"{resource}Arn"])["Tags"]
            if experiment.tags.items() <= {t["Key"]: t["Value"] for t in tags}.items():
                names.append(item[f"{resource}Name"])
    return names


def delete(kind: str, name: str) -> None:
    """Stop it first if it runs, and wait for its end."""
    client: Any = boto3.client("sagemaker")
    resource = _KINDS[kind][2]
    verb = "".join(f"_{c.lower()}" if c.isupper() else c for c in resource).lstrip("_")
    arguments = {f"{resource}Name": name}
    if resource.endswith("Job"):
        describe = getattr(client, f"describe_{verb}")
        if describe(**arguments)[f"{resource}Status"] not in _ENDED:
            getattr(client, f"stop_{verb}")(**arguments)
            print(f"stopping {kind} {name}", flush=True)
        while describe(**arguments)[f"{resource}Status"] not in _ENDED:
            time.sleep(1)
    getattr(client, f"delete_{verb}")(**arguments)
    if kind == "endpoint":
        client.get_waiter("endpoint_deleted").wait(**arguments, WaiterConfig={"Delay": 1})
    print(f"deleted {kind} {name}", flush=True)


def delete_objects(experiment: Experiment, kept: set[str]) -> None:
    """Every version of every object, but for the models of jobs that stay."""
    s3, bucket = boto3.client("s3"), experiment.stack.run_bucket
    stays = tuple(f"{experiment.prefix}{job}/" for job in kept)
    count = 0
    paginate = s3.get_paginator("list_object_versions").paginate
    for page in (
        page
        for prefix in (experiment.prefix, experiment.checkpoint_prefix)
        for page in paginate(Bucket=bucket, Prefix=prefix)
    ):
        entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects: list[Any] = [
            {"Key": entry["Key"], "VersionId": entry["VersionId"]}
            for entry in entries
            if not entry["Key"].startswith(stays)
        ]
        if objects:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
            count += len(objects)
    print(f"deleted {count} objects below {experiment.uri}", flush=True)


def what_is_left(experiment: Experiment) -> Iterator[str]:
    """Asked anew, not concluded."""
    yield from (f"package {p['ModelPackageArn']}" for p, _ in own_packages(experiment))
    for kind in _KINDS:
        yield from (f"{kind} {name}" for name in found(experiment, kind))
    s3 = boto3.client("s3")
    try:
        paginate = s3.get_paginator("list_objects_v2").paginate
        pages = [
            page
            for prefix in (experiment.prefix, experiment.checkpoint_prefix)
            for page in paginate(Bucket=experiment.stack.run_bucket, Prefix=prefix)
        ]
    except ClientError as error:
        yield f"objects below {experiment.uri}, perhaps ({error})"
        return
    yield from (f"s3 {item['Key']}" for page in pages for item in page.get("Contents", []))
