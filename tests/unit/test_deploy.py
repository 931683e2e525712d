"""`operations/deploy.py`: what is typed as PARAMETERS, and what the template takes of it."""

import json
import re

import pytest

from operations.deploy import STUCK, DeployError, members, parameters_of, parsed, why_nobody_hears
from tests.templates import ROOT

TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("typed", "parameters"),
    [
        ("", {}),
        ("LogRetentionDays=7", {"LogRetentionDays": "7"}),
        (
            ' LogRetentionDays=7\n  Hyperparameters={"epochs": "4", "init": "none"} ImageTag=a ',
            {
                "LogRetentionDays": "7",
                "Hyperparameters": '{"epochs": "4", "init": "none"}',
                "ImageTag": "a",
            },
        ),
    ],
)
def test_a_value_goes_on_to_the_next_name_and_keeps_its_quotes(typed, parameters):
    assert parsed(typed, TEMPLATE) == parameters


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("LogRetentionDays", "'LogRetentionDays' is no parameter: type NAME=VALUE NAME=VALUE …"),
        ("7 LogRetentionDays=7", "'7 LogRetentionDays=7' is no parameter: type NAME=VALUE"),
        ("LogRetentiondays=7", "There is no parameter LogRetentiondays: template.yaml has "),
        ("LogRetentionDays=", "LogRetentionDays= has no value: template.yaml says what it may be."),
        ("LogRetentionDays= ImageTag=a", "LogRetentionDays= has no value: template.yaml says"),
        (
            "EndpointInstanceType=",
            "EndpointInstanceType= must be serverless or a SageMaker instance type",
        ),
        ("NotificationEmail=me", "NotificationEmail=me must be nobody or one e-mail address."),
    ],
)
def test_what_sam_would_leave_out_or_lose_is_refused_with_what_to_type(typed, told):
    with pytest.raises(DeployError) as refused:
        parsed(typed, TEMPLATE)

    assert str(refused.value).startswith(told)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("LogRetentionDays=8", "LogRetentionDays=8 must be one of 1, 3, 5, 7, 14, 30, "),
        ("TrainingOnSpot=maybe", "TrainingOnSpot=maybe must be one of true, false."),
        ("TrainingOnSpot=True", "TrainingOnSpot=True must be one of true, false."),
        ("EndpointInstanceCount=0", "EndpointInstanceCount=0 must be at least 1."),
        ("EndpointInstanceCount=21", "EndpointInstanceCount=21 must be at most 20."),
        ("EndpointInstanceCount=-1", "EndpointInstanceCount=-1 must be at least 1."),
        ("EndpointInstanceCount=1.5", "EndpointInstanceCount=1.5 must be a whole number."),
        ("EndpointInstanceCount=two", "EndpointInstanceCount=two must be a whole number."),
    ],
)
def test_what_cloudformation_would_refuse_once_images_are_built_is_refused_before(typed, told):
    with pytest.raises(DeployError) as refused:
        parsed(typed, TEMPLATE)

    assert str(refused.value).startswith(told)


@pytest.mark.parametrize("name", parameters_of(TEMPLATE))
def test_a_parameters_default_and_bounds_are_taken_and_a_word_of_no_sense_is_not(name):
    rules = members(parameters_of(TEMPLATE)[name])
    taken = {rules[rule].value for rule in ("Default", "MinValue", "MaxValue") if rule in rules}
    taken |= (
        {one.value for one in rules["AllowedValues"].value} if "AllowedValues" in rules else set()
    )

    for value in taken:
        assert parsed(f"{name}={value}", TEMPLATE) == {name: value}
    with pytest.raises(DeployError, match=f"^{name}=no, such must be "):
        parsed(f"{name}=no, such", TEMPLATE)


AGREED = {"SubscriptionArn": "arn:aws:sns:eu-central-1:012345678901:film:0", "Endpoint": "a@b.c"}
WAITING = {"SubscriptionArn": "PendingConfirmation", "Endpoint": "d@e.f"}
GONE = {"SubscriptionArn": "Deleted", "Endpoint": "g@h.i"}


@pytest.mark.parametrize(
    ("subscriptions", "email", "told"),
    [
        ([AGREED], "a@b.c", ""),
        ([WAITING, AGREED], "d@e.f", ""),
        ([AGREED], "nobody", ""),  # by hand
        ([WAITING, GONE], "d@e.f", "d@e.f has to follow the link in AWS's first message."),
        ([], "nobody", "PARAMETERS='NotificationEmail=you@example.org' changes that."),
        ([GONE], "g@h.i", "the subscription of g@h.i has lapsed. Deploy with nobody, then with "),
    ],
)
def test_who_has_not_agreed_yet_hears_nothing(subscriptions, email, told):
    assert bool(why_nobody_hears(subscriptions, email)) == bool(told)
    assert why_nobody_hears(subscriptions, email).startswith(told)


@pytest.mark.parametrize("remedy", STUCK.values())
def test_what_to_type_names_stack_and_region(remedy):
    told = remedy.format(stack="film", region="eu-central-1")

    assert {"film", "eu-central-1"} <= set(re.split("[ =]", told))


@pytest.mark.parametrize(
    "flags",
    [
        "{}",
        "{ }",
        '{"epochs":"4"}',
        '{ "epochs" : "0.2" , "init" : "none" }',
        '{"epochs":"4","learning_rate":"0.002","x":"a, b: {c} [d] \'e\' !~"}',
    ],
)
def test_hyperparameters_are_an_object_of_strings(flags):
    assert parsed(f"Hyperparameters={flags}", TEMPLATE) == {"Hyperparameters": flags}

    read = json.loads(flags)
    assert isinstance(read, dict)
    assert all(isinstance(value, str) for value in read.values())


@pytest.mark.parametrize(
    "flags",
    [
        "",
        "{",
        "{epochs:4}",  # so an unquoted one comes out of the shell
        '{"epochs":4}',
        '{"epochs":"4",}',
        '{"epochs":"4" "init":"none"}',
        '{"epochs":"4"} {}',
        '{"epochs":{"a":"b"}}',
        '{"epochs":["4"]}',
        '{"epochs":null}',
        '{"epochs":"\\"}',
        '{"epochs":"a\tb"}',
        '["epochs","4"]',
        '"epochs"',
    ],
)
def test_hyperparameters_that_the_function_could_not_read_are_refused(flags):
    with pytest.raises(DeployError, match="must be a JSON object of strings such as"):
        parsed(f"Hyperparameters={flags}", TEMPLATE)


def documented():
    """What the documentation has people type as PARAMETERS."""
    found = set()
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        found |= set(re.findall(r"PARAMETERS='([^']*)'", page.read_text(encoding="utf-8")))
    return sorted(found)


@pytest.mark.parametrize("typed", documented())
def test_what_is_documented_is_taken(typed):
    assert parsed(typed.replace("…", "you@example.org"), TEMPLATE)
