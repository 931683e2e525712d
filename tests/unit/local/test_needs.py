"""What a call of a service that the emulator plays takes: by AWS's reference, on which resource."""

import json

import pytest
from werkzeug.test import EnvironBuilder

from local.calls import Call
from local.cli.granted import Grant
from local.needs import needs

SHELF = "arn:aws:s3:::shelf"


def needed(service, operation, path="/", **request):
    call = Call(service, operation, "key", "us-east-1", None)
    found = needs(call, EnvironBuilder(path, method="POST", **request).get_request(), "1234")
    return [(need.action, need.resource) for need in found]


@pytest.mark.parametrize(
    ("operation", "path", "action", "resource"),
    [
        ("GetObject", "/shelf/in/a.csv", "s3:GetObject", f"{SHELF}/in/a.csv"),
        ("HeadObject", "/shelf/in/%C3%BC.csv", "s3:GetObject", f"{SHELF}/in/ü.csv"),
        ("ListObjectsV2", "/shelf/", "s3:ListBucket", SHELF),
        ("UploadPart", "/shelf/in/a.csv", "s3:PutObject", f"{SHELF}/in/a.csv"),
    ],
)
def test_a_call_of_s3_takes_a_permission_on_what_its_address_names(
    operation, path, action, resource
):
    assert needed("s3", operation, path) == [(action, resource)]


@pytest.mark.parametrize("operation", ["CopyObject", "UploadPartCopy"])
def test_a_copy_takes_one_on_what_is_copied_too(operation):
    source = {"x-amz-copy-source": "shelf/in/a%20b.csv?versionId=1"}

    assert needed("s3", operation, "/other/b", headers=source) == [
        ("s3:PutObject", "arn:aws:s3:::other/b"),
        ("s3:GetObject", f"{SHELF}/in/a b.csv"),
    ]


def test_a_notice_takes_one_on_its_topic():
    form = {"Action": "Publish", "TopicArn": "arn:aws:sns:us-east-1:1234:news"}

    assert needed("sns", "Publish", data=form) == [("sns:Publish", form["TopicArn"])]


@pytest.mark.parametrize(
    ("operation", "behind"), [("PutLogEvents", ":log-stream:today"), ("CreateLogStream", "")]
)
def test_a_line_takes_one_on_its_stream_and_a_stream_one_on_its_group(operation, behind):
    body = json.dumps({"logGroupName": "/a", "logStreamName": "today"})

    assert needed("logs", operation, data=body) == [
        (f"logs:{operation}", f"arn:aws:logs:us-east-1:1234:log-group:/a{behind}")
    ]


def test_what_names_no_resource_that_is_known_takes_one_on_all():
    assert needed("cloudwatch", "PutMetricData") == [("cloudwatch:PutMetricData", "*")]


def test_a_statement_allows_what_its_patterns_fit():
    statement = Grant("Read", True, ["s3:Get*"], [f"{SHELF}/runs/????/[a]*"])

    assert statement.allows("s3:getobject", f"{SHELF}/runs/1234/[a]/b/c")
    assert statement.allows("s3:GetObject", "*")
    assert not statement.allows("s3:PutObject", f"{SHELF}/runs/1234/[a]")
    assert not statement.allows("s3:GetObject", f"{SHELF}/runs/12345/[a]")
    assert not statement.allows("s3:GetObject", f"{SHELF}/runs/1234/a")
