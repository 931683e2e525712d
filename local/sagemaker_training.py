"""SageMaker's training jobs: the operations, and the story that a job tells of itself."""

import re
import threading
from typing import Any

from botocore.exceptions import ClientError

from local.containers import Images
from local.sagemaker_data import output_address
from local.sagemaker_job import Job
from local.sagemaker_store import (
    Params,
    Platform,
    Record,
    address,
    invalid,
    milliseconds,
    page,
    summary,
    tags_of,
)
from local.wire import AwsError

_TAKEN_OVER = (  # from CreateTrainingJob to DescribeTrainingJob as it is
    *("HyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig"),
    *("OutputDataConfig", "ResourceConfig", "StoppingCondition", "EnableNetworkIsolation"),
    *("EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining", "CheckpointConfig"),
    *("VpcConfig", "Environment", "RetryStrategy", "DebugHookConfig", "ProfilerConfig"),
)
_IN_EVENT = (
    *("TrainingJobName", "TrainingJobArn", "TrainingJobStatus", "SecondaryStatus"),
    *("FailureReason", "HyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig"),
    *("OutputDataConfig", "ResourceConfig", "StoppingCondition", "ModelArtifacts"),
    *("EnableManagedSpotTraining", "CheckpointConfig", "Environment"),
)
_IN_LIST = (
    *("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime"),
    *("LastModifiedTime", "TrainingJobStatus", "SecondaryStatus"),
)
_TIMES = ("CreationTime", "TrainingStartTime", "TrainingEndTime", "LastModifiedTime")
ENDED = ("Completed", "Failed", "Stopped")
_LONGEST_END_SECONDS = 10


class Training:
    """The operations on training jobs; each job runs in a thread of its own."""

    def __init__(self, platform: Platform, images: Images) -> None:
        self._platform, self._images = platform, images
        self.jobs = platform.store("training_jobs")
        self._running: dict[str, tuple[Job, threading.Thread]] = {}

    def start(self) -> None:
        """Jobs that were under way when the local cloud ended run again, from their checkpoints."""
        self.jobs.load()
        for record in self.jobs.all():
            if record.shown["TrainingJobStatus"] not in ENDED:
                self._run(record, is_again=True)

    def stop(self) -> None:
        """End every job's process."""
        running = list(self._running.values())
        for job, _ in running:
            job.end()
        for _, thread in running:
            thread.join(_LONGEST_END_SECONDS)

    # --- Operations -------------------------------------------------------------------------

    def create_training_job(self, params: Params) -> Params:
        name = params["TrainingJobName"]
        arn = self._platform.arn("training-job", name)
        if self.jobs.get(name):
            raise AwsError(
                "ResourceInUse",
                "Training job names must be unique within an AWS account and region, and a "
                f"training job with this name already exists ({arn})",
            )
        self.check(params)
        now = self._platform.now()
        shown = {key: params[key] for key in _TAKEN_OVER if key in params} | {
            "TrainingJobName": name,
            "TrainingJobArn": arn,
            "ModelArtifacts": {"S3ModelArtifacts": output_address(params, name, "model")},
            "CreationTime": now,
            "LastModifiedTime": now,
            "SecondaryStatusTransitions": [],
        }
        record = Record(name, arn, shown, tags_of(params))
        self.tell(record, "InProgress", "Starting", "Starting the training job")
        self._run(record)
        return {"TrainingJobArn": arn}

    def describe_training_job(self, params: Params) -> Params:
        return self._job(params["TrainingJobName"]).shown

    def list_training_jobs(self, params: Params) -> Params:
        found, token = page(self.jobs.all(), params, status="TrainingJobStatus", newest_first=False)
        return {"TrainingJobSummaries": [summary(r, *_IN_LIST) for r in found]} | token

    def stop_training_job(self, params: Params) -> Params:
        record = self._job(params["TrainingJobName"])
        status = record.shown["TrainingJobStatus"]
        if status in ENDED:
            text = f"The request was rejected because the training job is in status {status}."
            raise invalid(text)
        if status != "Stopping":
            self.tell(record, "Stopping", "Stopping", "Stopping the training job")
            self._running[record.name][0].stop_requested.set()  # it is there until the job ended
        return {}

    def delete_training_job(self, params: Params) -> Params:
        record = self._job(params["TrainingJobName"])
        status = record.shown["TrainingJobStatus"]
        if status not in ENDED:
            text = f"The request was rejected because the training job is in status {status}."
            raise AwsError("ResourceInUse", text)
        self.jobs.delete(record.name)
        return {}

    def _job(self, name: str) -> Record:
        record = self.jobs.get(name)
        if record is None:
            raise invalid("Requested resource not found.")
        return record

    def check(self, params: Params) -> None:
        """ValidationException for a job that AWS would refuse, or that can't be played."""
        self._images.find(params["AlgorithmSpecification"].get("TrainingImage", ""))
        _check_played(params)
        _check_stopping(params)
        for channel in params.get("InputDataConfig", []):
            self._check_channel(channel, params["RoleArn"])

    def _check_channel(self, channel: Params, role_arn: str) -> None:
        """SageMaker looks at once whether the job's role sees data there."""
        uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
        bucket, prefix = address(uri)
        try:
            found = self._platform.client("s3", role_arn).list_objects_v2(
                Bucket=bucket, Prefix=prefix, MaxKeys=1
            )
        except ClientError:
            found = {}
        if not found.get("KeyCount"):
            raise invalid(
                f'No S3 objects found under S3 URL "{uri}" given in input data source. Please '
                f"ensure that the bucket exists in the selected region "
                f"({self._platform.stack.region}), that objects exist under that S3 prefix, and "
                f'that the role "{role_arn}" has "s3:ListBucket" permissions on bucket '
                f'"{bucket}".'
            )

    # --- The story of a job -----------------------------------------------------------------

    def _run(self, record: Record, *, is_again: bool = False) -> None:
        job = Job(self._platform, self._images, record, self, is_again=is_again)

        def run() -> None:
            job.run()
            with self._platform.lock:
                if self._running[record.name][0] is job:  # not its successor of the same name
                    del self._running[record.name]

        thread = threading.Thread(target=run, name=record.name, daemon=True)
        self._running[record.name] = job, thread
        thread.start()

    def tell(self, record: Record, status: str, secondary: str, message: str, **shown: Any) -> None:
        """A job's new state, kept and then told; nothing is told while the cloud goes down."""
        if self._platform.closing.is_set():
            return
        with self._platform.lock:
            if status == "InProgress" and record.shown.get("TrainingJobStatus") == "Stopping":
                return  # whoever asked for the end shall not see it go on
            now = self._platform.now()
            transitions = record.shown["SecondaryStatusTransitions"]
            if transitions:
                transitions[-1]["EndTime"] = now
            transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
            if status in ENDED:
                transitions[-1]["EndTime"] = now
                shown["TrainingEndTime"] = now
            record.shown |= {
                "TrainingJobStatus": status,
                "SecondaryStatus": secondary,
                "LastModifiedTime": now,
                **shown,
            }
            self.jobs.save(record)
            self._publish(record)

    def show(self, record: Record, **shown: Any) -> None:
        """Something more about a job that is no change of its state."""
        with self._platform.lock:
            record.shown |= shown
            self.jobs.save(record)

    def _publish(self, record: Record) -> None:
        detail = summary(record, *_IN_EVENT)
        for name in _TIMES:
            if name in record.shown:
                detail[name] = milliseconds(record.shown[name])
        detail["SecondaryStatusTransitions"] = [
            {k: milliseconds(v) if k.endswith("Time") else v for k, v in transition.items()}
            for transition in record.shown["SecondaryStatusTransitions"]
        ]
        detail["Tags"] = record.tags
        self._platform.publish("SageMaker Training Job State Change", detail, record.arn)


def _check_played(params: Params) -> None:
    """What a child process can't stand in for is refused, not ignored."""
    if params.get("ResourceConfig", {}).get("InstanceCount") != 1:
        raise invalid("The local cloud plays training jobs on exactly one instance.")
    if params["OutputDataConfig"].get("CompressionType", "GZIP") != "GZIP":
        raise invalid("The local cloud plays compressed output only.")
    checkpoints = params.get("CheckpointConfig", {}).get("LocalPath", "/opt/ml/checkpoints")
    if checkpoints.rstrip("/") != "/opt/ml/checkpoints":
        raise invalid("The local cloud plays /opt/ml/checkpoints as LocalPath only.")
    for definition in params["AlgorithmSpecification"].get("MetricDefinitions", []):
        try:
            re.compile(definition["Regex"])
        except re.error as error:
            raise invalid(f"Invalid regex in MetricDefinition {definition['Name']}") from error
    for channel in params.get("InputDataConfig", []):
        source = channel["DataSource"].get("S3DataSource", {})
        mode = channel.get("InputMode", params["AlgorithmSpecification"]["TrainingInputMode"])
        if (source.get("S3DataType"), mode) not in (("S3Prefix", "File"), ("S3Prefix", "FastFile")):
            raise invalid("The local cloud plays S3Prefix channels in File mode only.")
        if channel.get("CompressionType", "None") != "None":
            raise invalid("The local cloud plays channels without CompressionType only.")


def _check_stopping(params: Params) -> None:
    condition = params.get("StoppingCondition", {})
    wait, run = condition.get("MaxWaitTimeInSeconds"), condition.get("MaxRuntimeInSeconds", 86_400)
    if params.get("EnableManagedSpotTraining"):
        if wait is None or wait < run:
            raise invalid(
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
                "MaxRuntimeInSeconds"
            )
    elif wait is not None:
        raise invalid(
            "MaxWaitTimeInSeconds above 0 is not supported when EnableManagedSpotTraining is "
            "false or not provided"
        )
