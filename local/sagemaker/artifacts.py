"""What goes in and out of jobs: folders from and to S3, and what a container writes to its log."""

import contextlib
import itertools
import json
import logging
import re
import shutil
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from local import LocalError
from local.calls import AwsError
from local.sagemaker.store import Params, Platform, Resource

_GROUP = "/aws/sagemaker/TrainingJobs"
_EVERY_SECONDS = 0.3
_MOST, _LONGEST = 100, 10_000  # lines in one call, characters in a line: a mebibyte is the limit
_ONE_AFTER_THE_OTHER = TransferConfig(use_threads=False)
logger = logging.getLogger(__name__)


def address(uri: str) -> dict[str, str]:
    """Bucket and key of an S3 URI; a key may hold what a URL parser would cut off."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


def output_uri(job: Params, name: str) -> str:
    """Where SageMaker puts a job's "model" or "output"."""
    path = job["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    return f"{path}/{job['TrainingJobName']}/output/{name}.tar.gz"


def download(s3: Any, uri: str, file: Path) -> None:
    """An object into a file, whose folder is made; never in memory as a whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    body = s3.get_object(**address(uri))["Body"]
    with file.open("wb") as target:
        shutil.copyfileobj(body, target, 1 << 20)


class JobFolder:
    """A job's folder: `base` stands for /opt/ml. S3 is asked as the job's role."""

    def __init__(self, platform: Platform, resource: Resource) -> None:
        self._platform, self._shown = platform, resource.shown
        self.base = platform.state / "jobs" / resource.name

    def prepare(self) -> None:
        """Empty folders, the three configuration files, every channel, and the checkpoints."""
        shown, base = self._shown, self.base
        self.remove()
        for folder in ("input/config", "model", "output/data", "checkpoints"):
            (base / folder).mkdir(parents=True)
        channels = {
            channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
            for channel in shown.get("InputDataConfig", [])
        }
        how = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
        documents = {
            "hyperparameters": shown.get("HyperParameters", {}),
            "inputdataconfig": dict.fromkeys(channels, how | {"RecordWrapperType": "None"}),
            "resourceconfig": {
                "current_host": "algo-1",
                "current_instance_type": shown["ResourceConfig"].get("InstanceType"),
                "current_group_name": "homogeneousCluster",
                "hosts": ["algo-1"],
                "network_interface_name": "eth0",
            },
        }
        for name, document in documents.items():
            (base / "input/config" / f"{name}.json").write_text(json.dumps(document))
        for name, uri in channels.items():
            self._download(uri, base / "input/data" / name)
        if checkpoints := shown.get("CheckpointConfig"):
            self._download(checkpoints["S3Uri"], base / "checkpoints")

    def remove(self) -> None:
        """Everything of it."""
        shutil.rmtree(self.base, ignore_errors=True)

    def failure(self) -> str:
        """What the container wrote into output/failure, as much as AWS takes over."""
        file = self.base / "output/failure"
        return file.read_text(errors="replace")[:1024] if file.is_file() else ""

    def upload(self, name: str, *, even_empty: bool = False) -> None:
        """What is meant to be the "model" or the "output" becomes a .tar.gz, if there is any."""
        folder, packed = self.base / name, self.base / f"{name}.tar.gz"
        paths = sorted((folder / "data" if name == "output" else folder).iterdir())
        if paths or even_empty:
            with tarfile.open(packed, "w:gz", compresslevel=1) as tar:
                for path in paths:
                    tar.add(path, path.name)
            self._upload(packed, output_uri(self._shown, name))

    def upload_checkpoints(self) -> None:
        """AWS copies them all the while; here it is enough to do so when a process has ended."""
        uri = self._shown.get("CheckpointConfig", {}).get("S3Uri")
        folder = self.base / "checkpoints"
        for path in sorted(folder.rglob("*")) if uri else ():
            if path.is_file():
                self._upload(path, f"{uri.rstrip('/')}/{path.relative_to(folder)}")

    def _upload(self, path: Path, uri: str) -> None:
        with self._s3("Artifact upload") as s3:
            s3.upload_file(str(path), **address(uri), Config=_ONE_AFTER_THE_OTHER)

    def _download(self, uri: str, folder: Path) -> None:
        """Every key with the prefix, as S3Prefix means it; names start after its last slash."""
        bucket, prefix = address(uri).values()
        folder.mkdir(parents=True, exist_ok=True)
        with self._s3("Data download") as s3:
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for key in (item["Key"] for item in page.get("Contents", [])):
                    target = (folder / key[prefix.rfind("/") + 1 :]).resolve()
                    if not key.endswith("/") and target.is_relative_to(folder.resolve()):
                        download(s3, f"s3://{bucket}/{key}", target)

    @contextlib.contextmanager
    def _s3(self, what: str) -> Iterator[Any]:
        """S3 as the job's role; LocalError if something goes wrong there, which fails the job."""
        try:
            yield self._platform.assume("s3", self._shown["RoleArn"])
        except AwsError as error:
            raise LocalError(f"ClientError: {error.message}") from error
        except (ClientError, S3UploadFailedError) as error:
            raise LocalError(f"ClientError: {what} failed: {error}") from error


class JobOutput:
    """One run of a job, read off its growing log: its metrics, and its stream in CloudWatch Logs.

    The stream is where SageMaker puts it and every client looks. The job's role writes it, if it
    may: as on AWS, a job goes on without a log.
    """

    def __init__(self, platform: Platform, resource: Resource, log: Path) -> None:
        self._platform, self._role, self._log = platform, resource.shown["RoleArn"], log
        self._position = log.stat().st_size if log.exists() else 0
        definitions = resource.shown["AlgorithmSpecification"].get("MetricDefinitions", [])
        self._patterns = {d["Name"]: re.compile(d["Regex"]) for d in definitions}
        self._metrics: dict[str, Params] = {}
        stream = f"{resource.name}/algo-1-{round(time.time())}"
        self._stream = {"logGroupName": _GROUP, "logStreamName": stream}
        self._unsent: list[str] = []
        self._logs: Any = None
        self._due, self._is_refused = 0.0, False

    def read(self, *, to_the_end: bool = False) -> list[Params]:
        """Read on; the last value of each metric, if there is a new one."""
        with self._log.open("rb") as file:
            file.seek(self._position)
            *finished, rest = file.read().split(b"\n")
            self._position = file.tell() - len(rest)
        # At the end of the file the last line counts, too.
        lines = [line.decode("utf-8", "replace") for line in [*finished, *[rest] * to_the_end]]
        self._unsent += [line[:_LONGEST] for line in lines if line.strip()]
        if self._unsent and not self._is_refused and (to_the_end or time.monotonic() > self._due):
            try:
                self._send()
            except (ClientError, BotoCoreError, AwsError) as error:
                self._is_refused = True
                logger.info("no log %s in CloudWatch: %s", self._stream, error)
            self._due = time.monotonic() + _EVERY_SECONDS
        before = dict(self._metrics)
        for line, (name, pattern) in itertools.product(lines, self._patterns.items()):
            if match := pattern.search(line):
                with contextlib.suppress(ValueError):  # not a number, so no metric
                    value = float(match.group(1) if pattern.groups else match.group())
                    now = self._platform.now()
                    self._metrics[name] = {"MetricName": name, "Value": value, "Timestamp": now}
        return list(self._metrics.values()) if self._metrics != before else []

    def _send(self) -> None:
        if self._logs is None:
            logs = self._platform.assume("logs", self._role)
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=_GROUP)
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_stream(**self._stream)
            self._logs = logs
        now = round(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in self._unsent]
        for first in range(0, len(events), _MOST):
            self._logs.put_log_events(**self._stream, logEvents=events[first : first + _MOST])
        self._unsent = []
