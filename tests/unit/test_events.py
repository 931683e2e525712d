"""The events in `events/` are whole and have the shape that AWS gives them.

What each of them sets off is the subject of other tests; here the files themselves are checked,
against botocore's service models and Powertools' readers rather than our own idea of them.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

import botocore.session
import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2, S3Event
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

EVENTS = Path(__file__).parents[2] / "events"
ACCOUNT, REGION = "123456789012", "us-east-1"
DATASET_BUCKET = f"verdict-datasets-{ACCOUNT}-{REGION}"
RUN = "verdict-0123456789ab"

S3_KEYS = {  # file: the keys as the uploader wrote them
    "dataset_uploaded": ["datasets/reviews.csv"],
    "dataset_uploaded_special_key": ["datasets/Kritiken für Mai + Juni.csv"],
    "dataset_uploaded_multipart": ["datasets/imdb.csv.gz"],
    "dataset_uploaded_twice": ["datasets/reviews.csv", "datasets/reviews.csv"],
    "folder_created": ["datasets/2026/"],
}
TRAINING = {  # file: TrainingJobStatus, SecondaryStatus
    "training_completed": ("Completed", "Completed"),
    "training_failed": ("Failed", "Failed"),
    "training_timed_out": ("Stopped", "MaxRuntimeExceeded"),
    "training_of_another_team": ("Completed", "Completed"),
}
ENDPOINT = ["endpoint_in_service", "endpoint_update_failed"]
PACKAGE = {"package_approved": "Approved", "package_rejected": "Rejected"}
EVENT_BRIDGE = [*TRAINING, *ENDPOINT, *PACKAGE, "schedule_fired"]
HTTP = {  # file: route
    "review_submitted": "POST /api/sentiment",
    "reviews_submitted": "POST /api/sentiment",
    "review_too_long": "POST /api/sentiment",
    "review_malformed": "POST /api/sentiment",
    "review_base64": "POST /api/sentiment",
    "model_requested": "GET /api/model",
    "openapi_requested": "GET /api/openapi.json",
}


def load(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


@pytest.fixture(scope="module")
def sagemaker() -> dict[str, OperationModel]:
    model = botocore.session.get_session().get_service_model("sagemaker")
    names = ["DescribeTrainingJob", "DescribeEndpoint", "DescribeModelPackage"]
    return {name: model.operation_model(name) for name in names}


def output_of(operation: OperationModel) -> StructureShape:
    shape = operation.output_shape
    assert isinstance(shape, StructureShape)
    return shape


def unknown_values(value: Any, shape: Shape) -> Iterator[str]:
    """Strings that the service model does not list where it lists the possible ones."""
    if isinstance(shape, StructureShape):
        for name, member in value.items():
            yield from unknown_values(member, shape.members[name])
    elif isinstance(shape, ListShape):
        for member in value:
            yield from unknown_values(member, shape.member)
    elif isinstance(shape, MapShape):
        for member in value.values():
            yield from unknown_values(member, shape.value)
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{value} is not one of {shape.enum}"


def check_shape(detail: dict[str, Any], shape: StructureShape) -> None:
    report = ParamValidator().validate(detail, shape)  # types, required, unknown names, lengths

    assert not report.has_errors(), report.generate_report()
    assert list(unknown_values(detail, shape)) == []


def with_seconds(value: Any, name: str = "") -> Any:
    """The same detail with its times in seconds, as the API has them, not in milliseconds."""
    if isinstance(value, dict):
        return {key: with_seconds(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [with_seconds(member) for member in value]
    return int(value) / 1000 if re.search("Time$|^Timestamp$", name) else value


def test_every_file_is_one_of_the_situations_listed_here() -> None:
    files = {path.stem for path in EVENTS.iterdir()}

    assert files == {*S3_KEYS, "s3_test_event", *EVENT_BRIDGE, *HTTP}


# --- S3 ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", S3_KEYS)
def test_s3_records_are_whole(name: str) -> None:
    event = load(name)

    assert list(event) == ["Records"]
    for record in event["Records"]:
        assert set(record) == {
            *("eventVersion", "eventSource", "awsRegion", "eventTime", "eventName"),
            *("userIdentity", "requestParameters", "responseElements", "s3"),
        }
        assert record["eventVersion"].startswith("2.")
        assert (record["eventSource"], record["awsRegion"]) == ("aws:s3", REGION)
        assert record["eventName"].startswith("ObjectCreated:")  # no "s3:" in front
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["eventTime"])
        assert set(record["userIdentity"]) == {"principalId"}
        assert set(record["requestParameters"]) == {"sourceIPAddress"}
        assert set(record["responseElements"]) == {"x-amz-request-id", "x-amz-id-2"}
        assert set(record["s3"]) == {"s3SchemaVersion", "configurationId", "bucket", "object"}
        assert record["s3"]["bucket"] == {
            "name": DATASET_BUCKET,
            "ownerIdentity": record["s3"]["bucket"]["ownerIdentity"],
            "arn": f"arn:aws:s3:::{DATASET_BUCKET}",
        }
        stored = record["s3"]["object"]
        assert set(stored) == {"key", "size", "eTag", "versionId", "sequencer"}
        assert re.fullmatch(r"[0-9a-f]{32}(-\d+)?", stored["eTag"])
        assert re.fullmatch(r"[0-9A-F]{18}", stored["sequencer"])


@pytest.mark.parametrize(("name", "keys"), S3_KEYS.items())
def test_s3_keys_decode_to_what_the_uploader_wrote(name: str, keys: list[str]) -> None:
    event = load(name)

    assert [unquote_plus(record["s3"]["object"]["key"]) for record in event["Records"]] == keys
    assert S3Event(event).object_key == keys[0]


def test_the_special_key_needs_decoding_and_not_only_of_its_pluses() -> None:
    key = load("dataset_uploaded_special_key")["Records"][0]["s3"]["object"]["key"]

    assert key == "datasets/Kritiken+f%C3%BCr+Mai+%2B+Juni.csv"


def test_a_folder_marker_is_empty_and_ends_in_a_slash() -> None:
    marker = load("folder_created")["Records"][0]["s3"]["object"]

    assert marker["size"] == 0
    assert marker["key"].endswith("/")
    assert marker["eTag"] == "d41d8cd98f00b204e9800998ecf8427e"  # MD5 of nothing


def test_a_multipart_upload_has_its_own_event_name_and_no_md5() -> None:
    [record] = load("dataset_uploaded_multipart")["Records"]

    assert record["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert record["s3"]["object"]["eTag"].endswith("-12")


def test_the_same_dataset_uploaded_twice_differs_in_version_and_order_only() -> None:
    first, second = (record["s3"]["object"] for record in load("dataset_uploaded_twice")["Records"])

    assert first["versionId"] != second["versionId"]
    assert first["sequencer"] < second["sequencer"]
    assert [first[name] for name in ("key", "size", "eTag")] == [
        second[name] for name in ("key", "size", "eTag")
    ]


def test_the_s3_test_event_has_no_records() -> None:
    event = load("s3_test_event")

    assert set(event) == {"Service", "Event", "Time", "Bucket", "RequestId", "HostId"}
    assert (event["Event"], event["Bucket"]) == ("s3:TestEvent", DATASET_BUCKET)


# --- EventBridge ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVENT_BRIDGE)
def test_the_envelope_is_whole(name: str) -> None:
    event = load(name)

    assert set(event) == {
        *("version", "id", "detail-type", "source", "account"),
        *("time", "region", "resources", "detail"),
    }
    assert (event["version"], event["account"], event["region"]) == ("0", ACCOUNT, REGION)
    assert str(UUID(event["id"])) == event["id"]
    assert datetime.fromisoformat(event["time"]).tzinfo == UTC
    [resource] = event["resources"]
    assert resource.startswith("arn:aws:")


def test_no_two_events_share_an_id() -> None:
    assert len({load(name)["id"] for name in EVENT_BRIDGE}) == len(EVENT_BRIDGE)


@pytest.mark.parametrize(("name", "statuses"), TRAINING.items())
def test_training_events_describe_the_job_as_the_api_would(
    name: str, statuses: tuple[str, str], sagemaker: dict[str, OperationModel]
) -> None:
    event = load(name)
    detail = event["detail"]

    assert (event["source"], event["detail-type"]) == (
        "aws.sagemaker",
        "SageMaker Training Job State Change",
    )
    assert event["resources"] == [detail["TrainingJobArn"]]
    assert (detail["TrainingJobStatus"], detail["SecondaryStatus"]) == statuses
    assert detail["SecondaryStatusTransitions"][-1]["Status"] == statuses[1]
    assert isinstance(detail.pop("Tags"), dict)  # a map here, a list in the API
    check_shape(with_seconds(detail), output_of(sagemaker["DescribeTrainingJob"]))


@pytest.mark.parametrize("name", TRAINING)
def test_times_of_training_events_are_epoch_milliseconds_as_strings_and_in_order(name: str) -> None:
    event = load(name)
    detail = event["detail"]
    order = ["CreationTime", "TrainingStartTime", "TrainingEndTime", "LastModifiedTime"]

    times = [detail[member] for member in order]

    assert all(re.fullmatch(r"\d{13}", time) for time in times)
    assert times == sorted(times)
    assert int(times[-1]) // 1000 == datetime.fromisoformat(event["time"]).timestamp()


def test_only_a_failed_training_has_a_reason() -> None:
    reasons = {name: load(name)["detail"].get("FailureReason") for name in TRAINING}

    assert [name for name, reason in reasons.items() if reason] == ["training_failed"]
    assert len(str(reasons["training_failed"])) <= 1024


def test_only_the_other_teams_job_is_not_named_after_the_stack() -> None:
    names = {name: load(name)["detail"]["TrainingJobName"] for name in TRAINING}

    assert not names.pop("training_of_another_team").startswith("verdict")
    assert set(names.values()) == {RUN}


@pytest.mark.parametrize("name", ENDPOINT)
def test_endpoint_events_have_their_own_spelling_of_the_status_and_numbers_as_times(
    name: str, sagemaker: dict[str, OperationModel]
) -> None:
    event = load(name)
    detail = event["detail"]
    shape = output_of(sagemaker["DescribeEndpoint"])
    status = shape.members["EndpointStatus"]
    assert isinstance(status, StringShape)
    spelling = {in_event(value): value for value in status.enum}

    assert event["detail-type"] == "SageMaker Endpoint State Change"
    assert event["resources"] == [detail["EndpointArn"]]
    assert detail["EndpointName"] == "verdict"
    assert detail["EndpointStatus"] in spelling
    assert {type(detail[time]) for time in ("CreationTime", "LastModifiedTime")} == {float}
    assert isinstance(detail.pop("Tags"), dict)
    check_shape(
        with_seconds(detail | {"EndpointStatus": spelling[detail["EndpointStatus"]]}), shape
    )


def in_event(status: str) -> str:
    """InService in the API is IN_SERVICE in an event."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()


def test_after_a_failed_update_the_endpoint_serves_what_it_served_before() -> None:
    before, after = (load(name)["detail"] for name in ENDPOINT)

    assert "FailureReason" not in before
    assert after["FailureReason"]
    assert after["EndpointStatus"] == before["EndpointStatus"] == "IN_SERVICE"
    assert after["EndpointConfigName"] == before["EndpointConfigName"]
    assert after["LastModifiedTime"] > before["LastModifiedTime"]


@pytest.mark.parametrize(("name", "status"), PACKAGE.items())
def test_package_events_describe_the_package_as_the_api_would(
    name: str, status: str, sagemaker: dict[str, OperationModel]
) -> None:
    event = load(name)
    detail = event["detail"]
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/verdict/3"

    assert event["detail-type"] == "SageMaker Model Package State Change"
    assert event["resources"] == [detail["ModelPackageArn"]] == [arn]
    assert (detail["ModelPackageGroupName"], detail["ModelPackageVersion"]) == ("verdict", 3)
    assert (detail["ModelPackageStatus"], detail["ModelApprovalStatus"]) == ("Completed", status)
    assert detail["LastModifiedTime"] == event["time"]
    detail["ModelPackageName"] = "verdict"  # always in the API's answer, never in the event
    check_shape(detail, output_of(sagemaker["DescribeModelPackage"]))


def test_a_schedule_says_nothing_but_that_time_has_passed() -> None:
    event = load("schedule_fired")

    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    assert event["resources"][0].startswith(f"arn:aws:events:{REGION}:{ACCOUNT}:rule/verdict-")
    assert event["detail"] == {}


# --- HTTP API ------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "route"), HTTP.items())
def test_http_requests_are_whole(name: str, route: str) -> None:
    event = load(name)
    context = event["requestContext"]
    method, path = route.split()

    body = {"body"} if method == "POST" else set()
    assert set(event) == body | {
        *("version", "routeKey", "rawPath", "rawQueryString"),
        *("headers", "requestContext", "isBase64Encoded"),
    }
    assert set(context) == {
        *("accountId", "apiId", "domainName", "domainPrefix", "http"),
        *("requestId", "routeKey", "stage", "time", "timeEpoch"),
    }
    assert set(context["http"]) == {"method", "path", "protocol", "sourceIp", "userAgent"}
    assert event["version"] == "2.0"
    assert event["routeKey"] == context["routeKey"] == route
    assert (event["rawPath"], context["http"]["path"]) == (path, path)
    assert context["http"]["method"] == method
    assert [header for header in event["headers"] if header != header.lower()] == []
    assert context["domainName"] == event["headers"]["host"]
    assert datetime.strptime(context["time"], "%d/%b/%Y:%H:%M:%S %z").timestamp() == (
        context["timeEpoch"] // 1000
    )


@pytest.mark.parametrize("name", [name for name, route in HTTP.items() if route[:4] == "POST"])
def test_the_content_length_is_that_of_the_body_as_sent(name: str) -> None:
    event = APIGatewayProxyEventV2(load(name))

    assert event.decoded_body is not None
    assert int(event.headers["content-length"]) == len(event.decoded_body.encode())


def test_bodies_hold_the_review_or_reviews() -> None:
    assert isinstance(json_body("review_submitted")["text"], str)
    assert [type(text) for text in json_body("reviews_submitted")["texts"]] == [str] * 3
    assert len(json_body("review_too_long")["text"]) > 100_000


def test_a_base64_body_decodes_to_text_beyond_ascii() -> None:
    assert load("review_base64")["isBase64Encoded"] is True
    assert json_body("review_base64")["text"].startswith("Das Café")


def test_a_malformed_body_is_not_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        json_body("review_malformed")


def json_body(name: str) -> Any:
    return APIGatewayProxyEventV2(load(name)).json_body
