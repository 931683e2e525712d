"""SageMaker's hyperparameter tuning jobs: training jobs, a few at a time, and the best of them."""

import logging
import math
import secrets
import threading
from typing import Any

from botocore.exceptions import BotoCoreError

from local.calls import service_model
from local.sagemaker import tuning_plan
from local.sagemaker.platform import Params, Platform
from local.sagemaker.store import Kind, Resource, Store, milliseconds
from local.sagemaker.training import ENDED, RUNNING, TrainingJobs
from local.sagemaker.wire import CONTROL_PLANE, invalid, refuse

_NAME, _STATUS = "HyperParameterTuningJobName", "HyperParameterTuningJobStatus"
_CONFIG = "HyperParameterTuningJobConfig"
_KIND = Kind(
    "HyperParameterTuningJob",
    "tuning job",
    missing="Amazon SageMaker can't find a tuning job with the name {name}.",
    taken="Tuning job already exists: {arn}",
    codes=("ResourceNotFound", "ResourceInUse"),
    event="HyperParameter Tuning Job",
    in_event="HyperParameterTuningJobName HyperParameterTuningJobArn TrainingJobDefinition "
    "HyperParameterTuningJobStatus FailureReason CreationTime LastModifiedTime",
    event_time=milliseconds,
)
_FINAL = "FinalHyperParameterTuningJobObjectiveMetric"
_POLL_SECONDS = 0.1
_ALL_FAILED = (
    "All training jobs failed. Please take a look at the training jobs failures to get more "
    "details."
)
_METRIC = "_tuning_objective_metric"  # the hyperparameter that tells a container what is measured
logger = logging.getLogger(__name__)


class Tuning:
    """The operations on tuning jobs; one thread looks after them all."""

    def __init__(self, platform: Platform, training: TrainingJobs) -> None:
        self._platform, self._training = platform, training
        self.jobs = Store(platform, _KIND)
        self._thread = threading.Thread(target=self._look_after, name="tuning", daemon=True)
        model = service_model(CONTROL_PLANE)
        self._summary = model.shape_for("HyperParameterTrainingJobSummary").members

    def start(self) -> None:
        """Tuning jobs that were under way when the local cloud ended go on."""
        self._thread.start()

    def stop(self) -> None:
        """Wait for the thread; the platform is closing already."""
        self._thread.join()

    # --- Operations -------------------------------------------------------------------------

    def check_create_hyper_parameter_tuning_job(self, params: Params) -> None:
        """Everything that is checked, the look at the data among it."""
        self.jobs.refuse_taken(params[_NAME])
        refuse(tuning_plan.rules(params))
        request = tuning_plan.training_job_request(params["TrainingJobDefinition"], "", {})
        self._training.check_create_training_job(request)

    def create_hyper_parameter_tuning_job(self, params: Params) -> Params:
        config, definition = params[_CONFIG], params["TrainingJobDefinition"]
        objective = {_METRIC: config["HyperParameterTuningJobObjective"]["MetricName"]}
        static = definition.get("StaticHyperParameters", {}) | objective
        definition = definition | {"StaticHyperParameters": static}
        resource = self.jobs.make(params, TrainingJobDefinition=definition)
        resource.hidden["seed"] = config.get("RandomSeed", secrets.randbelow(2**31))
        return self._tell(resource, "InProgress")

    def describe_hyper_parameter_tuning_job(self, params: Params) -> Params:
        resource = self.jobs.find(params[_NAME])
        trials = self._trials(resource)
        best = _best(trials)
        return resource.shown | _counters(trials) | ({"BestTrainingJob": best} if best else {})

    def list_hyper_parameter_tuning_jobs(self, params: Params) -> Params:
        answer = self.jobs.listing(params, self.jobs.values())
        for summary in answer["HyperParameterTuningJobSummaries"]:
            resource = self.jobs.find(summary[_NAME])
            config = resource.shown[_CONFIG]
            summary |= {name: config[name] for name in ("Strategy", "ResourceLimits")}
            summary |= _counters(self._trials(resource))
        return answer

    def list_training_jobs_for_hyper_parameter_tuning_job(self, params: Params) -> Params:
        trials = self._trials(self.jobs.find(params[_NAME]))
        if params.get("SortBy") == "FinalObjectiveMetricValue":  # who has none isn't listed
            trials = [one for one in trials if _FINAL in one]
        resources = [Resource(one["TrainingJobName"], "", one) for one in trials]
        found, token = self._training.jobs.page(params, resources)
        return {"TrainingJobSummaries": [trial.shown for trial in found]} | token

    def stop_hyper_parameter_tuning_job(self, params: Params) -> Params:
        resource = self.jobs.find(params[_NAME])
        self.jobs.refuse_while(resource, *ENDED)
        if resource.shown[_STATUS] != "Stopping":
            self._tell(resource, "Stopping")
        return {}

    def delete_hyper_parameter_tuning_job(self, params: Params) -> Params:
        """Its training jobs stay."""
        name = params[_NAME]
        if name not in self.jobs:  # AWS describes no error of this operation
            raise invalid(f"There is no tuning job with the name {name}.")
        self.jobs.refuse_while(self.jobs[name], *RUNNING)
        return self.jobs.delete(name)

    def _trainings(self, resource: Resource) -> list[Resource]:
        jobs = self._training.jobs.values()
        return [job for job in jobs if job.hidden.get("tuning") == resource.arn]

    def _trials(self, resource: Resource) -> list[Params]:
        """Its training jobs as its list shows them; the last value of the metric counts."""
        objective = resource.shown[_CONFIG]["HyperParameterTuningJobObjective"]
        trials = []
        for job in self._trainings(resource):
            found = {m["MetricName"]: m["Value"] for m in job.shown.get("FinalMetricDataList", [])}
            value = found.get(objective["MetricName"], math.nan)
            ended, failed = (job.shown["TrainingJobStatus"] in s for s in (ENDED, ("Failed",)))
            status = "Failed" if failed or not math.isfinite(value) else "Succeeded"
            trial = job.part(self._summary) | {"TunedHyperParameters": job.hidden["tuned"]}
            trial["ObjectiveStatus"] = status if ended else "Pending"
            if ended and status == "Succeeded":
                trial[_FINAL] = objective | {"Value": value}
            trials.append(trial)
        return trials

    # --- The story of a tuning job ----------------------------------------------------------

    def _look_after(self) -> None:
        while not self._platform.closing.wait(_POLL_SECONDS):
            with self._platform.lock:
                jobs = [job for job in self.jobs.values() if job.shown[_STATUS] not in ENDED]
            for resource in jobs:
                try:
                    for number in self._next(resource):
                        self._launch(resource, number)
                except BotoCoreError as error:  # nobody answered: tried again
                    logger.info("tuning job %s: %s", resource.name, error)
                except Exception as error:  # the data is gone, for instance
                    with self._platform.lock:
                        resource.hidden["failure"] = self._platform.reason(error)
                        self.jobs.save(resource)

    def _next(self, resource: Resource) -> range:
        """The numbers of the training jobs that may start; ends what has ended."""
        with self._platform.lock:
            jobs, numbers = self._trainings(resource), range(0)
            running = [job for job in jobs if job.shown["TrainingJobStatus"] not in ENDED]
            if resource.shown[_STATUS] == "Stopping" or "failure" in resource.hidden:
                for job in running:
                    self._training.stop_training_job({"TrainingJobName": job.name})
            else:
                config, used = resource.shown[_CONFIG], [job.hidden["number"] for job in jobs]
                launched = max([resource.hidden.get("launched", 0), *used])
                room = config["ResourceLimits"]["MaxParallelTrainingJobs"] - len(running)
                last = min(launched + room, tuning_plan.jobs_in_all(config))
                numbers = range(launched + 1, last + 1)
            if not numbers and not running:
                self._end(resource, jobs)
            return numbers

    def _launch(self, resource: Resource, number: int) -> None:
        tuned = tuning_plan.values(resource.shown[_CONFIG], resource.hidden["seed"], number)
        definition = resource.shown["TrainingJobDefinition"]
        name = f"{resource.name}-{number:03}-{secrets.token_hex(4)}"
        request = tuning_plan.training_job_request(definition, name, tuned)
        request["Tags"] = [{"Key": key, "Value": value} for key, value in resource.tags.items()]
        self._training.check_create_training_job(request)  # looks at S3, so not under the lock
        with self._platform.lock:
            if resource.shown[_STATUS] == "Stopping" or self._platform.closing.is_set():
                return  # meanwhile
            hidden = {"tuning": resource.arn, "tuned": tuned, "number": number}
            self._training.create_training_job(request, hidden, TuningJobArn=resource.arn)
            resource.hidden["launched"] = number  # should somebody delete that training job
            self.jobs.save(resource)

    def _end(self, resource: Resource, jobs: list[Resource]) -> None:
        all_failed = all(job.shown["TrainingJobStatus"] == "Failed" for job in jobs)
        failure = resource.hidden.get("failure") or (_ALL_FAILED if all_failed else "")
        if resource.shown[_STATUS] == "Stopping":
            self._tell(resource, "Stopped")
        elif failure:
            self._tell(resource, "Failed", FailureReason=failure)
        else:
            self._tell(resource, "Completed")

    def _tell(self, resource: Resource, status: str, **shown: Any) -> Params:
        now = self._platform.now()
        shown |= {_STATUS: status, "LastModifiedTime": now}
        if status in ENDED:
            shown["HyperParameterTuningEndTime"] = now
        return self.jobs.tell(resource, _counters(self._trials(resource)), **shown)


def _best(trials: list[Params]) -> Params | None:
    """The trial with the best objective, the first of equal ones."""
    valued = [one for one in trials if _FINAL in one]
    choose: Any = max if valued and valued[0][_FINAL]["Type"] == "Maximize" else min
    best: Params | None = choose(valued, key=lambda one: one[_FINAL]["Value"], default=None)
    return best


def _counters(trials: list[Params]) -> Params:
    """How many trials are in which state."""
    statuses, objectives = (
        [one[name] for one in trials] for name in ("TrainingJobStatus", "ObjectiveStatus")
    )
    reasons = [one.get("FailureReason", "") for one in trials]
    retryable = sum(reason.startswith("InternalServerError") for reason in reasons)
    counted = {status: statuses.count(status) for status in ("Completed", "Stopped")} | {
        "InProgress": sum(status not in ENDED for status in statuses),
        "RetryableError": retryable,
        "NonRetryableError": statuses.count("Failed") - retryable,
    }
    told = {state: objectives.count(state) for state in ("Succeeded", "Pending", "Failed")}
    return {"TrainingJobStatusCounters": counted, "ObjectiveStatusCounters": told}
