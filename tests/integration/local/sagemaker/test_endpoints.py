"""SageMaker's endpoints, driven by boto3 with the stand-in container."""

import json
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.sagemaker.machine import Machine
from tests.integration.local.sagemaker.steps import (
    QUICK,
    answered,
    ask,
    children_of,
    in_service,
    settled,
    told,
    wait_for,
)


def test_an_endpoint_answers(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    deployable("one")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    assert sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "Creating"

    described = in_service(sagemaker)

    variant = described["ProductionVariants"][0]
    assert variant["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    answer = ask(machine, "a", "good", "film", CustomAttributes="trace=1")
    assert answer["Body"]["run"] == "one"
    assert answer["Body"]["results"][0]["probability"] > 0.8
    assert answer["InvokedProductionVariant"] == "live"
    assert answer["CustomAttributes"] == "trace=1"
    assert answer["ContentType"] == "application/json"
    assert told(machine, "Endpoint", "EndpointStatus") == ["CREATING", "IN_SERVICE"]
    detail = machine.port.diary.events[-1]["detail"]
    assert isinstance(detail["CreationTime"], int)
    assert detail["ProductionVariants"][0]["VariantName"] == "live"
    listed = sagemaker.list_endpoints(StatusEquals="InService")["Endpoints"]
    assert [endpoint["EndpointName"] for endpoint in listed] == ["e"]


def test_an_update_switches_without_a_gap(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    for name in ("one", "two"):
        deployable(name)
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    in_service(sagemaker)
    machine.port.faults.add({"kind": "creating_slow", "seconds": 0.5})
    answers: list[str] = []
    done = threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            answers.append(ask(machine, "good")["Body"]["run"])

    asking = threading.Thread(target=keep_asking)
    asking.start()

    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")

    under_way = sagemaker.describe_endpoint(EndpointName="e")
    assert under_way["EndpointStatus"] == "Updating"
    assert under_way["EndpointConfigName"] == "one"
    assert under_way["PendingDeploymentSummary"]["EndpointConfigName"] == "two"
    for change in (sagemaker.update_endpoint, sagemaker.delete_endpoint):
        config = {"EndpointConfigName": "one"} if change == sagemaker.update_endpoint else {}
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            change(EndpointName="e", **config)
    assert in_service(sagemaker)["EndpointConfigName"] == "two"
    wait_for(lambda: answers[-1:] == ["two"])
    done.set()
    asking.join()
    assert answers == sorted(answers)  # first only "one", then only "two", and never an error
    with pytest.raises(ClientError, match="is using it"):
        sagemaker.delete_endpoint_config(EndpointConfigName="two")
    sagemaker.delete_endpoint_config(EndpointConfigName="one")


def test_a_model_that_cannot_be_served_fails_the_creation(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    deployable("bad", "unservable.csv")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="bad")

    described = settled(sagemaker)

    assert described["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in described["FailureReason"]
    assert told(machine, "Endpoint", "EndpointStatus") == ["CREATING", "FAILED"]
    with pytest.raises(ClientError, match="not found"):
        ask(machine, "good")
    with pytest.raises(ClientError, match="Cannot update failed endpoint"):
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="bad")
    with pytest.raises(ClientError, match="Cannot create already existing endpoint"):
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="bad")
    sagemaker.delete_endpoint(EndpointName="e")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="e", WaiterConfig=QUICK)
    with pytest.raises(ClientError, match=f'Could not find endpoint "{machine.arn}:endpoint/e"'):
        sagemaker.describe_endpoint(EndpointName="e")


def test_a_failed_update_rolls_back(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    deployable("good")
    deployable("bad", "unservable.csv")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="good")
    in_service(sagemaker)

    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="bad")

    described = settled(sagemaker)
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "good"
    assert "did not pass the ping health check" in described["FailureReason"]
    assert told(machine, "Endpoint", "EndpointStatus") == [
        *("CREATING", "IN_SERVICE", "UPDATING", "ROLLING_BACK", "IN_SERVICE")
    ]
    assert ask(machine, "good")["Body"]["run"] == "good"
    sagemaker.delete_endpoint_config(EndpointConfigName="bad")


def test_endpoints_fail_on_request(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    deployable("one")
    deployable("two")
    machine.port.faults.add({"kind": "update_failed", "reason": "no luck", "times": 2})

    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    assert settled(sagemaker)["FailureReason"] == "no luck"
    sagemaker.delete_endpoint(EndpointName="e")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="e", WaiterConfig=QUICK)
    machine.port.faults.clear()
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    in_service(sagemaker)
    machine.port.faults.add({"kind": "update_failed"})
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")

    assert settled(sagemaker)["EndpointConfigName"] == "one"


def test_what_the_container_refuses_is_a_model_error(live: Machine) -> None:
    runtime = live.client("sagemaker-runtime")

    with pytest.raises(runtime.exceptions.ModelError) as bad:
        runtime.invoke_endpoint(EndpointName="e", ContentType="application/json", Body="{}")
    with pytest.raises(runtime.exceptions.ModelError) as other:
        runtime.invoke_endpoint(EndpointName="e", Body='{"tokenizer": 2, "reviews": [["a"]]}')

    assert bad.value.response["OriginalStatusCode"] == 400
    assert "Send" in json.loads(bad.value.response["OriginalMessage"])["error"]
    assert bad.value.response["LogStreamArn"].endswith("/aws/sagemaker/Endpoints/e")
    assert "Received client error (400) from primary" in str(bad.value)
    assert other.value.response["OriginalStatusCode"] == 409


def test_the_runtime_misbehaves_on_request(live: Machine) -> None:
    for kind in ("cold_start", "endpoint_throttled", "model_error"):
        live.port.faults.add({"kind": kind})

    codes = []
    for _ in range(3):
        with pytest.raises(ClientError) as error:
            ask(live, "good")
        codes.append(error.value.response["Error"]["Code"])

    assert sorted(codes) == ["ModelError", "ModelNotReadyException", "ThrottlingException"]
    assert ask(live, "good")["Body"]["run"] == "one"


def test_calls_that_the_container_fails_are_counted_whatever_the_counter_does(
    live: Machine,
) -> None:
    ask(live, "good")
    runtime = live.client("sagemaker-runtime")
    for kind in ("cold_start", "endpoint_throttled"):
        live.port.faults.add({"kind": kind})
    live.port.faults.add({"kind": "model_error", "status": 400})
    for body in ("{}", "{}", "{}", "{}"):  # the last one is refused by the container itself
        with pytest.raises(ClientError):
            runtime.invoke_endpoint(EndpointName="e", Body=body)
    assert live.port.measured == []

    live.port.faults.add({"kind": "model_error", "status": 503})
    with pytest.raises(ClientError, match=r"ModelError.*server error \(503\)"):
        ask(live, "good")
    os.kill(children_of(os.getpid(), "serve.py")[0], signal.SIGKILL)
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        ask(live, "good")

    dimensions = {"EndpointName": "e", "VariantName": "live"}
    failed = ("AWS/SageMaker", "Invocation5XXErrors", 1.0, dimensions)
    assert live.port.measured == [failed, failed]


def test_a_body_over_four_megabytes_is_refused(live: Machine) -> None:
    runtime = live.client("sagemaker-runtime")

    with pytest.raises(runtime.exceptions.ValidationError, match="4194304"):
        runtime.invoke_endpoint(EndpointName="e", Body=b"x" * (4 * 1024 * 1024 + 1))


def test_a_serving_process_that_dies_is_started_again(live: Machine) -> None:
    first = children_of(os.getpid(), "serve.py")
    assert len(first) == 1

    os.kill(first[0], signal.SIGKILL)

    wait_for(lambda: children_of(os.getpid(), "serve.py") not in ([], first))
    wait_for(lambda: answered(live, or_else="ServiceUnavailable"))


def test_a_deleted_endpoint_leaves_no_process(live: Machine, sagemaker: Any) -> None:
    sagemaker.delete_endpoint(EndpointName="e")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="e", WaiterConfig=QUICK)

    assert children_of(os.getpid(), "serve.py") == []
    assert not (live.state / "endpoints/e").exists()


def test_no_more_calls_at_a_time_than_the_config_says(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    deployable("one", ServerlessConfig={"MemorySizeInMB": 1024, "MaxConcurrency": 1})
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    in_service(sagemaker)
    words = ["good"] * 200_000  # takes the container a while

    def call(_: int) -> str:
        try:
            return str(ask(machine, *words)["Body"]["run"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(call, range(12)))

    assert answers == {"one", "ThrottlingException"}
