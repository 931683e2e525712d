"""The AWS port: one address for every service. SageMaker is ours, the emulator answers the rest.

What passes is written down (`/_local/calls`), may be refused on request (`throttled`, `error`), and
is taken for having come over TLS, as if a load balancer stood before the emulator.
"""

import re
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request, Response

from local import calls, needs
from local.calls import AwsError, Call
from local.emulator import SERVICES
from local.faults import Faults
from local.identity import DEVELOPER, Identity
from local.ports import HOST
from local.sagemaker.api import SageMaker
from local.sagemaker.needs import Need
from local.sagemaker.needs import needs as needs_of_sagemaker

_ANSWER_SECONDS = 900  # the longest a function may take
_CHUNK, _IN_MEMORY_BYTES = 1 << 16, 1 << 20
_THROTTLED = {
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
    "lambda": ("TooManyRequestsException", "Rate Exceeded.", 429),
    "sns": ("Throttled", "Rate exceeded", 400),
}
_ABSOLUTE, _NOT_ASCII = re.compile(r"^https?://[^/]*", re.IGNORECASE), re.compile(r"[^\x21-\x7e]")
# What belongs to one connection and not to the message, and what our own server says.
_HOPS = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
    *("transfer-encoding", "upgrade", "expect", "date", "server"),
}


@dataclass
class Front:
    """What answers on the AWS port."""

    emulator_port: int
    identity: Identity
    faults: Faults
    sagemaker: Callable[[str], SageMaker]  # of a region
    rewritten: Callable[[Request, str], bytes]  # the body of a call of CloudFormation in a region
    calls: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """One call of any service."""
        call = calls.read(request)
        caller, region = self.identity.caller(call.access_key, call.app), call.region or ""
        if call.service == "sagemaker":

            def before(operation: str, params: dict[str, Any]) -> None:
                named = call._replace(operation=operation)
                account = self.identity.account
                self._authorise(caller, needs_of_sagemaker(operation, params, account, region))
                self._misbehave(named, caller)

            return self.sagemaker(region).answer(request, before)
        try:
            if call.service not in SERVICES:
                message = f"The local cloud does not play the service {call.service!r}"
                raise AwsError("UnknownOperationException", message, 501)
            self._misbehave(call, caller)
        except AwsError as error:
            request.get_data()  # closing on unread bytes would reset the client's connection
            return calls.refusal(call.service, call.operation, error)
        body = None
        if call.service == "cloudformation":
            self.sagemaker(region)  # which has to be there: the template may need it
            body = self.rewritten(request, region)
        needed = needs.needs(call, request, self.identity.account)
        response = pass_on(request, self.emulator_port, body)
        allowed = response.status_code not in (401, 403)
        self._note(f"{call.service}:{call.operation}", needed, caller, allowed)
        if "x-amz-tagging" in request.headers:
            action = "s3:PutObjectTagging"
            self._note(action, [Need(action, needed[0].resource)], caller, allowed)
        return response

    def _authorise(self, caller: str, needed: list[Need]) -> None:
        """SageMaker's calls, which the emulator doesn't see; the developer may do everything."""
        for need in needed:
            refusal = None
            if caller != DEVELOPER:
                refusal = self.identity.refusal(caller, need.action, need.resource, need.context)
            self._note(need.action, [need], caller, refusal is None)
            if refusal:
                raise AwsError("AccessDeniedException", refusal, 400)

    def _misbehave(self, call: Call, caller: str) -> None:
        facts = {"service": call.service, "operation": call.operation, "principal": caller}
        if self.faults.take("throttled", **facts):
            code = ("ThrottlingException", "Rate exceeded", 400)
            raise AwsError(*_THROTTLED.get(call.service, code))
        if fault := self.faults.take("error", **facts):
            message = fault.get("message", "An error on request")
            raise AwsError(fault["code"], message, fault.get("status", 400))

    def _note(self, action: str, needed: list[Need], caller: str, allowed: bool) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        noted = {"time": time, "principal": caller, "action": action, "allowed": allowed}
        self.calls.append(noted | {"needs": [[need.action, need.resource] for need in needed]})


def pass_on(
    request: Request, port: int, body: bytes | None = None, more: dict[str, str] | None = None
) -> Response:
    """What the server on a port of this machine answers to a request; 502 if nobody answers.

    `body` takes the place of the request's, `more` are further headers.
    """
    size, content = request.content_length, body
    if content is None and (size is None or size <= _IN_MEMORY_BYTES):
        try:
            content = request.get_data()
        except (BadRequest, OSError):  # chunks of no size, for one
            return _broken_off()
    headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOPS}
    headers |= {"Host": request.host, "X-Forwarded-Proto": "https", **(more or {})}
    headers["Content-Length"] = str(size if content is None else len(content))
    target = request.environ.get("RAW_URI") or request.full_path.rstrip("?")
    target = _NOT_ASCII.sub(_quoted, _ABSOLUTE.sub("", target))
    given: Any = request.stream if content is None else content
    connection = HTTPConnection(HOST, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request(request.method, target, given, headers)
        answer = connection.getresponse()
    except BaseException as error:
        connection.close()
        if isinstance(error, BadRequest):  # the client broke its upload off
            return _broken_off()
        if not isinstance(error, OSError | HTTPException):
            raise
        text = f"nothing answers on port {port}: {error}\n"
        return Response(text, 502, content_type="text/plain")
    response = Response(iter(lambda: answer.read(_CHUNK), b""), answer.status)
    weakref.finalize(response, _close, answer, connection)  # a server may forget to close it
    response.headers.clear()
    for name, value in answer.getheaders():
        if name.lower() not in _HOPS:
            response.headers.add(name, value)
    return response


def _broken_off() -> Response:
    return Response("The request's body is broken off, or no body.\n", 400)


def _quoted(found: re.Match[str]) -> str:
    return quote(found[0], encoding="latin-1")  # which WSGI has for bytes


def _close(answer: HTTPResponse, connection: HTTPConnection) -> None:
    answer.close()  # has the connection for itself, if it's the last one's
    connection.close()
