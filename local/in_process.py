"""boto3 clients that call a WSGI application of this process instead of opening a connection.

SageMaker reads and writes S3 through them, so that its calls take the same way, the same
permissions and the same notifications as everybody's, whether or not a server is listening yet.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO, RawIOBase
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

import boto3
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from botocore.model import ServiceModel
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


class _Body(RawIOBase):
    """What botocore expects of a response, urllib3's way of reading; never in memory as a whole."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._source, self._chunks, self._rest = chunks, iter(chunks), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and (chunk := next(self._chunks, None)) is not None:
            self._rest = chunk
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def stream(self, amt: int = 1 << 16, **_: object) -> Iterator[bytes]:
        while chunk := self.read(amt):
            yield chunk

    def close(self) -> None:
        if not self.closed and (close := getattr(self._source, "close", None)):
            close()
        super().close()


_making = threading.Lock()  # clients are safe in threads, making them isn't


@cache
def service_model(service: str) -> ServiceModel:
    """botocore's description of a service."""
    with _making:
        return botocore.session.Session().get_service_model(service)


@cache
def _session() -> boto3.Session:
    """One for all, as it takes a while to read the services' descriptions."""
    nothing: Any = {  # the developer's own profile and environment are none of its business
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
        "ca_bundle": (None, None, None, None),
    }
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=nothing))


def client(app: "WSGIApplication", service: str, region: str, access_key: str) -> Any:
    """A client of `service` whose requests `app` answers, signed with an access key id."""
    with _making:
        made: Any = _session().client(
            service,  # type: ignore[call-overload]
            aws_access_key_id=access_key,
            aws_secret_access_key="local",  # noqa: S106 (nobody checks the signature)
            region_name=region,
            endpoint_url="http://localhost",
            config=Config(proxies={}, retries={"mode": "standard", "total_max_attempts": 3}),
        )

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        chunks, status, headers = run_wsgi_app(app, _environ(request))
        body: Any = _Body(chunks)
        named: Any = HeadersDict(headers)  # what botocore's own session hands over
        return AWSResponse(request.url, int(status.split()[0]), named, body)

    made.meta.events.register("before-send", answer)
    return made


def _environ(request: AWSPreparedRequest) -> "WSGIEnvironment":
    url = urlsplit(request.url)
    body: Any = request.body if request.body is not None else b""
    if isinstance(body, str):
        body = body.encode()
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
        "RAW_URI": url.path + (f"?{url.query}" if url.query else ""),
        "QUERY_STRING": url.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body) if isinstance(body, bytes | bytearray) else body,
    }
    headers: Any = request.headers  # their values are bytes now and then, whatever the stubs say
    for name, value in headers.items():
        text = value.decode() if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"] = text
    return environ
