"""The model registry: model packages in groups."""

from datetime import UTC, datetime

from local.calls import AwsError
from local.sagemaker.platform import Params, Platform
from local.sagemaker.store import Kind, Store
from local.sagemaker.wire import invalid


def _iso(seconds: float) -> str:
    """Times in this event are ISO 8601, unlike those in SageMaker's other events."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_GROUP = Kind(
    "ModelPackageGroup",
    missing="ModelPackageGroup {arn} does not exist.",
    taken="Model Package Group already exists: {arn}",
    newest_first=False,
)
_PACKAGE = Kind(
    "ModelPackage",
    missing="ModelPackage {arn} does not exist.",
    taken="Model Package already exists: {arn}",
    newest_first=False,
    event="Model Package",
    in_event="ModelPackageGroupName ModelPackageVersion ModelPackageArn ModelPackageDescription "
    "InferenceSpecification ModelPackageStatus ModelPackageStatusDetails CertifyForMarketplace "
    "ModelApprovalStatus MetadataProperties ModelMetrics CreationTime LastModifiedTime",
    event_time=_iso,
)
_UPDATED = ("ModelApprovalStatus", "ApprovalDescription", "SourceUri", "ModelLifeCycle")


class Registry:
    """The operations on groups and packages."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.groups, self.packages = Store(platform, _GROUP), Store(platform, _PACKAGE)

    def create_model_package_group(self, params: Params) -> Params:
        group = self.groups.make(params, CreatedBy={}, ModelPackageGroupStatus="Completed")
        group.hidden["last_version"] = 0
        return self.groups.save(group)

    def delete_model_package_group(self, params: Params) -> Params:
        group = self.groups.find(params["ModelPackageGroupName"])
        if any(p.hidden["group"] == group.name for p in self.packages.values()):
            text = f"Model Package Group {group.arn} still holds model packages: delete them first."
            raise AwsError("ConflictException", text)
        return self.groups.delete(group.name)

    def check_create_model_package(self, params: Params) -> None:
        """Everything that is checked, the look for the images among it."""
        if "ModelPackageGroupName" not in params:
            raise invalid("The local cloud plays versioned model packages only: name a group")
        self.groups.find(params["ModelPackageGroupName"])
        for container in params.get("InferenceSpecification", {}).get("Containers", []):
            self._platform.program(container.get("Image", ""))

    def create_model_package(self, params: Params) -> Params:
        group = self.groups.find(params["ModelPackageGroupName"])
        token = params.get("ClientToken")
        for known in self.packages.values():
            if token and known.hidden == {"group": group.name, "token": token}:
                return {"ModelPackageArn": known.arn}
        group.hidden["last_version"] = version = group.hidden["last_version"] + 1
        self.groups.save(group)  # first: a version is never used twice, whatever happens next
        defaults = {"ModelApprovalStatus": "PendingManualApproval", "CertifyForMarketplace": False}
        package = self.packages.make(
            defaults | params,
            name=f"{group.name}/{version}",
            ModelPackageName=group.name,  # a version has no name of its own
            ModelPackageGroupName=group.name,
            ModelPackageVersion=version,
            ModelPackageStatus="Completed",
            ModelPackageStatusDetails={"ValidationStatuses": [], "ImageScanStatuses": []},
        )
        package.hidden = {"group": group.name, "token": token}
        return self.packages.tell(package)

    def list_model_packages(self, params: Params) -> Params:
        """Without a group only unversioned packages are listed, of which there are none here."""
        found = list(self.packages.values())
        if "ModelPackageGroupName" in params:
            group = self.groups.find(params["ModelPackageGroupName"]).name
            found = [package for package in found if package.hidden["group"] == group]
        elif params.get("ModelPackageType", "Unversioned") == "Unversioned":
            found = []
        if status := params.get("ModelApprovalStatus"):
            found = [p for p in found if p.shown["ModelApprovalStatus"] == status]
        answer = self.packages.listing(params, found)
        for package in answer["ModelPackageSummaryList"]:
            del package["ModelPackageName"]
        return answer

    def update_model_package(self, params: Params) -> Params:
        package = self.packages.find(params["ModelPackageArn"])
        metadata = "CustomerMetadataProperties"
        changed = {key: params[key] for key in _UPDATED if key in params}
        told = package.shown.get(metadata, {}) | params.get(metadata, {})
        if told:
            removed = params.get("CustomerMetadataPropertiesToRemove", [])
            changed[metadata] = {key: told[key] for key in told if key not in removed}
        return self.packages.tell(package, LastModifiedTime=self._platform.now(), **changed)
