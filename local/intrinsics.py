"""CloudFormation's intrinsic functions, resolved lazily; whatever is unknown fails by its place."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.resource_types import TYPES, fingerprint

ACCOUNT = "123456789012"
REGION = "us-east-1"
NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


class TemplateError(Exception):
    """The template (or a parameter given with it) can't be played; the message names the place."""


def text(value: Any, path: str) -> str:
    """A value as CloudFormation writes it into a string: booleans in lower case, no lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise TemplateError(f"{path}: a string is needed here, not {type(value).__name__}")


class Resolver:
    """Answers Ref, GetAtt and all the rest for one template with its parameters."""

    def __init__(self, template: dict[str, Any], parameters: dict[str, Any], stack: str) -> None:
        self.template = template
        self.parameters = parameters
        self.stack = stack
        self.pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NoValue": NO_VALUE,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/local",
            "AWS::StackName": stack,
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._busy: list[str] = []

    def resolve(self, value: Any, path: str) -> Any:
        """`value` without intrinsics. NO_VALUE means: leave the property or item out."""
        if isinstance(value, list):
            items = [self.resolve(item, f"{path}[{n}]") for n, item in enumerate(value)]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            function, argument = next(iter(value.items()))
            if function == "Ref" or str(function).startswith("Fn::"):
                return self._call(function, argument, path)
        resolved = {key: self.resolve(item, f"{path}.{key}") for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def condition(self, name: Any, path: str) -> bool:
        """The truth of a named condition."""
        conditions = self.template.get("Conditions", {})
        if name not in conditions:
            raise TemplateError(f"{path}: there is no condition {name!r}")
        with self._once(f"Conditions.{name}", path):
            return self._truth(conditions[name], f"Conditions.{name}")

    def name(self, logical_id: str, path: str) -> str:
        """The physical name of a resource: the one it declares, or one built from the stack's."""
        resource = self._resource(logical_id, path)
        kind = TYPES[resource["Type"]]
        given = resource.get("Properties", {}).get(kind.name_property, NO_VALUE)
        place = f"Resources.{logical_id}.Properties.{kind.name_property}"
        if given is not NO_VALUE:
            with self._once(place, path):
                given = self.resolve(given, place)
        if given is not NO_VALUE:
            return text(given, place)
        name = self._format(kind.default_name, logical_id, "")
        return name.lower() if kind.lower else name

    def reference(self, name: Any, path: str) -> Any:
        """What `!Ref name` is: a parameter, a pseudo parameter or a resource."""
        if name in self.pseudo:
            return self.pseudo[name]
        if str(name).startswith("AWS::"):
            raise TemplateError(f"{path}: unknown pseudo parameter {name!r}")
        if name in self.parameters:
            return self.parameters[name]
        resource = self._resource(name, path)
        return self._format(TYPES[resource["Type"]].ref, name, self.name(name, path))

    def attribute(self, logical_id: str, attribute: str, path: str) -> str:
        """What `!GetAtt logical_id.attribute` is."""
        kind = self._resource(logical_id, path)["Type"]
        if attribute not in TYPES[kind].attributes:
            raise TemplateError(f"{path}: {kind} has no attribute {attribute!r} here")
        pattern = TYPES[kind].attributes[attribute]
        return self._format(pattern, logical_id, self.name(logical_id, path))

    def _format(self, pattern: str, logical_id: str, name: str) -> str:
        facts = fingerprint(self.stack, logical_id)
        return pattern.format(
            name=name, stack=self.stack, id=logical_id, account=ACCOUNT, region=REGION, **facts
        )

    def _resource(self, logical_id: Any, path: str) -> dict[str, Any]:
        resource: dict[str, Any] | None = self.template["Resources"].get(logical_id)
        if resource is None:
            raise TemplateError(f"{path}: there is no parameter or resource {logical_id!r}")
        condition = resource.get("Condition")
        if condition is not None and not self.condition(condition, path):
            raise TemplateError(f"{path}: {logical_id} isn't there, as {condition} is false")
        return resource

    @contextmanager
    def _once(self, key: str, path: str) -> Iterator[None]:
        if key in self._busy:
            raise TemplateError(f"{path}: circular: {' → '.join([*self._busy, key])}")
        self._busy.append(key)
        yield
        self._busy.pop()

    def _call(self, function: str, argument: Any, path: str) -> Any:
        if function == "Ref":
            return self.reference(argument, path)
        played = getattr(self, "_fn_" + function.removeprefix("Fn::").lower(), None)
        if played is None:
            raise TemplateError(f"{path}: the local cloud doesn't play {function}")
        return played(argument, f"{path}.{function}")

    def _list(self, value: Any, path: str, *lengths: int) -> list[Any]:
        if not isinstance(value, list) or (lengths and len(value) not in lengths):
            raise TemplateError(f"{path}: takes a list of {' or '.join(map(str, lengths))}")
        return value

    def _fn_sub(self, argument: Any, path: str) -> str:
        pattern, given = argument, {}
        if isinstance(argument, list):
            pattern, given = self._list(argument, path, 2)
        if not isinstance(pattern, str) or not isinstance(given, dict):
            raise TemplateError(f"{path}: takes a string, or a string and a map")

        def replace(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in given:
                return text(self.resolve(given[name], f"{path}.{name}"), path)
            logical_id, _, attribute = name.partition(".")
            if attribute:
                return self.attribute(logical_id, attribute, path)
            return text(self.reference(name, path), path)

        return _PLACEHOLDER.sub(replace, pattern)

    def _fn_getatt(self, argument: Any, path: str) -> str:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        logical_id, attribute = self._list(parts, path, 2)
        return self.attribute(logical_id, text(self.resolve(attribute, path), path), path)

    def _fn_join(self, argument: Any, path: str) -> str:
        separator, items = self._list(argument, path, 2)
        resolved = self._list(self.resolve(items, path), path)
        return text(separator, path).join(text(item, path) for item in resolved)

    def _fn_split(self, argument: Any, path: str) -> list[str]:
        separator, whole = self._list(argument, path, 2)
        return text(self.resolve(whole, path), path).split(separator)

    def _fn_select(self, argument: Any, path: str) -> Any:
        index, items = self._list(self.resolve(argument, path), path, 2)
        try:
            return self._list(items, path)[int(index)]
        except (IndexError, ValueError) as error:
            raise TemplateError(f"{path}: no item {index} in a list of {len(items)}") from error

    def _fn_findinmap(self, argument: Any, path: str) -> Any:
        found = self.template.get("Mappings", {})
        for key in self._list(self.resolve(argument, path), path, 3):
            if key not in found:
                raise TemplateError(f"{path}: there is no {key!r} in Mappings")
            found = found[key]
        return found

    def _fn_if(self, argument: Any, path: str) -> Any:
        name, then, otherwise = self._list(argument, path, 3)
        return self.resolve(then if self.condition(name, path) else otherwise, path)

    def _truth(self, value: Any, path: str) -> bool:
        function, argument = next(iter(value.items())) if isinstance(value, dict) else (value, None)
        if function == "Condition":
            return self.condition(argument, path)
        if function == "Fn::Equals":
            left, right = self._list(self.resolve(argument, path), path, 2)
            return text(left, path) == text(right, path)
        if function == "Fn::Not":
            return not self._truth(self._list(argument, path, 1)[0], path)
        if function in ("Fn::And", "Fn::Or"):
            truths = [self._truth(item, path) for item in self._list(argument, path)]
            return all(truths) if function == "Fn::And" else any(truths)
        raise TemplateError(f"{path}: {function!r} isn't a condition")
