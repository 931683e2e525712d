"""Functions and events of the local cloud, with real workers of a small template."""

import contextlib
import json
import threading
import time
from pathlib import Path

import pytest

from local.events import Bus
from local.faults import Faults
from local.lambdas import (
    CONCURRENCY,
    Functions,
    StoppingError,
    ThrottledError,
    TooLargeError,
    UnknownFunctionError,
)
from local.template import TemplateError, load

DATA = Path(__file__).parent.parent / "data/local"
MINUTE_SECONDS = 0.3


@contextlib.contextmanager
def running(state, **parameters):
    stack = load(DATA / "template.yaml", parameters, "demo")
    functions = Functions(stack, "http://127.0.0.1:9", state, MINUTE_SECONDS)
    try:
        yield functions, stack
    finally:
        functions.stop()


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    with running(tmp_path_factory.mktemp("state")) as (functions, _):
        yield functions


def call(functions, name, event):
    invocation = functions.invoke(name, json.dumps(event).encode())
    return json.loads(invocation.payload), invocation.function_error


def eventually(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


# --- Invoking -----------------------------------------------------------------------------------


def test_a_function_sees_its_event_its_layer_and_only_the_declared_environment(
    functions, monkeypatch
):
    monkeypatch.setenv("SECRET_OF_THE_DEVELOPER", "x")

    answer, error = call(functions, "Echo", {"word": "schön"})

    assert error is None
    assert answer["event"] == {"word": "schön"}
    assert answer["greeting"] == "hello from the layer"
    assert answer["name"] == "demo-echo"
    assert 8_000 < answer["remaining_ms"] <= 10_000
    environment = answer["environment"]
    assert environment["QUEUE"] == "demo-Failures"
    assert environment["STAGE"] == "test"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert environment["AWS_ACCESS_KEY_ID"] == "LOCALEcho"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert "SECRET_OF_THE_DEVELOPER" not in environment
    assert "HOME" not in environment


@pytest.mark.parametrize(
    "name", ["Echo", "demo-echo", "arn:aws:lambda:us-east-1:123456789012:function:demo-echo"]
)
def test_a_function_is_found_by_each_of_its_names_and_stays_warm(functions, name):
    first, _ = call(functions, name, {})
    second, _ = call(functions, name, {})

    assert first["pid"] == second["pid"]
    assert first["request_id"] != second["request_id"]


def test_an_unknown_function_fails_by_name(functions):
    with pytest.raises(UnknownFunctionError, match="Nobody"):
        functions.invoke("Nobody", b"{}")


def test_what_a_function_raises_is_told_as_lambda_tells_it(functions, tmp_path):
    answer, error = call(functions, "Fail", {"thing": "dice"})

    assert error == "Unhandled"
    assert answer["errorType"] == "ValueError"
    assert answer["errorMessage"] == "no dice"
    assert any("in fail" in line for line in answer["stackTrace"])


def test_a_module_that_cannot_be_imported_is_told(functions):
    answer, error = call(functions, "Missing", {})

    assert error == "Unhandled"
    assert answer["errorType"] == "Runtime.ImportModuleError"
    assert "nowhere" in answer["errorMessage"]


def test_a_process_that_leaves_is_told_and_replaced(functions):
    for _ in range(2):
        answer, error = call(functions, "Leave", {})
        assert error == "Unhandled"
        assert answer["errorType"] == "Runtime.ExitError"
        assert "exit status 3" in answer["errorMessage"]


def test_a_time_out_kills_the_worker_and_the_next_one_is_new(functions):
    started = time.monotonic()
    answer, error = call(functions, "Sleep", {"seconds": 30})

    assert time.monotonic() - started < 6
    assert error == "Unhandled"
    assert answer["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 2.00 seconds" in answer["errorMessage"]
    assert call(functions, "Sleep", {"seconds": 0})[1] is None


def test_answers_and_payloads_have_lambdas_limits(functions):
    assert call(functions, "Big", {"bytes": 6_000_000})[1] is None
    answer, error = call(functions, "Big", {"bytes": 6_291_557})
    assert (error, answer["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")

    with pytest.raises(TooLargeError):
        functions.invoke("Answer", b'"' + b"x" * 6_291_456 + b'"')
    with pytest.raises(TooLargeError):
        functions.invoke_async("Answer", {"x": "x" * 1_048_576})
    with pytest.raises(ValueError, match="Expecting value"):
        functions.invoke("Answer", b"not json")


def in_parallel(functions, name, event, times):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(call(functions, name, event)[0]))
        for _ in range(times)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers, key=lambda answer: answer["started"])


def test_slow_invocations_run_at_the_same_time(functions):
    first, second = in_parallel(functions, "Sleep", {"seconds": 1}, 2)

    assert second["started"] < first["ended"]


def spans(diary):
    """When the function Sleep or Single ran, in the order of its ends."""
    return [json.loads(line) for line in diary.read_text().splitlines()] if diary.exists() else []


@contextlib.contextmanager
def busy(functions, seconds, diary):
    """The one execution that Single reserves is taken."""
    thread = threading.Thread(
        target=call, args=(functions, "Single", {"seconds": seconds, "diary": str(diary)})
    )
    thread.start()
    time.sleep(0.05)
    yield
    thread.join()


def test_more_than_the_reserved_concurrency_is_throttled(functions, tmp_path):
    call(functions, "Single", {"seconds": 0})  # warm

    with busy(functions, 0.5, tmp_path / "diary"), pytest.raises(ThrottledError, match="Single"):
        call(functions, "Single", {"seconds": 0})

    assert call(functions, "Single", {"seconds": 0})[1] is None


def test_events_wait_for_the_reserved_concurrency_and_run_one_by_one(functions, tmp_path):
    diary = tmp_path / "diary"

    with busy(functions, 0.3, diary):
        for _ in range(2):
            functions.invoke_async("Single", {"seconds": 0.1, "diary": str(diary)})

    first, second, third = eventually(lambda: len(spans(diary)) == 3 and spans(diary))
    assert first["ended"] <= second["started"] <= second["ended"] <= third["started"]


def test_without_a_reservation_a_few_run_at_once_and_the_rest_wait(functions):
    """AWS would run them all: a laptop can't."""
    answers = in_parallel(functions, "Sleep", {"seconds": 0.5}, CONCURRENCY + 2)

    for count, answer in enumerate(answers):
        running = [a for a in answers[:count] if a["ended"] > answer["started"]]
        assert len(running) < CONCURRENCY


def test_an_invocation_tells_the_end_of_its_log(functions):
    failed = functions.invoke("Fail", b'{"thing": "dice"}')

    assert b"failing on purpose" in failed.log
    assert b"no dice" in failed.log
    assert b"START RequestId" not in failed.log  # only what the process itself writes
    assert len(failed.log) <= 4096
    assert b"failing on purpose" not in functions.invoke("Echo", b"{}").log


def test_what_is_queued_goes_with_the_local_cloud(tmp_path):
    with running(tmp_path / "state") as (functions, _), busy(functions, 0.5, tmp_path / "diary"):
        functions.invoke_async("Single", {"seconds": 0, "diary": str(tmp_path / "diary")})
        functions.stop()

    with running(tmp_path / "state"):
        time.sleep(1)
    assert spans(tmp_path / "diary") == []


def test_stopping_ends_what_runs_and_takes_nothing_more(tmp_path):
    with running(tmp_path) as (functions, _):
        errors = []
        thread = threading.Thread(
            target=lambda: errors.append(call(functions, "Single", {"seconds": 30})[1])
        )
        thread.start()
        time.sleep(0.5)

        started = time.monotonic()
        functions.stop()
        thread.join(5)

        assert time.monotonic() - started < 2
        assert errors == ["Unhandled"]
        with pytest.raises(StoppingError):
            functions.invoke("Echo", b"{}")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Timeout: 10", "VpcConfig: {}", r"Echo: .*doesn't play \['VpcConfig'\]"),
        ("!GetAtt Failures.Arn", "arn:aws:sqs:x:1:other", "no queue or topic of this template"),
        ("[!Ref Shared]", "[arn:aws:lambda:x]", "no layer of this template"),
        ("ReservedConcurrentExecutions: 1", "ReservedConcurrentExecutions: 0", "reserves no"),
    ],
)
def test_what_a_function_may_not_have_fails_by_name(tmp_path, old, new, message):
    text = (DATA / "template.yaml").read_text()
    assert old in text
    (tmp_path / "template.yaml").write_text(text.replace(old, new))
    stack = load(tmp_path / "template.yaml")

    with pytest.raises(TemplateError, match=message):
        Functions(stack, "http://127.0.0.1:9", tmp_path, MINUTE_SECONDS)


# --- Asynchronous invocations and events --------------------------------------------------------


@pytest.fixture
def diary(tmp_path):
    """Functions, a bus with faults, and what the function Remember has written down."""
    path = tmp_path / "diary"

    class Diary:
        def read(self):
            return (
                [json.loads(line) for line in path.read_text().splitlines()]
                if path.exists()
                else []
            )

        def after(self, count):
            eventually(lambda: len(self.read()) >= count)
            return self.read()

    with running(tmp_path / "state", Diary=str(path)) as (functions, stack):
        book = Diary()
        book.functions, book.faults = functions, Faults()
        book.bus = Bus(stack, functions, book.faults, MINUTE_SECONDS)
        yield book
        book.bus.stop()


def test_a_failing_event_is_tried_three_times_with_growing_pauses(diary, tmp_path):
    counter = tmp_path / "counter"
    started = time.monotonic()

    diary.functions.invoke_async("Fail", {"counter": str(counter)})

    eventually(lambda: counter.exists() and counter.read_text() == "xxx")
    assert time.monotonic() - started >= 3 * MINUTE_SECONDS
    time.sleep(4 * MINUTE_SECONDS)
    assert counter.read_text() == "xxx"


def test_an_event_reaches_the_functions_whose_pattern_fits(diary):
    sent = diary.bus.publish("demo", "Paint", {"colour": "blue"}, ["arn:x"])
    diary.bus.publish("demo", "Paint", {"colour": "red"})
    diary.bus.publish("other", "Paint", {"colour": "blue"})

    assert diary.after(1) == [sent]
    assert sent["version"] == "0"
    assert (sent["account"], sent["region"]) == ("123456789012", "us-east-1")
    assert (sent["source"], sent["detail-type"], sent["resources"]) == ("demo", "Paint", ["arn:x"])
    assert sent["time"].endswith("Z")
    time.sleep(0.3)
    assert len(diary.read()) == 1


def colours(diary, count):
    return [event["detail"]["colour"] for event in diary.after(count)]


def test_an_event_may_come_twice_or_never(diary):
    diary.faults.add({"kind": "event_duplicated", "match": {"function": "Remember"}})
    diary.bus.publish("demo", "Paint", {"colour": "blue"})
    assert colours(diary, 2) == ["blue", "blue"]

    diary.faults.add({"kind": "event_dropped", "match": {"source": "demo"}})
    diary.bus.publish("demo", "Paint", {"colour": "lost"})
    diary.bus.publish("demo", "Paint", {"colour": "green"})
    assert colours(diary, 3) == ["blue", "blue", "green"]


def test_an_event_may_come_late(diary):
    diary.faults.add({"kind": "event_delayed", "seconds": 0.6})
    diary.bus.publish("demo", "Paint", {"colour": "first"})
    diary.bus.publish("demo", "Paint", {"colour": "second"})

    assert colours(diary, 2) == ["second", "first"]


def test_events_may_come_in_reverse_order_and_none_is_kept_for_ever(diary):
    diary.faults.add({"kind": "events_reordered", "count": 3})
    for colour in ("a", "b", "c"):
        diary.bus.publish("demo", "Paint", {"colour": colour})
    assert colours(diary, 3) == ["c", "b", "a"]

    diary.faults.add({"kind": "events_reordered", "count": 3})
    diary.bus.publish("demo", "Paint", {"colour": "alone"})
    assert colours(diary, 4)[-1] == "alone"


def test_s3_notifications_have_the_same_manners(diary):
    diary.faults.add({"kind": "event_dropped", "match": {"source": "aws.s3"}})
    diary.bus.s3({"n": 1}, "demo-Remember")
    diary.bus.s3({"n": 2}, "Remember")

    assert diary.after(1) == [{"n": 2}]


def test_a_schedule_fires_at_once_and_then_at_its_rate(diary):
    diary.bus.start()

    first, second = diary.after(2)[:2]

    assert first["source"] == "aws.events"
    assert first["detail-type"] == "Scheduled Event"
    assert first["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/RememberOften"]
    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("Schedule: 'cron(0 12 * * ? *)'", r"cron.* isn't a rate\(…\)"),
        ("Schedule: rate(1 minutes)", "rate"),
        ("Schedule: rate(2 minutes), Filter: x", r"Often: .*\['Filter'\]"),
    ],
)
def test_a_schedule_that_is_not_played_fails_by_name(tmp_path, new, message):
    text = (DATA / "template.yaml").read_text().replace("Schedule: rate(2 minutes)", new)
    path = tmp_path / "template.yaml"
    path.write_text(text.replace("CodeUri: code/", f"CodeUri: {DATA}/code"))
    stack = load(path)
    functions = Functions(stack, "http://127.0.0.1:9", tmp_path, MINUTE_SECONDS)

    with pytest.raises(TemplateError, match=message):
        Bus(stack, functions, Faults(), MINUTE_SECONDS)
