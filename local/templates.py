"""What the emulator's CloudFormation can't take of a template, put in other words.

Every template on its way to CloudFormation comes past here, whether `up` or `make deploy` sends it:

* A model package group, whose type the emulator doesn't know, becomes a custom resource; a function
  in a stack of its own (local/model_package_groups.py) makes it in SageMaker.
* HttpApi events become routes, integrations and permissions: the emulator doesn't read the OpenAPI
  document that SAM makes of them.
* An origin of a distribution that is an HTTP API is found on this machine.
* Functions are told where AWS is, and who they are.

SAM's transform lies between the routes, which it would take, and the rest, which differs by start.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

import yaml
from botocore.exceptions import ClientError
from werkzeug.wrappers import Request

from local import LocalError, model_package_groups
from local.translation import translated

FUNCTION = "AWS::Serverless::Function"
_PLAIN_FUNCTION = "AWS::Lambda::Function"
GROUP = "AWS::SageMaker::ModelPackageGroup"
DISTRIBUTION = "AWS::CloudFront::Distribution"
BUDGET = "AWS::Budgets::Budget"
MAKER = "local-model-package-groups"
_TAKE_TEMPLATES = {"CreateStack", "UpdateStack", "CreateChangeSet"}
_API = re.compile(r"\$\{(\w+)\}\.execute-api\.")

Template = dict[str, Any]


class Bridge(NamedTuple):
    """What a template's other words refer to."""

    account: str
    variables: dict[str, str]  # of every function
    emulator_port: int
    api_url: str | None = None  # of another server of the HTTP API: sam local start-api


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms."""


def _long_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """What a short form such as !Ref stands for."""
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the third kind
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _long_form)


def parse(text: str) -> Template:
    """A template as a dictionary, its short forms written out."""
    try:
        template = yaml.load(text, _Loader)  # noqa: S506 (a safe one)
    except yaml.YAMLError as error:
        raise LocalError(f"the template is no YAML: {error}") from error
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise LocalError("the template has no Resources")
    return template


def resources(template: Template, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logical ids and resources of some types, each with its properties."""
    for name, resource in list(template["Resources"].items()):
        if isinstance(resource, dict) and resource.get("Type") in types:
            resource.setdefault("Properties", {})
            yield name, resource


class TemplateStore(Protocol):
    """Where templates lie, which may be too long for a call: S3."""

    def fetch(self, url: str) -> str:
        """A template's text."""

    def put(self, text: str) -> str:
        """Keep a template; returns its URL."""


def rewritten_call(request: Request, region: str, store: TemplateStore, to: Bridge) -> bytes:
    """The body of a call of CloudFormation, its template in the emulator's words and in S3."""
    body = request.get_data()
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    text, url = form.pop("TemplateBody", ""), form.get("TemplateURL", "")
    if form.get("Action") not in _TAKE_TEMPLATES or not (text or url):
        return body  # nothing new: the previous template came past here too
    try:
        template = rewrite(parse(text or store.fetch(url)), region, to)
    except (ClientError, LocalError):
        return body  # CloudFormation says what is wrong with it
    return urlencode(form | {"TemplateURL": store.put(json.dumps(template))}).encode()


def rewrite(template: Template, region: str, to: Bridge) -> Template:
    """The template in the emulator's words. LocalError names an event that lacks something."""
    for name, function in resources(template, FUNCTION):
        _add_routes(template, name, function["Properties"])
    template = translated(template, region)
    for name, function in resources(template, FUNCTION, _PLAIN_FUNCTION):
        properties = function["Properties"]
        variables = properties.setdefault("Environment", {}).setdefault("Variables", {})
        variables |= to.variables
        match properties.get("Role", {"Fn::GetAtt": [f"{name}Role", "Arn"]}):  # SAM makes one
            case {"Fn::GetAtt": [role, "Arn"]}:
                variables["AWS_SDK_UA_APP_ID"] = {"Ref": role}
    for _, group in resources(template, GROUP):
        group["Type"] = "Custom::ModelPackageGroup"
        maker = f"arn:aws:lambda:${{AWS::Region}}:{to.account}:function:{MAKER}"
        group["Properties"]["ServiceToken"] = {"Fn::Sub": maker}
    _widen(template["Resources"])
    for name, _ in resources(template, BUDGET):
        del template["Resources"][name]  # nothing costs anything here
    for _, distribution in resources(template, DISTRIBUTION):
        for origin in distribution["Properties"]["DistributionConfig"].get("Origins", []):
            if found := _API.search(json.dumps(origin["DomainName"])):
                origin |= _origin(found.group(1), to)
    return template


def _widen(found: Any) -> None:
    """Have statements on alarms reach all of them: the emulator doesn't see which one is meant."""
    if isinstance(found, dict) and "cloudwatch:" in json.dumps(found.get("Action", "")):
        found["Resource"] = "*"
    for value in found.values() if isinstance(found, dict) else found:
        if isinstance(value, dict | list):
            _widen(value)


def _add_routes(template: Template, function: str, properties: dict[str, Any]) -> None:
    events = properties.get("Events", {})
    for name in [name for name, event in events.items() if event["Type"] == "HttpApi"]:
        event, prefix = events.pop(name).get("Properties", {}), f"{function}{name}"
        if missing := next((member for member in ("ApiId", "Path") if member not in event), None):
            raise LocalError(f"{function}: its event {name} has no {missing}")
        integration = {
            "ApiId": event["ApiId"],
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": {"Fn::GetAtt": [function, "Arn"]},
            "PayloadFormatVersion": event.get("PayloadFormatVersion", "2.0"),
        }
        route = {
            "ApiId": event["ApiId"],
            "RouteKey": f"{event.get('Method', 'ANY').upper()} {event['Path']}",
            "Target": {"Fn::Sub": f"integrations/${{{prefix}Integration}}"},
        }
        permission = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": function},
            "Principal": "apigateway.amazonaws.com",
        }
        template["Resources"] |= {
            f"{prefix}Integration": _resource("ApiGatewayV2::Integration", integration),
            f"{prefix}Permission": _resource("Lambda::Permission", permission),
            f"{prefix}Route": _resource("ApiGatewayV2::Route", route),
        }


def maker(to: Bridge) -> Template:
    """A stack of the function that makes model package groups, and of its role."""
    principal = {"Service": "lambda.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    function = {
        "Code": {"ZipFile": Path(model_package_groups.__file__).read_text(encoding="utf-8")},
        "Environment": {"Variables": to.variables | {"ACCOUNT": to.account}},
        "FunctionName": MAKER,
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Runtime": "python3.13",
        "Timeout": 60,
    }
    role = _resource("IAM::Role", {"AssumeRolePolicyDocument": trust})
    return {"Resources": {"Maker": _resource("Lambda::Function", function), "Role": role}}


def _resource(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def _origin(api: str, to: Bridge) -> dict[str, Any]:
    url = urlsplit(to.api_url or f"http://127.0.0.1:{to.emulator_port}")
    path = "" if to.api_url else {"Fn::Sub": f"/_aws/execute-api/${{{api}}}/$default"}
    config = {"HTTPPort": url.port or 80, "OriginProtocolPolicy": "http-only"}
    return {"DomainName": url.hostname, "OriginPath": path, "CustomOriginConfig": config}
