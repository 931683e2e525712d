"""SageMaker's endpoints: what is live, and the way from one config to the next."""

import threading
from typing import Any

from botocore import xform_name

from local import LocalError
from local.sagemaker.models import Models, variant_of
from local.sagemaker.platform import Params, Platform
from local.sagemaker.serving import Serving
from local.sagemaker.store import Kind, Resource, Store
from local.sagemaker.wire import invalid

_KIND = Kind(
    "Endpoint",
    "endpoint",
    event="Endpoint",
    in_event="EndpointName EndpointArn EndpointConfigName CreationTime LastModifiedTime",
    event_time=lambda seconds: round(seconds * 1000),
)
_IN_PROGRESS = ("Creating", "Updating", "RollingBack", "Deleting")
_LIVE = ("InService", "Updating", "RollingBack")
_SEEN_SECONDS = 0.1  # what would pass at once lasts long enough to be seen


class Endpoints:
    """The operations on endpoints; each change goes on in a thread of its own."""

    def __init__(self, platform: Platform, serving: Serving, models: Models) -> None:
        self._platform, self._serving, self._configs = platform, serving, models.configs
        self.endpoints = Store(platform, _KIND)

    def start(self) -> None:
        """Start again what was in service, and what was under way when the local cloud ended."""
        for resource in list(self.endpoints.values()):
            if resource.shown["EndpointStatus"] != "Failed":
                self._go_on(resource, is_again=True)

    def create_endpoint(self, params: Params) -> Params:
        return self._aim(self.endpoints.make(params), params["EndpointConfigName"], "Creating")

    def update_endpoint(self, params: Params) -> Params:
        resource = self._idle(params)
        config = self._configs.find(params["EndpointConfigName"])
        old = self._configs.get(resource.shown["EndpointConfigName"])
        if resource.shown["EndpointStatus"] == "Failed":
            raise invalid(f'Cannot update failed endpoint "{resource.arn}".')
        if "ServerlessConfig" in variant_of(config):
            if old and "ServerlessConfig" not in variant_of(old):
                text = f'Cannot update endpoint "{resource.arn}" from instances to serverless.'
                raise invalid(text)
            if "DeploymentConfig" in params:
                raise invalid("DeploymentConfig is not supported for serverless endpoints.")
        resource.shown.pop("FailureReason", None)
        return self._aim(resource, config.name, "Updating")

    def delete_endpoint(self, params: Params) -> Params:
        resource = self._idle(params)
        self._set(resource, "Deleting")
        self._go_on(resource)
        return {}

    def delete_endpoint_config(self, params: Params) -> Params:
        """Refuse to delete a config in use; AWS lets it be done, and says not to."""
        config = self._configs.find(params["EndpointConfigName"])
        for resource in self.endpoints.values():
            if config.name in (resource.shown["EndpointConfigName"], resource.hidden["target"]):
                what = f'Cannot delete endpoint configuration "{config.arn}"'
                raise invalid(f'{what}: endpoint "{resource.arn}" is using it.')
        return self._configs.delete(config.name)

    def live_config(self, name: str) -> Resource | None:
        """The config that an endpoint answers with, None if it doesn't answer."""
        resource = self.endpoints.get(name)
        if resource is None or resource.shown["EndpointStatus"] not in _LIVE:
            return None
        return self._configs.get(resource.shown["EndpointConfigName"])

    def _idle(self, params: Params) -> Resource:
        """An endpoint that may be changed."""
        resource = self.endpoints.find(params["EndpointName"])
        if resource.shown["EndpointStatus"] in _IN_PROGRESS:
            raise invalid(f'Cannot update in-progress endpoint "{resource.arn}".')
        return resource

    def _aim(self, resource: Resource, config: str, status: str) -> Params:
        """An endpoint is to have a config, and is on its way from now on."""
        variant = variant_of(self._configs.find(config))
        names = variant.keys() & {"VariantName", "InstanceType"}
        pending = {
            "EndpointConfigName": config,
            "ProductionVariants": [{name: variant[name] for name in names}],
            "StartTime": self._platform.now(),
        }
        resource.hidden["target"] = config
        self._set(resource, status, PendingDeploymentSummary=pending)
        self._go_on(resource)
        return {"EndpointArn": resource.arn}

    def _go_on(self, resource: Resource, *, is_again: bool = False) -> None:
        status = resource.shown.get("EndpointStatus", "")

        def run() -> None:
            try:
                self._step(resource, status, is_again)
            except Exception as error:  # else it would be under way for ever
                self._set(resource, "Failed", FailureReason=self._platform.reason(error))

        threading.Thread(target=run, daemon=True, name=resource.name).start()

    def _step(self, resource: Resource, status: str, is_again: bool) -> None:
        """From what an endpoint's status says is under way to the end of it."""
        if status == "Deleting":
            self._serving.end(resource.name)
            with self._platform.lock:
                self.endpoints.delete(resource.name)
            return
        if is_again and status != "Creating":  # what was live comes first
            self._serving.replace(
                resource, self._configs.find(resource.shown["EndpointConfigName"])
            )
        if status == "Creating":
            self._deploy(resource)
        if status == "Updating":
            try:
                self._deploy(resource)
            except LocalError as error:
                status = "RollingBack"
                self._set(resource, status, FailureReason=self._platform.reason(error))
                self._platform.closing.wait(_SEEN_SECONDS)
        if status == "RollingBack":
            resource.hidden["target"] = resource.shown["EndpointConfigName"]
            self._set(resource, "InService")

    def _deploy(self, resource: Resource) -> None:
        """Start the new process; only once it is healthy it replaces the old one."""
        faults, wait = self._platform.faults, self._platform.closing.wait
        if fault := faults.take("creating_slow", endpoint=resource.name):
            wait(float(fault["seconds"]))
        if fault := faults.take("update_failed", endpoint=resource.name):
            wait(_SEEN_SECONDS)
            raise LocalError(fault.get("reason", "Failed on request."))
        config = self._configs.find(resource.hidden["target"])
        self._serving.replace(resource, config)
        variants = [_in_service(variant_of(config))]
        self._set(
            resource, "InService", EndpointConfigName=config.name, ProductionVariants=variants
        )

    def _set(self, resource: Resource, status: str, **shown: Any) -> None:
        """A new status, kept and then told; nothing changes any more while the cloud goes down."""
        with self._platform.lock:
            before = resource.shown.get("EndpointStatus")
            is_gone = before and self.endpoints.get(resource.name) is not resource
            if is_gone or before == "Deleting" or self._platform.closing.is_set():
                return
            if status in ("InService", "Failed", "Deleting"):
                resource.shown.pop("PendingDeploymentSummary", None)
            in_event = {
                # CamelCase in the API, upper case in events.
                "EndpointStatus": xform_name(status).upper(),
                "ProductionVariants": (resource.shown | shown).get("ProductionVariants", []),
            }
            shown |= {"EndpointStatus": status, "LastModifiedTime": self._platform.now()}
            self.endpoints.tell(resource, in_event, **shown)


def _in_service(variant: Params) -> Params:
    """What DescribeEndpoint tells of a variant in service."""
    if "ServerlessConfig" in variant:
        size = {"CurrentServerlessConfig": variant["ServerlessConfig"]}
    else:
        count = variant.get("InitialInstanceCount", 1)
        size = {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
    weight = variant["InitialVariantWeight"]
    weights = {"CurrentWeight": weight, "DesiredWeight": weight}
    return {"VariantName": variant["VariantName"]} | weights | size
