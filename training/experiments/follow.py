"""Following a job to its end: its state, its log, its metrics. Ctrl-C stops it."""

import time
from collections.abc import Callable
from typing import Any

from experiments.errors import ExperimentError
from experiments.results import decision_lines, evaluation_of

ENDED = ("Completed", "Failed", "Stopped")
_POLL_SECONDS = 1.0


def follow_training(job: Any, stack: str) -> int:
    """Print what a training job says and does; ExperimentError if it fails."""
    from sagemaker.core.utils.logs import MultiLogStreamHandler

    name = job.training_job_name
    log = MultiLogStreamHandler("/aws/sagemaker/TrainingJobs", name, 1)
    told = ""

    def has_ended() -> bool:
        nonlocal told
        job.refresh()
        for _, event in log.get_latest_log_events():
            print(f"  {event['message']}", flush=True)
        if job.secondary_status != told:
            told = job.secondary_status
            print(f"status      {told}", flush=True)
        return job.training_job_status in ENDED

    _wait(has_ended, job.stop, name)
    if job.training_job_status == "Failed":
        raise ExperimentError(f"The training job {name} failed: {job.failure_reason}")
    if job.training_job_status == "Stopped":
        raise ExperimentError(f"The training job {name} was stopped ({job.secondary_status}).")
    for metric in job.final_metric_data_list or []:
        print(f"{metric.metric_name:<24}{metric.value:.4g}")
    print("\n".join(decision_lines(evaluation_of(job.model_artifacts.s3_model_artifacts))))
    print(f"next        python training/experiment.py register {name} --stack-name {stack}")
    return 0


def follow_tuning(job: Any, metric: str) -> int:
    """Print how far a tuning job is, and the ranking at the end; ExperimentError if it fails."""
    name = job.hyper_parameter_tuning_job_name
    told = ""

    def has_ended() -> bool:
        nonlocal told
        job.refresh()
        counters = job.training_job_status_counters
        failed = counters.retryable_error + counters.non_retryable_error
        state = f"{counters.completed} completed, {counters.in_progress} running, {failed} failed"
        if state != told:
            told = state
            print(f"status      {state}", flush=True)
        return job.hyper_parameter_tuning_job_status in ENDED

    _wait(has_ended, job.stop, name)
    trials = list(job.get_all_training_jobs())
    print("\n".join(ranking(trials, metric, job)))
    if job.hyper_parameter_tuning_job_status == "Failed":
        raise ExperimentError(f"The tuning job {name} failed: {job.failure_reason}")
    return 0


def ranking(trials: list[Any], metric: str, job: Any) -> list[str]:
    """A table of training jobs, the best first, those without a metric last."""
    objective = job.hyper_parameter_tuning_job_config.hyper_parameter_tuning_job_objective
    sign = -1 if objective.type == "Maximize" else 1

    def value(trial: Any) -> float | None:
        final = trial.final_hyper_parameter_tuning_job_objective_metric
        return float(final.value) if final else None

    ranked = sorted(
        trials, key=lambda t: (value(t) is None, sign * (value(t) or 0), t.training_job_name)
    )
    lines = [f"{'rank':<6}{metric:<22}{'job':<44}hyperparameters"]
    for rank, trial in enumerate(ranked, 1):
        found = value(trial)
        shown = f"{found:.4f}" if found is not None else trial.training_job_status
        tuned = " ".join(f"{k}={v}" for k, v in sorted(trial.tuned_hyper_parameters.items()))
        lines.append(f"{rank:<6}{shown:<22}{trial.training_job_name:<44}{tuned}")
    return lines


def _wait(has_ended: Callable[[], bool], stop: Callable[[], Any], name: str) -> None:
    try:
        while not has_ended():
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        stop()
        print(f"\nstopping {name}; what it has written so far stays in S3", flush=True)
        raise
