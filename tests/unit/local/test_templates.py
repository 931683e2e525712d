"""What templates become on their way to the emulator's CloudFormation."""

import json
from textwrap import dedent
from urllib.parse import parse_qs, urlencode

import pytest
from botocore.exceptions import ClientError
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local import LocalError
from local.templates import MAKER, Bridge, maker, parse, rewrite, rewritten_call

TO = Bridge("1" * 12, {"AWS_ENDPOINT_URL": "http://here"}, 4000)
MADE_BY = {"Fn::Sub": f"arn:aws:lambda:${{AWS::Region}}:{TO.account}:function:{MAKER}"}
GROUP = """
    Resources:
      Made:
        Type: AWS::SageMaker::ModelPackageGroup
        Properties: {ModelPackageGroupName: mine}
      Box: {Type: AWS::S3::Bucket}
"""


def rewritten(text, to=TO):
    return rewrite(parse(dedent(text)), "us-east-1", to)["Resources"]


# --- Reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Box", {"Ref": "Box"}),
        ("!Condition Wanted", {"Condition": "Wanted"}),
        ("!GetAtt Box.Arn", {"Fn::GetAtt": ["Box", "Arn"]}),
        ("!GetAtt Box.Outputs.Name", {"Fn::GetAtt": ["Box", "Outputs.Name"]}),
        ("!GetAtt [Box, Arn]", {"Fn::GetAtt": ["Box", "Arn"]}),
        ('!Sub "${Box}/x"', {"Fn::Sub": "${Box}/x"}),
        ("!Sub ['${A}', {A: !Ref B}]", {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
        (
            "!If [Wanted, !Ref A, !Ref AWS::NoValue]",
            {"Fn::If": ["Wanted", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]},
        ),
        ("!Not [!Equals [!Ref A, '']]", {"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, ""]}]}),
        ("!Transform {Name: N}", {"Fn::Transform": {"Name": "N"}}),
    ],
)
def test_short_forms_are_written_out(short, long):
    template = parse(f"Resources: {{}}\nOutputs: {{It: {{Value: {short}}}}}")

    assert template["Outputs"]["It"]["Value"] == long


def test_anchors_are_filled_in():
    template = parse("Resources: {A: &a {Type: T, Properties: {P: 1}}, B: *a}")

    assert template["Resources"]["B"] == {"Type": "T", "Properties": {"P": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources: [", "the template is no YAML: "),
        ("", "the template has no Resources"),
        ("- a", "the template has no Resources"),
        ("Parameters: {}", "the template has no Resources"),
        ("Resources: [a, b]", "the template has no Resources"),
        ("Resources: {A: !!python/object/apply:os.getcwd []}", "the template is no YAML: "),
    ],
)
def test_what_is_no_template_says_why(text, message):
    with pytest.raises(LocalError, match=message):
        parse(text)


# --- Other words --------------------------------------------------------------------------------


def test_a_group_becomes_a_resource_of_our_own_with_its_properties():
    made = rewritten(GROUP)

    assert made.keys() == {"Made", "Box"}
    assert made["Made"] == {
        "Type": "Custom::ModelPackageGroup",
        "Properties": {"ModelPackageGroupName": "mine", "ServiceToken": MADE_BY},
    }


def test_the_function_that_makes_groups_knows_where_aws_is():
    function = maker(TO)["Resources"]["Maker"]["Properties"]

    compile(function["Code"]["ZipFile"], function["Handler"], "exec")
    assert function["FunctionName"] == MAKER
    assert function["Environment"]["Variables"] == TO.variables | {"ACCOUNT": TO.account}


API = """
    Resources:
      Door:
        Type: AWS::Serverless::HttpApi
      Speak:
        Type: AWS::Serverless::Function
        Properties:
          Events:
            Post: {Type: HttpApi, Properties: {ApiId: !Ref Door, Method: post, Path: /said}}
            Any: {Type: HttpApi, Properties: {ApiId: !Ref Door, Path: "/{proxy+}"}}
            Old:
              Type: HttpApi
              Properties: {ApiId: !Ref Door, Path: /old, PayloadFormatVersion: "1.0"}
            Tick: {Type: Schedule, Properties: {Schedule: rate(5 minutes)}}
"""


def test_each_http_event_becomes_a_route_an_integration_and_a_permission():
    made = rewritten(API)

    assert made["Speak"]["Properties"]["Events"].keys() == {"Tick"}
    assert made["SpeakPostRoute"] == {
        "Type": "AWS::ApiGatewayV2::Route",
        "Properties": {
            "ApiId": {"Ref": "Door"},
            "RouteKey": "POST /said",
            "Target": {"Fn::Sub": "integrations/${SpeakPostIntegration}"},
        },
    }
    assert made["SpeakPostIntegration"] == {
        "Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {
            "ApiId": {"Ref": "Door"},
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": {"Fn::GetAtt": ["Speak", "Arn"]},
            "PayloadFormatVersion": "2.0",
        },
    }
    assert made["SpeakPostPermission"] == {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Speak"},
            "Principal": "apigateway.amazonaws.com",
        },
    }
    assert made["SpeakAnyRoute"]["Properties"]["RouteKey"] == "ANY /{proxy+}"
    assert made["SpeakOldIntegration"]["Properties"]["PayloadFormatVersion"] == "1.0"


def test_a_function_learns_where_aws_is_and_who_it_is():
    made = rewritten(
        """
        Resources:
          Plain: {Type: AWS::Serverless::Function}
          Own:
            Type: AWS::Serverless::Function
            Properties:
              Role: !GetAtt Some.Arn
              Environment: {Variables: {STAGE: test}}
        """
    )

    assert made["Plain"]["Properties"]["Environment"]["Variables"] == {
        "AWS_ENDPOINT_URL": "http://here",
        "AWS_SDK_UA_APP_ID": {"Ref": "PlainRole"},  # the name that SAM gives to the role it makes
    }
    assert made["Own"]["Properties"]["Environment"]["Variables"] == {
        "STAGE": "test",
        "AWS_ENDPOINT_URL": "http://here",
        "AWS_SDK_UA_APP_ID": {"Ref": "Some"},
    }


@pytest.mark.parametrize("member", ["ApiId", "Path"])
def test_an_http_event_that_leaves_its_api_or_path_to_sam_fails_by_name(member):
    text = dedent(API).replace(f"{member}: ", f"Not{member}: ")

    with pytest.raises(LocalError, match=f"Speak: .* Post has no {member}"):
        rewrite(parse(text), "us-east-1", TO)


SITE = """
    Resources:
      Door: {Type: AWS::Serverless::HttpApi}
      Site:
        Type: AWS::CloudFront::Distribution
        Properties:
          DistributionConfig:
            Origins:
              - {Id: Page, DomainName: !GetAtt Pages.RegionalDomainName, S3OriginConfig: {}}
              - Id: Api
                DomainName: !Sub "${Door}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
                CustomOriginConfig: {OriginProtocolPolicy: https-only}
"""


def origins(to):
    return rewritten(SITE, to)["Site"]["Properties"]["DistributionConfig"]["Origins"]


def test_the_origin_of_an_api_is_found_on_this_machine_and_others_stay():
    page, api = origins(TO)

    assert page == {
        "Id": "Page",
        "DomainName": {"Fn::GetAtt": ["Pages", "RegionalDomainName"]},
        "S3OriginConfig": {},
    }
    assert api == {
        "Id": "Api",
        "DomainName": "127.0.0.1",
        "OriginPath": {"Fn::Sub": "/_aws/execute-api/${Door}/$default"},
        "CustomOriginConfig": {"HTTPPort": 4000, "OriginProtocolPolicy": "http-only"},
    }


def test_another_server_of_the_api_takes_its_place():
    _, api = origins(TO._replace(api_url="http://localhost:3000"))

    assert api == {
        "Id": "Api",
        "DomainName": "localhost",
        "OriginPath": "",
        "CustomOriginConfig": {"HTTPPort": 3000, "OriginProtocolPolicy": "http-only"},
    }


# --- Calls of CloudFormation --------------------------------------------------------------------


def sent(fetch=None, keep=None, **form):
    """The body of a call once it has come past, and what it was."""
    body = urlencode(form).encode()
    kind = "application/x-www-form-urlencoded"
    request = Request(EnvironBuilder(method="POST", data=body, content_type=kind).get_environ())
    return rewritten_call(request, "us-east-1", fetch or {}.get, keep, TO), body


def template_in(body):
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return json.loads(form.pop("TemplateBody")), form


@pytest.mark.parametrize("action", ["CreateStack", "UpdateStack", "CreateChangeSet"])
def test_a_template_in_a_call_is_put_in_other_words(action):
    after, _ = sent(Action=action, StackName="s", TemplateBody=dedent(GROUP))

    template, form = template_in(after)
    token = template["Resources"]["Made"]["Properties"]["ServiceToken"]
    assert token == MADE_BY
    assert form == {"Action": action, "StackName": "s"}


def test_a_template_that_became_too_large_for_a_call_goes_by_s3():
    kept = []

    def keep(text):
        kept.append(text)
        return "https://s3.amazonaws.com/shelf/large.json"

    large = dedent(GROUP) + f"Description: {'x' * 51_000}\n"
    after, _ = sent(keep=keep, Action="CreateStack", TemplateBody=large)

    assert len(large) < 51_200 < len(kept[0])
    form = {name: values[0] for name, values in parse_qs(after.decode()).items()}
    address = "https://s3.amazonaws.com/shelf/large.json"
    assert form == {"Action": "CreateStack", "TemplateURL": address}
    assert json.loads(kept[0])["Resources"]["Made"]["Properties"]["ServiceToken"] == MADE_BY


def test_a_template_that_lies_in_s3_is_fetched():
    asked = []

    def fetch(path):
        asked.append(path)
        return dedent(GROUP)

    url = "https://s3.us-east-1.amazonaws.com/bucket-of-sam/x/abc.template"  # as SAM writes it
    after, _ = sent(fetch, Action="CreateChangeSet", TemplateURL=url)
    template, form = template_in(after)

    assert template["Resources"]["Made"]["Type"] == "Custom::ModelPackageGroup"
    assert form == {"Action": "CreateChangeSet"}
    assert asked == ["bucket-of-sam/x/abc.template"]


def test_a_template_that_is_not_there_is_for_cloudformation_to_refuse():
    def fetch(path):
        raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")

    after, before = sent(fetch, Action="CreateStack", TemplateURL="https://s3/bucket/key")

    assert after == before


@pytest.mark.parametrize(
    "form",
    [
        {"Action": "DescribeStacks", "StackName": "s"},
        {"Action": "ValidateTemplate", "TemplateBody": dedent(GROUP)},
        {"Action": "UpdateStack", "UsePreviousTemplate": "true", "NotificationARNs": ""},
        {"Action": "CreateStack", "TemplateBody": "Resources: ["},  # the emulator says what's wrong
    ],
)
def test_other_calls_pass_as_they_are(form):
    after, before = sent(**form)

    assert after == before


def test_a_budget_is_left_out():
    found = rewritten("""
        Resources:
          Limit:
            Type: AWS::Budgets::Budget
            Properties: {Budget: {BudgetType: COST, TimeUnit: MONTHLY}}
          Box: {Type: AWS::S3::Bucket}
    """)

    assert list(found) == ["Box"]


def test_a_statement_on_an_alarm_reaches_all_and_no_other_statement_is_touched():
    found = rewritten("""
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              Policies:
                - PolicyDocument:
                    Statement:
                      - {Action: [cloudwatch:PutMetricAlarm], Resource: !GetAtt One.Arn}
                      - {Action: s3:GetObject, Resource: !GetAtt Box.Arn}
    """)

    [policy] = found["Role"]["Properties"]["Policies"]
    alarm, box = policy["PolicyDocument"]["Statement"]
    assert alarm["Resource"] == "*"
    assert box["Resource"] == {"Fn::GetAtt": ["Box", "Arn"]}
