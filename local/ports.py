"""Where the local cloud answers, unless told otherwise: on this machine only."""

import socket

HOST = "127.0.0.1"
PAGE_PORT, AWS_PORT = 8000, 4566


def is_free(port: int, host: str = HOST) -> bool:
    """Whether nobody listens on a port."""
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])
