"""SageMaker's resources: in memory, one JSON file each on disk, and told as AWS tells them."""

import base64
import json
import math
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from botocore import xform_name

from local.calls import AwsError, service_model
from local.sagemaker.platform import Params, Platform
from local.sagemaker.wire import CONTROL_PLANE, invalid

_INVALID = "ValidationException"


@dataclass
class Resource:
    """One resource: what its Describe operation tells, its tags, and what only we need to know."""

    name: str
    arn: str
    shown: Params
    tags: dict[str, str] = field(default_factory=dict)
    hidden: Params = field(default_factory=dict)

    def part(self, names: Iterable[str]) -> Params:
        """The part of a resource that a list or an event shows."""
        return {name: self.shown[name] for name in names if name in self.shown}


@dataclass(frozen=True)
class Kind:
    """What tells the resources of one kind from those of another, in AWS's words."""

    name: str  # as its operations and members have it: "TrainingJob"
    noun: str = ""  # in sentences
    missing: str = 'Could not find {noun} "{arn}".'
    taken: str = 'Cannot create already existing {noun} "{arn}".'
    codes: tuple[str, str] = (_INVALID, _INVALID)  # of these two errors
    newest_first: bool = True  # in lists, unless asked for otherwise
    event: str = ""  # which changes are told: "SageMaker <event> State Change"
    in_event: str = ""  # its members
    event_time: Callable[[float], Any] = float  # how it writes a time


class Store(dict[str, Resource]):
    """The resources of one kind by name, and the operations that are alike for all kinds.

    AWS's description says which members of a Create operation its Describe operation shows, and
    which of those its List operation does.
    """

    def __init__(self, platform: Platform, kind: Kind) -> None:
        super().__init__()
        self._platform, self.kind = platform, kind
        self._arn_kind = xform_name(kind.name, "-")
        self._folder = platform.state / "resources" / self._arn_kind
        model = service_model(CONTROL_PLANE)
        self._described = model.operation_model(f"Describe{kind.name}").output_shape
        lists = model.operation_model(f"List{kind.name}s").output_shape
        [(self._summaries, self._summary)] = [
            (name, shape.member.members)
            for name, shape in lists.members.items()
            if shape.type_name == "list"
        ]

    def load(self) -> None:
        """Read what was there when the local cloud ended."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob("*.json"):
            resource = Resource(**json.loads(path.read_text(encoding="utf-8")))
            self[resource.name] = resource
        for draft in self._folder.glob("*.tmp"):
            draft.unlink()

    def find(self, name_or_arn: str) -> Resource:
        """A resource that must be there."""
        name = name_or_arn.rpartition(f"{self._arn_kind}/")[2]
        if name not in self:
            raise AwsError(self.kind.codes[0], self._said(self.kind.missing, name))
        return self[name]

    def refuse_taken(self, name: str) -> None:
        """A name can be used once."""
        if name in self:
            raise AwsError(self.kind.codes[1], self._said(self.kind.taken, name))

    def refuse_while(self, resource: Resource, *statuses: str, code: str = _INVALID) -> None:
        """There are things that can't be done to what is in one of these statuses."""
        if (status := resource.shown[f"{self.kind.name}Status"]) in statuses:
            text = f"The request was rejected because the {self.kind.noun} is in status {status}."
            raise AwsError(code, text)

    def _said(self, sentence: str, name: str) -> str:
        return sentence.format(arn=self._arn(name), name=name, noun=self.kind.noun)

    def make(self, params: Params, *, name: str = "", **more: Any) -> Resource:
        """A new resource out of a Create operation; it is there once it is saved."""
        kind, now = self.kind.name, self._platform.now()
        name = name or params[f"{kind}Name"]
        self.refuse_taken(name)
        shown = {f"{kind}Name": name, f"{kind}Arn": self._arn(name), "CreationTime": now}
        shown |= {key: params[key] for key in params if key in self._described.members} | more
        tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
        return Resource(name, self._arn(name), shown, tags)

    def save(self, resource: Resource) -> Params:
        """Write a resource as it is now, whole, by rename; what its Create operation answers."""
        path = self._path(resource.name)
        draft = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.tmp")
        draft.write_text(json.dumps(asdict(resource), indent=1), encoding="utf-8")
        draft.replace(path)
        self[resource.name] = resource
        return {f"{self.kind.name}Arn": resource.arn}

    def tell(self, resource: Resource, in_event: Params | None = None, **shown: Any) -> Params:
        """Change a resource, save it as `save` does, and only then publish what it is now."""
        resource.shown |= shown
        answer = self.save(resource)
        detail = (
            resource.part(self.kind.in_event.split()) | {"Tags": resource.tags} | (in_event or {})
        )
        detail_type = f"SageMaker {self.kind.event} State Change"
        self._platform.publish(detail_type, _timed(detail, self.kind.event_time), resource.arn)
        return answer

    def delete(self, name: str) -> Params:
        """Forget a resource; what its Delete operation answers."""
        self._path(name).unlink()
        del self[name]
        return {}

    def operations(self) -> dict[str, Callable[[Params], Params]]:
        """Describe, List and Delete as most kinds have them."""
        name = self.kind.name
        return {
            f"Describe{name}": lambda params: self.find(params[f"{name}Name"]).shown,
            f"List{name}s": lambda params: self.listing(params, self.values()),
            f"Delete{name}": lambda params: self.delete(self.find(params[f"{name}Name"]).name),
        }

    def listing(self, params: Params, resources: Iterable[Resource]) -> Params:
        """What a List operation tells of some resources."""
        found, token = self.page(params, resources)
        return {self._summaries: [resource.part(self._summary) for resource in found]} | token

    def page(self, params: Params, resources: Iterable[Resource]) -> tuple[list[Resource], Params]:
        """Filter and sort as a List operation asks: one page, and the token of the next if any."""
        status = f"{self.kind.name}Status"
        found = [resource for resource in resources if _wanted(resource, status, params)]
        default = "Descending" if self.kind.newest_first else "Ascending"
        is_down = params.get("SortOrder", default) == "Descending"

        def key(resource: Resource) -> list[Any]:
            objective = resource.shown.get("FinalHyperParameterTuningJobObjectiveMetric", {})
            sorted_by = {
                "Name": resource.name,
                "Status": resource.shown.get(status),
                "FinalObjectiveMetricValue": objective.get("Value"),
            }
            return [
                sorted_by.get(params.get("SortBy", ""), resource.shown["CreationTime"]),
                resource.name,
            ]

        found.sort(key=key, reverse=is_down)
        if token := params.get("NextToken"):
            try:
                after = json.loads(base64.b64decode(token, validate=True))
                found = [r for r in found if (key(r) < after if is_down else key(r) > after)]
            except (TypeError, ValueError) as error:
                raise invalid(f"Invalid NextToken: {token}") from error
        size = params.get("MaxResults", 10)
        if len(found) <= size:
            return found, {}
        last = json.dumps(key(found[size - 1]))
        return found[:size], {"NextToken": base64.b64encode(last.encode()).decode()}

    def _arn(self, name: str) -> str:
        if self.kind.name == "HyperParameterTuningJob":  # whatever its own name is
            name = name.lower()
        platform = self._platform
        return f"arn:aws:sagemaker:{platform.region}:{platform.account}:{self._arn_kind}/{name}"

    def _path(self, name: str) -> Path:
        return self._folder / f"{name.replace('/', ',')}.json"


def _wanted(resource: Resource, status: str, params: Params) -> bool:
    created: float = resource.shown["CreationTime"]
    times = {"CreationTime": created, "LastModifiedTime": created} | resource.shown
    return (
        params.get("NameContains", "").lower() in resource.name.lower()
        and params.get("StatusEquals") in (None, resource.shown.get(status))
        and all(
            params.get(f"{name}After", 0) <= times[name] <= params.get(f"{name}Before", math.inf)
            for name in ("CreationTime", "LastModifiedTime")
        )
    )


def _timed(detail: Params, form: Callable[[float], Any]) -> Any:
    """A copy of an event's detail in which times are written as that event has them."""

    def timed(part: Params) -> Params:
        is_time = {k: k.endswith("Time") and isinstance(v, float) for k, v in part.items()}
        return {k: form(v) if is_time[k] else v for k, v in part.items()}

    return json.loads(json.dumps(detail), object_hook=timed)


def milliseconds(seconds: float) -> str:
    """Times in events of jobs are milliseconds since 1970, as strings."""
    return str(round(seconds * 1000))
