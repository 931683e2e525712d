"""What goes in and out of jobs: folders from and to S3."""

import contextlib
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from local import LocalError
from local.calls import AwsError
from local.sagemaker.platform import Params, Platform
from local.sagemaker.store import Resource

_ONE_AFTER_THE_OTHER = TransferConfig(use_threads=False)


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
