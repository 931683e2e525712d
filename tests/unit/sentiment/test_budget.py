"""How long a job may still take, over all of its attempts."""

import json
import math
import threading
import time

import pytest

from sentiment.budget import CLOCK, Budget


def ago(seconds: float) -> float:
    return time.monotonic() - seconds


def test_without_a_limit_there_is_time_for_everything(tmp_path):
    budget = Budget(0, "run-1", tmp_path)

    with budget.watched(lambda: "reading", lambda _: pytest.fail("nobody gives up")):
        assert not budget.is_limited
        assert budget.left() == budget.for_learning() == math.inf
    assert list(tmp_path.iterdir()) == []


def test_what_is_left_keeps_time_for_examining_and_for_uploading():
    budget = Budget(400, began=ago(100))

    assert budget.used() == pytest.approx(100, abs=5)
    assert budget.left() == pytest.approx(400 - 20 - 100, abs=5)
    assert budget.for_learning() == pytest.approx(280 - 10 - 120, abs=5)
    assert Budget(7_200, began=ago(0)).left() == pytest.approx(7_170, abs=5)
    assert Budget(7_200, began=ago(0)).for_learning() == pytest.approx(6_270, abs=5)
    assert Budget(10, began=ago(60)).for_learning() < 0


def test_attempts_before_count_if_they_were_of_the_same_run(tmp_path):
    (tmp_path / CLOCK).write_text(json.dumps({"run": "run-1", "seconds": 250.0}))

    assert Budget(400, "run-1", tmp_path).used() == pytest.approx(250, abs=5)
    assert Budget(400, "run-2", tmp_path).used() == pytest.approx(0, abs=5)
    assert Budget(0, "run-1", tmp_path).used() == pytest.approx(0, abs=5)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"run": "run-1"}', '{"seconds": "x"}'])
def test_a_clock_that_cannot_be_read_is_none(tmp_path, content):
    (tmp_path / CLOCK).write_text(content)

    assert Budget(400, "run-1", tmp_path).used() == pytest.approx(0, abs=5)


def test_where_the_time_is_over_somebody_gives_up_with_a_sentence(tmp_path):
    told: list[str] = []
    given_up = threading.Event()

    def give_up(reason: str) -> None:
        told.append(reason)
        given_up.set()

    with Budget(1_000, "run-1", tmp_path, ago(971)).watched(lambda: "examining", give_up):
        assert given_up.wait(20)
        assert json.loads((tmp_path / CLOCK).read_text())["seconds"] > 970

    assert told == [
        "The training was still examining when the 1,000 seconds that it may take were nearly over:"
        " raise TrainingMaxRuntimeSeconds, choose a faster TrainingInstanceType, or drop fewer"
        " rows."
    ]


def test_a_job_that_has_ended_leaves_no_clock(tmp_path):
    (tmp_path / CLOCK).write_text("{}")

    with Budget(1_000, "run-1", tmp_path).watched(str, lambda _: None):
        pass

    assert not (tmp_path / CLOCK).exists()


def test_a_job_that_was_broken_off_leaves_its_clock(tmp_path):
    (tmp_path / CLOCK).write_text("{}")

    with pytest.raises(KeyError), Budget(1_000, "run-1", tmp_path).watched(str, lambda _: None):
        raise KeyError

    assert (tmp_path / CLOCK).exists()
