"""SAM's transform before a template gets to the emulator."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from local.emulator import VENV
from local.translation import translated
from tests.needs import need

FUNCTION = {
    "Type": "AWS::Serverless::Function",
    "Properties": {"CodeUri": "s3://b/k", "Handler": "app.handler", "Runtime": "python3.13"},
}
TEMPLATE = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Speak": FUNCTION}}


@pytest.fixture(autouse=True)
def _emulator_s_environment():
    need((VENV / "bin/python").exists(), "no emulator: `make .venv-emulator/ready`")


def test_a_function_of_sam_becomes_lambda_s_and_a_role_and_does_so_again():
    first, again = translated(TEMPLATE, "eu-central-1"), translated(TEMPLATE, "eu-central-1")

    assert first == again
    assert {one["Type"] for one in first["Resources"].values()} == {
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
    }
    code = first["Resources"]["Speak"]["Properties"]["Code"]
    assert code == {"S3Bucket": "b", "S3Key": "k"}


def test_another_region_is_another_transform():
    role = translated(TEMPLATE, "cn-north-1")["Resources"]["SpeakRole"]

    assert role["Properties"]["ManagedPolicyArns"][0].startswith("arn:aws-cn:")


@pytest.mark.parametrize(
    "template",
    [
        {"Resources": {"Speak": FUNCTION}},
        {**TEMPLATE, "Resources": {"Speak": {**FUNCTION, "Properties": {"CodeUri": 1}}}},
    ],
)
def test_what_is_no_template_of_sam_s_or_refused_by_it_stays_as_it_is(template):
    assert translated(template, "us-east-1") == template


def test_several_that_ask_at_once_get_the_same_whole_template():
    unseen = {**TEMPLATE, "Description": "asked for by several"}

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: translated(unseen, "us-east-1"), range(4)))

    assert all(one == made[0] for one in made)
    assert made[0]["Resources"].keys() == {"Speak", "SpeakRole"}
