"""SageMaker's model registry: package groups, and the versions in them."""

from datetime import UTC, datetime
from typing import Any

from local.containers import Images
from local.sagemaker_store import Params, Platform, Record, invalid, page, summary, tags_of
from local.wire import AwsError

_EVENT = (
    *("ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn"),
    *("ModelPackageDescription", "InferenceSpecification", "ModelPackageStatus"),
    *("ModelPackageStatusDetails", "CertifyForMarketplace", "ModelApprovalStatus"),
    *("MetadataProperties", "ModelMetrics"),
)
_CREATED = (  # what CreateModelPackage takes over as it is
    *("ModelPackageDescription", "InferenceSpecification", "ModelApprovalStatus"),
    *("MetadataProperties", "ModelMetrics", "CustomerMetadataProperties", "DriftCheckBaselines"),
    *("Domain", "Task", "SamplePayloadUrl", "SourceUri", "SkipModelValidation", "ModelLifeCycle"),
    *("AdditionalInferenceSpecifications", "CertifyForMarketplace"),
)


class Registry:
    """The operations on model package groups and model packages."""

    def __init__(self, platform: Platform, images: Images) -> None:
        self._platform, self._images = platform, images
        self.groups = platform.store("model_package_groups")
        self.packages = platform.store("model_packages")

    def start(self) -> None:
        """Groups of the template exist from the start, as after a deployment."""
        self.groups.load()
        self.packages.load()
        for resource in self._platform.stack.of_type("AWS::SageMaker::ModelPackageGroup"):
            if self.groups.get(resource.name) is None:
                self.create_model_package_group(
                    {
                        "ModelPackageGroupName": resource.name,
                        "ModelPackageGroupDescription": resource.properties.get(
                            "ModelPackageGroupDescription", ""
                        ),
                    }
                )

    # --- Groups -----------------------------------------------------------------------------

    def create_model_package_group(self, params: Params) -> Params:
        name = params["ModelPackageGroupName"]
        arn = self._platform.arn("model-package-group", name)
        if self.groups.get(name):
            raise invalid(f"Model Package Group already exists: {arn}")
        shown = {
            "ModelPackageGroupName": name,
            "ModelPackageGroupArn": arn,
            "CreationTime": self._platform.now(),
            "CreatedBy": {},
            "ModelPackageGroupStatus": "Completed",
        }
        if params.get("ModelPackageGroupDescription"):
            shown["ModelPackageGroupDescription"] = params["ModelPackageGroupDescription"]
        self.groups.save(Record(name, arn, shown, tags_of(params), {"last_version": 0}))
        return {"ModelPackageGroupArn": arn}

    def describe_model_package_group(self, params: Params) -> Params:
        return self._group(params["ModelPackageGroupName"]).shown

    def list_model_package_groups(self, params: Params) -> Params:
        found, token = page(self.groups.all(), params, newest_first=False)
        names = ("Name", "Arn", "Description", "Status")
        members = ("CreationTime", *(f"ModelPackageGroup{name}" for name in names))
        return {"ModelPackageGroupSummaryList": [summary(r, *members) for r in found]} | token

    def delete_model_package_group(self, params: Params) -> Params:
        group = self._group(params["ModelPackageGroupName"])
        if any(p.hidden["group"] == group.name for p in self.packages.all()):
            text = f"Model Package Group {group.arn} still holds model packages: delete them first."
            raise AwsError("ConflictException", text)
        self.groups.delete(group.name)
        return {}

    def _group(self, name_or_arn: str) -> Record:
        name = name_or_arn.rpartition("/")[2]
        group = self.groups.get(name)
        if group is None:
            arn = self._platform.arn("model-package-group", name)
            raise invalid(f"ModelPackageGroup {arn} does not exist.")
        return group

    # --- Packages ---------------------------------------------------------------------------

    def create_model_package(self, params: Params) -> Params:
        if "ModelPackageGroupName" not in params:
            raise invalid("The local cloud plays versioned model packages only: name a group")
        group = self._group(params["ModelPackageGroupName"])
        token = params.get("ClientToken")
        for known in self.packages.all():
            if token and known.hidden["token"] == [group.name, token]:
                return {"ModelPackageArn": known.arn}
        for container in params.get("InferenceSpecification", {}).get("Containers", []):
            self._images.find(container.get("Image", ""))
        version = group.hidden["last_version"] + 1
        group.hidden["last_version"] = version
        self.groups.save(group)  # first: a version is never used twice, whatever happens next
        record = self._package(params, group, version, token)
        self.packages.save(record)
        self._publish(record)
        return {"ModelPackageArn": record.arn}

    def _package(self, params: Params, group: Record, version: int, token: str | None) -> Record:
        name = f"{group.name}/{version}"
        arn = self._platform.arn("model-package", name)
        shown = {
            "ModelPackageName": group.name,  # a version has no name of its own
            "ModelPackageGroupName": group.name,
            "ModelPackageVersion": version,
            "ModelPackageArn": arn,
            "CreationTime": self._platform.now(),
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "ModelApprovalStatus": "PendingManualApproval",
            "CertifyForMarketplace": False,
        } | {key: params[key] for key in _CREATED if key in params}
        hidden = {"group": group.name, "token": [group.name, token]}
        return Record(name, arn, shown, tags_of(params), hidden)

    def describe_model_package(self, params: Params) -> Params:
        return self.package(params["ModelPackageName"]).shown

    def list_model_packages(self, params: Params) -> Params:
        """Without a group only unversioned packages are listed, of which there are none here."""
        found = self.packages.all()
        if "ModelPackageGroupName" in params:
            group = self._group(params["ModelPackageGroupName"]).name
            found = [package for package in found if package.hidden["group"] == group]
        elif params.get("ModelPackageType", "Unversioned") == "Unversioned":
            found = []
        if status := params.get("ModelApprovalStatus"):
            found = [p for p in found if p.shown["ModelApprovalStatus"] == status]
        shown, token = page(found, params, newest_first=False)
        names = ("GroupName", "Version", "Arn", "Description", "Status")
        members = ("CreationTime", "ModelApprovalStatus", *(f"ModelPackage{n}" for n in names))
        return {"ModelPackageSummaryList": [summary(r, *members) for r in shown]} | token

    def update_model_package(self, params: Params) -> Params:
        record = self.package(params["ModelPackageArn"])
        changes = {
            key: params[key]
            for key in ("ModelApprovalStatus", "ApprovalDescription", "SourceUri", "ModelLifeCycle")
            if key in params
        }
        metadata = dict(record.shown.get("CustomerMetadataProperties", {}))
        metadata |= params.get("CustomerMetadataProperties", {})
        for key in params.get("CustomerMetadataPropertiesToRemove", []):
            metadata.pop(key, None)
        record.shown = record.shown | changes
        if metadata or "CustomerMetadataProperties" in record.shown:
            record.shown["CustomerMetadataProperties"] = metadata
        record.shown["LastModifiedTime"] = self._platform.now()
        self.packages.save(record)
        self._publish(record)
        return {"ModelPackageArn": record.arn}

    def delete_model_package(self, params: Params) -> Params:
        self.packages.delete(self.package(params["ModelPackageName"]).name)
        return {}

    def package(self, name_or_arn: str) -> Record:
        """A package by its ARN, or by "group/version"."""
        name = name_or_arn.rpartition("model-package/")[2]
        record = self.packages.get(name)
        if record is None:
            arn = self._platform.arn("model-package", name)
            raise invalid(f"ModelPackage {arn} does not exist.")
        return record

    def _publish(self, record: Record) -> None:
        detail: dict[str, Any] = summary(record, *_EVENT)
        for name in ("CreationTime", "LastModifiedTime"):
            if name in record.shown:
                detail[name] = _iso(record.shown[name])
        detail["Tags"] = record.tags
        self._platform.publish("SageMaker Model Package State Change", detail, record.arn)


def _iso(seconds: float) -> str:
    """Times in this event are ISO 8601, unlike those in SageMaker's other events."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
