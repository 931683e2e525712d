"""Have the model that should be live served by the image that the stack names now.

    python operations/serve_anew.py --stack-name verdict

A model package names its image for good, so a live model keeps the one that it was registered
with. Here it is registered once more, approved as it was; deploy_endpoint takes it up as any other.
"""

import hashlib
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

if __name__ == "__main__":  # a script knows only its own folder
    sys.path.insert(0, str(Path(__file__).parent.parent))

from operations.stack import client_of, parser_of, stack_of

# What deploy_endpoint remembers of the package with the image of before.
OF_THE_OLD = "attempts", "has_been_live"


class ServeError(Exception):
    """There is nothing to serve; the message says why."""


def main(argv: list[str] | None = None) -> int:
    parser = parser_of(__doc__)
    args = parser.parse_args(argv)
    try:
        print(serve_anew(args.stack_name))
    except (ServeError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def serve_anew(stack: str) -> str:
    """Register the newest approved package again with the stack's image; says what was done.

    Raises ServeError where there is nothing to serve, and where that package was made before and
    is rejected.
    """
    found = stack_of(stack)
    if found is None:
        raise ServeError(f"There is no stack {stack}: deploy it first.")
    outputs = {item["OutputKey"]: item["OutputValue"] for item in found["Outputs"]}
    parameters = {item["ParameterKey"]: item["ParameterValue"] for item in found["Parameters"]}
    image = f"{outputs['RepositoryUri']}:serve-{parameters['ImageTag']}"
    group, sagemaker = outputs["ModelPackageGroupArn"], client_of("sagemaker")
    approved = sagemaker.list_model_packages(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    if not approved:
        raise ServeError(f"No model of {stack} is approved: there is none to serve.")
    package = sagemaker.describe_model_package(ModelPackageName=approved[0]["ModelPackageArn"])
    [container] = package["InferenceSpecification"]["Containers"]
    if container["Image"] == image:
        return f"{package['ModelPackageArn']} is served by {image} already."
    made = sagemaker.create_model_package(**again(package, stack, image))["ModelPackageArn"]
    described = sagemaker.describe_model_package(ModelPackageName=made)
    if described["ModelApprovalStatus"] == "Rejected":
        reason = described.get("ApprovalDescription", "Somebody rejected it.")
        raise ServeError(
            f"{made} has that model and that image already, and is rejected: {reason} Mend what it "
            "names, then approve that package in the model registry."
        )
    sagemaker.update_model_package(
        ModelPackageArn=made,
        ApprovalDescription=f"Version {package['ModelPackageVersion']} with another image.",
    )
    return (
        f"{made} is served by {image} in a few minutes, in place of {package['ModelPackageArn']}."
    )


def again(package: dict[str, Any], stack: str, image: str) -> dict[str, Any]:
    """CreateModelPackage's request for the same model with another image.

    It has the name of a run of its own, as deploy_endpoint names models after runs; the run that
    trained it stays in its metadata.
    """
    told = f"{package['ModelPackageArn']} {image}".encode()
    name = f"{stack}-{hashlib.sha256(told).hexdigest()[:12]}"
    specification = package["InferenceSpecification"]
    [container] = specification["Containers"]
    metadata = package.get("CustomerMetadataProperties", {})
    request = {
        "ModelPackageGroupName": package["ModelPackageGroupName"],
        "ModelPackageDescription": name,
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": specification
        | {"Containers": [{"Image": image, "ModelDataUrl": container["ModelDataUrl"]}]},
        "CustomerMetadataProperties": {k: v for k, v in metadata.items() if k not in OF_THE_OLD},
        "ClientToken": hashlib.sha256(name.encode()).hexdigest()[:36],
    }
    if "ModelMetrics" in package:
        request["ModelMetrics"] = package["ModelMetrics"]
    return request


if __name__ == "__main__":
    sys.exit(main())
