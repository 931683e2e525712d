"""What the functions name is what `make delete` finds, and nothing of a stack that begins alike."""

import importlib
import re

import pytest

from operations import delete


@pytest.fixture
def names(monkeypatch):
    monkeypatch.setenv("RUN_PREFIX", "verdict")
    return importlib.import_module("runs.names")


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("-0123456789ab-v7-89abcdef", True),
        ("-0123456789ab-2-v12-89abcdef", True),
        ("-0123456789ab-v7", True),  # of the first release
        ("-two-0123456789ab-v7-89abcdef", False),
        ("-0123456789ab", False),
        ("-0123456789ab-v7-other", False),
        ("-0123456789ab-v7-89abcdef-more", False),
    ],
)
def test_models_and_configs_are_found_by_who_deletes_them(names, name, is_ours):
    assert (names.SERVING_NAME.fullmatch(names.RUN_PREFIX + name) is not None) == is_ours
    assert (re.fullmatch(delete.SERVED, name) is not None) == is_ours
