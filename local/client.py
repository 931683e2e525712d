"""How the command line speaks with a running local cloud: over its AWS address, as anyone would."""

import json
import socket
from http.client import HTTPConnection, HTTPException
from typing import Any

import boto3
from botocore.config import Config

from local.addresses import HOST


class UnreachableError(Exception):
    """No local cloud answers there; the message says how to start one."""


def control(
    aws_port: int, method: str, path: str, document: Any = None, timeout_seconds: float = 30
) -> Any:
    """Call /_local/<path>; returns its JSON."""
    connection = HTTPConnection(HOST, aws_port, timeout=timeout_seconds)
    try:
        body = None if document is None else json.dumps(document)
        headers = {"Content-Type": "application/json"}
        connection.request(method, f"/_local/{path}", body, headers)
        response = connection.getresponse()
        answer = response.read()
    except (OSError, HTTPException) as error:
        raise UnreachableError(
            f"no local cloud answers on port {aws_port}; start it with `make run`"
            " (or give the port of another one with --aws-port)"
        ) from error
    finally:
        connection.close()
    try:
        if response.status == 200:
            return json.loads(answer)
    except ValueError:
        pass
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


def aws_client(service: str, status: dict[str, Any]) -> Any:
    """A boto3 client of the developer, who may do everything."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=status["aws_url"],
        region_name=status["region"],
        aws_access_key_id="developer",
        aws_secret_access_key="local",  # noqa: S106 (nobody checks it)
        config=Config(connect_timeout=5, retries={"total_max_attempts": 3}),
    )
