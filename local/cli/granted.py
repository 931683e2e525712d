"""What every role of the stack has called, beside the statement of the template that allows it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local.policies import listed, policies


@dataclass
class Grant:
    """A statement that allows; `name` is its Sid, or its policy's name where it has none."""

    name: str
    has_sid: bool
    actions: list[str]
    resources: list[str]
    used: Counter[tuple[str, str]] = field(default_factory=Counter)  # action and resource → calls

    def allows(self, action: str, resource: str) -> bool:
        """Whether it names both, or the action where the resource isn't known ("*").

        Its conditions are left alone.
        """
        named = any(_fits(pattern.lower(), action.lower()) for pattern in self.actions)
        return named and (resource == "*" or any(_fits(p, resource) for p in self.resources))


@dataclass
class Role:
    """A role by its logical id; `foreign` is what no statement of it allows."""

    name: str
    statements: list[Grant]
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    foreign: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, action: str, resource: str, allowed: bool) -> None:
        """One more call, for each statement that allows it."""
        if not allowed:
            self.refused[action, resource] += 1
            return
        allowing = [one for one in self.statements if one.allows(action, resource)]
        for statement in allowing:
            statement.used[action, resource] += 1
        if not allowing:
            self.foreign[action, resource] += 1


def roles(client: Any, stack: str, calls: Iterable[dict[str, Any]]) -> list[Role]:
    """The stack's roles with what they have called; `client` makes boto3 clients."""
    found: dict[str, Role] = {}
    pages = client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::IAM::Role":
                name = resource["PhysicalResourceId"]
                statements = list(_statements(client("iam"), name))
                found[name] = Role(resource["LogicalResourceId"], statements)
    for call in calls:
        if role := found.get(call["principal"]):
            for action, resource in call["needs"]:
                role.count(action, resource, call["allowed"])
    return list(found.values())


def show(role: Role) -> None:
    """Print a role: what it called by statement, what was refused, what nothing has called."""
    print(role.name)
    for statement in role.statements:
        _show(statement.name, statement.used)
    _show("(refused)", role.refused)
    _show("(no statement)", role.foreign)
    for statement in role.statements:
        called = {action for action, _ in statement.used}
        if left := [action for action in statement.actions if action not in called]:
            print(f"  not called   {statement.name}: {', '.join(left)}")
    print()


def _show(name: str, used: Counter[tuple[str, str]]) -> None:
    for action in sorted({action for action, _ in used}):
        of = {resource: count for (called, resource), count in used.items() if called == action}
        more = f" and {len(of) - 1} more" if len(of) > 1 else ""
        print(f"  {sum(of.values()):>6} × {action:<34} {name:<32} {min(of)}{more}")


def _statements(iam: Any, role: str) -> Iterator[Grant]:
    for policy, document in policies(iam, role):
        for found in listed(document["Statement"]):
            if found["Effect"] == "Allow":
                what = listed(found["Action"]), listed(found["Resource"])
                yield Grant(found.get("Sid", policy), "Sid" in found, *what)


def _fits(pattern: str, text: str) -> bool:
    """As IAM compares: * is any characters, ? any one."""
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text))
