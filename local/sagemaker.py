"""SageMaker on the wire: which operation goes where, checked on the way in and on the way out."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.containers import Engine, Images
from local.faults import Faults
from local.in_process import service_model
from local.processes import Processes
from local.sagemaker_endpoints import Endpoints
from local.sagemaker_limits import refuse
from local.sagemaker_models import Models
from local.sagemaker_registry import Registry
from local.sagemaker_serving import Serving
from local.sagemaker_shapes import check_input, check_output
from local.sagemaker_store import Params, Platform, Record, invalid
from local.sagemaker_training import Training
from local.sagemaker_tuning import Tuning
from local.template import Stack
from local.wire import AwsError, Request, Response

_RUNTIME_PLAYED = {"EndpointName", "ContentType", "Accept", "CustomAttributes", "InferenceId"}


class SageMaker:
    """Control plane and runtime."""

    def __init__(
        self,
        stack: Stack,
        state: Path,
        bus: Any,
        faults: Faults,
        client: Callable[..., Any],
        engine: Engine | None = None,
    ) -> None:
        engine = engine or Processes()
        self._platform = Platform(stack, state, bus, faults, client, engine)
        self._model = service_model("sagemaker")
        images = Images(stack)
        self._registry = Registry(self._platform, images)
        self._models = Models(self._platform, images, self._registry)
        self._serving = Serving(self._platform, images, self._models)
        self._endpoints = Endpoints(self._platform, self._serving, self._models)
        self._training = Training(self._platform, images)
        self._tuning = Tuning(self._platform, self._training)
        self._parts: tuple[Any, ...] = (
            *(self._registry, self._models, self._serving, self._endpoints),
            *(self._training, self._tuning),
        )

    def start(self) -> None:
        """Restore every resource; jobs and endpoints that were under way go on."""
        self._platform.engine.open()
        for part in self._parts:
            part.start()

    def stop(self) -> None:
        """End every process; what is under way goes on after the next start."""
        self._platform.closing.set()
        self._tuning.stop()
        self._training.stop()
        self._serving.stop()
        self._platform.engine.close()

    def answer(self, request: Request) -> Response:
        """One control plane call."""
        operation, params = request.operation, request.params
        play = self._operation(operation)
        shapes = self._model.operation_model(operation)
        check_input(shapes.input_shape, params)
        refuse(operation, params)
        with self._platform.lock:
            answer = copy.deepcopy(play({k: v for k, v in params.items() if v is not None}))
        check_output(shapes.output_shape, answer, operation)
        body = json.dumps(answer if shapes.output_shape else {}).encode()
        headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Content-Length", str(len(body))),
        ]
        return Response(200, headers, [body])

    def played(self) -> set[str]:
        """The operations of the control plane that are played."""
        return {name for name in self._model.operation_names if self._play(name)}

    def _play(self, operation: str) -> Callable[[Params], Params] | None:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        found = (getattr(part, name, None) for part in (self, *self._parts))
        return next((play for play in found if play), None)

    def _operation(self, operation: str) -> Callable[[Params], Params]:
        if operation in self._model.operation_names and (play := self._play(operation)):
            return play
        raise AwsError(
            "UnknownOperationException",
            f"The local cloud does not play SageMaker's operation {operation!r}",
        )

    def invoke_endpoint(self, request: Request) -> Response:
        """One runtime call."""
        if request.operation != "InvokeEndpoint":
            text = f"The local cloud does not play SageMaker's {request.operation!r}"
            raise AwsError("UnknownOperationException", text, 404)
        name = request.params["EndpointName"]
        if unknown := sorted(request.params.keys() - _RUNTIME_PLAYED):
            text = f"The local cloud does not play {', '.join(unknown)} of InvokeEndpoint"
            raise AwsError("ValidationError", text)
        config = self._endpoints.live_config(name)
        if config is None:
            text = f"Endpoint {name} of account {self._platform.stack.account} not found."
            raise AwsError("ValidationError", text)
        return self._serving.invoke(request, config)

    # --- Tags -------------------------------------------------------------------------------

    def add_tags(self, params: Params) -> Params:
        store, record = self._tagged(params["ResourceArn"])
        record.tags |= {tag["Key"]: tag["Value"] for tag in params["Tags"]}
        store.save(record)
        return {"Tags": params["Tags"]}

    def list_tags(self, params: Params) -> Params:
        tags = self._tagged(params["ResourceArn"])[1].tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def delete_tags(self, params: Params) -> Params:
        store, record = self._tagged(params["ResourceArn"])
        for key in params["TagKeys"]:
            record.tags.pop(key, None)
        store.save(record)
        return {}

    def _tagged(self, arn: str) -> tuple[Any, Record]:
        stores = (
            *(self._registry.groups, self._registry.packages, self._models.models),
            *(self._models.configs, self._endpoints.endpoints),
            *(self._training.jobs, self._tuning.jobs),
        )
        for store in stores:
            for record in store.all():
                if record.arn == arn:
                    return store, record
        raise invalid(f"Could not find resource {arn}.")
