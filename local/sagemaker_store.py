"""SageMaker's resources: in memory, one JSON file each on disk, and listed as AWS lists them."""

import base64
import binascii
import copy
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.containers import Engine
from local.faults import Faults
from local.template import Stack
from local.wire import AwsError

Params = dict[str, Any]


def invalid(message: str) -> AwsError:
    """Most of what SageMaker refuses, it calls a ValidationException."""
    return AwsError("ValidationException", message)


@dataclass
class Record:
    """One resource: what its Describe operation tells, its tags, and what only we need to know."""

    name: str
    arn: str
    shown: Params
    tags: dict[str, str] = field(default_factory=dict)
    hidden: Params = field(default_factory=dict)


class Store:
    """The resources of one kind. Each is written whole, by rename, before anybody hears of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records: dict[str, Record] = {}

    def load(self) -> None:
        """Read what was there when the local cloud ended."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob("*.json"):
            record = Record(**json.loads(path.read_text(encoding="utf-8")))
            self._records[record.name] = record
        for draft in self._folder.glob("*.tmp"):
            draft.unlink()

    def get(self, name: str) -> Record | None:
        return self._records.get(name)

    def all(self) -> list[Record]:
        return list(self._records.values())

    def save(self, record: Record) -> None:
        path = self._path(record.name)
        draft = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.tmp")
        draft.write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
        draft.replace(path)
        self._records[record.name] = record

    def delete(self, name: str) -> None:
        self._path(name).unlink()
        del self._records[name]

    def _path(self, name: str) -> Path:
        return self._folder / f"{name.replace('/', ',')}.json"


@dataclass
class Platform:
    """What every part of SageMaker shares. `lock` guards the stores; nothing slow is done in it."""

    stack: Stack
    state: Path
    bus: Any
    faults: Faults
    client: Callable[..., Any]  # (service, role's ARN) → boto3 client
    engine: Engine
    lock: threading.RLock = field(default_factory=threading.RLock)
    closing: threading.Event = field(default_factory=threading.Event)
    _last: float = 0

    def store(self, kind: str) -> Store:
        return Store(self.state / "sagemaker" / kind)

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:sagemaker:{self.stack.region}:{self.stack.account}:{kind}/{name}"

    def now(self) -> float:
        """Seconds since 1970, in AWS's milliseconds; never the same twice, so that lists sort."""
        with self.lock:
            self._last = max(round(time.time(), 3), round(self._last + 0.001, 3))
            return self._last

    def publish(self, detail_type: str, detail: Params, arn: str) -> None:
        self.bus.publish("aws.sagemaker", detail_type, copy.deepcopy(detail), [arn])


def address(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI; a key may hold what a URL parser would cut off."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def tags_of(params: Params) -> dict[str, str]:
    """The Tags of a Create operation."""
    return {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}


def page(
    records: Iterable[Record], params: Params, *, status: str = "", newest_first: bool = True
) -> tuple[list[Record], Params]:
    """One page of a List operation: filtered, sorted, and the token of the next page if any."""
    found = [record for record in records if _wanted(record, params, status)]
    order = params.get("SortOrder", "Descending" if newest_first else "Ascending")
    by = params.get("SortBy", "CreationTime")

    def key(record: Record) -> list[Any]:
        place = {
            "Name": record.name,
            "Status": record.shown.get(status),
            "FinalObjectiveMetricValue": record.hidden.get("value"),
        }
        return [place.get(by, record.shown["CreationTime"]), record.name]

    found.sort(key=key, reverse=order == "Descending")
    if token := params.get("NextToken"):
        after = _read_token(token)
        found = [r for r in found if (key(r) < after if order == "Descending" else key(r) > after)]
    size = params.get("MaxResults", 10)
    if len(found) <= size:
        return found, {}
    last = json.dumps(key(found[size - 1]))
    return found[:size], {"NextToken": base64.b64encode(last.encode()).decode()}


def _read_token(token: str) -> list[Any]:
    try:
        return list(json.loads(base64.b64decode(token, validate=True)))
    except (binascii.Error, ValueError) as error:
        raise invalid(f"Invalid NextToken: {token}") from error


def _wanted(record: Record, params: Params, status: str) -> bool:
    shown = record.shown
    created: float = shown["CreationTime"]
    changed: float = shown.get("LastModifiedTime", created)
    return (
        params.get("NameContains", "").lower() in record.name.lower()
        and params.get("StatusEquals") in (None, shown.get(status))
        and params.get("CreationTimeAfter", 0) <= created
        and params.get("CreationTimeBefore", created) >= created
        and params.get("LastModifiedTimeAfter", 0) <= changed
        and params.get("LastModifiedTimeBefore", changed) >= changed
    )


def summary(record: Record, *names: str) -> Params:
    """The part of a resource that a list shows."""
    return {name: record.shown[name] for name in names if name in record.shown}


def milliseconds(seconds: float) -> str:
    """Times in events of jobs are milliseconds since 1970, as strings."""
    return str(round(seconds * 1000))
