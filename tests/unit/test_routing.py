"""Which function the template's rules send each event to."""

import pytest

from local.patterns import matches
from local.template import load
from tests.conftest import ROOT

START, DEPLOY = "StartTrainingFunction", "DeployEndpointFunction"


@pytest.mark.parametrize(
    ("event", "functions"),
    [
        ("training_completed", {DEPLOY}),
        ("training_failed", {DEPLOY, START}),  # the next in the queue may start
        ("training_timed_out", {DEPLOY, START}),
        ("training_of_another_team", set()),
        ("endpoint_in_service", {DEPLOY}),
        ("endpoint_update_failed", {DEPLOY}),
        ("package_approved", {DEPLOY, START}),
        ("package_rejected", {DEPLOY, START}),
        ("schedule_fired", set()),  # comes from its own rule, not from a pattern
    ],
)
def test_an_event_reaches_the_functions_that_it_concerns(load_event, event, functions):
    rules = list(load(ROOT / "template.yaml").events("EventBridgeRule"))
    assert len(rules) == 5

    event = load_event(event)
    found = [rule for rule in rules if matches(rule.properties["Pattern"], event)]

    assert {rule.function.logical_id for rule in found} == functions


def test_both_reconcilers_run_on_a_schedule():
    schedules = list(load(ROOT / "template.yaml").events("Schedule"))

    assert {schedule.function.logical_id for schedule in schedules} == {START, DEPLOY}
    assert {schedule.properties["Schedule"] for schedule in schedules} == {"rate(5 minutes)"}
