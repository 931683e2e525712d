"""How the command line speaks with a running local cloud: over its AWS address, as anyone would."""

import json
import socket
import ssl
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from botocore.config import Config

from local import LocalError, identity
from local.identity import Credentials
from local.ports import HOST
from operations.drop import Desk

_JSON = "application/json"
_TLS = HTTPSHandler(context=ssl._create_unverified_context())  # noqa: S323 - on this machine
_OPENER = build_opener(ProxyHandler({}), _TLS)


def control(aws_port: int, method: str, path: str, document: Any = None) -> Any:
    """Call /_local/<path>; returns its JSON."""
    body = None if document is None else json.dumps(document).encode()
    for scheme in ("http", "https"):
        url, kind = f"{scheme}://{HOST}:{aws_port}/_local/{path}", {"Content-Type": _JSON}
        request = Request(url, body, kind, method=method)  # noqa: S310 - on this machine
        try:
            with _OPENER.open(request, timeout=30) as response:
                return json.load(response)
        except (HTTPError, ValueError):
            raise LocalError(
                f"what answers on port {aws_port} isn't a local cloud; give its port with"
                " --aws-port"
            ) from None
        except (OSError, HTTPException):
            continue
    raise LocalError(
        f"no local cloud answers on port {aws_port}; start it with `make run`"
        " (or give the port of another one with --aws-port)"
    )


def shut_down(aws_port: int, timeout_seconds: float = 30) -> bool:
    """Ask the local cloud to stop; whether its process was gone in time.

    A connection on which nothing is asked closes only with the process, so that is waited for.
    """
    control(aws_port, "GET", "status")
    with socket.create_connection((HOST, aws_port), timeout=timeout_seconds) as watch:
        control(aws_port, "POST", "shutdown")
        try:
            return watch.recv(1) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True


def clients(status: dict[str, Any]) -> Callable[..., Any]:
    """Makes boto3 clients of a local cloud's developer, by their service's name."""
    developer = Credentials(status["account"])

    def client(service: str, config: Config | None = None) -> Any:
        where = status["aws_url"], status["region"]
        return identity.client(service, *where, developer, status["certificate"], config)

    return client


def desk(status: dict[str, Any]) -> Desk:
    """Where datasets are dropped in a local cloud, for its developer; DropError if nowhere."""
    return Desk(status["outputs"], clients(status), status["page_url"])
