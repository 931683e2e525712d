"""What CONTRIBUTING.md says of tests/unit: no sockets."""

import socket

import pytest
from pytest_socket import SocketBlockedError


def is_refused() -> bool:
    """Whether a socket that is asked for isn't given."""
    with pytest.warns(UserWarning, match="tried to use socket"), pytest.raises(SocketBlockedError):
        socket.socket()
    return True


@pytest.fixture(scope="module")
def was_refused() -> bool:
    """A fixture that is made before those of the test."""
    return is_refused()


def test_no_unit_test_opens_a_socket_nor_does_a_fixture_of_one(was_refused):
    assert was_refused
    assert is_refused()
