"""What AWS's operations take and the local cloud doesn't play: refused by name, never ignored."""

from local.sagemaker_store import Params, invalid

NOT_PLAYED = {
    "CreateEndpoint": {"DeploymentConfig"},
    "CreateEndpointConfig": {
        *("AsyncInferenceConfig", "CrossRegionTrafficConfig", "EnableNetworkIsolation"),
        *("ExecutionRoleArn", "ExplainerConfig", "MetricsConfig", "ShadowProductionVariants"),
        "VpcConfig",
    },
    "CreateHyperParameterTuningJob": {"Autotune", "TrainingJobDefinitions", "WarmStartConfig"},
    "CreateModel": {"InferenceExecutionConfig"},
    "CreateModelPackage": {
        *("ManagedStorageType", "ModelCard", "ModelPackageName", "ModelPackageRegistrationType"),
        *("SecurityConfig", "SourceAlgorithmSpecification", "ValidationSpecification"),
    },
    "CreateModelPackageGroup": {"ManagedConfiguration"},
    "CreateTrainingJob": {
        *("DebugRuleConfigurations", "ExperimentConfig", "InfraCheckConfig", "MlflowConfig"),
        *("ModelPackageConfig", "ProfilerRuleConfigurations", "RemoteDebugConfig"),
        *("ServerlessJobConfig", "SessionChainingConfig", "TensorBoardOutputConfig"),
    },
    "ListModelPackageGroups": {"CrossAccountFilterOption"},
    "ListTrainingJobs": {"TrainingPlanArnEquals", "WarmPoolStatusEquals"},
    "UpdateEndpoint": {
        *("ExcludeRetainedVariantProperties", "RetainAllVariantProperties"),
        "RetainDeploymentConfig",
    },
    "UpdateModelPackage": {
        *("AdditionalInferenceSpecificationsToAdd", "InferenceSpecification", "ModelCard"),
        "ModelPackageRegistrationType",
    },
}


def refuse(operation: str, params: Params) -> None:
    """ValidationException for what isn't played; what is empty changes nothing."""
    asked = {name for name, value in params.items() if value}
    if unknown := sorted(asked & NOT_PLAYED.get(operation, set())):
        raise invalid(f"The local cloud does not play {', '.join(unknown)} of {operation}.")
