"""The page's address: the distribution's own rules and headers, the API behind its own routes."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.templates import SMALL

PAGE = SMALL / "frontend"


@pytest.fixture(scope="module")
def site(shared):
    with httpx.Client(base_url=shared.page, timeout=30) as client:
        yield client


# --- The page -----------------------------------------------------------------------------------


def test_the_root_is_the_page_with_the_policys_headers(site):
    answer = site.get("/")

    assert answer.status_code == 200
    assert answer.text == (PAGE / "index.html").read_text()
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-security-policy"] == "default-src 'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["permissions-policy"] == "camera=()"
    assert "strict-transport-security" not in answer.headers  # this is plain http
    assert len(answer.headers.get_list("date")) == 1


def test_an_unchanged_page_is_not_sent_again(site):
    etag = site.get("/index.html").headers["etag"]

    assert site.get("/index.html", headers={"if-none-match": etag}).status_code == 304
    head = site.head("/")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == (PAGE / "index.html").stat().st_size


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
    assert answer.text == (PAGE / "lost.html").read_text()


def test_the_page_takes_only_reading_methods(site):
    assert site.post("/").status_code == 403
    assert site.delete("/index.html").status_code == 403


def test_a_file_that_is_new_edited_or_deleted_shows_at_once(site, shared):
    file = shared.template.parent / "frontend/deep/new.js"
    file.parent.mkdir()

    for content in ("one", "another"):
        file.write_text(content)
        answer = site.get("/deep/new.js")
        assert (answer.status_code, answer.text) == (200, content)
        assert answer.headers["content-type"] == "text/javascript"
    file.unlink()

    assert site.get("/deep/new.js").status_code == 404


def test_a_page_that_is_not_there_is_refused_where_the_bucket_may_not_be_listed(new_small):
    lists = "Action: [s3:GetObject, s3:ListBucket]"
    errors = "          - {ErrorCode: 403, ResponseCode: 404, ResponsePagePath: /lost.html}"
    cloud = new_small((lists, "Action: s3:GetObject"), (errors, "          []"))

    assert httpx.get(f"{cloud.page}/", timeout=30).status_code == 200
    assert httpx.get(f"{cloud.page}/nothing.html", timeout=30).status_code == 403


def test_a_missing_page_is_refused_even_where_the_bucket_may_be_listed(new_small):
    """On AWS it would be a 404."""
    errors = "          - {ErrorCode: 403, ResponseCode: 404, ResponsePagePath: /lost.html}"
    cloud = new_small((errors, "          []"))

    assert httpx.get(f"{cloud.page}/nothing.html", timeout=30).status_code == 403


# --- The API ------------------------------------------------------------------------------------


def test_a_request_becomes_an_event_of_format_2(site):
    answer = site.post(
        "/api/thing?way=echo&tag=a&tag=b%20c&empty=",
        content='{"text": "schön"}'.encode(),
        headers={
            "content-type": "application/json; charset=utf-8",
            "cookie": "a=1",
            "user-agent": "tests",
        },
    )
    event = answer.json()

    assert answer.status_code == 200
    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /api/thing"
    assert event["rawPath"] == "/api/thing"
    assert event["rawQueryString"] == "way=echo&tag=a&tag=b%20c&empty="
    assert event["queryStringParameters"] == {"way": "echo", "tag": "a,b c", "empty": ""}
    assert event["body"] == '{"text": "schön"}'
    assert event["isBase64Encoded"] is False
    assert event["headers"]["content-type"] == "application/json; charset=utf-8"
    assert event["headers"]["x-forwarded-proto"] == "https"
    assert all(name == name.lower() for name in event["headers"])
    context = event["requestContext"]
    assert context["http"]["method"] == "POST"
    assert context["http"]["path"] == "/api/thing"
    assert context["http"]["userAgent"] == "tests"
    assert (context["stage"], context["routeKey"]) == ("$default", "POST /api/thing")
    assert context["apiId"]


def test_routes_take_variables_any_method_and_the_rest_of_a_path(site):
    item = site.get("/api/items/a%20b").json()
    assert item["routeKey"] == "GET /api/items/{id}"
    assert item["pathParameters"] == {"id": "a b"}
    assert "body" not in item

    rest = site.put("/api/rest/one/two").json()
    assert rest["routeKey"] == "ANY /api/rest/{proxy+}"
    assert rest["pathParameters"] == {"proxy": "one/two"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/thing"), ("GET", "/api/nothing")])
def test_what_no_route_has_is_not_found(site, method, path):
    answer = site.request(method, path)

    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


def test_a_function_decides_about_status_headers_cookies_and_binary_bodies(site):
    answer = site.post("/api/thing?way=binary")

    assert answer.status_code == 201
    assert answer.content == b"\x89PNG\r\n\x1a\n"
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-made-by"] == "api"
    assert answer.headers.get_list("set-cookie") == ["a=1; HttpOnly", "b=2"]


def test_an_error_of_a_function_is_told_to_the_reader(site):
    """On AWS it is 500 and {"message": "Internal Server Error"}."""
    answer = site.post("/api/thing?way=error")

    assert answer.status_code == 502
    assert answer.json()["errorMessage"] == "a secret"


def test_a_body_has_no_limit(site):
    """On AWS 10 MB, and 6 MB where a function answers: 413."""
    assert site.post("/api/thing?way=binary", content=b"x" * 10_000_001).status_code == 201


def test_nobody_is_told_to_wait(new_small):
    """On AWS the stage's limits hold: 429."""
    cloud = new_small(("Default: 1000", "Default: 1"))
    with httpx.Client(base_url=cloud.page, timeout=30) as client:
        statuses = {client.post("/api/thing").status_code for _ in range(5)}

    assert statuses == {200}


class Elsewhere(BaseHTTPRequestHandler):
    """Another server of the API, such as sam local start-api."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(207)
        self.end_headers()
        self.wfile.write(f"{self.path} {body.decode()}".encode())

    def log_message(self, *_):
        """Nobody reads these."""


def test_the_api_may_be_answered_by_another_server(new_small):
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        cloud = new_small(api_url=f"http://127.0.0.1:{server.server_port}")
        answer = httpx.post(f"{cloud.page}/api/thing?x=1", content=b"hello", timeout=30)
        page = httpx.get(f"{cloud.page}/", timeout=30)
        server.shutdown()

    assert (answer.status_code, answer.text) == (207, "/api/thing?x=1 hello")
    assert page.text == (PAGE / "index.html").read_text()


def test_without_a_distribution_there_is_no_page(new_small):
    text = (SMALL / "template.yaml").read_text()
    site = text[text.index("  Site:\n") : text.index("  Pages:\n")]
    cloud = new_small((site, ""))

    answer = httpx.get(f"{cloud.page}/", timeout=30)

    assert answer.status_code == 404
    assert "has no distribution" in answer.text
