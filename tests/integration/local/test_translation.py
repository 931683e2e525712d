"""SAM's transform before a template gets to the emulator."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from local.deployment import Deployment
from local.emulator import VENV
from local.templates import Bridge
from local.translation import translated
from tests.needs import need

FUNCTION = {
    "Type": "AWS::Serverless::Function",
    "Properties": {"CodeUri": "s3://b/k", "Handler": "app.handler", "Runtime": "python3.13"},
}


@pytest.fixture
def template():
    """One that nobody has asked for before."""
    need((VENV / "bin/python").exists(), "no emulator: `make .venv-emulator/ready`")
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": str(uuid.uuid4()),
        "Resources": {"Speak": FUNCTION},
    }


def kept(template):
    return [f for f in (VENV / "translated").iterdir() if template["Description"] in f.read_text()]


def test_a_function_of_sam_becomes_lambda_s_and_a_role_and_does_so_again(template):
    first, again = translated(template, "eu-central-1"), translated(template, "eu-central-1")

    assert first == again
    assert {one["Type"] for one in first["Resources"].values()} == {
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
    }
    code = first["Resources"]["Speak"]["Properties"]["Code"]
    assert code == {"S3Bucket": "b", "S3Key": "k"}
    assert len(kept(template)) == 1


def test_another_region_is_another_transform(template):
    translated(template, "us-east-1")

    role = translated(template, "cn-north-1")["Resources"]["SpeakRole"]

    assert role["Properties"]["ManagedPolicyArns"][0].startswith("arn:aws-cn:")


def test_what_is_no_template_of_sam_s_or_refused_by_it_stays_as_it_is(template):
    plain = {"Resources": template["Resources"]}
    wrong = template | {"Resources": {"Speak": {**FUNCTION, "Properties": {"CodeUri": 1}}}}

    assert translated(plain, "us-east-1") == plain
    assert translated(wrong, "us-east-1") == wrong


def test_several_that_ask_at_once_get_the_same_whole_template(template):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: translated(template, "us-east-1"), range(4)))

    assert all(one == made[0] for one in made)
    assert made[0]["Resources"].keys() == {"Speak", "SpeakRole"}
    assert len(kept(template)) == 1  # and nothing unfinished


def test_accounts_share_what_was_transformed(template, tmp_path):
    function = {**FUNCTION["Properties"], "CodeUri": "code"}
    template["Resources"] = {"Speak": {**FUNCTION, "Properties": function}}
    (tmp_path / "code").mkdir()
    (tmp_path / "template.json").write_text(json.dumps(template))

    for account in ("100000000001", "100000000002"):
        identity = SimpleNamespace(client=None, region="us-east-1", account=account)
        made = Deployment(tmp_path / "template.json", "verdict", {}, identity)
        made.prepare(Bridge(account, {"AWS_ENDPOINT_URL": f"http://{account}"}, 4000))

    assert len(kept(template)) == 1
