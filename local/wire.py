"""AWS on the wire: which call is an HTTP request, and how does each protocol say no?"""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_input_stream

from local import rest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SERVICES = {"monitoring": "cloudwatch"}  # where the name in the signature isn't the usual one
REST_SERVICES = {"lambda", "sagemaker-runtime"}


class AwsError(Exception):
    """What a client gets to see as botocore's ClientError."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.members = code, message, status, members


class Response(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: Iterable[bytes]

    @property
    def status_line(self) -> str:
        known = {int(status): status.phrase for status in HTTPStatus}
        return f"{self.status} {known.get(self.status, 'Unknown')}"


@dataclass
class Request:
    """One call. `params` are the call's input as far as routing and permissions need it."""

    environ: "WSGIEnvironment"
    service: str
    access_key: str | None
    operation: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    def header(self, name: str) -> str | None:
        value = self.environ.get("HTTP_" + name.upper().replace("-", "_"))
        return None if value is None else str(value)

    def body(self) -> bytes:
        """The whole body; it can be read again, by moto for instance."""
        body = get_input_stream(self.environ).read()
        self.environ["wsgi.input"] = BytesIO(body)
        self.environ["CONTENT_LENGTH"] = str(len(body))
        self.environ.pop("HTTP_TRANSFER_ENCODING", None)
        return body

    def drain(self) -> None:
        """Read what nobody wanted: closing on unread bytes would reset the client's connection."""
        stream = get_input_stream(self.environ)
        with contextlib.suppress(ClientDisconnected, ValueError):  # gone, or read and closed
            while stream.read(1 << 20):
                pass


def read(environ: "WSGIEnvironment") -> Request:
    """Whose request it is and for which service; `parse` tells the rest."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    access_key, service = _signature(environ, query)
    if service == "sagemaker" and environ.get("PATH_INFO", "").endswith("/invocations"):
        service = "sagemaker-runtime"
    return Request(environ, service, access_key, query=query)


def parse(request: Request) -> None:
    """Tell operation and parameters from target, path and body."""
    environ = request.environ
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    if request.service == "s3":
        _parse_s3(request, path)
    elif target := environ.get("HTTP_X_AMZ_TARGET", ""):
        request.operation = target.rpartition(".")[2]
        request.params = _json(request.body())
    elif request.service in REST_SERVICES:
        _parse_rest(request, path)
    elif "/operation/" in path:  # Smithy RPC; its CBOR body is moto's business
        request.operation = path.rpartition("/")[2]
    else:
        form = dict(parse_qsl(request.body().decode("utf-8", "replace")))
        request.params = form | request.query
        request.operation = request.params.get("Action", f"{request.method} {path}")


def _signature(environ: "WSGIEnvironment", query: dict[str, str]) -> tuple[str | None, str]:
    credential = query.get("X-Amz-Credential", "")
    for part in environ.get("HTTP_AUTHORIZATION", "").replace(",", " ").split():
        if part.startswith("Credential="):
            credential = part.removeprefix("Credential=")
    scope = credential.split("/")
    if len(scope) < 5:  # boto3 still presigns S3 addresses the old way; else it isn't signed
        return query.get("AWSAccessKeyId"), "s3"
    service = scope[-2].lower()
    return "/".join(scope[:-4]), _SERVICES.get(service, service)


def _json(body: bytes) -> dict[str, Any]:
    try:
        params = json.loads(body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", f"The body isn't JSON: {error}") from error
    if not isinstance(params, dict):
        raise AwsError("SerializationException", "The body isn't a JSON object")
    return params


def _parse_rest(request: Request, path: str) -> None:
    environ = request.environ
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    service, method = request.service, request.method
    request.operation, request.params = rest.read(service, method, path, request.query, headers)


# Sub-resources of an S3 object or bucket: (method, query parameter) → operation.
_S3_OBJECT = {
    ("GET", "tagging"): "GetObjectTagging",
    ("GET", "attributes"): "GetObjectAttributes",
    ("GET", "acl"): "GetObjectAcl",
    ("GET", "uploadId"): "ListParts",
    ("PUT", "tagging"): "PutObjectTagging",
    ("PUT", "acl"): "PutObjectAcl",
    ("PUT", "partNumber"): "UploadPart",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("DELETE", "tagging"): "DeleteObjectTagging",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("GET", ""): "GetObject",
    ("HEAD", ""): "HeadObject",
    ("PUT", ""): "PutObject",
    ("DELETE", ""): "DeleteObject",
}
_S3_BUCKET = {
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "versions"): "ListObjectVersions",
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "versioning"): "GetBucketVersioning",
    ("PUT", "versioning"): "PutBucketVersioning",
    ("POST", "delete"): "DeleteObjects",
    ("GET", ""): "ListObjects",
    ("HEAD", ""): "HeadBucket",
    ("PUT", ""): "CreateBucket",
    ("DELETE", ""): "DeleteBucket",
    ("POST", ""): "PostObject",
}
# Query parameters that say which sub-resource is meant; one that no table knows fails by name.
_S3_SUBRESOURCES = (
    {name for _, name in _S3_OBJECT | _S3_BUCKET if name}
    | {"policy", "policyStatus", "cors", "lifecycle", "encryption", "notification", "website"}
    | {"logging", "replication", "publicAccessBlock", "ownershipControls", "object-lock"}
    | {"retention", "legal-hold", "restore", "select", "accelerate", "inventory", "requestPayment"}
)


def _parse_s3(request: Request, path: str) -> None:
    bucket, _, key = path.lstrip("/").partition("/")
    params: dict[str, Any] = {"Bucket": bucket, "Key": key}
    table = _S3_OBJECT if key else _S3_BUCKET
    wanted = [name for name in request.query if name in _S3_SUBRESOURCES]
    known = [name for name in wanted if (request.method, name) in table]
    operation = table.get((request.method, known[0] if known else "" if not wanted else "?"))
    if not bucket:
        operation = "ListBuckets"
    if operation is None:
        operation = f"{request.method} ?{'&'.join(wanted)}"
    if source := request.header("x-amz-copy-source"):
        params["CopySource"] = _copy_source(source)
        operation = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}[operation]
    if operation == "DeleteObjects":
        params["Objects"] = list(_objects_to_delete(request.body()))
    request.operation, request.params = operation, params


def _copy_source(header: str) -> dict[str, str]:
    path, _, version = header.partition("?versionId=")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})


def _objects_to_delete(body: bytes) -> Iterable[dict[str, str]]:
    try:
        document = ElementTree.fromstring(body)  # noqa: S314 (our own clients' lists of keys)
    except ElementTree.ParseError as error:
        raise AwsError("MalformedXML", f"The XML was not well-formed: {error}") from error
    for item in document:
        if item.tag.rpartition("}")[2] == "Object":
            yield {child.tag.rpartition("}")[2]: child.text or "" for child in item}
