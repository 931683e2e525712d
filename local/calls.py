"""Which call of which AWS service an HTTP request is, and how that service says no."""

import json
import re
import secrets
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import botocore.session
from botocore.exceptions import UnknownServiceError
from werkzeug.wrappers import Request, Response

from local import LocalError

# Where the name in the signature isn't that of the SDK's client.
_CLIENTS = {"monitoring": "cloudwatch"}


class AwsError(LocalError):
    """What a client gets to see as botocore's ClientError."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.members = code, message, status, members


class Call(NamedTuple):
    """Who asks for what: `access_key` is None for a request that nobody signed."""

    service: str
    operation: str
    access_key: str | None
    region: str | None
    app: str | None  # what its client calls itself, by AWS_SDK_UA_APP_ID


@cache
def service_model(service: str) -> Any:
    """botocore's description of a service; None if it knows none."""
    try:
        return botocore.session.Session().get_service_model(service)
    except UnknownServiceError:
        return None


def read(request: Request) -> Call:
    """The call that a request is. Its body is left alone, unless the operation stands there."""
    access_key, region, service = _signature(request)
    app = re.search(r"(?:^| )app/(\S+)", request.headers.get("User-Agent", ""))
    return Call(service, _operation(request, service), access_key, region, app and app[1])


def route(service: str, request: Request) -> tuple[str, dict[str, str]]:
    """The operation of a REST service that has this address, and what the address names."""
    given = {name.lower() for name in request.headers.keys()}  # noqa: SIM118 (no dictionary)
    for name, value in request.args.items():
        given |= {f"?{name}", f"?{name}={value}"}
    for known in _routes(service):
        found = known.path.fullmatch(request.path)
        if found and request.method == known.method and known.needed <= given:
            return known.operation, found.groupdict()
    return f"{request.method} {request.path}", {}


def refusal(service: str, operation: str, error: AwsError) -> Response:
    """An error in the words of the service's protocol, so that every SDK can parse it."""
    known, headers = service_model(service), {"x-amzn-RequestId": secrets.token_hex(8)}
    protocol = known.metadata["protocol"] if known else "json"
    if protocol in ("rest-xml", "query", "ec2"):
        body = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
        body, headers["Content-Type"] = f"<Error>{body}</Error>", "text/xml"
        if service != "s3":
            number = f"<RequestId>{headers['x-amzn-RequestId']}</RequestId>"
            body = f"<ErrorResponse>{body}{number}</ErrorResponse>"
        return Response(body, error.status, headers)
    is_played = known and operation in known.operation_names
    shapes = known.operation_model(operation).error_shapes if is_played else []
    has_capital = any(s.error_code == error.code and "Message" in s.members for s in shapes)
    document = {"Message" if has_capital else "message": error.message, **error.members}
    if protocol == "rest-json":
        headers |= {"x-amzn-errortype": error.code, "Content-Type": "application/json"}
    else:
        document["__type"] = error.code
        headers["Content-Type"] = "application/x-amz-json-1.1"
    return Response(json.dumps(document), error.status, headers)


def _signature(request: Request) -> tuple[str | None, str | None, str]:
    """Access key, region and service; what isn't signed is S3's, which has public addresses."""
    credential = request.args.get("X-Amz-Credential", "")
    for part in request.headers.get("Authorization", "").replace(",", " ").split():
        if part.startswith("Credential="):
            credential = part.removeprefix("Credential=")
    scope = credential.split("/")
    if len(scope) < 5:
        return request.args.get("AWSAccessKeyId"), None, "s3"
    service = scope[-2].lower()
    return "/".join(scope[:-4]), scope[-3], _CLIENTS.get(service, service)


def _operation(request: Request, service: str) -> str:
    if target := request.headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    if "/operation/" in request.path:  # Smithy's RPC
        return request.path.rpartition("/")[2]
    if request.mimetype == "application/x-www-form-urlencoded":
        request.get_data(cache=True, parse_form_data=False)  # else reading the form would eat it
        form = dict(parse_qsl(request.get_data(as_text=True)))
        if "Action" in form:
            return form["Action"]
    return route(service, request)[0]


class _Route(NamedTuple):
    operation: str
    method: str
    path: re.Pattern[str]
    needed: set[str]  # of the query as "?name" or "?name=value", and headers


@cache
def _routes(service: str) -> list[_Route]:
    """The addresses of a REST service's operations, those that ask for most first."""
    model, routes = service_model(service), []
    for operation in map(model.operation_model, model.operation_names) if model else ():
        if operation.deprecated:  # another one has its address
            continue
        uri, _, query = operation.http.get("requestUri", "/").partition("?")
        path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", uri)
        path = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", path)
        needed = {f"?{name}={value}" for name, value in parse_qsl(query, keep_blank_values=True)}
        shape = operation.input_shape
        for member in shape.required_members if shape else ():
            where = shape.members[member].serialization
            name = where.get("name", member)
            if where.get("location") == "querystring":
                needed.add(f"?{name}")
            elif where.get("location") == "header":
                needed.add(name.lower())
        method = operation.http["method"]
        routes.append(_Route(operation.name, method, re.compile(f"{path}/?"), needed))
    return sorted(routes, key=lambda known: -len(known.needed))
