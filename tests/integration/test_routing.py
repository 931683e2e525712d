"""Which function the template's rules send each event to."""

import json

import pytest

from tests.clouds import MINUTE_SECONDS, SharedCloud
from tests.templates import stand_in_template

START, DEPLOY = "StartTrainingFunction", "DeployEndpointFunction"


@pytest.fixture(scope="module")
def cloud(emulator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cloud")
    with SharedCloud(folder, stand_in_template(folder), emulator, MINUTE_SECONDS) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def rules(cloud):
    """The stack's rules, each with the logical id of its function."""
    names = {cloud.function(logical_id): logical_id for logical_id in (START, DEPLOY)}
    events = cloud.client("events")
    found = []
    for rule in events.list_rules()["Rules"]:
        [target] = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        found.append(rule | {"function": names[target["Arn"].rpartition(":")[2]]})
    return found


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
def test_an_event_reaches_the_functions_that_it_concerns(
    cloud, rules, load_event, event, functions
):
    patterns = [rule for rule in rules if "EventPattern" in rule]
    assert len(patterns) == 5

    client, sent = cloud.client("events"), json.dumps(load_event(event))
    found = {
        rule["function"]
        for rule in patterns
        if client.test_event_pattern(EventPattern=rule["EventPattern"], Event=sent)["Result"]
    }

    assert found == functions


def test_both_reconcilers_run_on_a_schedule(rules):
    schedules = [rule for rule in rules if "ScheduleExpression" in rule]

    assert {schedule["function"] for schedule in schedules} == {START, DEPLOY}
    assert {schedule["ScheduleExpression"] for schedule in schedules} == {"rate(5 minutes)"}
