"""A training job's folder, shaped like /opt/ml, and its way from and to S3 as the job's role."""

import contextlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from local import containers
from local.sagemaker_store import Params, Platform, Record, address
from local.wire import AwsError

_ONE_AFTER_THE_OTHER = TransferConfig(use_threads=False)


class JobError(Exception):
    """Why a job fails; becomes its FailureReason."""


class JobFolder:
    """`base` stands for /opt/ml."""

    def __init__(self, platform: Platform, record: Record) -> None:
        self._platform, self._record = platform, record
        self.base = platform.state / "jobs" / record.name

    def prepare(self) -> None:
        """Empty folders, the three configuration files, every channel, and the checkpoints."""
        shown, base = self._record.shown, self.base
        self.remove()
        for folder in ("input/config", "model", "output/data", "checkpoints"):
            (base / folder).mkdir(parents=True)
        channels = shown.get("InputDataConfig", [])
        documents = {
            "hyperparameters": shown.get("HyperParameters", {}),
            "inputdataconfig": {
                channel["ChannelName"]: {
                    "TrainingInputMode": "File",
                    "S3DistributionType": "FullyReplicated",
                    "RecordWrapperType": "None",
                }
                for channel in channels
            },
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
        for channel in channels:
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            self._download(uri, base / "input/data" / channel["ChannelName"])
        if checkpoints := shown.get("CheckpointConfig"):
            self._download(checkpoints["S3Uri"], base / "checkpoints")

    def remove(self) -> None:
        shutil.rmtree(self.base, ignore_errors=True)

    def failure(self) -> str:
        """What the container wrote into output/failure, as much as AWS takes over."""
        file = self.base / "output/failure"
        return file.read_text(errors="replace")[:1024] if file.is_file() else ""

    def upload_output(self) -> None:
        """output/data becomes output.tar.gz, if there is anything in it."""
        if any((self.base / "output/data").iterdir()):
            self._upload_packed("output", self.base / "output/data")

    def upload_model(self, *, even_empty: bool) -> None:
        """model becomes model.tar.gz."""
        if even_empty or any((self.base / "model").iterdir()):
            self._upload_packed("model", self.base / "model")

    def upload_checkpoints(self) -> None:
        """AWS copies them all the while; here it is enough to do so when a process has ended."""
        config, folder = self._record.shown.get("CheckpointConfig"), self.base / "checkpoints"
        if config and folder.is_dir():
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                self._upload(path, f"{config['S3Uri'].rstrip('/')}/{path.relative_to(folder)}")

    def _upload_packed(self, name: str, folder: Path) -> None:
        archive = self.base / f"{name}.tar.gz"
        containers.pack(folder, archive)
        self._upload(archive, output_address(self._record.shown, self._record.name, name))

    def _upload(self, path: Path, uri: str) -> None:
        bucket, key = address(uri)
        try:
            self._s3().upload_file(str(path), bucket, key, Config=_ONE_AFTER_THE_OTHER)
        except (ClientError, S3UploadFailedError) as error:
            raise JobError(f"ClientError: Artifact upload failed: {error}") from error

    def _download(self, uri: str, folder: Path) -> None:
        """Every key with the prefix, as S3Prefix means it; names start after its last slash."""
        bucket, prefix = address(uri)
        folder.mkdir(parents=True, exist_ok=True)
        s3 = self._s3()
        try:
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", []):
                    name = item["Key"][prefix.rfind("/") + 1 :]
                    target = (folder / name).resolve()
                    if name.endswith("/") or not target.is_relative_to(folder.resolve()):
                        continue
                    target.parent.mkdir(parents=True, exist_ok=True)
                    body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"]
                    with target.open("wb") as file:
                        shutil.copyfileobj(body, file, 1 << 20)
        except ClientError as error:
            raise JobError(f"ClientError: Data download failed: {error}") from error

    def _s3(self) -> Any:
        try:
            return self._platform.client("s3", self._record.shown["RoleArn"])
        except AwsError as error:
            raise JobError(f"ClientError: {error.message}") from error


def output_address(job: Params, name: str, archive: str) -> str:
    """Where SageMaker puts a job's "model" or "output"."""
    path = job["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    return f"{path}/{name}/output/{archive}.tar.gz"


class Metrics:
    """MetricDefinitions, read off a growing log from its present end."""

    def __init__(self, log: Path, definitions: list[Params]) -> None:
        self._log = log
        self._position = log.stat().st_size if log.exists() else 0
        self._rest = b""
        self._patterns = {d["Name"]: re.compile(d["Regex"]) for d in definitions}
        self._latest: dict[str, Params] = {}

    def read(self, now: float) -> bool:
        """Read on; True if there was a new value."""
        if not self._log.exists():
            return False
        with self._log.open("rb") as file:
            file.seek(self._position)
            data = self._rest + file.read()
            self._position = file.tell()
        *lines, self._rest = data.split(b"\n")
        found = [self._read_line(line.decode("utf-8", "replace"), now) for line in lines]
        return any(found)

    def latest(self) -> list[Params]:
        """The last value of each metric, as DescribeTrainingJob tells it."""
        return list(self._latest.values())

    def _read_line(self, line: str, now: float) -> bool:
        found = False
        for name, pattern in self._patterns.items():
            if match := pattern.search(line):
                with contextlib.suppress(ValueError):  # not a number, so no metric
                    value = float(match.group(1) if pattern.groups else match.group())
                    self._latest[name] = {"MetricName": name, "Value": value, "Timestamp": now}
                    found = True
        return found
