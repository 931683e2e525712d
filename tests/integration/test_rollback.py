"""An update of a real-time endpoint is taken back for what the new fleet does, and nothing else."""

import contextlib
import json

import pytest

from local.calls import read
from tests.clouds import MINUTE_SECONDS
from tests.integration.real_time import real_time
from tests.integration.runs import GOOD, another, approve, live_run
from tests.integration.woken import DEPLOY, drop, hush, wake, wake_until


@pytest.fixture
def cloud(emulator, tmp_path):
    with real_time(emulator, tmp_path, MINUTE_SECONDS) as made:
        yield made


@contextlib.contextmanager
def updates(cloud):
    """What was asked of UpdateEndpoint, and how the alarm looked at that moment."""
    seen = []

    def look(request, answer):
        if read(request).operation == "UpdateEndpoint":
            seen.append((json.loads(request.get_data()), alarm(cloud)))
        return answer(request)

    with cloud.before(look):
        yield seen


@pytest.fixture
def three(emulator, tmp_path):
    """A cloud in which only its test wakes anybody: the first of three runs is live, by hand."""
    with real_time(emulator, tmp_path, 600) as cloud:
        hush(cloud)
        yield cloud, back_to_the_first(cloud)


def back_to_the_first(cloud):
    """Three runs, of which the later two were live and then rejected by hand."""
    runs = []
    for name in ("first.csv", "second.csv", "third.csv"):
        drop(cloud, name, another(name))
        runs.append(wake_until(cloud, name, "live")["run"])
    for run in runs[1:]:
        approve(cloud, run, "Rejected")
    cloud.wait(lambda: (wake(cloud), live_run(cloud) == runs[0])[1], "the first to be live again")
    return runs


def alarm(cloud):
    name = cloud.function("RollbackAlarm")  # of any resource
    [found] = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found


def dimensions(found):
    return {dimension["Name"]: dimension["Value"] for dimension in found["Dimensions"]}


def test_an_update_is_watched_by_an_alarm_on_the_new_fleet_alone(cloud):
    cloud.drop("first.csv", GOOD)
    cloud.follow("first.csv", "live")
    as_made = alarm(cloud)

    with updates(cloud) as seen:
        cloud.drop("second.csv", another("second"))
        cloud.follow("second.csv", "live")

    assert seen  # of rivals, each may have asked
    for asked, watching in seen:
        config = asked["EndpointConfigName"]
        rolled_back_by = asked["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
        assert rolled_back_by == [{"AlarmName": as_made["AlarmName"]}]
        fleet = {"EndpointName": "verdict", "VariantName": "live"}
        assert dimensions(watching) == fleet | {"EndpointConfigName": config}
        assert config == cloud.endpoint()["EndpointConfigName"]
        assert {name for name in watching if watching[name] != as_made[name]} <= {
            "Dimensions",
            "AlarmConfigurationUpdatedTimestamp",
        }


def test_the_alarm_follows_the_rival_that_was_first(three):
    cloud, (_, second, third) = three
    approve(cloud, second, "Approved")
    cloud.fault("creating_slow", seconds=20)
    seen = []

    def overtake(request, answer):
        if read(request).operation == "PutMetricAlarm" and not seen:
            seen.append("PutMetricAlarm")
            approve(cloud, third, "Approved")
            cloud.invoke(DEPLOY, {})
            seen.append(cloud.endpoint()["EndpointStatus"])
        return answer(request)

    with cloud.before(overtake):
        cloud.invoke(DEPLOY, {})

    assert seen == ["PutMetricAlarm", "Updating"]
    assert dimensions(alarm(cloud))["EndpointConfigName"].startswith(f"{third}-v")


def test_an_alarm_that_is_still_on_for_another_fleet_takes_no_update_back(three):
    cloud, (first, second, _) = three
    name = cloud.function("RollbackAlarm")
    cloud.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="Errors of the fleet before."
    )
    approve(cloud, second, "Approved")

    with updates(cloud) as seen:
        cloud.invoke(DEPLOY, {})

    assert seen == []
    assert live_run(cloud) == first
    assert dimensions(alarm(cloud))["EndpointConfigName"].startswith(f"{second}-v")

    cloud.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="OK", StateReason="Nothing is heard of the new fleet."
    )
    cloud.wait(lambda: (wake(cloud), live_run(cloud) == second)[1], "the second to be live")
