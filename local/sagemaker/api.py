"""SageMaker on the wire: which operation goes where, checked on the way in."""

import json
import logging
from collections.abc import Callable

from botocore import xform_name
from werkzeug.wrappers import Request, Response

from local.calls import AwsError, refusal, service_model
from local.sagemaker import wire
from local.sagemaker.endpoints import Endpoints
from local.sagemaker.models import Models
from local.sagemaker.platform import Params, Platform
from local.sagemaker.registry import Registry
from local.sagemaker.serving import Serving
from local.sagemaker.training import TrainingJobs
from local.sagemaker.tuning import Tuning
from local.sagemaker.wire import CONTROL_PLANE, RUNTIME, SageMakerCall, invalid

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
        registry = Registry(platform)
        models = Models(platform, registry)
        self._serving = Serving(platform, models)
        self._endpoints = Endpoints(platform, self._serving, models)
        self._training = TrainingJobs(platform)
        self._tuning = Tuning(platform, self._training)
        self._parts = (self, registry, models, self._endpoints, self._training, self._tuning)
        self._stores = (
            *(registry.groups, registry.packages, models.models, models.configs),
            *(self._endpoints.endpoints, self._training.jobs, self._tuning.jobs),
        )
        alike = {name: play for store in self._stores for name, play in store.operations().items()}
        self.played: dict[str, Callable[[Params], Params]] = {
            name: play
            for name in service_model(CONTROL_PLANE).operation_names
            if (play := self._method(name) or alike.get(name))
        }

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
        call = SageMakerCall(CONTROL_PLANE, "", {})
        try:
            call = wire.read(request)
            is_runtime = call.service == RUNTIME
            if call.operation not in (["InvokeEndpoint"] if is_runtime else self.played):
                text = f"The local cloud does not play SageMaker's operation {call.operation!r}"
                raise AwsError("UnknownOperationException", text, 404 if is_runtime else 400)
            before(call.operation, call.params)
            return self._invoke(call) if is_runtime else self._control(call)
        except AwsError as error:
            return refusal(call.service, call.operation, error)
        except Exception as error:  # whatever it is, the client shall see it and not hang
            text = f"The local cloud failed at {call.service} {call.operation}: {error!r}"
            logger.exception(text)
            return refusal(call.service, call.operation, AwsError("InternalFailure", text, 500))

    def _control(self, call: SageMakerCall) -> Response:
        operation = call.operation
        shapes = service_model(CONTROL_PLANE).operation_model(operation)
        wire.check_input(shapes.input_shape, call.params)
        params = {name: value for name, value in call.params.items() if value is not None}
        asked = {name for name, value in params.items() if value}  # what is empty changes nothing
        if unplayed := ", ".join(sorted(NOT_PLAYED.get(operation, set()) & asked)):
            raise invalid(f"The local cloud does not play {unplayed} of {operation}.")
        if check := self._method(f"Check{operation}"):
            check(params)  # asks S3, IAM and ECR, another process: not under the lock
        with self._platform.lock:
            if self._platform.closing.is_set():
                raise AwsError("ServiceUnavailable", "The local cloud is going down.", 503)
            answer = self.played[operation](params)
            body = json.dumps(answer if shapes.output_shape else {})
        return Response(body, content_type="application/x-amz-json-1.1")

    def _method(self, operation: str) -> Callable[[Params], Params] | None:
        """The part's method that is named after an operation."""
        found = [getattr(part, xform_name(operation), None) for part in self._parts]
        return next(filter(None, found), None)

    def _invoke(self, call: SageMakerCall) -> Response:
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
            for resource in store.values():
                if resource.arn == params["ResourceArn"]:
                    tags = resource.tags | change
                    resource.tags = {key: value for key, value in tags.items() if value is not None}
                    store.save(resource)
                    return resource.tags
        raise invalid(f"Could not find resource {params['ResourceArn']}.")
