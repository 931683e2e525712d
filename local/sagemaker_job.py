"""One training job, from its data to its model."""

import logging
import math
import threading
import time
from typing import Any, NamedTuple, Protocol

from local.containers import Container, EngineError, Images, Program, Running
from local.sagemaker_data import JobError, JobFolder, Metrics
from local.sagemaker_logs import JobLog
from local.sagemaker_store import Platform, Record

STOP_GRACE_SECONDS = 120  # between SIGTERM and SIGKILL, as SageMaker has it
_CLOSING_GRACE_SECONDS = 3
_POLL_SECONDS = 0.02
logger = logging.getLogger(__name__)


class Storyteller(Protocol):
    """Who keeps a job's state and tells of it."""

    def tell(
        self, record: Record, status: str, secondary: str, message: str, **shown: Any
    ) -> None: ...

    def show(self, record: Record, **shown: Any) -> None: ...


class _End(NamedTuple):
    """How a job ended."""

    status: str
    secondary: str
    message: str
    reason: str | None = None


_COMPLETED = _End("Completed", "Completed", "Training job completed")
_STOPPED = _End("Stopped", "Stopped", "Training job stopped")
_TIMED_OUT = _End("Stopped", "MaxRuntimeExceeded", "Training job runtime exceeded its limit")


class Job:
    """Runs a job in the calling thread; `stop_requested` and `end` come from others."""

    def __init__(
        self,
        platform: Platform,
        images: Images,
        record: Record,
        story: Storyteller,
        *,
        is_again: bool,
    ) -> None:
        self._platform, self._images, self._record, self._story = platform, images, record, story
        self._is_again = is_again
        self._folder = JobFolder(platform, record)
        self._log = platform.state / "logs" / f"{record.name}.log"
        self._running: Running | None = None
        self._trained_seconds = 0.0
        self.stop_requested = threading.Event()
        if record.shown["TrainingJobStatus"] == "Stopping":
            self.stop_requested.set()

    def end(self) -> None:
        """End the process because the local cloud ends; the job goes on after the next start."""
        if self._running is not None:
            self._running.end(_CLOSING_GRACE_SECONDS)

    def run(self) -> None:
        """The whole job."""
        try:
            end = self._run()
        except (JobError, EngineError) as error:
            reason = str(error)[:1024]
            end = _End("Failed", "Failed", reason, reason)
        except Exception as error:
            if self._platform.closing.is_set():
                return
            logger.exception("training job %s", self._record.name)
            reason = f"InternalServerError: the local cloud failed: {error!r}"[:1024]
            end = _End("Failed", "Failed", reason, reason)
        if self._platform.closing.is_set():
            return  # nobody hears of it; the folder and its checkpoints are needed again
        shown: dict[str, Any] = {"FailureReason": end.reason} if end.reason else {}
        if seconds := math.ceil(self._trained_seconds):
            shown |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
        self._folder.remove()
        self._story.tell(self._record, end.status, end.secondary, end.message, **shown)

    def _run(self) -> _End:
        faults, name = self._platform.faults, self._record.name
        if self._is_again:
            self._folder.upload_checkpoints()
            self._progress("Restarting", "Restarting the training job")
        if fault := faults.take("training_failed", job=name):
            raise JobError(fault["reason"])
        times_out = faults.take("training_timed_out", job=name) is not None
        while not self.stop_requested.is_set() and not self._platform.closing.is_set():
            self._progress("Downloading", "Downloading input data")
            self._folder.prepare()
            self._platform.engine.prepare(self._program())
            self._progress("Training", "Training image download completed. Training in progress.")
            if times_out:
                return _TIMED_OUT
            ended = self._train()
            if self._platform.closing.is_set():
                break  # nobody hears of it
            self._folder.upload_checkpoints()
            if ended != "interrupted":
                return self._finish(ended)
            self._progress("Interrupted", "Spot capacity was taken back")
            self._progress("Restarting", "Restarting the training job")
        return _STOPPED

    def _progress(self, secondary: str, message: str) -> None:
        shown = {}
        if secondary == "Training" and "TrainingStartTime" not in self._record.shown:
            shown["TrainingStartTime"] = self._platform.now()
        self._story.tell(self._record, "InProgress", secondary, message, **shown)

    def _train(self) -> str:
        """Run the container: "ended", or why it was ended."""
        algorithm = self._record.shown["AlgorithmSpecification"]
        environment = {
            **self._record.shown.get("Environment", {}),
            "AWS_REGION": self._platform.stack.region,
            "TRAINING_JOB_ARN": self._record.arn,
            "TRAINING_JOB_NAME": self._record.name,
        }
        metrics = Metrics(self._log, algorithm.get("MetricDefinitions", []))
        log = JobLog(self._platform, self._record, self._log)
        began = time.monotonic()
        self._running = self._platform.engine.start(self._container(environment))
        ended = self._watch(self._running, metrics, log, began)
        if self._platform.closing.is_set():
            self.end()
        elif ended != "ended":
            self._running.end(STOP_GRACE_SECONDS)
        self._trained_seconds += time.monotonic() - began
        self._show(metrics)
        log.write(at_once=True)
        return ended

    def _program(self) -> Program:
        algorithm = self._record.shown["AlgorithmSpecification"]
        return self._images.find(algorithm["TrainingImage"])

    def _container(self, environment: dict[str, str]) -> Container:
        shown = self._record.shown
        return Container(
            name=self._record.name,
            program=self._program(),
            verb="train",
            base=self._folder.base,
            environment=environment,
            log=self._log,
            instance_type=shown["ResourceConfig"].get("InstanceType", ""),
            is_isolated=shown.get("EnableNetworkIsolation", False),
        )

    def _watch(self, running: Running, metrics: Metrics, log: JobLog, began: float) -> str:
        condition = self._record.shown.get("StoppingCondition", {})
        limit = condition.get("MaxRuntimeInSeconds", 86_400) - self._trained_seconds
        interruption = self._platform.faults.take("training_interrupted", job=self._record.name)
        while running.poll() is None and not self._platform.closing.is_set():
            seconds = time.monotonic() - began
            if self.stop_requested.wait(_POLL_SECONDS):
                return "stopped"
            if seconds > limit:
                return "timed out"
            if interruption and seconds >= interruption.get("after_seconds", 0):
                return "interrupted"
            self._show(metrics)
            log.write()
        return "ended"

    def _show(self, metrics: Metrics) -> None:
        if metrics.read(self._platform.now()):
            self._story.show(self._record, FinalMetricDataList=metrics.latest())

    def _finish(self, ended: str) -> _End:
        code = self._running.poll() if self._running else 0
        if ended == "ended" and code:
            self._folder.upload_output()
            code = 128 - code if code < 0 else code  # ended by a signal
            raise JobError(f"AlgorithmError: {self._folder.failure()}, exit code: {code}")
        self._progress("Uploading", "Uploading generated training model")
        self._folder.upload_output()
        # What a job that was stopped has in its model folder isn't lost.
        self._folder.upload_model(even_empty=ended == "ended")
        return {"stopped": _STOPPED, "timed out": _TIMED_OUT}.get(ended, _COMPLETED)
