"""Ports: the usual one, any free one, or an error that says what to do."""

import socket

import pytest

from local import LocalError
from local.ports import HOST, free_port, is_free
from local.server import server


def test_a_port_that_was_asked_for_is_had_or_an_error():
    number = free_port()
    made = server(None, number, 1)
    assert made.port == number
    assert not is_free(number)

    with pytest.raises(LocalError, match=f"port {number} is taken; choose another one"):
        server(None, number, 1)

    made.server_close()
    assert is_free(number)


def test_the_usual_port_may_be_any_other_one():
    with socket.create_server((HOST, 0)) as taken:
        usual = taken.getsockname()[1]
        made = server(None, None, usual)

        assert made.port not in (0, usual)
        made.server_close()

    made = server(None, None, number := free_port())
    assert made.port == number
    made.server_close()


def test_a_server_listens_on_this_machine_only():
    made = server(None, 0, 0)

    assert made.socket.getsockname()[0] == "127.0.0.1"
    made.server_close()
