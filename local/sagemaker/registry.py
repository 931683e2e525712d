"""Names for things; nothing runs yet: model packages in groups, models, endpoint configs."""

from collections.abc import Iterator
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from local.calls import AwsError
from local.sagemaker.artifacts import address
from local.sagemaker.store import Kind, Params, Platform, Resource, Store
from local.sagemaker.wire import invalid, refuse


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
_MODEL = Kind("Model", "model")
_CONFIG = Kind("EndpointConfig", "endpoint configuration")
_UPDATED = ("ModelApprovalStatus", "ApprovalDescription", "SourceUri", "ModelLifeCycle")
_VARIANT_PLAYED = {
    *("VariantName", "ModelName", "ServerlessConfig", "InstanceType", "InitialInstanceCount"),
    *("InitialVariantWeight", "ContainerStartupHealthCheckTimeoutInSeconds"),
    *("ModelDataDownloadTimeoutInSeconds", "RoutingConfig", "ManagedInstanceScaling"),
}


class Registry:
    """The operations on all of these, but for deleting a config.

    AWS lets you delete a model that an endpoint uses, and so do we.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.groups, self.packages = Store(platform, _GROUP), Store(platform, _PACKAGE)
        self.models, self.configs = Store(platform, _MODEL), Store(platform, _CONFIG)

    # --- Model packages ---------------------------------------------------------------------

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

    # --- Models -----------------------------------------------------------------------------

    def check_create_model(self, params: Params) -> None:
        """Everything that is checked, the look at the data among it."""
        self.models.refuse_taken(params["ModelName"])
        container, role_arn = self.container(params), params["ExecutionRoleArn"]
        self._platform.program(container["Image"])
        s3, url = self._platform.assume("s3", role_arn), container["ModelDataUrl"]
        try:
            s3.head_object(**address(url))
        except ClientError as error:
            if error.response["Error"]["Code"] == "404":
                raise invalid(f"Could not find model data at {url}.") from error
            raise invalid(
                f'Could not access model data at {url}. Please ensure that the role "{role_arn}" '
                'exists and has "s3:GetObject" permissions.'
            ) from error

    def create_model(self, params: Params) -> Params:
        return self.models.save(self.models.make({"EnableNetworkIsolation": False} | params))

    def container(self, model: Params) -> Params:
        """The one container of a model, its image and data out of the package that it may name."""
        named = [model.get("PrimaryContainer"), *model.get("Containers", [])]
        containers: list[Params] = [one for one in named if one]
        if len(containers) != 1 or "ExecutionRoleArn" not in model:
            raise invalid("The local cloud plays models with a role and exactly one container.")
        container = containers[0]
        if "ModelPackageName" in container:
            package = self.packages.find(container["ModelPackageName"])
            containers = package.shown.get("InferenceSpecification", {}).get("Containers", [])
            if len(containers) != 1:
                raise invalid(f"{package.arn} doesn't have exactly one container.")
            container = containers[0] | {"Environment": container.get("Environment", {})}
        if "Image" not in container or "ModelDataUrl" not in container:
            raise invalid("The local cloud plays containers with Image and ModelDataUrl.")
        return container

    # --- Endpoint configs -------------------------------------------------------------------

    def create_endpoint_config(self, params: Params) -> Params:
        self.configs.refuse_taken(params["EndpointConfigName"])
        refuse(self._rules_of_config(params))
        weighed = {"InitialVariantWeight": 1.0} | params["ProductionVariants"][0]
        return self.configs.save(self.configs.make(params, ProductionVariants=[weighed]))

    def _rules_of_config(self, params: Params) -> Iterator[tuple[object, str]]:
        [variant, *more] = params["ProductionVariants"]
        yield more, "The local cloud plays endpoints with exactly one variant."
        unknown, size = sorted(variant.keys() - _VARIANT_PLAYED), variant.get("ServerlessConfig")
        yield unknown, f"The local cloud does not play {unknown} in a variant."
        is_both = (size is None) == ("InstanceType" not in variant)
        yield is_both, "A variant has either a ServerlessConfig or an InstanceType."
        model = self.models.find(variant.get("ModelName", ""))
        if size is not None:
            memory, sizes = size["MemorySizeInMB"], ", ".join(map(str, range(1024, 6145, 1024)))
            yield memory % 1024, f"MemorySizeInMB {memory} is invalid. Valid values are {sizes}."
            refused = "is not supported for serverless endpoints."
            yield model.shown["EnableNetworkIsolation"], f"Network isolation {refused}"
            yield "DataCaptureConfig" in params, f"Data capture {refused}"


def variant_of(config: Resource) -> Params:
    """The one variant of a config."""
    [variant] = config.shown["ProductionVariants"]
    return dict(variant)
