"""Unit tests open no socket: whatever needs one belongs to tests/integration."""

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def no_sockets():
    disable_socket()
    yield
    enable_socket()
