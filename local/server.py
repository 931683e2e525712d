"""What answers on the local cloud's ports: werkzeug's server, with threads and without words."""

from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, load_ssl_context, make_server

from local import LocalError
from local.ports import HOST, is_free


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
    try:
        tls = load_ssl_context(certificate) if certificate else None
    except OSError as error:  # which doesn't name the file
        raise LocalError(f"{certificate} is no key with its certificate: {error}") from error
    if port and not is_free(port, host):
        raise LocalError(f"port {port} is taken; choose another one or end what uses it")
    if port is None:
        port = usual if is_free(usual, host) else 0
    made = make_server(host, port, app, threaded=True, request_handler=_Handler)
    if tls:
        # Each connection's thread shakes hands, so that nobody who is silent holds up all.
        made.socket = tls.wrap_socket(made.socket, True, do_handshake_on_connect=False)
        made.ssl_context = tls
    return made
