"""What runs and what is live in one stack, and what became of its datasets.

    python operations/status.py --stack-name verdict

`python -m local status` tells the same of the local cloud.
"""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

if __name__ == "__main__":  # a script knows only its own folder
    sys.path.insert(0, str(Path(__file__).parent.parent))

from operations.drop import Desk, DropError, desk_of
from operations.stack import RUN, parser_of


def overview(desk: Desk, stack: str = "") -> dict[str, Any]:
    """Everything that `show` prints, as JSON would have it; of SageMaker's what is the stack's.

    Without a stack it is all that there is.
    """
    sagemaker = desk.sagemaker
    is_ours = re.compile(f"{re.escape(stack)}({RUN})?" if stack else ".*").fullmatch
    endpoints = _all(sagemaker, "endpoints", "Endpoints", NameContains=stack)
    jobs = _all(sagemaker, "training_jobs", "TrainingJobSummaries", NameContains=stack)
    names = [found["EndpointName"] for found in endpoints]
    runs = [found["TrainingJobName"] for found in jobs]
    return {
        "endpoints": [_endpoint(sagemaker, name) for name in names if is_ours(name)],
        "training_jobs": [_job(sagemaker, name) for name in runs if is_ours(name)],
        "packages": list(_packages(sagemaker, desk.outputs)),
        "receipts": list(_receipts(desk)),
    }


def show(seen: dict[str, Any]) -> None:
    """Print an overview for people."""
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
    given = {name: value for name, value in filters.items() if value}
    pages = sagemaker.get_paginator(f"list_{what}").paginate(**given)
    return [found for page in pages for found in page[result]]


def _endpoint(sagemaker: Any, name: str) -> dict[str, Any]:
    found = sagemaker.describe_endpoint(EndpointName=name)
    told = {"name": name, "status": found["EndpointStatus"], "config": found["EndpointConfigName"]}
    return told | {"why": found.get("FailureReason")}


def _job(sagemaker: Any, name: str) -> dict[str, Any]:
    job = sagemaker.describe_training_job(TrainingJobName=name)
    told = {"name": name, "status": job["TrainingJobStatus"], "step": job["SecondaryStatus"]}
    return told | {"why": job.get("FailureReason")}


def _packages(sagemaker: Any, outputs: dict[str, str]) -> Iterable[dict[str, Any]]:
    """Of every model package group among the stack's outputs."""
    for group in sorted({value for value in outputs.values() if ":model-package-group/" in value}):
        given = {"ModelPackageGroupName": group}
        for found in _all(sagemaker, "model_packages", "ModelPackageSummaryList", **given):
            yield {
                "arn": found["ModelPackageArn"],
                "approval": found["ModelApprovalStatus"],
                "created": found["CreationTime"],
            }


def _receipts(desk: Desk) -> Iterable[dict[str, Any]]:
    for key in desk.names(desk.receipts):
        name = key.removesuffix(".json")
        if receipt := desk.receipt(name):  # else it has just expired
            told = {key: receipt.get(key) for key in ("state", "run", "at")}
            yield {"name": name} | told | {"why": receipt.get("reason")}


def main(argv: list[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--json", action="store_true", help="for programs")
    args = parser.parse_args(argv)
    try:
        seen = overview(desk_of(args.stack_name), args.stack_name)
    except (DropError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 2
    dump(seen) if args.json else show(seen)
    return 0


if __name__ == "__main__":
    sys.exit(main())
