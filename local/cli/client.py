"""How the command line speaks with a running local cloud: over its AWS address, as anyone would."""

import contextlib
import json
import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any

from local import LocalError, identity
from local.identity import Credentials
from local.ports import HOST
from operations.drop import Desk, DropError


class UnreachableError(LocalError):
    """No local cloud answers there; the message says how to start one."""


def control(
    aws_port: int, method: str, path: str, document: Any = None, timeout_seconds: float = 30
) -> Any:
    """Call /_local/<path>; returns its JSON."""
    # It may speak TLS; who it is, nobody has to prove on this machine.
    tls = HTTPSConnection(
        HOST,
        aws_port,
        timeout=timeout_seconds,
        context=ssl._create_unverified_context(),  # noqa: S323
    )
    answer = None
    for connection in (HTTPConnection(HOST, aws_port, timeout=timeout_seconds), tls):
        with contextlib.closing(connection):
            try:
                body = None if document is None else json.dumps(document)
                headers = {"Content-Type": "application/json"}
                connection.request(method, f"/_local/{path}", body, headers)
                response = connection.getresponse()
                answer = response.read()
                break
            except (OSError, HTTPException):
                continue
    if answer is None:
        raise UnreachableError(
            f"no local cloud answers on port {aws_port}; start it with `make run`"
            " (or give the port of another one with --aws-port)"
        )
    with contextlib.suppress(ValueError):
        if response.status == 200:
            return json.loads(answer)
    raise UnreachableError(
        f"what answers on port {aws_port} isn't a local cloud; give its port with --aws-port"
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


def desk(status: dict[str, Any]) -> Desk:
    """Where datasets are dropped in a local cloud, for its developer."""
    developer = Credentials(status["account"])

    def client(service: str) -> Any:
        where = status["aws_url"], status["region"]
        return identity.client(service, *where, developer, status["certificate"])

    try:
        return Desk(status["outputs"], client, status["page_url"])
    except DropError as error:
        raise UnreachableError(str(error)) from error
