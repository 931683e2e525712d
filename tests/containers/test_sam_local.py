"""`sam local` as anybody types it, against a local cloud that invokes no function by itself.

What happens in S3 and SageMaker is therefore what the functions in SAM's containers did.
"""

import gzip
import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from local.templates import FUNCTION, parse, resources
from tests.clouds import Cloud
from tests.containers.sam_local import Checkout, Server
from tests.needs import needs_docker, needs_sam
from tests.templates import ROOT, stand_in_template

WOKEN_BY = {  # function → the types of its events in the template
    name: {event["Type"] for event in function["Properties"]["Events"].values()}
    for name, function in resources(parse((ROOT / "template.yaml").read_text()), FUNCTION)
}
FUNCTIONS = list(WOKEN_BY)
EVENTS = sorted(path.stem for path in (ROOT / "events").glob("*.json"))
[TRAINER] = [name for name, types in WOKEN_BY.items() if "S3" in types]
[ANSWERER] = [name for name, types in WOKEN_BY.items() if "HttpApi" in types]
[DEPLOYER] = set(FUNCTIONS) - {TRAINER, ANSWERER}
REVIEWS = (ROOT / "examples/reviews.csv").read_bytes()
DATASETS = {  # that the events tell of
    "reviews.csv": REVIEWS,
    "Kritiken für Mai + Juni.csv": REVIEWS[: REVIEWS.rindex(b"\n", 0, -1) + 1],
    "imdb.csv.gz": gzip.compress(REVIEWS, mtime=0),
}

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("sam-local")]


def event(name: str) -> dict[str, Any]:
    return dict(json.loads((ROOT / f"events/{name}.json").read_text()))


def receivers(cloud: Cloud, name: str) -> list[str]:
    """The functions that the stack sends such an event to."""
    sent, rules = event(name), cloud.client("events")
    if "routeKey" in sent:
        return [ANSWERER]
    if "detail-type" not in sent:
        return [TRAINER]
    names = {cloud.function(function): function for function in FUNCTIONS}

    def fits(rule: dict[str, Any]) -> bool:
        if "EventPattern" not in rule:
            return bool(sent["detail-type"] == "Scheduled Event")
        asked = {"EventPattern": rule["EventPattern"], "Event": json.dumps(sent)}
        return bool(rules.test_event_pattern(**asked)["Result"])

    return sorted(
        names[target["Arn"].rpartition(":")[2]]
        for rule in rules.list_rules()["Rules"]
        if fits(rule)
        for target in rules.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    )


def roles(cloud: Cloud, *functions: str) -> list[str]:
    """The names of functions' roles."""
    client = cloud.client("lambda")
    found = [client.get_function(FunctionName=cloud.function(name)) for name in functions]
    return [one["Configuration"]["Role"].rpartition("/")[2] for one in found]


def without_schedules(template: str) -> str:
    rate = "Schedule: rate(5 minutes)"
    assert rate in template
    return template.replace(rate, f"{rate}\n            Enabled: false")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Three datasets lie in it, and no event reaches a function of its own."""
    needs_docker()
    needs_sam()
    folder = tmp_path_factory.mktemp("sam-local")
    cloud = Cloud(folder, stand_in_template(folder, without_schedules))
    cloud.start()
    cloud.fault("event_dropped", times=None)
    cloud.client("s3").put_bucket_notification_configuration(
        Bucket=cloud.bucket, NotificationConfiguration={}
    )
    for name, content in DATASETS.items():
        cloud.drop(name, content)
    yield cloud
    cloud.stop()


@pytest.fixture(scope="module")
def checkout(cloud: Cloud) -> Checkout:
    """Ready for `sam local`, by `make sam-local`."""
    subprocess.run([ROOT / "tests/containers/lambda-image"], check=True)
    checkout = Checkout(cloud.folder / "checkout", cloud, needs_sam())
    told = checkout.prepare()
    assert "sam local invoke" in told
    return checkout


@pytest.fixture(scope="module")
def live(checkout: Checkout) -> Cloud:
    """The first dataset is live, by the hands of functions that `sam local invoke` ran."""
    cloud = checkout.cloud
    assert cloud.receipt("reviews.csv") is None

    assert checkout.invoke(TRAINER, "dataset_uploaded") is None
    assert cloud.follow("reviews.csv", "training")["run"]
    [job] = cloud.training_jobs()
    cloud.client("sagemaker").get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName=job, WaiterConfig={"Delay": 1}
    )
    assert cloud.packages() == []

    assert checkout.invoke(DEPLOYER, "training_completed") is None
    [package] = cloud.packages()
    assert package["ModelApprovalStatus"] == "Approved"
    cloud.wait(lambda: cloud.endpoint()["EndpointStatus"] == "InService", "the endpoint")

    assert checkout.invoke(DEPLOYER, "endpoint_in_service") is None
    assert cloud.follow("reviews.csv", "live")["run"] == job
    return cloud


@pytest.fixture(scope="module")
def settled(checkout: Checkout, live: Cloud) -> Cloud:
    """Every event that isn't a request went to its functions, two containers at a time."""
    pairs = [(function, name) for name in EVENTS for function in receivers(live, name)]
    assert {name for _, name in pairs} == set(EVENTS) - {"training_of_another_team"}
    with ThreadPoolExecutor(2) as pool:
        told = pool.map(lambda pair: checkout.invoke(*pair), (p for p in pairs if p[0] != ANSWERER))
        assert set(told) == {None}
    wake = [(name, event("schedule_fired")) for name in (DEPLOYER, TRAINER)]

    def at_an_end() -> bool:
        for name, scheduled in wake:
            assert live.invoke(name, scheduled) is None
        endpoint, receipts = live.endpoint(), [live.receipt(name) for name in DATASETS]
        states = {receipt["state"] for receipt in receipts if receipt}
        return states <= {"live", "superseded"} and endpoint["EndpointStatus"] == "InService"

    live.wait(at_an_end, "all datasets to be at an end", 120)
    return live


def test_every_event_that_is_no_request_does_its_work_in_sams_containers(settled: Cloud) -> None:
    receipts = {name: settled.receipt(name) for name in DATASETS}

    assert all(receipts.values())
    assert len(settled.training_jobs()) == len(settled.packages()) == len(DATASETS)
    callers = {call["principal"] for call in settled.control("GET", "calls")}
    assert callers >= set(roles(settled, TRAINER, DEPLOYER))


def test_sam_local_invoke_does_with_every_event_what_the_local_cloud_does(
    checkout: Checkout, settled: Cloud
) -> None:
    """Every file in events/ for whom the stack sends it to, two containers at a time.

    start-lambda, whose containers last, gets every event for every function below.
    """
    pairs = [(function, name) for name in EVENTS for function in receivers(settled, name)]
    assert {function for function, _ in pairs} == set(FUNCTIONS)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: checkout.invoke(*pair), pairs))

    here = settled.client("lambda")
    for pair, answer in zip(pairs, answers, strict=True):
        function, name = pair
        assert alike(ending(answer), outcome(here, settled.function(function), name)), pair


def test_a_function_has_no_more_rights_than_its_role(checkout: Checkout, settled: Cloud) -> None:
    environments = json.loads((checkout.folder / ".aws-sam/local/environment.json").read_text())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        environments[TRAINER][name] = environments[ANSWERER][name]
    (checkout.folder / "wrong.json").write_text(json.dumps(environments))

    answer = checkout.invoke(TRAINER, "schedule_fired", "--env-vars", "wrong.json")

    assert "AccessDenied" in answer["errorMessage"]
    [role] = roles(settled, ANSWERER)
    assert role[-32:] in answer["errorMessage"]


# --- start-lambda -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def start_lambda(checkout: Checkout, settled: Cloud) -> Iterator[Server]:
    server = Server(checkout, "start-lambda", "--warm-containers", "EAGER")
    yield server
    server.stop()


def ending(payload: Any) -> Any:
    """The answer, or the kind of error and its sentence."""
    if isinstance(payload, dict) and "errorType" in payload:
        return payload["errorType"], payload["errorMessage"]
    return payload


def alike(there: Any, here: Any) -> bool:
    """Whether SAM and the local cloud end alike: only an error's type differs.

    AWS and SAM give the exception's class, the emulator always the same word.
    """
    return bool(here == (("Runtime.HandlerError", there[1]) if type(there) is tuple else there))


def outcome(client: Any, function: str, name: str) -> Any:
    """What an invocation ends with."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event(name)).encode())
    return ending(json.load(answer["Payload"]))


def test_every_function_does_with_every_event_what_it_does_in_the_local_cloud(
    start_lambda: Server, settled: Cloud
) -> None:
    there, here = start_lambda.client(), settled.client("lambda")

    for function in FUNCTIONS:
        for name in EVENTS:
            answer = outcome(there, function, name)
            assert alike(answer, outcome(here, settled.function(function), name)), (function, name)
            if function != ANSWERER:
                assert answer is None, (function, name)
            elif "routeKey" not in event(name):
                assert answer[0] == "KeyError", name


def test_an_error_is_marked_by_aws_and_the_local_cloud_but_not_by_start_lambda(
    start_lambda: Server, settled: Cloud
) -> None:
    here, name = settled.client("lambda"), settled.function(ANSWERER)

    assert here.invoke(FunctionName=name, Payload=b"{}")["FunctionError"] == "Unhandled"
    there = start_lambda.client().invoke(FunctionName=ANSWERER, Payload=b"{}")
    assert "FunctionError" not in there


def test_start_lambda_takes_an_event_without_waiting(start_lambda: Server) -> None:
    answer = start_lambda.client().invoke(
        FunctionName=TRAINER, InvocationType="Event", Payload=b"{}"
    )

    assert answer["StatusCode"] == 202


# --- start-api and the page ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def start_api(checkout: Checkout, settled: Cloud) -> Iterator[Server]:
    server = Server(checkout, "start-api", "--warm-containers", "EAGER")
    yield server
    server.stop()


def ask(url: str, body: Any = None, **headers: str) -> tuple[int, str, bytes]:
    """Status, content type and body."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"content-type": "application/json"} | {k.replace("_", "-"): headers[k] for k in headers}
    try:
        with urlopen(Request(url, data, sent), timeout=60) as response:
            return response.status, response.headers["content-type"], response.read()
    except HTTPError as error:
        return error.code, error.headers["content-type"], error.read()


REQUESTS = {
    "model": ("/api/model", None, {}),
    "review": ("/api/sentiment", {"text": "A great film."}, {}),
    "reviews": ("/api/sentiment", {"texts": ["A great film.", "A dull – awful – film."]}, {}),
    "openapi": ("/api/openapi.json", None, {}),
    "docs": ("/api/docs", None, {}),
    "documentation's script": ("/api/docs.js", None, {}),
    "nothing": ("/api/nothing", None, {}),
    "malformed": ("/api/sentiment", b'{"text": ', {}),
    "not JSON": ("/api/sentiment", b"text", {"content_type": "text/plain"}),
    "too long": ("/api/sentiment", {"text": "a " * 50_001}, {}),
    "body too large": ("/api/sentiment", {"texts": ["a " * 9_000] * 80}, {}),
    "wrong method": ("/api/model", {}, {}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_start_api_answers_what_the_local_cloud_answers(
    name: str, start_api: Server, settled: Cloud
) -> None:
    path, body, headers = REQUESTS[name]

    there = ask(f"{start_api.url}{path}", body, **headers)
    here = ask(f"{settled.page}{path}", body, **headers)

    assert there[:2] == here[:2]
    if there[0] < 400:
        assert there[2] == here[2]
        return
    assert there[1] == "application/problem+json"
    problem, same = json.loads(there[2]), json.loads(here[2])
    assert problem.pop("request_id") != same.pop("request_id")
    assert problem == same
    assert problem["status"] == there[0]


def test_start_api_refuses_an_unknown_route_where_aws_does_not_find_it(start_api: Server) -> None:
    """As a REST API would. AWS's HTTP API and the local cloud answer 404."""
    status, _, body = ask(f"{start_api.url}/nothing")

    assert (status, json.loads(body)) == (403, {"message": "Missing Authentication Token"})


def test_start_api_fails_at_a_body_that_is_no_text(start_api: Server, settled: Cloud) -> None:
    """AWS and the local cloud hand it to the function, which refuses it."""
    there = ask(f"{start_api.url}/api/sentiment", b"\xff\xfe")
    here = ask(f"{settled.page}/api/sentiment", b"\xff\xfe")

    assert (there[0], here[0]) == (502, 400)


def test_the_page_in_front_of_start_api_answers_a_review(
    start_api: Server, settled: Cloud, tmp_path: Path
) -> None:
    options = ("--api", start_api.url, "--page", str(ROOT / "frontend"))
    front = Cloud(tmp_path, stand_in_template(tmp_path), *options)
    front.start()
    try:
        assert front.endpoint() is None  # nothing is live in this one
        status, kind, page = ask(f"{front.page}/")
        answer = front.ask("A great film.", "A dull, awful film.")
    finally:
        front.stop()

    assert (status, kind) == (200, "text/html")
    assert page == (ROOT / "frontend/index.html").read_bytes()
    assert [result["sentiment"] for result in answer["results"]] == ["positive", "negative"]
    assert answer["run"] == json.loads(ask(f"{settled.page}/api/model")[2])["run"]
