"""What `make deploy` does before it builds anything, and once the stack is there.

    python operations/deploy.py begin --stack-name verdict --parameters LogRetentionDays=7 --to FILE
    python operations/deploy.py end --stack-name verdict

begin: the parameters are known by the template and get into a file from which SAM takes every value
as it was typed; a stack that can't be updated is deleted if nothing is in it, else it is said what
to do. end: functions that a deletion has stopped run again, the endpoint's logs expire, and whether
anybody hears of alarms.
"""

import json
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError

if __name__ == "__main__":  # a script knows only its own folder
    sys.path.insert(0, str(Path(__file__).parent.parent))

from operations.stack import (
    client_of,
    delete_stack,
    endpoint_logs,
    failures,
    parser_of,
    settled,
    stack_of,
    start_functions,
)

TEMPLATE = Path(__file__).parent.parent / "template.yaml"
ONE = re.compile(r"(\w+)=(.*?)(?:\s+(?=\w+=)|\s*$)", re.DOTALL)
STUCK = {  # what can't be updated, and what to do
    "CREATE_FAILED": "make delete STACK={stack} REGION={region}",
    "ROLLBACK_FAILED": "make delete STACK={stack} REGION={region}",
    "DELETE_FAILED": "make delete STACK={stack} REGION={region}",
    "UPDATE_ROLLBACK_FAILED": (
        "aws cloudformation continue-update-rollback --stack-name {stack} --region {region}"
    ),
}
PENDING = "PendingConfirmation"  # what stands for an ARN until somebody has agreed to hear


class DeployError(Exception):
    """The stack can't be deployed as it is wanted; the message says what to change."""


def main(argv: list[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("step", choices=["begin", "end"])
    parser.add_argument("--parameters", default="", help="NAME=VALUE …, as they are typed")
    parser.add_argument("--to", type=Path, help="the file that SAM is to read them from")
    args = parser.parse_args(argv)
    try:
        if args.step == "begin":
            template = TEMPLATE.read_text(encoding="utf-8")
            parameters = parsed(args.parameters, template)
            make_way(args.stack_name)
            parameters = words_for_empty(args.stack_name, template) | parameters
            args.to.parent.mkdir(exist_ok=True)
            args.to.write_text(json.dumps(parameters))  # which is YAML, too
        else:
            end(args.stack_name)
    except (DeployError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def parsed(typed: str, template: str) -> dict[str, str]:
    """Parameters of the template by their names; a value ends where the next NAME= begins."""
    known = parameters_of(template)
    parameters, rest = {}, typed.strip()
    while rest:
        found = ONE.match(rest)
        if not found:
            raise DeployError(f"{rest!r} is no parameter: type NAME=VALUE NAME=VALUE …")
        name, value = found.groups()
        if name not in known:
            raise DeployError(
                f"There is no parameter {name}: template.yaml has {', '.join(known)}."
            )
        if fault := fault_of(value, members(known[name])):
            raise DeployError(f"{name}={value} {fault}")
        parameters[name], rest = value, rest[found.end() :]
    return parameters


def fault_of(value: str, rules: dict[str, Any]) -> str:
    """What is wrong with a value by the template's rules of a parameter; empty where nothing is.

    A number has to be whole: CloudFormation would take 1.5, and each of the services refuse it.
    """
    pattern = rules["AllowedPattern"].value if "AllowedPattern" in rules else ".+"
    if not re.fullmatch(pattern, value):
        if "ConstraintDescription" in rules:
            return str(rules["ConstraintDescription"].value)
        return "has no value: template.yaml says what it may be."
    if "AllowedValues" in rules:
        allowed = [one.value for one in rules["AllowedValues"].value]
        return "" if value in allowed else f"must be one of {', '.join(allowed)}."
    if rules["Type"].value != "Number":
        return ""
    low = int(rules["MinValue"].value) if "MinValue" in rules else None
    high = int(rules["MaxValue"].value) if "MaxValue" in rules else None
    if not re.fullmatch("-?[0-9]+", value):
        return "must be a whole number."
    if low is not None and int(value) < low:
        return f"must be at least {low}."
    if high is not None and int(value) > high:
        return f"must be at most {high}."
    return ""


def parameters_of(template: str) -> dict[str, Any]:
    """A template's parameters, as nodes, by their names."""
    return members(members(yaml.compose(template))["Parameters"])


def members(mapping: Any) -> dict[str, Any]:
    """The nodes of a YAML mapping; CloudFormation's tags needn't be understood for that."""
    return {key.value: value for key, value in mapping.value}


def words_for_empty(stack: str, template: str) -> dict[str, str]:
    """Defaults for what is empty in a stack of Verdict 0.1, where there were no words for it."""
    known, found = parameters_of(template), stack_of(stack) or {}
    empty = [
        one["ParameterKey"] for one in found.get("Parameters", []) if not one["ParameterValue"]
    ]
    return {name: members(known[name])["Default"].value for name in empty if name in known}


def make_way(stack: str) -> None:
    """Delete a stack whose first deployment failed; DeployError if a stack is stuck in another way.

    After a failed creation CloudFormation has deleted all that it had made, and takes no update.
    """
    status = settled(stack)
    if status == "ROLLBACK_COMPLETE":
        print(f"The first deployment of {stack} failed. What is left of it goes first. It said:")
        print("\n".join(failures(stack, "CREATE")))
        delete_stack(stack)
        status = settled(stack)
    if status in STUCK:
        region = client_of("cloudformation").meta.region_name
        remedy = STUCK[status].format(stack=stack, region=region)
        raise DeployError(f"The stack {stack} is {status}. Type `{remedy}`, then deploy again.")


def end(stack: str) -> None:
    """Have all functions run and logs expire, and say so if nobody hears of alarms."""
    found = stack_of(stack)
    if found is None:
        raise DeployError(f"There is no stack {stack}: deploy it first.")
    given = {one["ParameterKey"]: one["ParameterValue"] for one in found["Parameters"]}
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}
    start_functions(outputs["FunctionNames"].split())
    expire_logs(stack, int(given["LogRetentionDays"]))
    pages = client_of("sns").get_paginator("list_subscriptions_by_topic")
    told = pages.paginate(TopicArn=outputs["NoticesArn"])
    subscriptions = [one for page in told for one in page["Subscriptions"]]
    if silence := why_nobody_hears(subscriptions, given["NotificationEmail"]):
        print(f"Nobody hears of alarms: {silence}")


def why_nobody_hears(subscriptions: list[dict[str, str]], email: str) -> str:
    """What has to happen before a notice reaches anybody; empty where one does already.

    SNS sends nothing to a subscription whose ARN is still PendingConfirmation, and forgets it when
    the link of its first message wasn't followed within days.
    """
    if any(one["SubscriptionArn"].startswith("arn:") for one in subscriptions):
        return ""
    if waiting := [one["Endpoint"] for one in subscriptions if one["SubscriptionArn"] == PENDING]:
        return f"{', '.join(waiting)} has to follow the link in AWS's first message."
    if email == "nobody":
        return "PARAMETERS='NotificationEmail=you@example.org' changes that."
    return (
        f"the subscription of {email} has lapsed. Deploy with nobody, then with the address again."
    )


def expire_logs(stack: str, days: int) -> None:
    """Have the endpoint's logs expire after so many days; SageMaker would keep them for ever.

    A container may have made the log group before, or make it anew once a deletion is over: so it
    is none of the template, which could only fail on it.
    """
    logs, name = client_of("logs"), endpoint_logs(stack)
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=days)


if __name__ == "__main__":
    sys.exit(main())
