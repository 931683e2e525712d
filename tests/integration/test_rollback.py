"""An update of a real-time endpoint is taken back for what the new fleet does, and nothing else."""

import json

import pytest

from local.calls import read
from tests.conftest import MINUTE_SECONDS, SharedCloud, stand_in_template
from tests.integration.runs import GOOD, another


@pytest.fixture
def cloud(emulator, tmp_path):
    """With an endpoint by instances."""
    made = SharedCloud(
        *(tmp_path, stand_in_template(tmp_path), emulator, MINUTE_SECONDS),
        parameters={"EndpointInstanceType": "ml.c6i.large"},
    )
    made.start()
    made.warm()
    yield made
    made.end()


@pytest.fixture
def updates(cloud):
    """What was asked of UpdateEndpoint, and how the alarm looked at that moment."""
    seen = []

    def look(request, answer):
        if read(request).operation == "UpdateEndpoint":
            seen.append((json.loads(request.get_data()), alarm(cloud)))
        return answer(request)

    with cloud.before(look):
        yield seen


def alarm(cloud):
    name = cloud.function("RollbackAlarm")  # of any resource
    [found] = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found


def dimensions(found):
    return {dimension["Name"]: dimension["Value"] for dimension in found["Dimensions"]}


def test_an_update_is_watched_by_an_alarm_on_the_new_fleet_alone(cloud, updates):
    cloud.drop("first.csv", GOOD)
    cloud.follow("first.csv", "live")
    as_made = alarm(cloud)

    cloud.drop("second.csv", another("second"))
    cloud.follow("second.csv", "live")

    assert updates  # of rivals, each may have asked
    for asked, watching in updates:
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
