"""What can be served: models, and endpoint configs that name them; nothing runs yet."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from local.sagemaker.artifacts import address
from local.sagemaker.platform import Params, Platform
from local.sagemaker.registry import Registry
from local.sagemaker.store import Kind, Resource, Store
from local.sagemaker.wire import invalid, refuse

_MODEL = Kind("Model", "model")
_CONFIG = Kind("EndpointConfig", "endpoint configuration")
_VARIANT_PLAYED = {
    *("VariantName", "ModelName", "ServerlessConfig", "InstanceType", "InitialInstanceCount"),
    *("InitialVariantWeight", "ContainerStartupHealthCheckTimeoutInSeconds"),
    *("ModelDataDownloadTimeoutInSeconds", "RoutingConfig", "ManagedInstanceScaling"),
}


class Models:
    """The operations on both, but for deleting a config.

    AWS lets you delete a model that an endpoint uses, and so do we.
    """

    def __init__(self, platform: Platform, registry: Registry) -> None:
        self._platform, self._packages = platform, registry.packages
        self.models, self.configs = Store(platform, _MODEL), Store(platform, _CONFIG)

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
            package = self._packages.find(container["ModelPackageName"])
            containers = package.shown.get("InferenceSpecification", {}).get("Containers", [])
            if len(containers) != 1:
                raise invalid(f"{package.arn} doesn't have exactly one container.")
            container = containers[0] | {"Environment": container.get("Environment", {})}
        if "Image" not in container or "ModelDataUrl" not in container:
            raise invalid("The local cloud plays containers with Image and ModelDataUrl.")
        return container

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
