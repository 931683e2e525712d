"""Unit tests open no socket: whatever needs one belongs to tests/integration.

Properties ("for any review …") are tested by Hypothesis, with the same examples every time, so that
nothing fails by chance. To look for others: `pytest tests/unit --hypothesis-profile search`.
"""

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("search", deadline=None, database=None)
settings.load_profile("same")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Off before the first fixture of a test in this folder is made; on again when it has ended."""
    disable_socket()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown():
    enable_socket()
