"""SageMaker's endpoints: what is live, and the way from one config to the next."""

import logging
import re
import threading
from collections.abc import Callable
from typing import Any

from local.sagemaker_models import Models, is_serverless, variants
from local.sagemaker_serving import DeploymentError, Serving
from local.sagemaker_store import Params, Platform, Record, invalid, page, summary, tags_of

_IN_PROGRESS = ("Creating", "Updating", "RollingBack", "Deleting")
_LIVE = ("InService", "Updating", "RollingBack")
logger = logging.getLogger(__name__)


class Endpoints:
    """The operations on endpoints; each change goes on in a thread of its own."""

    def __init__(self, platform: Platform, serving: Serving, models: Models) -> None:
        self._platform, self._serving, self._models = platform, serving, models
        self.endpoints = platform.store("endpoints")

    def start(self) -> None:
        """Start again what was in service, and what was under way when the local cloud ended."""
        self.endpoints.load()
        for record in self.endpoints.all():
            if record.shown["EndpointStatus"] == "Deleting":
                self.endpoints.delete(record.name)
            elif record.shown["EndpointStatus"] != "Failed":
                self._in_background(self._resume, record)

    # --- Operations -------------------------------------------------------------------------

    def create_endpoint(self, params: Params) -> Params:
        name = params["EndpointName"]
        arn = self._platform.arn("endpoint", name)
        if self.endpoints.get(name):
            raise invalid(f'Cannot create already existing endpoint "{arn}".')
        config = self._models.config(params["EndpointConfigName"])
        now = self._platform.now()
        shown = {
            "EndpointName": name,
            "EndpointArn": arn,
            "EndpointConfigName": config.name,
            "CreationTime": now,
            "LastModifiedTime": now,
            "PendingDeploymentSummary": self._pending(config),
        }
        record = Record(name, arn, shown, tags_of(params), {"target": config.name})
        self._set(record, "Creating")
        self._in_background(self._create, record)
        return {"EndpointArn": arn}

    def update_endpoint(self, params: Params) -> Params:
        record = self._endpoint(params["EndpointName"])
        config = self._models.config(params["EndpointConfigName"])
        self._refuse_in_progress(record)
        if record.shown["EndpointStatus"] == "Failed":
            raise invalid(f'Cannot update failed endpoint "{record.arn}".')
        old = self._models.configs.get(record.shown["EndpointConfigName"])
        if old and is_serverless(config) and not is_serverless(old):
            raise invalid(f'Cannot update endpoint "{record.arn}" from instances to serverless.')
        if is_serverless(config) and "DeploymentConfig" in params:
            raise invalid("DeploymentConfig is not supported for serverless endpoints.")
        record.shown.pop("FailureReason", None)
        record.hidden["target"] = config.name
        self._set(record, "Updating", PendingDeploymentSummary=self._pending(config))
        self._in_background(self._update, record)
        return {"EndpointArn": record.arn}

    def describe_endpoint(self, params: Params) -> Params:
        return self._endpoint(params["EndpointName"]).shown

    def list_endpoints(self, params: Params) -> Params:
        found, token = page(self.endpoints.all(), params, status="EndpointStatus")
        names = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime")
        return {"Endpoints": [summary(r, *names, "EndpointStatus") for r in found]} | token

    def delete_endpoint(self, params: Params) -> Params:
        record = self._endpoint(params["EndpointName"])
        self._refuse_in_progress(record)
        self._set(record, "Deleting")
        self._in_background(self._delete, record)
        return {}

    def delete_endpoint_config(self, params: Params) -> Params:
        """AWS forbids deleting a config in use without refusing it; here it is refused."""
        config = self._models.config(params["EndpointConfigName"])
        for record in self.endpoints.all():
            if config.name in (record.shown["EndpointConfigName"], record.hidden["target"]):
                raise invalid(
                    f'Cannot delete endpoint configuration "{config.arn}": '
                    f'endpoint "{record.arn}" is using it.'
                )
        self._models.configs.delete(config.name)
        return {}

    def live_config(self, name: str) -> Record | None:
        """The config that an endpoint answers with, None if it doesn't answer."""
        record = self.endpoints.get(name)
        if record is None or record.shown["EndpointStatus"] not in _LIVE:
            return None
        return self._models.configs.get(record.shown["EndpointConfigName"])

    def _endpoint(self, name: str) -> Record:
        record = self.endpoints.get(name)
        if record is None:
            raise invalid(f'Could not find endpoint "{self._platform.arn("endpoint", name)}".')
        return record

    def _refuse_in_progress(self, record: Record) -> None:
        if record.shown["EndpointStatus"] in _IN_PROGRESS:
            raise invalid(f'Cannot update in-progress endpoint "{record.arn}".')

    # --- What happens next ------------------------------------------------------------------

    def _in_background(self, step: Callable[[Record], None], record: Record) -> None:
        def run() -> None:
            try:
                step(record)
            except Exception as error:  # else it would be under way for ever
                logger.exception("endpoint %s", record.name)
                reason = f"InternalServerError: the local cloud failed: {error!r}"
                self._set(record, "Failed", FailureReason=reason[:1024])

        threading.Thread(target=run, daemon=True, name=record.name).start()

    def _create(self, record: Record) -> None:
        try:
            self._deploy(record)
        except DeploymentError as error:
            self._set(record, "Failed", FailureReason=str(error))

    def _update(self, record: Record) -> None:
        try:
            self._deploy(record)
        except DeploymentError as error:
            self._set(record, "RollingBack", FailureReason=str(error))
            self._platform.closing.wait(0.1)  # long enough to be seen
            self._roll_back(record)

    def _roll_back(self, record: Record) -> None:
        record.hidden["target"] = record.shown["EndpointConfigName"]
        self._set(record, "InService")

    def _deploy(self, record: Record) -> None:
        """Start the new process; only once it is healthy it replaces the old one."""
        if fault := self._platform.faults.take("creating_slow", endpoint=record.name):
            self._platform.closing.wait(float(fault["seconds"]))
        if fault := self._platform.faults.take("update_failed", endpoint=record.name):
            self._platform.closing.wait(0.1)  # long enough for Creating or Updating to be seen
            raise DeploymentError(fault.get("reason", "Failed on request."))
        config = self._models.configs.get(record.hidden["target"])
        if config is None:
            raise DeploymentError("The endpoint configuration was deleted meanwhile.")
        self._serving.replace(record.name, config)
        summaries = [self._serving.summary(variant) for variant in variants(config)]
        self._set(record, "InService", EndpointConfigName=config.name, ProductionVariants=summaries)

    def _delete(self, record: Record) -> None:
        self._serving.end(record.name)
        with self._platform.lock:
            self.endpoints.delete(record.name)

    def _resume(self, record: Record) -> None:
        status = record.shown["EndpointStatus"]
        if status == "Creating":
            self._create(record)
            return
        try:
            live = self._models.configs.get(record.shown["EndpointConfigName"])
            if live is None:
                raise DeploymentError("The endpoint configuration was deleted.")
            self._serving.replace(record.name, live)
        except DeploymentError as error:
            self._set(record, "Failed", FailureReason=str(error))
            return
        if status == "Updating":
            self._update(record)
        elif status == "RollingBack":
            self._roll_back(record)

    def _pending(self, config: Record) -> Params:
        names = ("VariantName", "InstanceType")
        return {
            "EndpointConfigName": config.name,
            "ProductionVariants": [
                {name: variant[name] for name in names if name in variant}
                for variant in variants(config)
            ],
            "StartTime": self._platform.now(),
        }

    def _set(self, record: Record, status: str, **shown: Any) -> None:
        """A new status, kept and then told; nothing changes any more while the cloud goes down."""
        with self._platform.lock:
            is_gone = status != "Creating" and self.endpoints.get(record.name) is not record
            if is_gone or self._platform.closing.is_set():
                return
            record.shown |= {"EndpointStatus": status, **shown}
            record.shown["LastModifiedTime"] = self._platform.now()
            if status in ("InService", "Failed", "Deleting"):
                record.shown.pop("PendingDeploymentSummary", None)
            self.endpoints.save(record)
            self._publish(record)

    def _publish(self, record: Record) -> None:
        shown = record.shown
        detail = {
            "EndpointName": record.name,
            "EndpointArn": record.arn,
            "EndpointConfigName": shown["EndpointConfigName"],
            "ProductionVariants": shown.get("ProductionVariants", []),
            # CamelCase in the API, upper case in events.
            "EndpointStatus": re.sub(r"(?<!^)(?=[A-Z])", "_", shown["EndpointStatus"]).upper(),
            "CreationTime": round(shown["CreationTime"] * 1000),
            "LastModifiedTime": round(shown["LastModifiedTime"] * 1000),
            "Tags": record.tags,
        }
        self._platform.publish("SageMaker Endpoint State Change", detail, record.arn)
