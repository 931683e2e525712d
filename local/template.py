"""template.yaml as CloudFormation and SAM see it: the only source of names in the local cloud.

Every intrinsic is resolved, `Globals` are merged and resources whose condition is false are gone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from local.intrinsics import ACCOUNT, REGION, Resolver, TemplateError, text
from local.resource_types import TYPES
from local.sam import FUNCTION, ROLE, implied_statements, statements, transform

__all__ = ["Event", "Resource", "Stack", "TemplateError", "load"]

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Transform",
}


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags; dates stay text (policy versions look like dates)."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Resource:
    """One resource, resolved. `name` is its plain name, `ref` what Ref returns (a topic's ARN…)."""

    logical_id: str
    type: str
    name: str
    ref: str
    properties: dict[str, Any] = field(repr=False)
    metadata: dict[str, Any] = field(repr=False)
    attributes: dict[str, str] = field(repr=False)

    @property
    def arn(self) -> str:
        """What `!GetAtt X.Arn` (or TopicArn, ModelPackageGroupArn, LayerVersionArn) returns."""
        return next(v for k, v in self.attributes.items() if k.endswith("Arn"))


class Event(NamedTuple):
    """One entry under a function's `Events`."""

    function: Resource
    name: str
    type: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """A template with its parameters, ready to be played."""

    name: str
    path: Path
    parameters: dict[str, str]
    resources: dict[str, Resource]
    outputs: dict[str, str]
    account: str = ACCOUNT
    region: str = REGION

    def of_type(self, kind: str) -> list[Resource]:
        """Every resource of a type, in the template's order."""
        return [resource for resource in self.resources.values() if resource.type == kind]

    def events(self, *kinds: str) -> Iterator[Event]:
        """Every function's events of these types ("S3", "HttpApi", …), in the template's order."""
        for function in self.of_type(FUNCTION):
            for name, event in function.properties.get("Events", {}).items():
                if event["Type"] in kinds:
                    yield Event(function, name, event["Type"], event.get("Properties", {}))

    def folder(self, relative: str) -> Path:
        """A path in the template (CodeUri, DockerContext): relative to the template's folder."""
        return (self.path.parent / relative).resolve()

    def statements(self, logical_id: str, *, implied: bool = True) -> list[dict[str, Any]]:
        """IAM statements of a function or role; `implied=False` leaves out what SAM itself adds."""
        resource = self.resources[logical_id]
        properties = resource.properties
        if resource.type == ROLE and "ForFunction" in resource.metadata:
            return self.statements(resource.metadata["ForFunction"], implied=implied)
        place = f"Resources.{logical_id}.Properties"
        if resource.type == ROLE:
            documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
            return statements([*documents, *properties.get("ManagedPolicyArns", [])], place)
        if "Role" in properties:
            roles = [role for role in self.of_type(ROLE) if role.arn == properties["Role"]]
            if not roles:
                raise TemplateError(f"{place}.Role: no role of this template: {properties['Role']}")
            return self.statements(roles[0].logical_id, implied=implied)
        policies = properties.get("Policies", [])
        found = statements(policies if isinstance(policies, list) else [policies], place)
        return found + (implied_statements(properties, place) if implied else [])


def load(
    path: Path | str, parameters: dict[str, str] | None = None, stack_name: str = "verdict"
) -> Stack:
    """Read a SAM template. TemplateError names the place of whatever can't be played."""
    path = Path(path).resolve()
    try:
        template = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        raise TemplateError(f"{path.name} isn't YAML: {error}") from error
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise TemplateError(f"{path.name}: there are no Resources")
    for section in template.keys() - _SECTIONS:
        raise TemplateError(f"{section}: the local cloud doesn't play this section")
    if template.get("Transform") not in (None, "AWS::Serverless-2016-10-31"):
        raise TemplateError(f"Transform: the local cloud doesn't play {template['Transform']}")
    values = _parameters(template.get("Parameters", {}), parameters or {})
    transform(template)
    resolver = Resolver(template, values, stack_name)
    return Stack(
        name=stack_name,
        path=path,
        parameters={k: ",".join(v) if isinstance(v, list) else v for k, v in values.items()},
        resources=dict(_resources(template, resolver)),
        outputs=dict(_outputs(template, resolver)),
    )


def _parameters(declared: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    for name in given.keys() - declared.keys():
        raise TemplateError(f"Parameters: the template has no parameter {name!r}")
    values = {}
    for name, rules in declared.items():
        value = given.get(name, rules.get("Default"))
        if value is None:
            raise TemplateError(f"Parameters.{name}: no default, so give it: {name}=…")
        values[name] = _parameter(f"Parameters.{name}", text(value, f"Parameters.{name}"), rules)
    return values


def _parameter(path: str, value: str, rules: dict[str, Any]) -> str | list[str]:
    kind = rules.get("Type")
    if kind not in ("String", "Number", "CommaDelimitedList", "List<Number>"):
        raise TemplateError(f"{path}: the local cloud doesn't play parameters of type {kind}")
    values = [item.strip() for item in value.split(",")] if kind not in ("String", "Number") else []
    allowed = [text(item, path) for item in rules.get("AllowedValues", [])]
    try:
        numbers = [float(item) for item in values or [value]] if "Number" in kind else []
    except ValueError as error:
        raise TemplateError(f"{path}: {value!r} isn't a number") from error
    fits = (
        all(item in allowed or not allowed for item in values or [value])
        and re.fullmatch(rules.get("AllowedPattern", "(?s:.*)"), value) is not None
        and int(rules.get("MinLength", 0)) <= len(value) <= int(rules.get("MaxLength", len(value)))
        and all(number >= float(rules.get("MinValue", number)) for number in numbers)
        and all(number <= float(rules.get("MaxValue", number)) for number in numbers)
    )
    if not fits:
        bounds = {key: rules[key] for key in rules if key.startswith(("Allowed", "Min", "Max"))}
        why = rules.get("ConstraintDescription") or ", ".join(f"{k} {v}" for k, v in bounds.items())
        raise TemplateError(f"{path}: {value!r} isn't allowed: {why}")
    return values or value


def _resources(template: dict[str, Any], resolver: Resolver) -> Iterator[tuple[str, Resource]]:
    for logical_id, raw in template["Resources"].items():
        path = f"Resources.{logical_id}"
        if "Condition" in raw and not resolver.condition(raw["Condition"], f"{path}.Condition"):
            continue
        yield (
            logical_id,
            Resource(
                logical_id=logical_id,
                type=raw["Type"],
                name=resolver.name(logical_id, path),
                ref=resolver.reference(logical_id, path),
                properties=resolver.resolve(raw.get("Properties", {}), f"{path}.Properties"),
                metadata=resolver.resolve(raw.get("Metadata", {}), f"{path}.Metadata"),
                attributes={
                    attribute: resolver.attribute(logical_id, attribute, path)
                    for attribute in TYPES[raw["Type"]].attributes
                },
            ),
        )


def _outputs(template: dict[str, Any], resolver: Resolver) -> Iterator[tuple[str, str]]:
    for name, output in template.get("Outputs", {}).items():
        path = f"Outputs.{name}"
        if "Condition" in output and not resolver.condition(output["Condition"], path):
            continue
        yield name, text(resolver.resolve(output["Value"], f"{path}.Value"), f"{path}.Value")
