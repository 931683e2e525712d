"""Faults happen as often as asked, to whom they are meant for, and never silently not at all."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.faults import Faults


def test_a_fault_happens_once_unless_told_otherwise() -> None:
    faults = Faults()
    faults.add({"kind": "cold_start"})

    assert faults.take("cold_start", endpoint="any") is not None
    assert faults.take("cold_start", endpoint="any") is None


def test_a_fault_may_happen_several_times_or_for_ever() -> None:
    faults = Faults()
    faults.add({"kind": "throttled", "times": 2})
    faults.add({"kind": "cold_start", "times": None})

    throttled = [faults.take("throttled", service="sagemaker") for _ in range(3)]
    cold = [faults.take("cold_start", endpoint="e") for _ in range(5)]

    assert [fault is not None for fault in throttled] == [True, True, False]
    assert all(cold)
    assert [fault["kind"] for fault in faults.pending()] == ["cold_start"]


def test_a_fault_meets_only_what_it_matches() -> None:
    faults = Faults()
    faults.add({"kind": "event_dropped", "match": {"detail_type": "SageMaker Endpoint*"}})

    assert faults.take("event_dropped", source="aws.s3", detail_type=None) is None
    assert faults.take("event_dropped", detail_type="SageMaker Training Job State Change") is None
    assert faults.take("event_dropped", detail_type="SageMaker Endpoint State Change")


def test_the_oldest_fitting_fault_goes_first_and_carries_its_parameters() -> None:
    faults = Faults()
    faults.add({"kind": "training_failed", "reason": "first"})
    faults.add({"kind": "training_failed", "reason": "second"})

    taken = [faults.take("training_failed", job="j") for _ in range(2)]

    assert [fault and fault["reason"] for fault in taken] == ["first", "second"]


def test_clearing_restores_good_manners() -> None:
    faults = Faults()
    faults.add({"kind": "model_error", "times": None})
    faults.clear()

    assert faults.take("model_error", endpoint="e") is None


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({}, "unknown fault kind None"),
        ({"kind": "meteor"}, "unknown fault kind 'meteor'"),
        ({"kind": "training_failed"}, r"needs \['reason'\]"),
        ({"kind": "cold_start", "minutes": 3}, r"no parameter \['minutes'\]"),
        ({"kind": "cold_start", "match": {"job": "j"}}, r"can't match \['job'\]"),
        ({"kind": "cold_start", "times": 0}, "times is 0"),
    ],
)
def test_a_fault_that_could_never_happen_is_refused(fault: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Faults().add(fault)


def test_asking_with_a_fact_that_no_fault_can_name_is_a_bug() -> None:
    with pytest.raises(ValueError, match="has no facts"):
        Faults().take("cold_start", job="j")


def test_threads_share_a_fault_fairly() -> None:
    faults = Faults()
    faults.add({"kind": "throttled", "times": 50})

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: faults.take("throttled"), range(200)))

    assert sum(fault is not None for fault in taken) == 50
