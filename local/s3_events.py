"""S3's event notifications, shaped as AWS sends them, for the functions that ask for them."""

import secrets
import threading
import time
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from local.template import Stack

EVENT_VERSION = "2.5"  # AWS has one version for all event types since 2.4


class Change(NamedTuple):
    """One object, or version of it, came or went."""

    name: str  # "ObjectCreated:Put", without "s3:" as in the event
    bucket: str
    key: str
    principal: str
    size: int | None
    etag: str | None
    version_id: str | None


class Notifications:
    """The S3 events of the template's functions; one delivery to each function that matches."""

    def __init__(self, stack: Stack, bus: Any) -> None:
        self._stack, self._bus = stack, bus
        self._subscriptions = list(stack.events("S3"))
        self._lock = threading.Lock()
        self._sequence = 0

    def send(self, change: Change) -> None:
        """Hand the change to the bus, once for every subscription that it fits."""
        sequencer = self._next_sequencer()
        for event in self._subscriptions:
            if _fits(event.properties, change):
                record = self._record(
                    change, sequencer, f"{event.function.logical_id}-{event.name}"
                )
                self._bus.s3({"Records": [record]}, event.function.name)

    def _next_sequencer(self) -> str:
        """Grows with every write, over restarts too."""
        with self._lock:
            self._sequence = max(self._sequence + 1, time.time_ns())
            return f"{self._sequence:018X}"

    def _record(self, change: Change, sequencer: str, configuration: str) -> dict[str, Any]:
        item: dict[str, Any] = {"key": quote_plus(change.key, safe="/")}
        if change.size is not None:
            item |= {"size": change.size, "eTag": change.etag}
        if change.version_id is not None:
            item["versionId"] = change.version_id
        return {
            "eventVersion": EVENT_VERSION,
            "eventSource": "aws:s3",
            "awsRegion": self._stack.region,
            "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds")[:23] + "Z",
            "eventName": change.name,
            "userIdentity": {"principalId": f"AWS:{change.principal}"},
            "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {
                "x-amz-request-id": secrets.token_hex(8).upper(),
                "x-amz-id-2": secrets.token_urlsafe(57),
            },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": configuration,
                "bucket": {
                    "name": change.bucket,
                    "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                    "arn": f"arn:aws:s3:::{change.bucket}",
                },
                "object": item | {"sequencer": sequencer},
            },
        }


def _fits(subscription: dict[str, Any], change: Change) -> bool:
    events = subscription["Events"]
    rules = subscription.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    return (
        subscription["Bucket"] == change.bucket
        and any(
            fnmatchcase(f"s3:{change.name}", pattern)
            for pattern in (events if isinstance(events, list) else [events])
        )
        and all(_rule(rule, quote_plus(change.key, safe="/")) for rule in rules)
    )


def _rule(rule: dict[str, str], key: str) -> bool:
    """Filters are compared with the encoded key, so their special characters must be encoded."""
    name, value = rule["Name"].lower(), rule["Value"]
    return key.startswith(value) if name == "prefix" else key.endswith(value)
