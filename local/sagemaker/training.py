"""SageMaker's training jobs: what a job may ask for, and the story that it tells of itself."""

import math
import threading
import time
from typing import Any

from local import LocalError
from local.containers.processes import Container, Running
from local.sagemaker.artifacts import JobFolder, output_uri
from local.sagemaker.job_output import JobOutput
from local.sagemaker.job_rules import rules
from local.sagemaker.platform import Params, Platform
from local.sagemaker.store import Kind, Resource, Store, milliseconds
from local.sagemaker.wire import refuse

_KIND = Kind(
    "TrainingJob",
    "training job",
    missing="Requested resource not found.",
    taken="Training job names must be unique within an AWS account and region, and a "
    "training job with this name already exists ({arn})",
    codes=("ValidationException", "ResourceInUse"),
    newest_first=False,
    event="Training Job",
    in_event="TrainingJobName TrainingJobArn TrainingJobStatus SecondaryStatus FailureReason "
    "HyperParameters AlgorithmSpecification RoleArn InputDataConfig OutputDataConfig "
    "ResourceConfig StoppingCondition ModelArtifacts EnableManagedSpotTraining CheckpointConfig "
    "Environment SecondaryStatusTransitions CreationTime TrainingStartTime TrainingEndTime "
    "LastModifiedTime",
    event_time=milliseconds,
)
ENDED, RUNNING = ("Completed", "Failed", "Stopped"), ("InProgress", "Stopping")
_STOP_GRACE_SECONDS = 120  # between SIGTERM and SIGKILL, as SageMaker has it
_CLOSING_GRACE_SECONDS, _LONGEST_END_SECONDS, _POLL_SECONDS = 3, 10, 0.02
_State = tuple[str, str, str]  # status, secondary status, message
_COMPLETED = ("Completed", "Completed", "Training job completed")
_STOPPED = ("Stopped", "Stopped", "Training job stopped")
_TIMED_OUT = ("Stopped", "MaxRuntimeExceeded", "Training job runtime exceeded its limit")
_NO_CAPACITY = ("Stopped", "MaxWaitTimeExceeded", "Training job wait time exceeded its limit")
_INTERRUPTED = ("InProgress", "Interrupted", "Spot capacity was taken back")


class Job(threading.Thread):
    """A job in a thread of its own; `stop_requested` and `end` come from others."""

    def __init__(self, platform: Platform, store: Store, resource: Resource) -> None:
        super().__init__(name=resource.name, daemon=True)
        self._platform, self._store, self._resource = platform, store, resource
        self._is_closing, status = platform.closing.is_set, resource.shown.get("TrainingJobStatus")
        self._folder = JobFolder(platform, resource)
        self._log = platform.logs / f"{resource.name}.log"
        self._running: Running | None = None
        self._trained_seconds = 0.0
        self._is_again, self.stop_requested = status is not None, threading.Event()
        if status == "Stopping":
            self.stop_requested.set()

    def end(self) -> None:
        """End the process because the local cloud ends; the job goes on after the next start."""
        if self._running is not None:
            self._running.end(_CLOSING_GRACE_SECONDS)

    def tell(self, status: str, secondary: str, message: str, **shown: Any) -> None:
        """A new state, kept and then told; nothing is told while the cloud goes down."""
        with self._platform.lock:
            is_stopping = self._resource.shown.get("TrainingJobStatus") == "Stopping"
            if self._is_closing() or (status == "InProgress" and is_stopping):
                return  # whoever asked for the end shall not see it go on
            now = self._platform.now()
            transitions = self._resource.shown["SecondaryStatusTransitions"]
            for before in transitions[-1:]:
                before["EndTime"] = now
            transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
            if status in ENDED:
                transitions[-1]["EndTime"] = shown["TrainingEndTime"] = now
            if secondary == "Training":
                shown["TrainingStartTime"] = self._resource.shown.get("TrainingStartTime", now)
            shown |= {"TrainingJobStatus": status, "SecondaryStatus": secondary}
            self._store.tell(self._resource, LastModifiedTime=now, **shown)

    def run(self) -> None:
        """The whole job."""
        shown: dict[str, Any] = {}
        try:
            end = self._run()
        except Exception as error:
            reason = self._platform.reason(error)
            shown, end = {"FailureReason": reason}, ("Failed", "Failed", reason)
        if self._is_closing():
            return  # nobody hears of it; the folder and its checkpoints are needed again
        if seconds := math.ceil(self._trained_seconds):
            shown |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
        self._folder.remove()
        self.tell(*end, **shown)

    def _run(self) -> _State:
        faults = self._platform.faults
        if self._is_again:
            self._folder.upload_checkpoints()
            self._progress("Restarting", "Restarting the training job")
        if fault := faults.take("training_failed", job=self.name):
            raise LocalError(fault["reason"])
        if faults.take("training_without_capacity", job=self.name):
            return _NO_CAPACITY
        times_out = faults.take("training_timed_out", job=self.name) is not None
        while not self.stop_requested.is_set() and not self._is_closing():
            self._progress("Downloading", "Downloading input data")
            self._folder.prepare()
            container = self._container()
            self._platform.engine.prepare(container.program)
            self._progress("Training", "Training image download completed. Training in progress.")
            if times_out:
                return _TIMED_OUT
            state, code = self._train(container)
            if self._is_closing():
                break  # nobody hears of it
            self._folder.upload_checkpoints()
            if state is not _INTERRUPTED:
                self._finish(state, code)
                return state
            self.tell(*state)
            self._progress("Restarting", "Restarting the training job")
        return _STOPPED

    def _progress(self, secondary: str, message: str) -> None:
        self.tell("InProgress", secondary, message)

    def _container(self) -> Container:
        shown = self._resource.shown
        return Container(
            name=self.name,
            program=self._platform.program(shown["AlgorithmSpecification"]["TrainingImage"]),
            verb="train",
            base=self._folder.base,
            environment={
                **shown.get("Environment", {}),
                "AWS_REGION": self._platform.region,
                "TRAINING_JOB_ARN": self._resource.arn,
                "TRAINING_JOB_NAME": self.name,
            },
            log=self._log,
            instance_type=shown["ResourceConfig"].get("InstanceType", ""),
            is_isolated=shown.get("EnableNetworkIsolation", False),
        )

    def _train(self, container: Container) -> tuple[_State, int | None]:
        """Run the container: what became of it, and its exit code."""
        output = JobOutput(self._platform, self._resource, self._log)
        began = time.monotonic()
        self._running = running = self._platform.engine.start(container)
        state = self._watch(running, output, began)
        if self._is_closing():
            self.end()
        elif state is not _COMPLETED:
            running.end(_STOP_GRACE_SECONDS)
        self._trained_seconds += time.monotonic() - began
        self._read(output, to_the_end=True)
        return state, running.poll()

    def _watch(self, running: Running, output: JobOutput, began: float) -> _State:
        condition = self._resource.shown.get("StoppingCondition", {})
        limit = condition.get("MaxRuntimeInSeconds", 86_400) - self._trained_seconds
        interruption = self._platform.faults.take("training_interrupted", job=self.name)
        while running.poll() is None and not self._is_closing():
            seconds = time.monotonic() - began
            if self.stop_requested.wait(_POLL_SECONDS):
                return _STOPPED
            if seconds > limit:
                return _TIMED_OUT
            if interruption and seconds >= interruption.get("after_seconds", 0):
                return _INTERRUPTED
            self._read(output)
        return _COMPLETED

    def _read(self, output: JobOutput, *, to_the_end: bool = False) -> None:
        if metrics := output.read(to_the_end=to_the_end):
            with self._platform.lock:
                self._resource.shown["FinalMetricDataList"] = metrics
                self._store.save(self._resource)

    def _finish(self, state: _State, code: int | None) -> None:
        if state is _COMPLETED and code:
            self._folder.upload("output")
            code = 128 - code if code < 0 else code  # ended by a signal
            raise LocalError(f"AlgorithmError: {self._folder.failure()}, exit code: {code}")
        self._progress("Uploading", "Uploading generated training model")
        self._folder.upload("output")
        # What a job that was stopped has in its model folder isn't lost.
        self._folder.upload("model", even_empty=state is _COMPLETED)


class TrainingJobs:
    """The operations on training jobs; each job runs in a thread of its own."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.jobs = Store(platform, _KIND)
        self._latest: dict[str, Job] = {}  # what runs, and what ran last, under each name

    def start(self) -> None:
        """Jobs that were under way when the local cloud ended run again, from their checkpoints."""
        for resource in list(self.jobs.values()):
            if resource.shown["TrainingJobStatus"] not in ENDED:
                self._run(Job(self._platform, self.jobs, resource))

    def stop(self) -> None:
        """End every job's process."""
        running = [job for job in self._latest.values() if job.is_alive()]
        for job in running:
            job.end()
        for job in running:
            job.join(_LONGEST_END_SECONDS)

    def check_create_training_job(self, params: Params) -> None:
        """Everything that is checked, the look at the data among it."""
        self.jobs.refuse_taken(params["TrainingJobName"])
        self._platform.program(params["AlgorithmSpecification"].get("TrainingImage", ""))
        refuse(rules(self._platform, params))

    def create_training_job(
        self, params: Params, hidden: Params | None = None, **shown: Any
    ) -> Params:
        """Start a job that was checked; a tuning job gives it something more to know."""
        shown |= {"ModelArtifacts": {"S3ModelArtifacts": output_uri(params, "model")}}
        resource = self.jobs.make(params, SecondaryStatusTransitions=[], **shown)
        resource.hidden = hidden or {}
        job = Job(self._platform, self.jobs, resource)
        job.tell("InProgress", "Starting", "Starting the training job")
        self._run(job)
        return {"TrainingJobArn": resource.arn}

    def stop_training_job(self, params: Params) -> Params:
        resource = self.jobs.find(params["TrainingJobName"])
        self.jobs.refuse_while(resource, *ENDED)
        if resource.shown["TrainingJobStatus"] != "Stopping":
            job = self._latest[resource.name]
            job.tell("Stopping", "Stopping", "Stopping the training job")
            job.stop_requested.set()
        return {}

    def delete_training_job(self, params: Params) -> Params:
        resource = self.jobs.find(params["TrainingJobName"])
        self.jobs.refuse_while(resource, *RUNNING, code="ResourceInUse")
        return self.jobs.delete(resource.name)

    def _run(self, job: Job) -> None:
        self._latest[job.name] = job
        job.start()
