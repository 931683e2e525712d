"""Lambda's proxy payload, format 2.0: a request as an event, a function's result as a response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
import re
import time
import uuid
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

# What reaches a function as text; the rest, forms and bodies without a type too, is base64.
_TEXT = re.compile(r"text/.*|application/(json|xml|javascript)", re.IGNORECASE)


class Gateway(NamedTuple):
    """What the gateway tells about itself."""

    account: str
    api_id: str
    domain: str


def to_event(
    gateway: Gateway, route_key: str, variables: dict[str, str], request: Request, body: bytes
) -> dict[str, Any]:
    """The event of a request; as on AWS, what there is none of has no key."""
    query = request.query_string.decode("latin-1")
    is_text = _TEXT.fullmatch(request.mimetype) is not None
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,  # decoded: the gateway does so
        "rawQueryString": query,
        "headers": _headers(gateway, request),
        "requestContext": _context(gateway, route_key, request),
        "isBase64Encoded": bool(body) and not is_text,
    }
    if "Cookie" in request.headers:
        event["cookies"] = request.headers["Cookie"].split("; ")
    if query:
        event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if variables:
        event["pathParameters"] = variables
    if body:
        text = body.decode("utf-8", "replace") if is_text else base64.b64encode(body).decode()
        event["body"] = text
    return event


def to_response(result: Any) -> Response:
    """A function's result as a response; without a statusCode it is itself the JSON body.

    Raises TypeError, ValueError or AttributeError for what the gateway calls malformed.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else json.dumps(result)
        return Response(body, 200, content_type="application/json")
    body = result.get("body") or ""
    status = int(result["statusCode"])
    if not isinstance(body, str) or not 100 <= status <= 599:
        raise TypeError("a body is a string and a status is a number")
    content = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body
    response = Response(content, status, content_type="text/plain;charset=UTF-8")
    for name, value in (result.get("headers") or {}).items():
        is_text = isinstance(value, str)
        response.headers[name] = value if is_text else json.dumps(value)
    for cookie in result.get("cookies") or []:
        response.headers.add("Set-Cookie", cookie)
    response.headers["Apigw-Requestid"] = _request_id()
    return response


def _context(gateway: Gateway, route_key: str, request: Request) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "accountId": gateway.account,
        "apiId": gateway.api_id,
        "domainName": gateway.domain,
        "domainPrefix": gateway.api_id,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "sourceIp": request.remote_addr,
            "userAgent": request.headers.get("User-Agent", ""),
        },
        "requestId": _request_id(),
        "routeKey": route_key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }


def _headers(gateway: Gateway, request: Request) -> dict[str, str]:
    """Lower-cased, repeated ones joined, with what the gateway adds; cookies stand apart."""
    headers = _joined([(k.lower(), v) for k, v in request.headers if k != "Cookie"])
    forwarded = [headers[name] for name in ("x-forwarded-for",) if name in headers]
    return headers | {
        "host": gateway.domain,
        "x-amzn-trace-id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}",
        "x-forwarded-for": ", ".join([*forwarded, request.remote_addr or ""]),
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _request_id() -> str:
    return base64.b64encode(uuid.uuid4().bytes[:11]).decode()
