"""Drop a dataset and follow what becomes of it.

    python operations/drop.py reviews.csv --stack-name verdict
    python operations/drop.py reviews.csv --text-column Comment --label-column Verdict

What it knows of the stack is the public part: the outputs DatasetUri, ReceiptUri and PageUrl, what
may be said of a dataset, the receipt's layout, and SageMaker's API for the progress of a training
job. `python -m local drop` is the same for the local cloud.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if __name__ == "__main__":  # a script knows only its own folder
    sys.path.insert(0, str(Path(__file__).parent.parent))

from operations import sayings, telling
from operations.stack import client_of, outputs_of, parser_of

if TYPE_CHECKING:  # whose writers run in Lambda
    from runs.receipts import Receipt

WAITING = {"received", "training", "deploying"}
LIVE = "live"
UNLEARNT = {"refused", "failed"}
# In which an endpoint answers; functions/deploy_endpoint/steps.py says why.
ANSWERING = {"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"}
LONGEST_KEY_BYTES = 1024
POLL_SECONDS = 0.5
# As an address has to be signed that is opened in a browser, in every region.
SIGNED = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
REPORT_OPENS = timedelta(days=7)  # the longest that AWS signs an address for


class DropError(Exception):
    """A dataset can't be dropped or followed; the message says why."""


class S3Prefix(NamedTuple):
    """A bucket and a prefix."""

    bucket: str
    prefix: str


class Upload(NamedTuple):
    """An object as uploaded: its receipt names the same version, or its ETag at a later time."""

    name: str
    etag: str
    version_id: str | None
    since: datetime

    def is_told_by(self, receipt: "Receipt") -> bool:
        """Whether the receipt is this upload's and not that of an earlier one of the same name."""
        dataset: Mapping[str, object] = receipt.get("dataset") or {}
        if self.version_id and dataset.get("version_id"):
            return bool(dataset["version_id"] == self.version_id)
        same = str(dataset.get("etag", "")).strip('"') == self.etag
        at = datetime.fromisoformat(receipt["at"].replace("Z", "+00:00"))
        return same and at >= self.since.replace(microsecond=0)


class Desk:
    """Where datasets are dropped and receipts are picked up: one stack, by its outputs.

    `client` makes a boto3 client by its service's name, and how it is to be configured.
    """

    def __init__(
        self, outputs: dict[str, str], client: Callable[..., Any], page_url: str = ""
    ) -> None:
        missing = [name for name in ("DatasetUri", "ReceiptUri") if name not in outputs]
        if missing:
            raise DropError(f"the stack has no output {' and no '.join(missing)}")
        self.outputs, self.page_url = outputs, page_url or outputs.get("PageUrl", "")
        self.datasets = _parsed(outputs["DatasetUri"])
        self.receipts = _parsed(outputs["ReceiptUri"])
        self.s3 = client("s3", SIGNED)
        self.sagemaker = client("sagemaker")

    def upload(self, file: Path, name: str, metadata: dict[str, str]) -> Upload:
        """Put a file into the dataset bucket; boto3 sends large ones in parts."""
        since = datetime.now(UTC)
        key = self.datasets.prefix + name
        more = {"Metadata": metadata}
        self.s3.upload_file(str(file), self.datasets.bucket, key, ExtraArgs=more)
        head = self.s3.head_object(Bucket=self.datasets.bucket, Key=key)
        return Upload(name, head["ETag"].strip('"'), head.get("VersionId"), since)

    def receipt_uri(self, name: str) -> str:
        """Where the receipts under a name lie."""
        return f"s3://{self.receipts.bucket}/{self.receipts.prefix}{name}.json"

    def receipt(self, name: str) -> "Receipt | None":
        """The newest receipt under a name."""
        return self.receipt_at(self.receipt_uri(name))

    def receipt_at(self, uri: str) -> "Receipt | None":
        """A receipt by its address."""
        bucket, key = _parsed(uri)
        try:
            body = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        receipt: Receipt = json.loads(body)
        return receipt

    def link(self, uri: str) -> str:
        """An address by which a browser opens what lies in S3, and until when it does.

        It is signed with the developer's own credentials, and ends with them.
        """
        bucket, key = _parsed(uri)
        url = self.s3.generate_presigned_url(
            "get_object",
            Params={"Bucket": bucket, "Key": key},
            ExpiresIn=int(REPORT_OPENS.total_seconds()),
        )
        until = (datetime.now(UTC) + REPORT_OPENS).strftime("%Y-%m-%d %H:%M UTC")
        return f"{url}\n  (it opens until {until}, or as long as your credentials last)"

    def names(self, below: S3Prefix) -> list[str]:
        """Every key below a prefix, without the prefix."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=below.bucket, Prefix=below.prefix
        )
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        return [key.removeprefix(below.prefix) for key in keys if not key.endswith("/")]

    def under_way(self) -> str | None:
        """The name of a dropped dataset whose end hasn't come yet."""
        told = {name.removesuffix(".json") for name in self.names(self.receipts)}
        for name in told:
            receipt = self.receipt(name)
            if receipt and receipt["state"] in WAITING:
                return name
        return next((name for name in self.names(self.datasets) if name not in told), None)

    def is_live(self) -> bool:
        """Whether any endpoint answers."""
        endpoints = self.sagemaker.list_endpoints()["Endpoints"]
        return any(e["EndpointStatus"] in ANSWERING for e in endpoints)

    def progress(self, run: str) -> str:
        """What SageMaker says about a training job: its step, and the metrics it has seen."""
        try:
            job = self.sagemaker.describe_training_job(TrainingJobName=run)
        except ClientError:
            return ""
        metrics = job.get("FinalMetricDataList", [])
        numbers = [f"{metric['MetricName']} {metric['Value']:.4g}" for metric in metrics]
        return ", ".join([job["SecondaryStatus"], *numbers])


class ProgressLine:
    """One line that is rewritten on a terminal, a line for every change elsewhere."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._rewrite = sys.stdout.isatty()
        self._last = ""

    def show(self, text: str) -> None:
        """Tell where things are."""
        seconds = time.monotonic() - self._started
        if self._rewrite:
            width = shutil.get_terminal_size().columns - 1  # a wrapped line couldn't be rewritten
            print(f"\r\x1b[2K{f'{seconds:.0f} s  {text}'[:width]}", end="", flush=True)
        elif text != self._last:
            print(f"{seconds:6.1f} s  {text}", flush=True)
        self._last = text

    def end(self) -> None:
        """Leave the line."""
        if self._rewrite and self._last:
            print(flush=True)


def drop(
    desk: Desk, file: Path, name: str, timeout_seconds: float, said: dict[str, str] | None = None
) -> int:
    """Upload and follow; the exit code is 0 when live, 1 for any other end.

    `said` is what the uploader says of the file, as in sayings.OPTIONS. DropError if that can't be
    begun, or if the stack goes away.
    """
    try:
        with file.open("rb"):
            pass
    except OSError as error:
        raise DropError(f"{file} can't be read: {error.strerror}") from error
    most = LONGEST_KEY_BYTES - len(f"{desk.receipts.prefix}.json".encode())
    if (length := len(name.encode())) > most:
        raise DropError(
            f"the name has {length:,} bytes, and the receipt's would be too long: --name takes a "
            f"shorter one, of at most {most:,}"
        )
    try:
        metadata = sayings.metadata(said or {})
    except ValueError as error:
        raise DropError(str(error)) from error
    try:
        upload = desk.upload(file, name, metadata)
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise DropError(f"the upload failed: {error}") from error
    print(f"dropped s3://{desk.datasets.bucket}/{desk.datasets.prefix}{name}", flush=True)
    return follow(desk, name, desk.receipt_uri(name), timeout_seconds, upload)


def follow(
    desk: Desk, name: str, uri: str, timeout_seconds: float, upload: Upload | None = None
) -> int:
    """Show a receipt's way to its end; with an `upload`, only of receipts that tell of it."""
    progress, estimated = ProgressLine(), None
    progress.show(f"{name}: no receipt yet")
    try:
        for receipt in _receipts(desk, uri, upload, timeout_seconds):
            state, run = receipt["state"], receipt.get("run")
            if _is_end(receipt):
                progress.show(f"{name}: {state}")
                progress.end()
                return _told(receipt, desk)
            detail = receipt.get("reason") or ""  # what it has to wait for
            if estimated is None and (estimate := receipt.get("estimate")):
                estimated = estimate["text"]
                progress.end()
                print(estimated, flush=True)
            if state == "training" and run:
                detail = detail or desk.progress(run)
            progress.show(f"{name}: {state}{f' ({detail})' if detail else ''}")
    except (BotoCoreError, ClientError) as error:
        progress.end()
        raise DropError(f"the stack went away: {error}") from error
    progress.end()
    print(f"no end after {timeout_seconds:.0f} s; the receipt is {uri}", file=sys.stderr)
    return 1


def _receipts(
    desk: Desk, uri: str, upload: Upload | None, timeout_seconds: float
) -> "Iterator[Receipt]":
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        receipt = desk.receipt_at(uri)
        if receipt and (upload is None or upload.is_told_by(receipt)):
            yield receipt
        time.sleep(POLL_SECONDS)


def _is_end(receipt: "Receipt") -> bool:
    decision = (receipt.get("decision") or {}).get("status")
    approved = receipt["state"] == "trained" and decision == "Approved"  # deploying comes next
    return receipt["state"] not in WAITING and not approved


def _told(receipt: "Receipt", desk: Desk) -> int:
    for line in telling.lines(receipt.get("found") or {}, is_refused=receipt["state"] in UNLEARNT):
        print(line)
    if report := receipt.get("report"):
        print(f"the report: {desk.link(report)}")
    sys.stdout.flush()
    accuracy = ((receipt.get("evaluation") or {}).get("metrics") or {}).get("accuracy")
    if receipt["state"] == LIVE:
        right = "" if accuracy is None else f", right on {accuracy:.1%} of held-out rows"
        print(f"live: {receipt['run']}{right}\nthe page: {desk.page_url}")
        return 0
    for line in telling.why_not_live(receipt):
        print(line, file=sys.stderr)
    return 1


def _parsed(uri: str) -> S3Prefix:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return S3Prefix(bucket, prefix)


def desk_of(stack: str) -> Desk:
    """The desk of a stack; DropError if there is no such stack."""
    outputs = outputs_of(stack)
    if outputs is None:
        raise DropError(f"There is no stack {stack}: deploy it first.")
    return Desk(outputs, client_of)


def main(argv: list[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--name", help="its name in the bucket (the file's own)")
    parser.add_argument("--timeout", type=float, default=3 * 3600, help="seconds (three hours)")
    sayings.add_options(parser)
    args = parser.parse_args(sayings.joined(sys.argv[1:] if argv is None else argv))
    name, said = args.name or args.file.name, sayings.said(args)
    try:
        return drop(desk_of(args.stack_name), args.file, name, args.timeout, said)
    except (DropError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
