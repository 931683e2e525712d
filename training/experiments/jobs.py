"""Training and tuning with the SDK's ModelTrainer and HyperparameterTuner."""

import argparse
from datetime import UTC, datetime
from typing import Any

from experiments import sdk
from experiments.data import stage
from experiments.errors import ExperimentError
from experiments.follow import follow_training, follow_tuning
from experiments.ranges import Choices, Numbers, parse_ranges
from experiments.stack import Experiment
from sentiment.stages import METRICS


def train(experiment: Experiment, arguments: argparse.Namespace) -> int:
    """One training job."""
    parameters = hyperparameters(arguments.hyperparameter)
    folder, name = stage(experiment, arguments.dataset)
    trainer = model_trainer(experiment, arguments, parameters, name)
    from sagemaker.core.training.configs import CheckpointConfig

    bucket = experiment.stack.run_bucket
    checkpoints = f"s3://{bucket}/{experiment.checkpoint_prefix}{_now()}/"
    trainer.with_checkpoint_config(CheckpointConfig(s3_uri=checkpoints))
    trainer.train(input_data_config=[_channel(folder)], wait=False, logs=False)
    job = trainer._latest_training_job  # the SDK has no public name for it
    print(f"job         {job.training_job_name}", flush=True)
    if arguments.no_wait:
        return 0
    return follow_training(job, experiment.stack.name)


def tune(experiment: Experiment, arguments: argparse.Namespace) -> int:
    """A tuning job: several training jobs, and the best of them."""
    ranges, parameters = parse_ranges(arguments.range), hyperparameters(arguments.hyperparameter)
    if both := sorted(ranges.keys() & parameters.keys()):
        raise ExperimentError(f"{both[0]} is given as --range and as --hyperparameter: choose one.")
    is_grid = arguments.strategy == "grid"
    if is_grid and any(isinstance(chosen, Numbers) for chosen in ranges.values()):
        raise ExperimentError("--strategy grid takes ranges of the form NAME=A,B,C only.")
    folder, name = stage(experiment, arguments.dataset)
    trainer = model_trainer(experiment, arguments, parameters, name)
    from sagemaker.train.tuner import HyperparameterTuner

    tuner = HyperparameterTuner(
        model_trainer=trainer,
        objective_metric_name=arguments.metric,
        objective_type=arguments.objective.capitalize(),
        hyperparameter_ranges={key: _parameter(chosen) for key, chosen in ranges.items()},
        metric_definitions=[{"Name": d.name, "Regex": d.regex} for d in metric_definitions()],
        strategy=arguments.strategy.capitalize(),
        max_jobs=None if is_grid else arguments.max_jobs,
        max_parallel_jobs=arguments.parallel,
        random_seed=arguments.seed,
        tags=experiment.boto_tags(),
    )
    tuner.tune(inputs=[_channel(folder)], job_name=f"{experiment.name}-{_now()}", wait=False)
    job = tuner.latest_tuning_job
    print(f"tuning job  {job.hyper_parameter_tuning_job_name}", flush=True)
    return 0 if arguments.no_wait else follow_tuning(job, arguments.metric)


def model_trainer(
    experiment: Experiment, arguments: argparse.Namespace, parameters: dict[str, str], dataset: str
) -> Any:
    """A ModelTrainer with the stack's image, role, instance type and limits."""
    from sagemaker.core.shapes import OutputDataConfig, Tag
    from sagemaker.core.training.configs import Compute, Networking, StoppingCondition
    from sagemaker.train import ModelTrainer

    limit = int(experiment.stack.parameters["TrainingMaxRuntimeSeconds"])
    instance = arguments.instance_type or experiment.stack.parameters["TrainingInstanceType"]
    wait = {"max_wait_time_in_seconds": 2 * limit} if arguments.spot else {}
    trainer = ModelTrainer(
        sagemaker_session=sdk.session(),
        role=experiment.stack.training_role_arn,
        base_job_name=experiment.name,
        training_image=experiment.stack.image("train"),
        compute=Compute(
            instance_type=instance,
            instance_count=1,
            volume_size_in_gb=30,
            enable_managed_spot_training=arguments.spot,
        ),
        networking=Networking(enable_network_isolation=True),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=limit, **wait),
        output_data_config=OutputDataConfig(s3_output_path=experiment.uri),
        hyperparameters=parameters,
        environment={"DATASET_NAME": dataset[-200:]},
        tags=[Tag(key=key, value=value) for key, value in experiment.tags.items()],
    )
    return trainer.with_metric_definitions(metric_definitions())


def metric_definitions() -> list[Any]:
    """How SageMaker reads our flat metric lines."""
    from sagemaker.core.shapes import MetricDefinition

    return [MetricDefinition(name=name, regex=rf"\b{name}=([0-9.]+)") for name in METRICS]


def hyperparameters(texts: list[str]) -> dict[str, str]:
    """`--hyperparameter NAME=VALUE`, as often as given."""
    pairs = [text.partition("=") for text in texts]
    for name, sign, value in pairs:
        if not (name and sign and value):
            raise ExperimentError(f"--hyperparameter {name}{sign}{value}: write it as NAME=VALUE.")
    return {name: value for name, _, value in pairs}


def _parameter(chosen: Numbers | Choices) -> Any:
    from sagemaker.core.parameter import (
        CategoricalParameter,
        ContinuousParameter,
        IntegerParameter,
    )

    if isinstance(chosen, Choices):
        return CategoricalParameter(list(chosen.values))
    kind = IntegerParameter if chosen.is_whole else ContinuousParameter
    return kind(chosen.low, chosen.high, chosen.scale)


def _channel(folder: str) -> Any:
    from sagemaker.core.training.configs import InputData

    return InputData(channel_name="dataset", data_source=folder)


def _now() -> str:
    return datetime.now(UTC).strftime("%y%m%d%H%M%S")
