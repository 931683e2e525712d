"""Alarms ring here too: each of template.yaml's by its fault, and on what a queue holds."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.clouds import SharedCloud
from tests.templates import stand_in_template

GOOD = "text,label\n" + "".join(
    f"a good film number {n},positive\na bad film number {n},negative\n" for n in range(30)
)


@pytest.fixture(scope="module")
def verdict(emulator, tmp_path_factory):
    """Our own template and functions."""
    folder = tmp_path_factory.mktemp("verdict")
    cloud = SharedCloud(folder, stand_in_template(folder), emulator, 1.0)
    cloud.start()
    yield cloud
    cloud.end()


@pytest.fixture
def rings(verdict):
    """Waits until an alarm rings and everybody who is to hear of it was told."""
    sns, sqs = verdict.client("sns"), verdict.client("sqs")
    topic = f"arn:aws:sns:us-east-1:{verdict.account}:verdict-notices"
    arn = f"arn:aws:sqs:us-east-1:{verdict.account}:listener"
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    url = sqs.create_queue(QueueName="listener", Attributes={"Policy": policy})["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def wait_for(logical_id):
        name = verdict.function(logical_id)  # of any resource
        cloudwatch = verdict.client("cloudwatch")

        def is_told():
            [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
            got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            told.extend(json.loads(message["Body"]) for message in got.get("Messages", []))
            heard = any(f'"AlarmName": "{name}"' in message["Message"] for message in told)
            return alarm["StateValue"] == "ALARM" and heard

        told = []
        verdict.wait(is_told, f"{logical_id} to ring", 60)

    return wait_for


def test_a_message_in_the_failure_queue_rings(verdict, rings):
    url = verdict.status()["outputs"]["FailureQueueUrl"]

    verdict.client("sqs").send_message(QueueUrl=url, MessageBody="an event")

    rings("FailureQueueAlarm")


def test_an_error_of_the_api_s_function_rings(verdict, rings):
    answer = verdict.client("lambda").invoke(
        FunctionName=verdict.function("PredictSentimentFunction"), Payload=b'"no request"'
    )
    assert answer["FunctionError"]

    rings("ApiCrashesAlarm")


def status_of(url):
    with pytest.raises(HTTPError) as failed:
        urlopen(url, timeout=30)
    failed.value.close()
    return failed.value.code


def test_an_answer_of_503_rings(verdict, rings):
    assert status_of(f"{verdict.page}/api/model") == 503  # nothing is live yet

    rings("ApiUnavailableAlarm")


def test_an_answer_of_500_rings_although_the_function_has_not_failed(verdict, rings):
    verdict.fault(
        "error", match={"operation": "DescribeEndpoint"}, code="AccessDeniedException", times=None
    )

    # It may remember for some seconds that nothing is live.
    verdict.wait(lambda: status_of(f"{verdict.page}/api/model") == 500, "an answer of 500", 30)

    verdict.control("DELETE", "faults")
    rings("ApiErrorsAlarm")


def test_a_function_that_is_switched_off_rings(verdict, rings, load_event):
    functions, name = verdict.client("lambda"), verdict.function("StartTrainingFunction")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    with pytest.raises(functions.exceptions.TooManyRequestsException):
        functions.invoke(
            FunctionName=name, Payload=json.dumps(load_event("schedule_fired")).encode()
        )
    functions.delete_function_concurrency(FunctionName=name)

    rings("StartTrainingThrottledAlarm")


def test_an_endpoint_that_fails_to_answer_rings(verdict, rings):
    verdict.drop("reviews.csv", GOOD)
    verdict.follow("reviews.csv", "live", seconds=120)
    verdict.fault("model_error", status=500, message="Out of memory", times=3)

    for _ in range(3):
        with pytest.raises(HTTPError) as failed:
            verdict.ask("a good film")
        failed.value.close()

    assert verdict.control("GET", "faults") == []
    rings("EndpointErrorsAlarm")


def test_a_receipt_that_stays_in_deploying_rings(verdict, rings):
    verdict.fault(
        "error", match={"operation": "*ateEndpoint"}, code="AccessDeniedException", times=None
    )
    verdict.drop("waiting.csv", GOOD + "a good film that waits,positive\n")
    run = verdict.follow("waiting.csv", "training", "deploying")["run"]
    where = {"Bucket": verdict.run_bucket, "Key": f"runs/{run}/receipt.json"}

    def told():
        found = verdict.document(*where.values())
        return found if found["state"] == "deploying" else None

    receipt = verdict.wait(told, "its run to say so")
    verdict.warm()  # whoever told it, too, has ended
    long_ago = (datetime.now(UTC) - timedelta(hours=5)).isoformat()
    verdict.client("s3").put_object(**where, Body=json.dumps(receipt | {"at": long_ago}).encode())

    rings("StuckReceiptAlarm")
    verdict.control("DELETE", "faults")


# What AWS measures and one machine doesn't, by AWS's documentation: names of their dimensions.
ON_AWS_ONLY = {
    ("AWS/S3", "BucketSizeBytes"): {"BucketName", "StorageType"},
    # Of one fleet, while there are two.
    ("AWS/SageMaker", "Invocation5XXErrors"): {"EndpointName", "VariantName", "EndpointConfigName"},
}


def named_metrics(cloud):
    """Namespace, name and dimensions of all that the stack's alarms and dashboard name."""
    cloudwatch = cloud.client("cloudwatch")
    for alarm in cloudwatch.describe_alarms()["MetricAlarms"]:
        dimensions = {d["Name"]: d["Value"] for d in alarm["Dimensions"]}
        yield alarm["Namespace"], alarm["MetricName"], dimensions
    [dashboard] = cloudwatch.list_dashboards()["DashboardEntries"]
    body = cloudwatch.get_dashboard(DashboardName=dashboard["DashboardName"])["DashboardBody"]
    for widget in json.loads(body)["widgets"]:
        for row in widget["properties"]["metrics"]:
            words = [word for word in row if isinstance(word, str)]
            if words:  # else an expression
                yield words[0], words[1], dict(zip(words[2::2], words[3::2], strict=True))


def live_through_everything(cloud):
    """Every end of a dataset, and every answer."""
    for name in ("reviews.csv", "failing.csv", "rejected.csv", "pending.csv"):
        cloud.drop(name, GOOD + f"a good film of its own {name},positive\n")
    cloud.drop("empty.csv", b"")
    for name in ("reviews.csv", "failing.csv", "rejected.csv", "pending.csv", "empty.csv"):
        cloud.follow(name, seconds=120)
    cloud.ask("a good film")
    page = f"{cloud.page}/api/sentiment"
    assert status_of(Request(page, b"no JSON", {"content-type": "application/json"})) == 400
    question = Request(page, b'{"text": "a good film"}', {"content-type": "application/json"})
    # Who is turned away is tried again, four times in all.
    for status, kind, times in ((429, "endpoint_throttled", 4), (503, "cold_start", 1)):
        cloud.fault(kind, times=times)
        assert status_of(question) == status
    denied = {"match": {"operation": "InvokeEndpoint"}, "code": "AccessDeniedException"}
    cloud.fault("error", **denied)
    assert status_of(question) == 500

    def nonsense(request, answer):
        response = answer(request)
        if request.path.startswith("/endpoints/"):
            response.set_data(b"{}")
        return response

    with cloud.before(nonsense):
        assert status_of(question) == 502


def test_every_metric_that_alarms_and_the_dashboard_name_is_emitted(new_cloud, load_event):
    cloud = new_cloud(minute_seconds=1.0)
    url = cloud.status()["outputs"]["FailureQueueUrl"]
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="an event")
    live_through_everything(cloud)
    # The emulator counts runs that Invoke begins, and not those that its API does.
    cloud.invoke("PredictSentimentFunction", load_event("openapi_requested"))
    cloud.fault("model_error", status=500)
    with pytest.raises(HTTPError) as failed:
        cloud.ask("a good film")
    failed.value.close()
    named = [
        (namespace, name, sorted(dimensions.items()))
        for namespace, name, dimensions in named_metrics(cloud)
        if ON_AWS_ONLY.get((namespace, name)) != dimensions.keys()
    ]
    assert {namespace for namespace, _, _ in named} == {
        *("AWS/Lambda", "AWS/SQS", "AWS/SageMaker"),
        f"Verdict/{cloud.status()['stack']}",
    }

    def missing():
        pages = cloud.client("cloudwatch").get_paginator("list_metrics").paginate()
        emitted = [
            (
                m["Namespace"],
                m["MetricName"],
                sorted((d["Name"], d["Value"]) for d in m["Dimensions"]),
            )
            for page in pages
            for m in page["Metrics"]
        ]
        return [metric for metric in named if metric not in emitted]

    with contextlib.suppress(AssertionError):
        cloud.wait(lambda: not missing(), "every metric to be emitted", 30)
    assert missing() == []


def test_the_depth_of_a_queue_is_measured_as_long_as_an_alarm_watches_it(shared):
    url = shared.status()["outputs"]["FailuresUrl"]
    name, cloudwatch = shared.function("FailuresAlarm"), shared.client("cloudwatch")

    def state():
        return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    shared.wait(lambda: state() == "OK", "the queue to be measured")
    shared.client("sqs").send_message(QueueUrl=url, MessageBody="x")

    shared.wait(lambda: state() == "ALARM", "the alarm to ring")


def test_an_alarm_takes_all_values_of_a_metric_as_one(shared):
    """AWS looks at each period by itself, and only at values with the alarm's own dimensions."""
    cloudwatch, name = shared.client("cloudwatch"), "three periods"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Demo",
        MetricName="Trouble",
        Dimensions=[{"Name": "where", "Value": "here"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    elsewhere = [{"Name": "where", "Value": "elsewhere"}]
    trouble = {"MetricName": "Trouble", "Value": 1, "Dimensions": elsewhere}

    cloudwatch.put_metric_data(Namespace="Demo", MetricData=[trouble])

    def state():
        return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    shared.wait(lambda: state() == "ALARM", "the alarm to ring")


def test_a_role_that_may_put_one_alarm_puts_all(verdict):
    """The emulator doesn't see which alarm a call is about, so templates reach it widened."""
    iam, functions = verdict.client("iam"), verdict.client("lambda")
    name = verdict.function("DeployEndpointFunction")
    role = functions.get_function_configuration(FunctionName=name)["Role"]
    another = f"arn:aws:cloudwatch:us-east-1:{verdict.account}:alarm:of another team"

    [told] = iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["cloudwatch:PutMetricAlarm"], ResourceArns=[another]
    )["EvaluationResults"]

    assert told["EvalDecision"] == "allowed"
