"""Where Lambda sends what became of a queued invocation: a function's OnFailure and OnSuccess."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import boto3

from local.intrinsics import TemplateError
from local.programs import principal
from local.template import Resource, Stack
from local.workers import Invocation

logger = logging.getLogger(__name__)


class Destinations:
    """The destinations of one function: queues and topics of the same template."""

    def __init__(self, function: Resource, stack: Stack, endpoint_url: str) -> None:
        self._function = function
        self._region = stack.region
        self._endpoint_url = endpoint_url
        config = function.properties.get("EventInvokeConfig", {}).get("DestinationConfig", {})
        self._targets = {
            outcome: _target(function, stack, destination)
            for outcome, destination in config.items()
        }

    def report(
        self,
        condition: str,
        event: dict[str, Any],
        request_id: str,
        attempt: int,
        invocation: Invocation | None,
    ) -> None:
        """Send Lambda's record of an ended event, if somebody wants it; None: it never ran."""
        target = self._targets.get("OnSuccess" if condition == "Success" else "OnFailure")
        if target is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": now.replace("+00:00", "Z"),
            "requestContext": {
                "requestId": request_id,
                "functionArn": f"{self._function.arn}:$LATEST",
                "condition": condition,
                "approximateInvokeCount": attempt,
            },
            "requestPayload": event,
        }
        if invocation:
            response = {"statusCode": 200, "executedVersion": "$LATEST"}
            if invocation.function_error:
                response["functionError"] = invocation.function_error
            record["responseContext"] = response
            record["responsePayload"] = json.loads(invocation.payload or b"null")
        self._send(target, json.dumps(record))

    def _send(self, target: Resource, message: str) -> None:
        """With the function's own permissions, as Lambda does."""
        session = boto3.Session(principal(self._function), "local", region_name=self._region)
        try:
            if target.type == "AWS::SQS::Queue":
                sqs = session.client("sqs", endpoint_url=self._endpoint_url)
                sqs.send_message(QueueUrl=target.ref, MessageBody=message)
            else:
                sns = session.client("sns", endpoint_url=self._endpoint_url)
                sns.publish(TopicArn=target.ref, Message=message)
        except Exception:  # whatever went wrong, this is the end of the line: nobody else is told
            logger.exception("%s: nothing reached %s", self._function.name, target.name)


def _target(function: Resource, stack: Stack, destination: dict[str, str]) -> Resource:
    for target in [*stack.of_type("AWS::SQS::Queue"), *stack.of_type("AWS::SNS::Topic")]:
        if target.arn == destination["Destination"]:
            return target
    place = f"Resources.{function.logical_id}.Properties.EventInvokeConfig"
    wanted = destination["Destination"]
    raise TemplateError(f"{place}: {wanted} is no queue or topic of this template")
