"""`python -m local status`: what runs and what is live, asked for with the same calls as on AWS."""

import json
from typing import Any

from local.client import aws_client, control
from local.drop import Desk


def overview(aws_port: int) -> dict[str, Any]:
    """Everything that `status` shows, as JSON would have it."""
    status = control(aws_port, "GET", "status")
    sagemaker = aws_client("sagemaker", status)
    return {
        "cloud": status,
        "endpoints": [
            _endpoint(sagemaker, found["EndpointName"])
            for found in _all(sagemaker, "endpoints", "Endpoints")
        ],
        "training_jobs": _jobs(sagemaker),
        "packages": _packages(sagemaker, status),
        "receipts": _receipts(Desk(aws_port)),
    }


def show(seen: dict[str, Any]) -> None:
    """Print an overview for people."""
    cloud = seen["cloud"]
    print(f"local cloud  process {cloud['pid']}, {'ready' if cloud['ready'] else 'not ready'}")
    print(f"page         {cloud['page_url']}")
    print(f"AWS          {cloud['aws_url']}")
    print(f"state        {cloud['state']}")
    for endpoint in seen["endpoints"]:
        print(f"endpoint     {endpoint['name']}: {endpoint['status']}, {endpoint['config']}")
    if not seen["endpoints"]:
        print("endpoint     none: nothing is live")
    for heading in ("training_jobs", "packages", "receipts"):
        print(f"\n{heading.replace('_', ' ')}")
        for row in seen[heading] or [{"none": "none yet"}]:
            print("  " + "  ".join(str(value) for value in row.values() if value is not None))


def dump(seen: dict[str, Any]) -> None:
    """Print an overview for programs."""
    print(json.dumps(seen, indent=2, default=str))


def _all(sagemaker: Any, what: str, result: str, **filters: str) -> list[dict[str, Any]]:
    pages = sagemaker.get_paginator(f"list_{what}").paginate(**filters)
    return [found for page in pages for found in page[result]]


def _endpoint(sagemaker: Any, name: str) -> dict[str, Any]:
    found = sagemaker.describe_endpoint(EndpointName=name)
    return {
        "name": name,
        "status": found["EndpointStatus"],
        "config": found["EndpointConfigName"],
        "why": found.get("FailureReason"),
    }


def _jobs(sagemaker: Any) -> list[dict[str, Any]]:
    jobs = []
    for found in _all(sagemaker, "training_jobs", "TrainingJobSummaries"):
        job = sagemaker.describe_training_job(TrainingJobName=found["TrainingJobName"])
        jobs.append(
            {
                "name": job["TrainingJobName"],
                "status": job["TrainingJobStatus"],
                "step": job["SecondaryStatus"],
                "why": job.get("FailureReason"),
            }
        )
    return jobs


def _packages(sagemaker: Any, status: dict[str, Any]) -> list[dict[str, Any]]:
    """Of every model package group among the stack's outputs."""
    packages = []
    for group in sorted(set(status["outputs"].values())):
        if ":model-package-group/" not in group:
            continue
        for found in _all(
            sagemaker, "model_packages", "ModelPackageSummaryList", ModelPackageGroupName=group
        ):
            packages.append(
                {
                    "arn": found["ModelPackageArn"],
                    "approval": found["ModelApprovalStatus"],
                    "created": found["CreationTime"],
                }
            )
    return packages


def _receipts(desk: Desk) -> list[dict[str, Any]]:
    receipts = []
    for key in desk.names(desk.receipts):
        name = key.removesuffix(".json")
        receipt = desk.receipt(name) or {}
        receipts.append(
            {
                "name": name,
                "state": receipt.get("state"),
                "run": receipt.get("run"),
                "at": receipt.get("at"),
                "why": receipt.get("reason"),
            }
        )
    return receipts
