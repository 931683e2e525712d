"""Where the local cloud answers, unless told otherwise: on this machine only."""

import socket
import ssl
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local import LocalError

HOST = "127.0.0.1"
PAGE_PORT, AWS_PORT = 8000, 4566


class PortError(LocalError):
    """A port can't be had; the message says what to do."""


class _Handler(WSGIRequestHandler):
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """No line for every request."""

    def log_error(self, format: str, *args: Any) -> None:
        """Nor for what isn't one: our own command line asks without TLS first."""


def server(
    app: Any, port: int | None, usual: int, host: str = HOST, certificate: str | None = None
) -> BaseWSGIServer:
    """A server that listens already, on `port` or, for None, on the usual one or any free one.

    With a PEM file of key and certificate it speaks TLS.
    """
    tls = _tls(certificate) if certificate else None
    if port and not is_free(port, host):
        raise PortError(f"port {port} is taken; choose another one or end what uses it")
    if port is None:
        port = usual if is_free(usual, host) else 0
    made = make_server(host, port, app, threaded=True, request_handler=_Handler)
    if tls is not None:
        # Each connection's thread shakes hands, so that nobody who is silent holds up all.
        made.socket = tls.wrap_socket(made.socket, True, do_handshake_on_connect=False)
        made.ssl_context = tls
    return made


def _tls(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate)
    except OSError as error:  # which doesn't name the file
        raise PortError(f"{certificate} is no key with its certificate: {error}") from error
    return context


def is_free(port: int, host: str = HOST) -> bool:
    """Whether nobody listens on a port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])
