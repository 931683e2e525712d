"""The function, with each of its answers held against the OpenAPI document."""

import json

from jsonschema import Draft202012Validator

from tests.integration.predict_function import FOLDER, Function, posted, requested

OPENAPI = json.loads((FOLDER / "openapi.json").read_text())


class Api(Function):
    """The function, with each of its answers held against the OpenAPI document."""

    def send(self, event):
        answer = super().send(event)
        if answer["statusCode"] >= 400 or event["rawPath"] == "/api/sentiment":
            assert answer["headers"]["cache-control"] == "no-store"
        assert answer["headers"]["x-request-id"] == event["requestContext"]["requestId"]
        if event["rawPath"] in OPENAPI["paths"]:
            conforms(event, answer)
        return answer

    def post(self, body, **headers):
        return self.send(posted(body, **headers))

    def get(self, path, method="GET"):
        return self.send(requested(path, method))


def conforms(event, answer):
    """The answer is one that the OpenAPI document promises."""
    operations = OPENAPI["paths"][event["rawPath"]]
    method = event["requestContext"]["http"]["method"].lower()
    if method not in operations:
        assert answer["statusCode"] == 405
        return
    response = operations[method]["responses"][str(answer["statusCode"])]
    for name, header in response.get("headers", {}).items():
        header = resolved(header)
        told = answer["headers"].get(name.lower())
        if told is not None:
            number = header["schema"].get("type") == "integer"
            assert_valid(header["schema"], int(told) if number else told)
        else:
            assert not header.get("required"), name
    if method == "head" or answer["statusCode"] == 304:
        assert answer["body"] == ""
        return
    told = response["content"][answer["headers"]["content-type"]]
    assert_valid(told["schema"], answer.get("json", answer["body"]))
    if answer["statusCode"] >= 400:
        assert answer["json"]["code"] in told["examples"]
        assert answer["json"]["request_id"] == event["requestContext"]["requestId"]


def resolved(part):
    """What a reference of the document leads to."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return OPENAPI["components"][kind][name]


def assert_valid(schema, instance):
    Draft202012Validator(schema | {"components": OPENAPI["components"]}).validate(instance)
