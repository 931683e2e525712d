"""boto3 and Lambda in the local cloud: waiters, ways of invoking, refusals, concurrency."""

import base64
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.conftest import ROOT, Cloud
from tests.integration.aws_fixtures import Machine, machine

__all__ = ["machine"]
ONCE = {"Delay": 0.1, "MaxAttempts": 2}


def test_functions_are_waited_for_and_listed(machine: Machine) -> None:
    functions = machine.client("lambda")
    for name in functions.waiter_names:
        waiter = functions.get_waiter(name)
        waiter.wait(FunctionName="stack-OnCsv", WaiterConfig=ONCE)
        with pytest.raises(WaiterError):
            waiter.wait(FunctionName="stack-Nothing", WaiterConfig=ONCE)

    pages = list(
        functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    )

    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    assert names == sorted(r.name for r in machine.port.functions.resources)
    assert len(pages) == len(names)


def test_a_function_says_what_the_template_says(machine: Machine) -> None:
    functions = machine.client("lambda")

    told = functions.get_function(FunctionName="stack-OnCsv")["Configuration"]

    by_arn = functions.get_function_configuration(FunctionName=told["FunctionArn"])
    assert told.items() <= by_arn.items()
    assert (told["Handler"], told["Runtime"], told["Timeout"]) == ("app.answer", "python3.13", 3)
    assert told["Layers"] == [{"Arn": "arn:aws:lambda:us-east-1:123456789012:layer:stack-Shared:1"}]


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_each_way_of_invoking_has_its_status(machine: Machine, kind: str) -> None:
    answer = machine.client("lambda").invoke(
        FunctionName="OnCsv", InvocationType=kind, Payload=b'{"a": 1}'
    )

    assert answer["StatusCode"] == {"RequestResponse": 200, "Event": 202, "DryRun": 204}[kind]
    payload = answer["Payload"].read()
    assert json.loads(payload) == {"a": 1} if kind == "RequestResponse" else payload == b""


def test_the_end_of_the_log_comes_with_the_answer(machine: Machine) -> None:
    functions = machine.client("lambda")

    told = functions.invoke(FunctionName="OnFailing", LogType="Tail", Payload=b"{}")

    log = base64.b64decode(told["LogResult"]).decode()
    assert told["FunctionError"] == "Unhandled"
    assert "failing on purpose" in log
    assert "no luck" in log
    assert "LogResult" not in functions.invoke(FunctionName="OnFailing", Payload=b"{}")


@pytest.mark.parametrize(
    ("request_", "error", "complaint"),
    [
        ({"FunctionName": "nothing"}, "ResourceNotFoundException", "function:nothing"),
        ({"FunctionName": "OnCsv", "Qualifier": "7"}, "ResourceNotFoundException", "OnCsv:7"),
        ({"FunctionName": "OnCsv:live"}, "ResourceNotFoundException", "OnCsv:live"),
        ({"FunctionName": "OnCsv", "Payload": b"{"}, "InvalidRequestContentException", "parse"),
        ({"FunctionName": "OnCsv", "TenantId": "t"}, "InvalidParameterValueException", "TenantId"),
        ({"FunctionName": "a b"}, "ValidationException", "at 'functionName' failed to satisfy"),
        (
            {"FunctionName": "OnCsv", "InvocationType": "Now"},
            "ValidationException",
            r"enum value set: \[Event, RequestResponse, DryRun\]",
        ),
    ],
)
def test_a_wrong_call_is_refused_as_lambda_does(
    machine: Machine, request_: dict[str, Any], error: str, complaint: str
) -> None:
    functions = machine.client("lambda")

    with pytest.raises(ClientError, match=complaint) as refused:
        functions.invoke(**request_)

    assert refused.value.response["Error"]["Code"] == error
    if hasattr(functions.exceptions, error):
        assert isinstance(refused.value, getattr(functions.exceptions, error))
        assert refused.value.response["Type"] == "User"


@pytest.fixture
def demo(new_cloud: Callable[..., Cloud]) -> Cloud:
    """A local cloud whose function Single reserves one execution and waits 2 s for its turn."""
    return new_cloud(template=ROOT / "tests/data/local/template.yaml")


def test_beyond_the_reserved_concurrency_calls_are_throttled_and_events_age(demo: Cloud) -> None:
    functions, sqs = demo.client("lambda"), demo.client("sqs")
    letters = sqs.get_queue_url(QueueName="verdict-Failures")["QueueUrl"]
    busy = threading.Thread(
        target=functions.invoke, kwargs={"FunctionName": "Single", "Payload": b'{"seconds": 5}'}
    )
    busy.start()
    time.sleep(1)

    with pytest.raises(functions.exceptions.TooManyRequestsException) as throttled:
        functions.invoke(FunctionName="Single", Payload=b'{"seconds": 0}')
    queued = functions.invoke(FunctionName="Single", InvocationType="Event", Payload=b'{"n": 1}')
    received = demo.wait(
        lambda: sqs.receive_message(QueueUrl=letters).get("Messages"), "the event that grew too old"
    )
    busy.join()

    assert throttled.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert throttled.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert queued["StatusCode"] == 202
    record = json.loads(received[0]["Body"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert record["requestPayload"] == {"n": 1}
    assert "responsePayload" not in record
