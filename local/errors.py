"""Errors: checked against AWS's own description of its APIs, and put on the wire."""

import json
import secrets
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import ServiceModel

from local.sagemaker_shapes import mistakes
from local.wire import REST_SERVICES, AwsError, Request, Response

COMMON = {  # what every operation may answer, with its HTTP statuses
    "AccessDeniedException": {400, 403},
    "ExpiredTokenException": {400, 403},
    "InternalFailure": {500},
    "SerializationException": {400},
    "ServiceUnavailable": {503},
    "ThrottlingException": {400},
    "UnknownOperationException": {400, 404},
    "UnrecognizedClientException": {400, 403},
    "ValidationException": {400},
}
_OF_QUERY = {"ValidationError": {400}}  # what the older protocol calls a ValidationException


def members(model: ServiceModel, operation: str, error: AwsError) -> dict[str, Any]:
    """An error's members by AWS's names. RuntimeError if AWS's operation knows no such error."""
    shape = _shape(model, operation, error.code)
    if shape is None:
        common = COMMON | (_OF_QUERY if model.metadata["protocol"] == "query" else {})
        name, statuses = "message", common.get(error.code, set())
        found = [f"there is no member '{name}'" for name in error.members]
        told = {name: error.message}
    else:
        name = "Message" if "Message" in shape.members else "message"
        statuses = {_status(shape)}
        told = {name: error.message, **error.members}
        found = mistakes(shape, told)
    if not statuses:
        found.append("there is no such code")
    elif error.status not in statuses:
        found.append(f"its status is {error.status} instead of {sorted(statuses)}")
    if found:
        text = f"the error {error.code} of {operation} isn't AWS's: {'; '.join(found)}"
        raise RuntimeError(text) from error
    return told


def _shape(model: ServiceModel, operation: str, code: str) -> Any:
    """The description of an error that an operation may answer, None for AWS's common errors."""
    if operation not in model.operation_names:
        return None
    shapes: list[Any] = model.operation_model(operation).error_shapes
    return next((shape for shape in shapes if shape.error_code == code), None)


def _status(shape: Any) -> int:
    """400 unless the description says otherwise, as the JSON protocols have it."""
    return int(shape.metadata.get("error", {}).get("httpStatusCode", 400))


def response(
    request: Request | None, error: AwsError, told: dict[str, Any] | None = None
) -> Response:
    """An error in the words of the request's protocol, so that every SDK can parse it.

    `told` are its members by AWS's names, where they are known.
    """
    request_id = secrets.token_hex(8)
    if request is None or request.service == "s3":
        kind, body = "application/xml", _s3(error, request_id)
        if request and request.method == "HEAD":
            body = b""
    elif "HTTP_SMITHY_PROTOCOL" in request.environ:
        kind = "application/cbor"
        body = b"\xa2" + b"".join(map(_cbor, ("__type", error.code, "message", error.message)))
    elif "Action" in request.params:
        xml = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
        kind = "text/xml"
        body = f"<ErrorResponse><Error><Type>Sender</Type>{xml}</Error></ErrorResponse>".encode()
    else:
        members = {"message": error.message, **error.members} if told is None else told
        kind, name = "application/json", {}
        if request.service not in REST_SERVICES:
            kind = request.environ.get("CONTENT_TYPE") or "application/x-amz-json-1.1"
            name = {"__type": error.code}
        body = json.dumps(name | members).encode()
    headers = [("x-amzn-RequestId", request_id), ("x-amz-request-id", request_id.upper())]
    headers += [("Content-Type", kind), ("Content-Length", str(len(body)))]
    return Response(error.status, [*headers, *_more(request, error)], [body])


def _s3(error: AwsError, request_id: str) -> bytes:
    xml = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    return f"<Error>{xml}<RequestId>{request_id}</RequestId></Error>".encode()


def _more(request: Request | None, error: AwsError) -> list[tuple[str, str]]:
    """REST names an error in a header, Smithy its protocol."""
    if request and request.service in REST_SERVICES:
        return [("x-amzn-errortype", error.code)]
    if request and "HTTP_SMITHY_PROTOCOL" in request.environ:
        return [("smithy-protocol", "rpc-v2-cbor")]
    return []


def _cbor(text: str) -> bytes:
    """A text string in CBOR; two of them make a key and its value."""
    data = text.encode()
    return b"\x79" + len(data).to_bytes(2, "big") + data
