"""The AWS port: one address for every service that the project's clients speak to.

SageMaker is ours, Lambda is the template's functions, and moto's server plays the rest in this
process. A service or operation that nobody plays fails by name.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from local import errors, permissions, wire
from local.cloudformation import CloudFormation
from local.containers import Engine
from local.faults import Faults
from local.in_process import client, service_model
from local.lambda_api import LambdaApi
from local.lambdas import Functions
from local.moto_resources import furnish
from local.principals import Principals
from local.s3 import S3
from local.sagemaker import SageMaker
from local.template import Stack
from local.wire import AwsError, Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_OURS = {"sagemaker", "sagemaker-runtime", "lambda", "cloudformation"}
_MOTO = {"sqs", "sns", "ssm", "iam", "sts", "cloudwatch", "logs", "ecr"}
_THROTTLED = {
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
    "lambda": ("TooManyRequestsException", "Rate Exceeded.", 429),
    "sns": ("Throttled", "Rate exceeded", 400),
}
logger = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()


class Aws:
    """The WSGI application of the AWS port, and what lasts behind it."""

    def __init__(
        self,
        stack: Stack,
        state: Path,
        bus: Any,
        functions: Functions,
        faults: Faults,
        engine: Engine | None = None,
    ) -> None:
        self._stack, self._functions, self._faults = stack, functions, faults
        self._principals = Principals(stack)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._s3 = S3(stack, state / "s3", bus, self._moto)
        self._sagemaker = SageMaker(stack, state, bus, faults, self.client, engine)
        self._journal = state / "calls.jsonl"
        self._journal_lock = threading.Lock()
        self.calls: list[dict[str, Any]] = []
        self._clients: dict[tuple[str, str], Any] = {}
        self._is_started = False
        self._services: dict[str, Callable[[Request], Response]] = {
            "s3": self._answer_s3,
            "sagemaker": self._sagemaker.answer,
            "sagemaker-runtime": self._sagemaker.invoke_endpoint,
            "lambda": LambdaApi(stack, functions).answer,
            "cloudformation": CloudFormation(stack).answer,
            **dict.fromkeys(_MOTO, self._answer_moto),
        }

    def start(self) -> None:
        """Restore what was kept, make what the template declares, resume jobs and endpoints."""
        if not _one_at_a_time.acquire(blocking=False):
            raise RuntimeError("moto's state is global: one local cloud in a process at a time")
        self._is_started = True
        self._journal.parent.mkdir(parents=True, exist_ok=True)
        moto_api_backend.reset()
        self._s3.start()
        furnish(self._stack, self.client)
        self._sagemaker.start()

    def stop(self) -> None:
        """End every job and endpoint process. Their state stays, and they go on after a start."""
        self._sagemaker.stop()
        if self._is_started:
            self._is_started = False
            moto_api_backend.reset()
            _one_at_a_time.release()

    def app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """WSGI."""
        response = self._answer(environ)
        start_response(response.status_line, response.headers)
        return response.body

    def client(self, service: str, role_arn: str | None = None) -> Any:
        """A boto3 client that calls this application directly, as a role or as the developer."""
        access_key = self._principals.access_key(role_arn) if role_arn else "developer"
        if (service, access_key) not in self._clients:
            made = client(self.app, service, self._stack.region, access_key)
            self._clients[service, access_key] = made
        return self._clients[service, access_key]

    # --- Answering --------------------------------------------------------------------------

    def _answer(self, environ: "WSGIEnvironment") -> Response:
        request: Request | None = None
        try:
            request = wire.read(environ)
            try:
                return self._served(request)
            except AwsError as error:
                request.drain()
                return _refusal(request, error)
        except Exception as error:  # whatever it is, the client shall see it and not hang
            call = f"{request.service} {request.operation}" if request else "a request"
            logger.exception("the local cloud failed at %s", call)
            text = f"The local cloud failed at {call}: {error!r}"
            return errors.response(request, AwsError("InternalFailure", text, 500))

    def _served(self, request: Request) -> Response:
        wire.parse(request)
        if request.service not in self._services:
            raise AwsError(
                "UnknownOperationException",
                f"The local cloud does not play the service {request.service!r}",
                501,
            )
        self._authorise(request)
        self._misbehave(request)
        return self._services[request.service](request)

    def _authorise(self, request: Request) -> None:
        """Record a call's permissions; refuse it as AWS does where one is missing."""
        principal = self._principals.of(request.access_key)
        account, region = self._stack.account, self._stack.region
        try:
            needs = permissions.needs(request, account, region)
        except NotImplementedError:
            if principal:
                raise
            needs = [permissions.Need(f"{request.service}:{request.operation}", "*")]
        if request.access_key is None and request.service == "s3":
            raise AwsError("AccessDenied", "Access Denied", 403)  # nothing here is public
        for need in needs:
            self._check(request, need)

    def _check(self, request: Request, need: permissions.Need) -> None:
        principal = self._principals.of(request.access_key)
        refusal = self._principals.refusal(principal, need) if principal else None
        call = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "principal": principal.logical_id if principal else "developer",
            "action": need.action,
            "resource": need.resource,
            "allowed": refusal is None,
        }
        with self._journal_lock:
            self.calls.append(call)
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write(json.dumps(call) + "\n")
        if refusal is not None:
            if request.service in ("s3", "sqs"):
                raise AwsError("AccessDenied", refusal, 403)
            if request.service == "sns":
                raise AwsError("AuthorizationError", refusal, 403)
            status = 403 if request.service == "lambda" else 400
            raise AwsError("AccessDeniedException", refusal, status)

    def _misbehave(self, request: Request) -> None:
        principal = self._principals.of(request.access_key)
        facts = {
            "service": request.service,
            "operation": request.operation,
            "principal": principal.logical_id if principal else "developer",
        }
        if self._faults.take("throttled", **facts):
            code = ("ThrottlingException", "Rate exceeded", 400)
            raise AwsError(*_THROTTLED.get(request.service, code))
        if fault := self._faults.take("error", **facts):
            message = fault.get("message", "An error on request")
            raise AwsError(fault["code"], message, fault.get("status", 400))

    def _answer_s3(self, request: Request) -> Response:
        if request.operation == "ListBuckets":
            return self._answer_moto(request)
        response = self._s3.answer(request)
        reads = ("GetObject", "HeadObject", "CopyObject")
        is_function = self._principals.of(request.access_key) is not None
        if response.status == 404 and is_function and request.operation in reads:
            # Who may not list a bucket doesn't learn either that an object isn't there.
            bucket = request.params.get("CopySource", request.params)["Bucket"]
            if self._s3.has_bucket(bucket):
                self._check(request, permissions.Need("s3:ListBucket", f"arn:aws:s3:::{bucket}"))
        return response

    def _answer_moto(self, request: Request) -> Response:
        body, status, headers = run_wsgi_app(self._moto, request.environ, buffered=True)
        return Response(int(status.split()[0]), list(headers), body)


def _refusal(request: Request, error: AwsError) -> Response:
    """An error on the wire; those of the services that are ours are held against AWS's model."""
    told = None
    if request.service in _OURS:
        told = errors.members(service_model(request.service), request.operation, error)
    return errors.response(request, error, told)
