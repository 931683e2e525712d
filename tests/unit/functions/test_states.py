"""Which rewriting of a receipt is another state, and so is counted on the dashboard."""

import pytest

from runs.states import is_another_state

BEFORE = {"dataset": {"key": "datasets/a.csv", "etag": "1"}, "state": "received", "reason": None}


@pytest.mark.parametrize(
    ("before", "now", "is_another"),
    [
        (None, BEFORE, True),
        (BEFORE, BEFORE, False),
        (BEFORE, BEFORE | {"reason": "A quota."}, False),
        (BEFORE, BEFORE | {"state": "training"}, True),
        (BEFORE, BEFORE | {"dataset": {"key": "datasets/a.csv", "etag": "2"}}, True),
    ],
)
def test_only_another_state_is_counted(before, now, is_another):
    assert is_another_state(before, now) is is_another
