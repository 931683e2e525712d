"""The template as the local cloud reads it: intrinsics, Globals, parameters, names, permissions."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from local.template import TemplateError, load

ROOT = Path(__file__).parent.parent.parent
SMALL = ROOT / "tests/data/local/template.yaml"


@pytest.fixture
def stack(tmp_path):
    """A stack from the given sections; without Resources it gets one bucket, Box."""

    def make(sections="", outputs="", **parameters):
        text = dedent(sections)
        if "Resources:" not in text:
            text += "\nResources:\n  Box: {Type: AWS::S3::Bucket}\n"
        if outputs:
            text += f"\nOutputs:\n{indent(dedent(outputs), '  ')}\n"
        path = tmp_path / "template.yaml"
        path.write_text(text)
        return load(path, parameters, "demo")

    return make


CONTEXT = """
Parameters:
  Size: {Type: Number, Default: 7}
  Names: {Type: CommaDelimitedList, Default: "a, b,c"}
  Stage: {Type: String, Default: test}
Mappings:
  Machines: {test: {cores: 2}, prod: {cores: 16}}
Conditions:
  IsTest: !Equals [!Ref Stage, test]
  IsProd: !Not [!Condition IsTest]
  Both: !And [!Condition IsTest, !Equals [1, 1]]
  Either: !Or [!Condition IsProd, !Condition Both]
Resources:
  Box: {Type: AWS::S3::Bucket}
  News: {Type: AWS::SNS::Topic}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Stage", "test"),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Ref Box", "demo-box"),
        ("!Ref News", "arn:aws:sns:us-east-1:123456789012:demo-News"),
        ("!Ref Jobs", "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"),
        ("!GetAtt Jobs.Arn", "arn:aws:sqs:us-east-1:123456789012:jobs"),
        ("{Fn::GetAtt: [News, TopicName]}", "demo-News"),
        ('!Sub "${AWS::StackName}/${Size}/${Box.Arn}"', "demo/7/arn:aws:s3:::demo-box"),
        ('!Sub ["${Here}-${!Literal}", {Here: !Ref Stage}]', "test-${Literal}"),
        ("!Join ['|', [x, !Ref Size, !Ref Stage]]", "x|7|test"),
        ("!Select [1, !Ref Names]", "b"),
        ("!Select [2, !Split ['.', 'x.y.z']]", "z"),
        ("!FindInMap [Machines, !Ref Stage, cores]", "2"),
        ("!If [IsTest, yes, no]", "true"),
        ("!If [IsProd, 1, 2]", "2"),
        ("!If [Either, either, neither]", "either"),
    ],
)
def test_an_intrinsic_resolves_as_in_cloudformation(stack, expression, expected):
    assert stack(CONTEXT, f"It: {{Value: {expression}}}").outputs["It"] == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("!ImportValue Elsewhere", r"Outputs\.It\.Value: .*doesn't play Fn::ImportValue"),
        ("!Base64 x", "doesn't play Fn::Base64"),
        ("!Ref Nothing", r"Outputs\.It\.Value: there is no parameter or resource 'Nothing'"),
        ("!Ref AWS::NotificationARNs", "unknown pseudo parameter"),
        ("!GetAtt Box.Colour", "AWS::S3::Bucket has no attribute 'Colour'"),
        ('!Sub "${Missing}"', "'Missing'"),
        ("!Select [9, [a]]", "no item 9"),
        ("!FindInMap [Machines, moon, cores]", "no 'moon' in Mappings"),
        ("!If [Nobody, 1, 2]", "no condition 'Nobody'"),
        ("!Join [x]", "takes a list of 2"),
        ("[a, b]", "a string is needed here, not list"),
    ],
)
def test_what_cannot_be_resolved_fails_with_its_place(stack, expression, message):
    with pytest.raises(TemplateError, match=message):
        stack(CONTEXT, f"It: {{Value: {expression}}}")


def test_no_value_leaves_properties_and_items_out(stack):
    bucket = stack(
        """
        Conditions:
          Never: !Equals [a, b]
        Resources:
          Box:
            Type: AWS::S3::Bucket
            Properties:
              Tags: [!If [Never, x, !Ref AWS::NoValue], y]
              BucketEncryption: !If [Never, {}, !Ref AWS::NoValue]
        """
    ).resources["Box"]

    assert bucket.properties == {"Tags": ["y"]}


def test_a_resource_whose_condition_is_false_is_absent(stack):
    sections = """
        Parameters:
          Email: {Type: String, Default: ""}
        Conditions:
          Wanted: !Not [!Equals [!Ref Email, ""]]
        Resources:
          Box: {Type: AWS::S3::Bucket}
          News: {Type: AWS::SNS::Topic, Condition: Wanted}
        """

    assert list(stack(sections).resources) == ["Box"]
    assert list(stack(sections, Email="a@b.c").resources) == ["Box", "News"]
    with pytest.raises(TemplateError, match="News isn't there, as Wanted is false"):
        stack(sections, "It: {Value: !Ref News}")


def test_a_circle_is_found(stack):
    with pytest.raises(TemplateError, match=r"circular: .*A.* → .*B.* → .*A"):
        stack(
            """
            Resources:
              A: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${B}-a"}}
              B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${A}-b"}}
            """
        )


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ("Resources: {T: {Type: AWS::DynamoDB::Table}}", "T: .*doesn't play AWS::DynamoDB::Table"),
        ("Transform: AWS::Include", "doesn't play AWS::Include"),
        ("Rules: {}", "Rules: the local cloud doesn't play this section"),
        ("Globals: {Api: {}}", r"Globals\.Api: the local cloud doesn't play"),
        ("Parameters: {P: {Type: String}}", "P: no default, so give it"),
        (
            "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}}",
            "doesn't play parameters of type AWS::SSM",
        ),
        (
            "Resources: {F: {Type: AWS::Serverless::Function, Properties: "
            "{Events: {E: {Type: Kinesis}}}}}",
            r"F\.Properties\.Events\.E: .*doesn't play Kinesis events",
        ),
        ("Resources: {Box: [", "isn't YAML"),
    ],
)
def test_what_is_not_played_fails_by_name(stack, sections, message):
    with pytest.raises(TemplateError, match=message):
        stack(sections)


RULES = """
Parameters:
  Age:
    {Type: Number, Default: 5, MinValue: 1, MaxValue: 9}
  Colour:
    {Type: String, Default: red, AllowedValues: [red, blue]}
  Tag:
    Type: String
    Default: ab
    AllowedPattern: "[a-z]+"
    MinLength: 2
    MaxLength: 4
    ConstraintDescription: must be two to four small letters.
"""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Age": "0"}, "Age: '0' isn't allowed: MinValue 1, MaxValue 9"),
        ({"Age": "10"}, "Age"),
        ({"Age": "old"}, "'old' isn't a number"),
        ({"Colour": "green"}, r"AllowedValues \['red', 'blue'\]"),
        ({"Tag": "abc1"}, "must be two to four small letters"),
        ({"Tag": "a"}, "must be two to four"),
        ({"Tag": "abcde"}, "must be two to four"),
        ({"Size": "1"}, "no parameter 'Size'"),
    ],
)
def test_a_parameter_out_of_bounds_is_refused(stack, given, message):
    with pytest.raises(TemplateError, match=message):
        stack(RULES, **given)


def test_parameters_within_bounds_are_taken(stack):
    made = stack(RULES, "It: {Value: !Ref Colour}", Colour="blue", Age="9")

    assert made.parameters == {"Age": "9", "Colour": "blue", "Tag": "ab"}
    assert made.outputs == {"It": "blue"}


def test_globals_are_merged_as_sam_does(stack):
    function = stack(
        """
        Globals:
          Function:
            Runtime: python3.13
            Timeout: 3
            Tags: {team: a}
            Layers: [one]
            Environment: {Variables: {A: shared, B: shared}}
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties:
              Timeout: 60
              Layers: [two]
              Environment: {Variables: {B: own, C: own}}
        """
    ).resources["F"]

    assert function.properties == {
        "Runtime": "python3.13",
        "Timeout": 60,
        "Tags": {"team": "a"},
        "Layers": ["one", "two"],
        "Environment": {"Variables": {"A": "shared", "B": "own", "C": "own"}},
    }


FUNCTIONS = """
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement:
            Effect: Allow
            Action: s3:GetObject
            Resource: !Sub "${Box.Arn}/*"
      EventInvokeConfig:
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Jobs.Arn}}
  G:
    Type: AWS::Serverless::Function
    Properties: {Role: !GetAtt Own.Arn}
  Own:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument: {Statement: [{Effect: Allow, Action: sns:Publish, Resource: x}]}
  Box: {Type: AWS::S3::Bucket}
  Jobs: {Type: AWS::SQS::Queue}
Outputs:
  Role: {Value: !GetAtt FRole.Arn}
"""


def test_a_function_has_its_declared_permissions_and_those_that_sam_adds(stack):
    made = stack(FUNCTIONS)
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::demo-box/*"}
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "x"}

    assert made.statements("F", implied=False) == [read]
    assert made.statements("FRole") == made.statements("F")
    assert "sqs:SendMessage" in [statement["Action"] for statement in made.statements("F")]
    assert made.statements("G") == made.statements("Own") == [publish]
    assert made.outputs["Role"] == "arn:aws:iam::123456789012:role/demo-FRole"


def test_policies_that_are_not_known_fail_by_name(stack):
    made = stack(
        "Resources: {F: {Type: AWS::Serverless::Function, Properties: "
        "{Policies: [S3ReadPolicy: {BucketName: x}]}}}"
    )

    with pytest.raises(TemplateError, match="doesn't know S3ReadPolicy"):
        made.statements("F")


def test_an_api_that_nobody_declares_is_made(stack):
    made = stack(
        "Resources: {F: {Type: AWS::Serverless::Function, Properties: "
        "{Events: {E: {Type: HttpApi}}}}}"
    )

    assert [api.logical_id for api in made.of_type("AWS::Serverless::HttpApi")] == [
        "ServerlessHttpApi"
    ]


def test_dates_stay_text_and_folders_are_relative_to_the_template(stack, tmp_path):
    made = stack(
        """
        AWSTemplateFormatVersion: 2010-09-09
        Resources:
          Image:
            Type: AWS::ECR::Repository
            Metadata: {DockerContext: ./training, Since: 2012-10-17}
        """
    )
    metadata = made.resources["Image"].metadata

    assert metadata["Since"] == "2012-10-17"
    assert made.folder(metadata["DockerContext"]) == tmp_path.resolve() / "training"


def test_events_are_listed_with_their_function():
    stack = load(SMALL)

    assert [(event.function.logical_id, event.name) for event in stack.events("S3")] == [
        ("Clerk", "Dropped")
    ]


def test_our_own_template_can_be_played():
    stack = load(ROOT / "template.yaml")

    assert len(stack.of_type("AWS::Serverless::Function")) == 3
    assert {"PageUrl", "DatasetUri", "ReceiptUri"} <= stack.outputs.keys()
    for function in stack.of_type("AWS::Serverless::Function"):
        assert stack.statements(function.logical_id, implied=False)
