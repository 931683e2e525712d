"""SageMaker's hyperparameter tuning jobs: training jobs, a few at a time, and the best of them."""

import secrets
import threading
from typing import Any

from local.sagemaker_search import check, values
from local.sagemaker_store import (
    Params,
    Platform,
    Record,
    invalid,
    milliseconds,
    page,
    summary,
    tags_of,
)
from local.sagemaker_training import ENDED, Training
from local.sagemaker_trials import best, counters, trial, value_of
from local.sagemaker_tuning_request import check_played, jobs_in_all, training_job_request
from local.wire import AwsError

_TAKEN_OVER = ("HyperParameterTuningJobConfig", "TrainingJobDefinition")
_POLL_SECONDS = 0.1
_ALL_FAILED = (
    "All training jobs failed. Please take a look at the training jobs failures to get more "
    "details."
)
_METRIC = "_tuning_objective_metric"  # the hyperparameter that tells a container what is measured


class Tuning:
    """The operations on tuning jobs; each is looked after by a thread of its own."""

    def __init__(self, platform: Platform, training: Training) -> None:
        self._platform, self._training = platform, training
        self.jobs = platform.store("hyper_parameter_tuning_jobs")
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Tuning jobs that were under way when the local cloud ended go on."""
        self.jobs.load()
        for record in self.jobs.all():
            if record.shown["HyperParameterTuningJobStatus"] not in ENDED:
                self._look_after(record)

    def stop(self) -> None:
        """Wait for the threads; the platform is closing already."""
        for thread in self._threads:
            thread.join()

    # --- Operations -------------------------------------------------------------------------

    def create_hyper_parameter_tuning_job(self, params: Params) -> Params:
        name = params["HyperParameterTuningJobName"]
        arn = self._platform.arn("hyper-parameter-tuning-job", name.lower())
        if self.jobs.get(name):
            raise AwsError("ResourceInUse", f"Tuning job already exists: {arn}")
        check_played(params)
        config, definition = (params[member] for member in _TAKEN_OVER)
        static = definition.get("StaticHyperParameters", {})
        check(config, static)
        objective = config["HyperParameterTuningJobObjective"]["MetricName"]
        definition["StaticHyperParameters"] = static | {_METRIC: objective}
        self._training.check(training_job_request(definition, "", {}))
        now = self._platform.now()
        shown = {member: params[member] for member in _TAKEN_OVER} | {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobArn": arn,
            "CreationTime": now,
        }
        seed = config.get("RandomSeed", secrets.randbelow(2**31))
        record = Record(name, arn, shown, tags_of(params), {"seed": seed})
        self._tell(record, "InProgress")
        self._look_after(record)
        return {"HyperParameterTuningJobArn": arn}

    def describe_hyper_parameter_tuning_job(self, params: Params) -> Params:
        record = self._job(params["HyperParameterTuningJobName"])
        objective = record.shown["HyperParameterTuningJobConfig"][
            "HyperParameterTuningJobObjective"
        ]
        trials = self._trials(record)
        found = best(trials, objective)
        return record.shown | counters(trials) | ({"BestTrainingJob": found} if found else {})

    def list_hyper_parameter_tuning_jobs(self, params: Params) -> Params:
        status = "HyperParameterTuningJobStatus"
        found, token = page(self.jobs.all(), params, status=status)
        names = ("HyperParameterTuningJobName", "HyperParameterTuningJobArn", status)
        more = ("CreationTime", "HyperParameterTuningEndTime", "LastModifiedTime")
        summaries = []
        for record in found:
            config = record.shown["HyperParameterTuningJobConfig"]
            shown = {"Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"]}
            summaries.append(
                summary(record, *names, *more) | shown | counters(self._trials(record))
            )
        return {"HyperParameterTuningJobSummaries": summaries} | token

    def list_training_jobs_for_hyper_parameter_tuning_job(self, params: Params) -> Params:
        record = self._job(params["HyperParameterTuningJobName"])
        records = [
            Record(one["TrainingJobName"], one["TrainingJobArn"], one, {}, {"value": value_of(one)})
            for one in self._trials(record)
        ]
        if params.get("SortBy") == "FinalObjectiveMetricValue":  # who has none isn't listed
            records = [trial for trial in records if trial.hidden["value"] is not None]
        found, token = page(records, params, status="TrainingJobStatus", newest_first=False)
        return {"TrainingJobSummaries": [trial.shown for trial in found]} | token

    def stop_hyper_parameter_tuning_job(self, params: Params) -> Params:
        record = self._job(params["HyperParameterTuningJobName"])
        status = record.shown["HyperParameterTuningJobStatus"]
        if status in ENDED:
            raise invalid(f"The request was rejected because the tuning job is in status {status}.")
        if status != "Stopping":
            self._tell(record, "Stopping")
        return {}

    def delete_hyper_parameter_tuning_job(self, params: Params) -> Params:
        """Its training jobs stay."""
        name = params["HyperParameterTuningJobName"]
        record = self.jobs.get(name)
        if record is None:  # AWS describes no error of this operation
            raise invalid(f"There is no tuning job with the name {name}.")
        status = record.shown["HyperParameterTuningJobStatus"]
        if status not in ENDED:
            raise invalid(f"The request was rejected because the tuning job is in status {status}.")
        self.jobs.delete(name)
        return {}

    def _job(self, name: str) -> Record:
        record = self.jobs.get(name)
        if record is None:
            text = f"Amazon SageMaker can't find a tuning job with the name {name}."
            raise AwsError("ResourceNotFound", text)
        return record

    def _trainings(self, record: Record) -> list[Record]:
        return [j for j in self._training.jobs.all() if j.hidden.get("tuning") == record.arn]

    def _trials(self, record: Record) -> list[Params]:
        objective = record.shown["HyperParameterTuningJobConfig"][
            "HyperParameterTuningJobObjective"
        ]
        return [trial(job, objective) for job in self._trainings(record)]

    # --- The story of a tuning job ----------------------------------------------------------

    def _look_after(self, record: Record) -> None:
        def run() -> None:
            while not self._platform.closing.wait(_POLL_SECONDS):
                with self._platform.lock:
                    if self._step(record):
                        return

        thread = threading.Thread(target=run, name=record.name, daemon=True)
        self._threads = [*(t for t in self._threads if t.is_alive()), thread]
        thread.start()

    def _step(self, record: Record) -> bool:
        """Start what may start, or end what has ended; True at the end."""
        jobs = self._trainings(record)
        running = [job for job in jobs if job.shown["TrainingJobStatus"] not in ENDED]
        is_stopping = record.shown["HyperParameterTuningJobStatus"] == "Stopping"
        if is_stopping or "failure" in record.hidden:
            for job in running:
                self._training.stop_training_job({"TrainingJobName": job.name})
        elif self._launch_next(record, running):
            return False
        if not running:
            self._end(record, jobs)
        return not running

    def _launch_next(self, record: Record, running: list[Record]) -> bool:
        """Start as many training jobs as there is room for; whether there were any to start."""
        config = record.shown["HyperParameterTuningJobConfig"]
        launched = record.hidden.get("launched", 0)
        room = config["ResourceLimits"]["MaxParallelTrainingJobs"] - len(running)
        numbers = range(launched + 1, min(launched + room, jobs_in_all(config)) + 1)
        try:
            for number in numbers:
                self._launch(record, number)
        except AwsError as error:  # the data is gone, for instance
            record.hidden["failure"] = error.message
            self.jobs.save(record)
        return bool(numbers)

    def _launch(self, record: Record, number: int) -> None:
        config = record.shown["HyperParameterTuningJobConfig"]
        name = f"{record.name}-{number:03}-{secrets.token_hex(4)}"
        tuned = values(config, record.hidden["seed"], number)
        request = training_job_request(record.shown["TrainingJobDefinition"], name, tuned)
        request["Tags"] = [{"Key": key, "Value": value} for key, value in record.tags.items()]
        record.hidden["launched"] = number
        self.jobs.save(record)
        self._training.create_training_job(request)
        job = self._training.jobs.get(name)
        assert job is not None  # noqa: S101 (nobody could delete it: the lock is ours)
        job.hidden |= {"tuning": record.arn, "tuned": tuned}
        self._training.show(job, TuningJobArn=record.arn)

    def _end(self, record: Record, jobs: list[Record]) -> None:
        if record.shown["HyperParameterTuningJobStatus"] == "Stopping":
            self._tell(record, "Stopped")
        elif "failure" in record.hidden:
            self._tell(record, "Failed", FailureReason=record.hidden["failure"][:1024])
        elif all(job.shown["TrainingJobStatus"] == "Failed" for job in jobs):
            self._tell(record, "Failed", FailureReason=_ALL_FAILED)
        else:
            self._tell(record, "Completed")

    def _tell(self, record: Record, status: str, **shown: Any) -> None:
        now = self._platform.now()
        record.shown |= {"HyperParameterTuningJobStatus": status, "LastModifiedTime": now} | shown
        if status in ENDED:
            record.shown["HyperParameterTuningEndTime"] = now
        self.jobs.save(record)
        names = ("HyperParameterTuningJobName", "HyperParameterTuningJobArn")
        more = ("TrainingJobDefinition", "HyperParameterTuningJobStatus", "FailureReason")
        detail = (
            summary(record, *names, *more) | counters(self._trials(record)) | {"Tags": record.tags}
        )
        for name in ("CreationTime", "LastModifiedTime"):
            detail[name] = milliseconds(record.shown[name])
        kind = "SageMaker HyperParameter Tuning Job State Change"
        self._platform.publish(kind, detail, record.arn)
