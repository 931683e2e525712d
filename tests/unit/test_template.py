"""What template.yaml says of names, costs, errors and alarms, read as CloudFormation reads it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.templates import parse
from tests.unit.imports import ROOT

TEMPLATE = parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
NAMES = {  # members that name a resource, beside those of some kinds that are called Name
    *("BucketName", "RepositoryName", "LayerName", "LogGroupName", "ModelPackageGroupName"),
    *("TopicName", "QueueName", "DashboardName", "BudgetName", "AlarmName", "FunctionName"),
    *("RoleName", "ManagedPolicyName", "POWERTOOLS_METRICS_NAMESPACE"),
}
NAMED = {"AWS::CloudFront::OriginAccessControl", "AWS::CloudFront::ResponseHeadersPolicy"}
OF_ALL_REGIONS = {
    "BucketName",
    "Name",
    "DashboardName",
    "BudgetName",
}  # one account's or one world's


def of_type(*types: str) -> dict[str, dict[str, Any]]:
    """Properties of the resources of some types, by their logical ids."""
    return {
        name: resource["Properties"]
        for name, resource in RESOURCES.items()
        if resource["Type"] in types
    }


def members(found: Any) -> Iterator[tuple[str, Any]]:
    """Every member of a document, however deep."""
    if isinstance(found, dict):
        yield from found.items()
    for value in found.values() if isinstance(found, dict) else found:
        if isinstance(value, dict | list):
            yield from members(value)


def names() -> Iterator[tuple[str, str, str]]:
    """Logical id, member and value of every name that the template gives."""
    for logical_id, resource in {**RESOURCES, "Globals": TEMPLATE["Globals"]}.items():
        wanted = NAMES | ({"Name"} if resource.get("Type") in NAMED else set())
        given = {
            name: value
            for name, value in members(resource)
            if name in wanted and "Dimensions" not in resource.get("Properties", {})
        }
        for name, value in given.items():
            yield logical_id, name, json.dumps(value)


# --- Two stacks share nothing -----------------------------------------------------------------


def test_every_name_is_the_stack_s_own():
    found = list(names())

    assert len(found) > 15
    for logical_id, name, value in found:
        assert "AWS::StackName" in value, (logical_id, name)


def test_what_an_account_has_once_in_all_regions_names_its_region():
    found = [(logical_id, value) for logical_id, name, value in names() if name in OF_ALL_REGIONS]

    assert len(found) >= 8
    for logical_id, value in found:
        assert "${AWS::Region}" in value, logical_id


def test_every_layer_has_a_name():
    assert [layer["LayerName"] for layer in of_type("AWS::Serverless::LayerVersion").values()]


# --- Costs ------------------------------------------------------------------------------------


def test_checkpoints_expire_in_a_week():
    rules = RESOURCES["RunBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]

    [rule] = [rule for rule in rules if rule.get("Prefix") == "checkpoints/"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 7)
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert TEMPLATE["Parameters"]["TrainingMaxRuntimeSeconds"]["MaxValue"] <= 7 * 24 * 3600


def test_every_log_group_expires():
    groups = of_type("AWS::Logs::LogGroup")

    assert groups
    for name, group in groups.items():
        assert group["LogGroupName"]["Fn::Sub"].startswith("/verdict/"), name  # others come first
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_a_budget_is_made_where_there_is_somebody_to_hear_of_it_and_cloudformation_can():
    [budget] = of_type("AWS::Budgets::Budget").values()
    conditions = TEMPLATE["Conditions"]

    assert RESOURCES["Budget"]["Condition"] == "LimitSpending"
    assert conditions["LimitSpending"] == {
        "Fn::And": [{"Condition": "NotifyByEmail"}, {"Condition": "BudgetsAreMadeHere"}]
    }
    told = [s["Address"] for n in budget["NotificationsWithSubscribers"] for s in n["Subscribers"]]
    assert told == [{"Ref": "NotificationEmail"}] * 2


# --- Errors and limits ------------------------------------------------------------------------


def test_no_error_of_the_api_is_kept_by_cloudfront():
    config = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]

    lost, *others = config["CustomErrorResponses"]
    assert lost == {
        "ErrorCode": 403,
        "ResponseCode": 404,
        "ResponsePagePath": "/lost.html",
        "ErrorCachingMinTTL": 0,
    }
    assert others == [
        {"ErrorCode": status, "ErrorCachingMinTTL": 0} for status in (500, 502, 503, 504)
    ]


@pytest.mark.parametrize(
    ("arn", "is_taken"),
    [
        ("none", True),
        ("arn:aws:wafv2:us-east-1:123456789012:global/webacl/readers/0123-4567", True),
        ("arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/readers/0123-4567", False),
        ("", False),
    ],
)
def test_a_limit_for_each_reader_is_an_option(arn, is_taken):
    parameter = TEMPLATE["Parameters"]["WebAclArn"]
    config = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]

    assert parameter["Default"] == "none"
    assert bool(re.match(parameter["AllowedPattern"], arn)) == is_taken
    assert config["WebACLId"] == {
        "Fn::If": ["LimitEachReader", {"Ref": "WebAclArn"}, {"Ref": "AWS::NoValue"}]
    }


# --- Alarms -----------------------------------------------------------------------------------

ALARMS = of_type("AWS::CloudWatch::Alarm")


def test_every_alarm_tells_whoever_wants_to_hear_but_the_one_that_sagemaker_watches():
    assert len(ALARMS) == 10  # as many as cost nothing
    silent = [name for name, alarm in ALARMS.items() if "AlarmActions" not in alarm]

    assert silent == ["RollbackAlarm"]
    for name in ALARMS.keys() - set(silent):
        assert ALARMS[name]["AlarmActions"] == [{"Ref": "Notices"}], name


def test_every_function_s_throttling_rings():
    watched = [
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in ALARMS.values()
        if alarm["MetricName"] == "Throttles"
    ]

    assert sorted(watched) == sorted(of_type("AWS::Serverless::Function"))


def test_a_503_rings_once_it_has_lasted_for_a_quarter_of_an_hour():
    [alarm] = [alarm for alarm in ALARMS.values() if alarm["MetricName"] == "Answered503"]

    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (300, 3)
    assert "DatapointsToAlarm" not in alarm  # all three
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 0)


def test_a_model_is_taken_back_for_a_rate_of_errors_of_the_new_fleet_and_three_at_least():
    """Each minute that counts has an error, and three of five minutes have to."""
    alarm = ALARMS["RollbackAlarm"]

    assert (alarm["Statistic"], alarm["Threshold"]) == ("Average", 0.05)
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["DatapointsToAlarm"] == 3
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 300  # what canary() waits
    assert alarm["TreatMissingData"] == "notBreaching"
    dimensions = [dimension["Name"] for dimension in alarm["Dimensions"]]
    assert dimensions == ["EndpointName", "VariantName", "EndpointConfigName"]


def on_alarms(action):
    """What statements with this action reach; the local cloud can't tell one alarm from another."""
    return [
        found["Resource"]
        for resource in RESOURCES.values()
        for name, value in members(resource)
        if name == "Statement"
        for found in value
        if action in found["Action"]
    ]


def test_the_function_that_points_the_alarm_may_touch_no_other():
    assert on_alarms("cloudwatch:PutMetricAlarm") == [{"Fn::GetAtt": ["RollbackAlarm", "Arn"]}]


def test_who_looks_at_an_alarm_may_look_at_all_for_aws_checks_no_less():
    reached = on_alarms("cloudwatch:DescribeAlarms")

    assert len(reached) == 2  # the function's and the endpoint's
    for resource in reached:
        where = "${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}"
        assert resource == {"Fn::Sub": f"arn:{where}:alarm:*"}
