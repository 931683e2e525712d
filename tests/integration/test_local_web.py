"""The local cloud's front: page, HTTP API and the distribution before them, over a real socket."""

import base64
import contextlib
import threading
import time
from pathlib import Path

import httpx
import pytest
from werkzeug.serving import make_server

from local.lambdas import Functions
from local.template import TemplateError, load
from local.web import Web

DATA = Path(__file__).parent.parent / "data/local"


@contextlib.contextmanager
def serving(state, template=DATA / "template.yaml", **parameters):
    stack = load(template, parameters, "demo")
    functions = Functions(stack, "http://127.0.0.1:9", state, 1)
    web = Web(stack, functions, DATA / "frontend")
    server = make_server("127.0.0.1", 0, web, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=20) as client:
            yield client
    finally:
        server.shutdown()
        thread.join()
        web.stop()
        functions.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("state")) as client:
        yield client


# --- The page -----------------------------------------------------------------------------------


def test_the_root_is_the_page_with_the_policys_headers(site):
    answer = site.get("/")

    assert answer.status_code == 200
    assert answer.text == (DATA / "frontend/index.html").read_text()
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-security-policy"] == "default-src 'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["permissions-policy"] == "camera=()"
    assert "strict-transport-security" not in answer.headers  # this is plain http
    assert answer.headers["cache-control"] == "no-cache"
    assert len(answer.headers.get_list("date")) == 1


def test_an_unchanged_page_is_not_sent_again(site):
    etag = site.get("/index.html").headers["etag"]

    assert site.get("/index.html", headers={"if-none-match": etag}).status_code == 304
    head = site.head("/")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == (DATA / "frontend/index.html").stat().st_size


@pytest.mark.parametrize(
    "path",
    [
        "/nothing.html",
        "/folder/",
        "/..%2ftemplate.yaml",
        "/%2e%2e/template.yaml",
        "//etc/passwd",
        "/%00",
        "/" + "x" * 300,
    ],
)
def test_what_is_not_part_of_the_page_gets_the_error_page(site, path):
    answer = site.get(path)

    assert answer.status_code == 404
    assert answer.text == (DATA / "frontend/lost.html").read_text()


def test_the_page_takes_only_reading_methods(site):
    assert site.post("/").status_code == 403
    assert site.delete("/index.html").status_code == 403


# --- The HTTP API -------------------------------------------------------------------------------


def test_a_request_becomes_an_event_of_format_2(site):
    answer = site.post(
        "/api/thing?way=echo&tag=a&tag=b%20c&empty=",
        content='{"text": "schön"}'.encode(),
        headers=[
            ("content-type", "application/json; charset=utf-8"),
            ("x-twice", "1"),
            ("x-twice", "2"),
            ("cookie", "a=1; b=2"),
            ("user-agent", "tests"),
        ],
    )
    event = answer.json()

    assert answer.status_code == 200
    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /api/thing"
    assert event["rawPath"] == "/api/thing"
    assert event["rawQueryString"] == "way=echo&tag=a&tag=b%20c&empty="
    assert event["queryStringParameters"] == {"way": "echo", "tag": "a,b c", "empty": ""}
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["body"] == '{"text": "schön"}'
    assert event["isBase64Encoded"] is False
    assert "pathParameters" not in event
    headers = event["headers"]
    assert headers["x-twice"] == "1,2"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["host"].endswith(".execute-api.us-east-1.amazonaws.com")
    assert "cookie" not in headers
    assert all(name == name.lower() for name in headers)
    context = event["requestContext"]
    assert context["http"] == {
        "method": "POST",
        "path": "/api/thing",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "tests",
    }
    assert (context["stage"], context["routeKey"]) == ("$default", "POST /api/thing")
    assert context["apiId"] == context["domainPrefix"]
    assert isinstance(context["timeEpoch"], int)
    assert context["time"].endswith(" +0000")


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        ("text/plain", True),
        ("application/json", True),
        ("application/xml", True),
        ("application/x-www-form-urlencoded", False),
        ("application/problem+json", False),
        ("image/png", False),
        (None, False),
    ],
)
def test_only_bodies_that_the_gateway_takes_for_text_come_as_text(site, content_type, is_text):
    headers = {"content-type": content_type} if content_type else {}
    event = site.post("/api/thing", content=b"a=1", headers=headers).json()

    assert event["isBase64Encoded"] is not is_text
    assert event["body"] == ("a=1" if is_text else base64.b64encode(b"a=1").decode())


def test_routes_take_variables_any_method_and_the_rest_of_a_path(site):
    item = site.get("/api/items/a%20b").json()
    assert item["routeKey"] == "GET /api/items/{id}"
    assert item["pathParameters"] == {"id": "a b"}
    assert item["rawPath"] == "/api/items/a b"
    assert "body" not in item

    rest = site.put("/api/rest/one/two").json()
    assert rest["routeKey"] == "ANY /api/rest/{proxy+}"
    assert rest["pathParameters"] == {"proxy": "one/two"}


def test_a_function_decides_about_status_headers_cookies_and_binary_bodies(site):
    answer = site.post("/api/thing?way=binary")

    assert answer.status_code == 201
    assert answer.content == b"\x89PNG\r\n\x1a\n"
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-made-by"] == "api"
    assert answer.headers.get_list("set-cookie") == ["a=1; HttpOnly", "b=2"]


def test_a_result_without_a_status_code_is_the_body(site):
    answer = site.post("/api/thing?way=plain")

    assert (answer.status_code, answer.json()) == (200, {"no": "status code"})
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("way", ["error", "malformed", "slow&seconds=9"])
def test_whatever_goes_wrong_in_a_function_stays_there(site, way):
    answer = site.post(f"/api/thing?way={way}")

    assert answer.status_code == 500
    assert answer.json() == {"message": "Internal Server Error"}


def test_a_body_has_a_limit(site):
    answer = site.post("/api/thing", content=b"x" * 10_000_001)

    assert answer.status_code == 413
    # Smaller, but too large for the function's event:
    assert site.post("/api/thing", content=b"x" * 6_300_000).status_code == 413


def test_too_many_requests_are_told_to_wait(tmp_path):
    with serving(tmp_path, Rate="1") as client:
        statuses = [client.post("/api/thing").status_code for _ in range(3)]
        limited = client.post("/api/thing")

    assert statuses[0] == 200
    assert 429 in statuses
    assert limited.json() == {"message": "Too Many Requests"}


# --- Other templates ----------------------------------------------------------------------------


def changed(tmp_path, *changes):
    text = (DATA / "template.yaml").read_text().replace("CodeUri: code/", f"CodeUri: {DATA}/code")
    text = text.replace("ContentUri: layer/", f"ContentUri: {DATA}/layer")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "template.yaml"
    path.write_text(text)
    return path


def test_without_a_distribution_the_api_answers_by_itself(tmp_path):
    text = (DATA / "template.yaml").read_text()
    site = text[text.index("  Site:\n") : text.index("  Pages:\n")]
    template = changed(tmp_path, (site, ""))

    with serving(tmp_path / "state", template) as client:
        assert client.post("/api/thing").status_code == 200
        lost = client.get("/")

    assert (lost.status_code, lost.json()) == (404, {"message": "Not Found"})


def test_who_waits_longer_than_the_gateway_hears_503(tmp_path):
    template = changed(tmp_path, ("Path: /api/thing", "Path: /api/thing, TimeoutInMillis: 200"))

    with serving(tmp_path / "state", template) as client:
        answer = client.post("/api/thing?way=slow&seconds=2")

    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})


def test_a_throttled_function_is_an_unavailable_service(tmp_path):
    reserved = ("Handler: app.api\n", "Handler: app.api\n      ReservedConcurrentExecutions: 1\n")

    with serving(tmp_path / "state", changed(tmp_path, reserved)) as client:
        assert client.post("/api/thing").status_code == 200
        slow = threading.Thread(target=client.post, args=("/api/thing?way=slow&seconds=1",))
        slow.start()
        time.sleep(0.3)
        answer = client.post("/api/thing")
        slow.join()

    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("FrameOptions:", "XSSProtection:"), "doesn't play XSSProtection"),
        (("!GetAtt Pages.RegionalDomainName", "example.com"), "doesn't play example.com"),
        (("DefaultRouteSettings:", "CorsConfiguration: true\n      RouteSettings:"), "Cors"),
        (("Method: POST,", "Method: POST, Auth: {},"), r"Events\.Post: .*\['Auth'\]"),
        (("Method: POST,", "Method: POST, PayloadFormatVersion: '1.0',"), "only payload format 2"),
        (("ResponseHeadersPolicyId: !Ref Headers", "ResponseHeadersPolicyId: x"), "none of this"),
    ],
)
def test_what_is_not_played_fails_by_name(tmp_path, change, message):
    stack = load(changed(tmp_path, change), {}, "demo")
    functions = Functions(stack, "http://127.0.0.1:9", tmp_path, 1)

    with pytest.raises(TemplateError, match=message):
        Web(stack, functions, DATA / "frontend")
