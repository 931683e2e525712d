"""SageMaker's models and endpoint configs: names for things; nothing runs yet."""

from typing import Any

from botocore.exceptions import ClientError

from local.containers import Images
from local.sagemaker_registry import Registry
from local.sagemaker_store import (
    Params,
    Platform,
    Record,
    address,
    invalid,
    page,
    summary,
    tags_of,
)

_VARIANT_PLAYED = {
    *("VariantName", "ModelName", "ServerlessConfig", "InstanceType", "InitialInstanceCount"),
    *("InitialVariantWeight", "ContainerStartupHealthCheckTimeoutInSeconds"),
    *("ModelDataDownloadTimeoutInSeconds", "RoutingConfig", "ManagedInstanceScaling"),
}


class Models:
    """The operations on models and endpoint configs, but for deleting a config."""

    def __init__(self, platform: Platform, images: Images, registry: Registry) -> None:
        self._platform, self._images, self._registry = platform, images, registry
        self.models = platform.store("models")
        self.configs = platform.store("endpoint_configs")

    def start(self) -> None:
        """Read them back."""
        self.models.load()
        self.configs.load()

    # --- Models -----------------------------------------------------------------------------

    def create_model(self, params: Params) -> Params:
        name = params["ModelName"]
        arn = self._platform.arn("model", name)
        if self.models.get(name):
            raise invalid(f'Cannot create already existing model "{arn}".')
        containers = [params["PrimaryContainer"]] if "PrimaryContainer" in params else []
        containers += params.get("Containers", [])
        if len(containers) != 1 or "ExecutionRoleArn" not in params:
            raise invalid("The local cloud plays models with a role and exactly one container.")
        container = self.resolved(containers[0])
        self._images.find(container["Image"])
        self._check_data(container["ModelDataUrl"], params["ExecutionRoleArn"])
        members = ("PrimaryContainer", "Containers", "ExecutionRoleArn", "VpcConfig")
        shown = {key: params[key] for key in members if key in params} | {
            "ModelName": name,
            "ModelArn": arn,
            "CreationTime": self._platform.now(),
            "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        }
        self.models.save(Record(name, arn, shown, tags_of(params)))
        return {"ModelArn": arn}

    def describe_model(self, params: Params) -> Params:
        return self.model(params["ModelName"]).shown

    def list_models(self, params: Params) -> Params:
        found, token = page(self.models.all(), params)
        names = ("ModelName", "ModelArn", "CreationTime")
        return {"Models": [summary(record, *names) for record in found]} | token

    def delete_model(self, params: Params) -> Params:
        """AWS lets you delete a model that an endpoint uses, and so do we."""
        self.models.delete(self.model(params["ModelName"]).name)
        return {}

    def model(self, name: str) -> Record:
        record = self.models.get(name)
        if record is None:
            raise invalid(f'Could not find model "{self._platform.arn("model", name)}".')
        return record

    def container(self, model: Record) -> Params:
        """The one container of a model, resolved."""
        return self.resolved(model.shown.get("PrimaryContainer") or model.shown["Containers"][0])

    def resolved(self, container: Params) -> Params:
        """A container with its image and data, out of the registry if it names a package."""
        if "ModelPackageName" in container:
            package = self._registry.package(container["ModelPackageName"])
            containers = package.shown.get("InferenceSpecification", {}).get("Containers", [])
            if len(containers) != 1:
                raise invalid(f"{package.arn} doesn't have exactly one container.")
            container = containers[0] | {"Environment": container.get("Environment", {})}
        if "Image" not in container or "ModelDataUrl" not in container:
            raise invalid("The local cloud plays containers with Image and ModelDataUrl.")
        return container

    def _check_data(self, url: str, role_arn: str) -> None:
        bucket, key = address(url)
        s3 = self._platform.client("s3", role_arn)
        try:
            s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "404":
                raise invalid(f"Could not find model data at {url}.") from error
            raise invalid(
                f'Could not access model data at {url}. Please ensure that the role "{role_arn}" '
                'exists and has "s3:GetObject" permissions.'
            ) from error

    # --- Endpoint configs -------------------------------------------------------------------

    def create_endpoint_config(self, params: Params) -> Params:
        name = params["EndpointConfigName"]
        arn = self._platform.arn("endpoint-config", name)
        if self.configs.get(name):
            raise invalid(f'Cannot create already existing endpoint configuration "{arn}".')
        if len(params["ProductionVariants"]) != 1:
            raise invalid("The local cloud plays endpoints with exactly one variant.")
        variant = params["ProductionVariants"][0]
        self._check_variant(variant, params)
        shown = {
            "EndpointConfigName": name,
            "EndpointConfigArn": arn,
            "ProductionVariants": [{"InitialVariantWeight": 1.0} | variant],
            "CreationTime": self._platform.now(),
        } | {key: params[key] for key in ("DataCaptureConfig", "KmsKeyId") if key in params}
        self.configs.save(Record(name, arn, shown, tags_of(params)))
        return {"EndpointConfigArn": arn}

    def _check_variant(self, variant: Params, params: Params) -> None:
        if unknown := variant.keys() - _VARIANT_PLAYED:
            raise invalid(f"The local cloud does not play {sorted(unknown)} in a variant.")
        if ("ServerlessConfig" in variant) == ("InstanceType" in variant):
            raise invalid("A variant has either a ServerlessConfig or an InstanceType.")
        model = self.model(variant.get("ModelName", ""))
        if "ServerlessConfig" not in variant:
            return
        memory = variant["ServerlessConfig"]["MemorySizeInMB"]
        if memory % 1024:
            sizes = ", ".join(str(size) for size in range(1024, 6145, 1024))
            raise invalid(f"MemorySizeInMB {memory} is invalid. Valid values are {sizes}.")
        if model.shown["EnableNetworkIsolation"]:
            raise invalid("Network isolation is not supported for serverless endpoints.")
        if "DataCaptureConfig" in params:
            raise invalid("Data capture is not supported for serverless endpoints.")

    def describe_endpoint_config(self, params: Params) -> Params:
        return self.config(params["EndpointConfigName"]).shown

    def list_endpoint_configs(self, params: Params) -> Params:
        found, token = page(self.configs.all(), params)
        names = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
        return {"EndpointConfigs": [summary(record, *names) for record in found]} | token

    def config(self, name: str) -> Record:
        record = self.configs.get(name)
        if record is None:
            arn = self._platform.arn("endpoint-config", name)
            raise invalid(f'Could not find endpoint configuration "{arn}".')
        return record


def variants(config: Record) -> list[dict[str, Any]]:
    """The variants of a config; there is one."""
    return list(config.shown["ProductionVariants"])


def is_serverless(config: Record) -> bool:
    return any("ServerlessConfig" in variant for variant in variants(config))
