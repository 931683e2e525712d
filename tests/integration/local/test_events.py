"""Events on their way from rules to functions, with and without manners."""

import json
import time
from types import SimpleNamespace

import pytest

from local.events import Events
from local.faults import Faults


@pytest.fixture(scope="module")
def quiet(shared):
    """The shared cloud, where schedules no longer fire: what they send isn't looked at."""
    rules = shared.client("events")
    for rule in rules.list_rules()["Rules"]:
        if "ScheduleExpression" in rule:
            rules.disable_rule(Name=rule["Name"])
    return shared


@pytest.fixture
def diary(quiet):
    """What the function Remember was told, oldest first; schedules are left out."""
    sqs, url = quiet.client("sqs"), quiet.status()["outputs"]["DiaryUrl"]
    told = []

    def after(count):
        def came():
            for message in sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            ).get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                event = json.loads(message["Body"])
                if event.get("detail-type") != "Scheduled Event":
                    told.append(event)
            return len(told) >= count

        quiet.wait(came, f"{count} events")
        return told

    return after


@pytest.fixture
def publish(quiet):
    def put(colour, source="demo", kind="Paint"):
        event = {"source": source, "detail-type": kind, "detail": {"colour": colour}}
        quiet.control("POST", "events", event)

    return put


def colours(events):
    return [event["detail"]["colour"] for event in events]


def stacks(cloud):
    found = cloud.client("cloudformation").list_stacks()["StackSummaries"]
    mine = [one for one in found if one["StackName"] == cloud.status()["stack"]]
    return [one for one in mine if one["StackStatus"] != "DELETE_COMPLETE"]


def test_an_event_reaches_the_functions_whose_pattern_fits(quiet, diary, publish):
    publish("red")
    publish("blue", source="other")
    publish("blue")

    [event] = diary(1)

    assert event.keys() == {
        *("version", "id", "detail-type", "source", "account", "time", "region"),
        *("resources", "detail"),
    }
    assert event["version"] == "0"
    assert (event["account"], event["region"]) == (quiet.account, "us-east-1")
    assert (event["source"], event["detail-type"]) == ("demo", "Paint")
    assert event["detail"] == {"colour": "blue"}
    assert event["time"].endswith("Z")


def test_a_rule_may_say_what_its_function_is_told(diary, publish):
    publish("red", kind="Whisper")

    assert diary(1) == [{"said": "hush"}]


def test_sagemakers_events_come_in_its_name(quiet, diary):
    sagemaker = quiet.client("sagemaker")
    registry = f"{quiet.account}.dkr.ecr.us-east-1.amazonaws.com"
    arn = sagemaker.create_model_package(
        ModelPackageGroupName="verdict-packages",
        InferenceSpecification={
            "Containers": [{"Image": f"{registry}/stand-ins:serve-1"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]

    event = diary(1)[0]

    assert event["source"] == "aws.sagemaker"
    assert event["detail-type"] == "SageMaker Model Package State Change"
    assert event["resources"] == [event["detail"]["ModelPackageArn"]] == [arn]


def test_an_event_may_come_twice_or_never(quiet, diary, publish):
    quiet.fault("event_duplicated", match={"function": quiet.function("Remember")})
    publish("blue")
    assert colours(diary(2)) == ["blue", "blue"]

    quiet.fault("event_dropped", match={"source": "demo"})
    publish("lost")
    publish("green")
    assert colours(diary(3)) == ["blue", "blue", "green"]


def test_an_event_may_come_late(quiet, diary, publish):
    quiet.fault("event_delayed", seconds=2)
    publish("first")
    publish("second")

    assert colours(diary(2)) == ["second", "first"]


def test_events_may_come_in_reverse_order_and_none_is_kept_for_ever(quiet, diary, publish):
    quiet.fault("events_reordered", count=3, match={"source": "demo"})
    for colour in ("a", "b", "c"):
        publish(colour)
    assert colours(diary(3)) == ["c", "b", "a"]

    quiet.fault("events_reordered", count=3)
    publish("alone")
    assert colours(diary(4))[-1] == "alone"


def test_an_event_that_fails_three_times_ends_in_the_failure_queue(quiet, publish):
    publish("mercy", kind="Doom")

    sqs, url = quiet.client("sqs"), quiet.status()["outputs"]["FailuresUrl"]
    [message] = quiet.wait(
        lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"),
        "the failure record",
    )
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    record = json.loads(message["Body"])
    assert "version" not in record  # it is on AWS
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    function = record["requestContext"]["functionArn"]
    assert function.removesuffix(":$LATEST").endswith(quiet.function("Fail"))
    assert record["requestPayload"]["detail"] == {"colour": "mercy"}
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorMessage"] == "no luck"


def test_a_function_switched_off_or_gone_is_not_tried_again_and_writes_no_logs(new_small):
    logged = "Handler: app.fail\n      LoggingConfig: {LogGroup: !Ref Told}"
    group = "Resources:\n  Told: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /told}}"
    cloud = new_small(("Handler: app.fail", logged), ("Resources:", group))
    functions, logs, fail = cloud.client("lambda"), cloud.client("logs"), cloud.function("Fail")

    def start(**event):
        body = json.dumps(event)
        functions.invoke(FunctionName=fail, InvocationType="Event", Payload=body)

    def runs():
        return len(logs.describe_log_streams(logGroupName="/told")["logStreams"])

    start()
    cloud.wait(runs, "the first of three tries")
    functions.put_function_concurrency(FunctionName=fail, ReservedConcurrentExecutions=0)
    tried = runs()
    time.sleep(3)  # the second would come after half a second, the third a second later
    assert runs() == tried

    functions.delete_function_concurrency(FunctionName=fail)
    start(seconds=2)
    time.sleep(0.5)
    cloud.client("cloudformation").delete_stack(StackName=cloud.status()["stack"])
    cloud.wait(lambda: not stacks(cloud), "the stack to be gone")
    time.sleep(4)  # the first try has ended, another would have
    assert logs.describe_log_groups(logGroupNamePrefix="/told")["logGroups"] == []


def test_a_schedule_fires_at_once_and_then_at_its_rate(new_small):
    cloud = new_small(minute_seconds=1)
    sqs, url = cloud.client("sqs"), cloud.status()["outputs"]["DiaryUrl"]
    fired = []

    def came():
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        fired.extend(json.loads(message["Body"]) for message in got.get("Messages", []))
        return len(fired) >= 2

    cloud.wait(came, "a schedule to fire twice")

    first, second = fired[:2]
    assert first["source"] == "aws.events"
    assert first["detail-type"] == "Scheduled Event"
    assert first["detail"] == {}
    [rule] = first["resources"]
    assert rule.startswith(f"arn:aws:events:us-east-1:{cloud.account}:rule/")
    assert first["id"] != second["id"]


def test_nothing_is_delivered_after_the_end(quiet):
    asked = []

    def client(service):
        asked.append(service)
        return quiet.running.identity.client(service)

    who = SimpleNamespace(client=client, account=quiet.account, region="us-east-1")
    events = Events(who, Faults(), 0.1)

    events.start()
    quiet.wait(lambda: asked, "the schedules to be looked at")
    events.stop()
    del asked[:]
    events.publish("Paint", {}, "arn")

    assert asked == []
