"""SageMaker on the wire: which operation goes where, checked on the way in."""

import json
import logging
import re
from collections.abc import Callable

from werkzeug.wrappers import Request, Response

from local.sagemaker import wire
from local.sagemaker.endpoints import Endpoints
from local.sagemaker.registry import Registry
from local.sagemaker.serving import Serving
from local.sagemaker.store import Params, Platform, Store
from local.sagemaker.training import Training
from local.sagemaker.tuning import Tuning
from local.sagemaker.wire import AwsError, Call, invalid

_RUNTIME_PLAYED = {"EndpointName", "ContentType", "Accept", "CustomAttributes", "InferenceId"}
# What AWS's operations take and isn't played: refused by name, never ignored.
_NOT_PLAYED = """
CreateEndpoint DeploymentConfig;
CreateEndpointConfig AsyncInferenceConfig CrossRegionTrafficConfig EnableNetworkIsolation
ExecutionRoleArn ExplainerConfig MetricsConfig ShadowProductionVariants VpcConfig;
CreateHyperParameterTuningJob Autotune TrainingJobDefinitions WarmStartConfig;
CreateModel InferenceExecutionConfig;
CreateModelPackage ManagedStorageType ModelCard ModelPackageName ModelPackageRegistrationType
SecurityConfig SourceAlgorithmSpecification ValidationSpecification;
CreateModelPackageGroup ManagedConfiguration;
CreateTrainingJob DebugRuleConfigurations ExperimentConfig InfraCheckConfig MlflowConfig
ModelPackageConfig ProfilerRuleConfigurations RemoteDebugConfig ServerlessJobConfig
SessionChainingConfig TensorBoardOutputConfig;
ListModelPackageGroups CrossAccountFilterOption;
ListTrainingJobs TrainingPlanArnEquals WarmPoolStatusEquals;
UpdateEndpoint ExcludeRetainedVariantProperties RetainAllVariantProperties RetainDeploymentConfig;
UpdateModelPackage AdditionalInferenceSpecificationsToAdd InferenceSpecification ModelCard
ModelPackageRegistrationType
"""
NOT_PLAYED = {name: set(members) for name, *members in map(str.split, _NOT_PLAYED.split(";"))}
logger = logging.getLogger(__name__)


class SageMaker:
    """Control plane and runtime."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._model = wire.service_model(wire.CONTROL_PLANE)
        registry = Registry(platform)
        self._serving = Serving(platform, registry)
        self._endpoints = Endpoints(platform, self._serving, registry)
        self._training = Training(platform)
        self._tuning = Tuning(platform, self._training)
        self._parts = (registry, self._endpoints, self._training, self._tuning)
        self._stores: list[Store] = [store for part in self._parts for store in part.stores]

    def start(self) -> None:
        """Restore every resource; jobs and endpoints that were under way go on."""
        self._platform.engine.sweep()
        for store in self._stores:
            store.load()
        for part in (self._serving, self._endpoints, self._training, self._tuning):
            part.start()

    def stop(self) -> None:
        """End every process; what is under way goes on after the next start."""
        with self._platform.lock:  # no operation is half done, and those to come are refused
            self._platform.closing.set()
        for part in (self._tuning, self._training, self._serving):
            part.stop()
        self._platform.engine.sweep()

    def answer(self, request: Request, before: Callable[[str, Params], None]) -> Response:
        """One call; `before` gets its operation and parameters, and may refuse it by AwsError."""
        call = None
        try:
            call = wire.read(request)
            known = call.operation in self._model.operation_names and self._play(call.operation)
            if known or call.operation == "InvokeEndpoint":  # what isn't played is refused below
                before(call.operation, call.params)
            return self._invoke(call) if call.service == wire.RUNTIME else self._control(call)
        except AwsError as error:
            return wire.refusal(call, error)
        except Exception as error:  # whatever it is, the client shall see it and not hang
            what = f"{call.service} {call.operation}" if call else "a request"
            logger.exception("the local cloud failed at %s", what)
            text = f"The local cloud failed at {what}: {error!r}"
            return wire.refusal(call, AwsError("InternalFailure", text, 500))

    def played(self) -> set[str]:
        """The operations of the control plane that are played."""
        return {name for name in self._model.operation_names if self._play(name)}

    def _control(self, call: Call) -> Response:
        operation, play = call.operation, self._play(call.operation)
        if play is None or operation not in self._model.operation_names:
            raise _unknown(operation, 400)
        shapes = self._model.operation_model(operation)
        wire.check_input(shapes.input_shape, call.params)
        params = {name: value for name, value in call.params.items() if value is not None}
        asked = {name for name, value in params.items() if value}  # what is empty changes nothing
        if unplayed := ", ".join(sorted(NOT_PLAYED.get(operation, set()) & asked)):
            raise invalid(f"The local cloud does not play {unplayed} of {operation}.")
        if check := self._play(f"Check{operation}"):
            check(params)  # asks S3, IAM and ECR, another process: not under the lock
        with self._platform.lock:
            if self._platform.closing.is_set():
                raise AwsError("ServiceUnavailable", "The local cloud is going down.", 503)
            answer = play(params)
            body = json.dumps(answer if shapes.output_shape else {})
        return Response(body, content_type="application/x-amz-json-1.1")

    def _play(self, operation: str) -> Callable[[Params], Params] | None:
        """The part's method that is named after an operation, or what all resources can do."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        found = [getattr(part, name, None) for part in (self, *self._parts)]
        found += [store.operations().get(operation) for store in self._stores]
        return next((play for play in found if play), None)

    def _invoke(self, call: Call) -> Response:
        if call.operation != "InvokeEndpoint":
            raise _unknown(call.operation, 404)
        if unknown := sorted(call.params.keys() - _RUNTIME_PLAYED):
            text = f"The local cloud does not play {', '.join(unknown)} of InvokeEndpoint"
            raise AwsError("ValidationError", text)
        name = call.params["EndpointName"]
        config = self._endpoints.live_config(name)
        if config is None:
            text = f"Endpoint {name} of account {self._platform.account} not found."
            raise AwsError("ValidationError", text)
        return self._serving.invoke(call, config)

    def add_tags(self, params: Params) -> Params:
        self._tags(params, {tag["Key"]: tag["Value"] for tag in params["Tags"]})
        return {"Tags": params["Tags"]}

    def delete_tags(self, params: Params) -> Params:
        self._tags(params, dict.fromkeys(params["TagKeys"]))
        return {}

    def list_tags(self, params: Params) -> Params:
        return {"Tags": [{"Key": k, "Value": v} for k, v in self._tags(params, {}).items()]}

    def _tags(self, params: Params, change: dict[str, str | None]) -> dict[str, str]:
        """A resource's tags after a change, in which None removes one."""
        for store in self._stores:
            for record in store.values():
                if record.arn == params["ResourceArn"]:
                    tags = record.tags | change
                    record.tags = {key: value for key, value in tags.items() if value is not None}
                    store.save(record)
                    return record.tags
        raise invalid(f"Could not find resource {params['ResourceArn']}.")


def _unknown(operation: str, status: int) -> AwsError:
    text = f"The local cloud does not play SageMaker's operation {operation!r}"
    return AwsError("UnknownOperationException", text, status)
