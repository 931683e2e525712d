"""Which call of which AWS service an HTTP request is, and how that service says no."""

import json
import re
import secrets
from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import ServiceModel
from werkzeug.wrappers import Request, Response

# Where the name in the signature isn't that of the SDK's client.
_CLIENTS = {"monitoring": "cloudwatch"}
_XML = {"rest-xml", "query", "ec2"}


class Call(NamedTuple):
    """Who asks for what: `access_key` is None for a request that nobody signed."""

    service: str
    operation: str
    access_key: str | None
    region: str | None
    app: str | None  # what its client calls itself, by AWS_SDK_UA_APP_ID


def read(request: Request) -> Call:
    """The call that a request is. Its body is left alone, unless the operation stands there."""
    access_key, region, service = _signature(request)
    app = re.search(r"(?:^| )app/(\S+)", request.headers.get("User-Agent", ""))
    return Call(
        service, _operation(request, service), access_key, region, app.group(1) if app else None
    )


def refusal(call: Call, code: str, message: str, status: int) -> Response:
    """An error in the words of the service's protocol, so that every SDK can parse it."""
    known, number = model(call.service), secrets.token_hex(8)
    protocol = known.metadata["protocol"] if known else "json"
    words = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    if protocol == "rest-xml":
        body, kind = f"<Error>{words}</Error>", "application/xml"
    elif protocol in _XML:
        words = f"<Error>{words}</Error><RequestId>{number}</RequestId>"
        body, kind = f"<ErrorResponse>{words}</ErrorResponse>", "text/xml"
    else:
        body, kind = json.dumps({"__type": code, "message": message}), "application/json"
    response = Response(body, status, content_type=kind)
    response.headers["x-amzn-errortype"] = code
    response.headers["x-amzn-RequestId"] = number
    return response


@cache
def model(service: str) -> ServiceModel | None:
    """botocore's description of a service; None if it knows none."""
    try:
        return botocore.session.Session().get_service_model(service)
    except UnknownServiceError:
        return None


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
    for route in _routes(service):
        if route.fits(request):
            return route.operation
    return f"{request.method} {request.path}"


class _Route(NamedTuple):
    operation: str
    method: str
    path: re.Pattern[str]
    constants: dict[str, str]  # of the query
    needed: tuple[set[str], set[str]]  # names in the query and of headers

    def fits(self, request: Request) -> bool:
        query, headers = self.needed
        return (
            request.method == self.method
            and self.path.fullmatch(request.path) is not None
            and self.constants.items() <= request.args.to_dict().items()
            and query <= request.args.keys()
            and all(name in request.headers for name in headers)
        )


@cache
def _routes(service: str) -> list[_Route]:
    """The addresses of a REST service's operations, those that ask for most first."""
    known, routes = model(service), []
    if known is None:
        return []
    for name in known.operation_names:
        operation = known.operation_model(name)
        if operation.deprecated:  # another one has its address
            continue
        uri, _, query = operation.http.get("requestUri", "/").partition("?")
        parts = re.split(r"\{\w+(\+?)\}", uri)
        pattern = "".join(
            re.escape(part) if number % 2 == 0 else ".+" if part else "[^/]+"
            for number, part in enumerate(parts)
        )
        needed: dict[str, set[str]] = {"querystring": set(), "header": set()}
        shape = operation.input_shape
        required = set(shape.required_members) if shape else set()
        for member, described in shape.members.items() if shape else ():
            where = described.serialization if member in required else {}
            if where.get("location") in needed:
                needed[where["location"]].add(where.get("name", member))
        constants = dict(parse_qsl(query, keep_blank_values=True))
        places = (needed["querystring"], needed["header"])
        method = operation.http["method"]
        routes.append(_Route(name, method, re.compile(f"{pattern}/?"), constants, places))
    return sorted(routes, key=lambda r: -len([*r.constants, *r.needed[0], *r.needed[1]]))
