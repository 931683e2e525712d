"""EventBridge's event patterns; an unknown operator fails by name when the template is read.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

from local.intrinsics import TemplateError

_ABSENT = object()
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


def check(pattern: Any, path: str) -> None:
    """TemplateError for whatever `matches` couldn't decide."""
    if not isinstance(pattern, dict) or not pattern:
        raise TemplateError(f"{path}: a pattern is a map of names to lists or maps")
    for name, wanted in pattern.items():
        place = f"{path}.{name}"
        if name == "$or":
            if not isinstance(wanted, list) or len(wanted) < 2:
                raise TemplateError(f"{place}: takes a list of at least two patterns")
            for number, choice in enumerate(wanted):
                check(choice, f"{place}[{number}]")
        elif isinstance(wanted, list) and wanted:
            for matcher in wanted:
                _check_matcher(matcher, place)
        else:
            check(wanted, place)


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Whether a rule with this pattern would pass the event on."""
    return all(_matches_name(name, wanted, event) for name, wanted in pattern.items())


def _matches_name(name: str, wanted: Any, event: Any) -> bool:
    if name == "$or":
        return any(matches(choice, event) for choice in wanted)
    found = event.get(name, _ABSENT) if isinstance(event, dict) else _ABSENT
    if isinstance(wanted, list):
        values = found if isinstance(found, list) else [found]
        return any(_matches_value(matcher, value) for matcher in wanted for value in values)
    if isinstance(found, list):
        return any(matches(wanted, item) for item in found)
    return matches(wanted, found)


def _matches_value(matcher: Any, value: Any) -> bool:
    if not isinstance(matcher, dict):
        return _equal(matcher, value)
    name, argument = next(iter(matcher.items()))
    if name == "exists":
        return bool((value is not _ABSENT and not isinstance(value, dict)) == argument)
    if value is _ABSENT:
        return False
    return _OPERATORS[name](argument, value)


def _equal(wanted: Any, value: Any) -> bool:
    """Strict about types, except that 1 is 1.0: a string never equals a number, nor true 1."""
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (wanted, value))
    return (numbers or type(wanted) is type(value)) and bool(wanted == value)


def _prefix(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        wanted = wanted["equals-ignore-case"].lower()
        value = value.lower() if isinstance(value, str) else value
    return isinstance(value, str) and value.startswith(wanted)


def _suffix(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        wanted = wanted["equals-ignore-case"].lower()
        value = value.lower() if isinstance(value, str) else value
    return isinstance(value, str) and value.endswith(wanted)


def _ignoring_case(wanted: str, value: Any) -> bool:
    return isinstance(value, str) and value.lower() == wanted.lower()


def _wildcard(wanted: str, value: Any) -> bool:
    parts = re.findall(r"\\.|\*|[^\\*]+", wanted)
    expression = "".join(".*" if part == "*" else re.escape(_unescaped(part)) for part in parts)
    return isinstance(value, str) and re.fullmatch(expression, value, re.DOTALL) is not None


def _unescaped(part: str) -> str:
    return part[1:] if part.startswith("\\") else part


def _numeric(wanted: list[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_COMPARISONS[sign](value, limit) for sign, limit in _pairs(wanted))


def _pairs(wanted: list[Any]) -> Iterator[tuple[Any, Any]]:
    return zip(wanted[::2], wanted[1::2], strict=True)


def _anything_but(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        name, arguments = next(iter(wanted.items()))
        choices = arguments if isinstance(arguments, list) else [arguments]
        return not any(_OPERATORS[name](choice, value) for choice in choices)
    return not any(_equal(x, value) for x in (wanted if isinstance(wanted, list) else [wanted]))


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "anything-but": _anything_but,
    "equals-ignore-case": _ignoring_case,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
_IN_ANYTHING_BUT = {"equals-ignore-case", "prefix", "suffix", "wildcard"}


def _check_matcher(matcher: Any, place: str) -> None:
    if not isinstance(matcher, dict):
        if isinstance(matcher, list):
            raise TemplateError(f"{place}: a list within a list matches nothing")
        return
    if len(matcher) != 1:
        raise TemplateError(f"{place}: one operator at a time, not {sorted(matcher)}")
    name, argument = next(iter(matcher.items()))
    if name == "exists":
        fits = isinstance(argument, bool)
    elif name == "numeric":
        fits = _is_range(argument)
    elif name == "anything-but":
        fits = not isinstance(argument, dict) or argument.keys() <= _IN_ANYTHING_BUT
    elif name in ("prefix", "suffix") and isinstance(argument, dict):
        fits = argument.keys() == {"equals-ignore-case"}
    elif name in _OPERATORS:
        fits = isinstance(argument, str)
    else:
        raise TemplateError(f"{place}: the local cloud doesn't know the operator {name!r}")
    if not fits:
        raise TemplateError(f"{place}: {name} can't take {argument!r}")


def _is_range(argument: Any) -> bool:
    return (
        isinstance(argument, list)
        and len(argument) in (2, 4)
        and all(x in _COMPARISONS and isinstance(y, int | float) for x, y in _pairs(argument))
    )
