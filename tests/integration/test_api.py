"""The API on the page's address: clients as the README has them, odd requests, the document.

Through CloudFront's rules and the gateway of the local cloud, with a model live.
"""

import json
import re
import shutil
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from tests.integration.runs import GOOD
from tests.needs import need
from tests.templates import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
HOST = "127.0.0.1:8000"


@pytest.fixture(scope="module")
def cloud(common):
    common.drop("reviews.csv", GOOD)
    common.follow("reviews.csv", "live")
    return common


@pytest.fixture(scope="module")
def site(cloud):
    with httpx.Client(base_url=cloud.page, timeout=40) as client:
        yield client


# --- Clients --------------------------------------------------------------------------------------


def example(language, cloud):
    """The README's example, with the address of this cloud."""
    section = README.split("## Call the API\n")[1].split("\n## ")[0]
    [code] = re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert HOST in code
    return code.replace(HOST, cloud.page.removeprefix("http://"))


def said(*command):
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_the_example_for_curl(cloud):
    need(shutil.which("curl"), "there is no curl: install the package curl")

    [result] = json.loads(said("bash", "-c", example("bash", cloud)))["results"]

    assert result["sentiment"] == "positive"


def test_the_example_for_python(cloud):
    told = said(sys.executable, "-c", example("python", cloud))

    assert told.strip() == "['positive', 'negative']"


def test_the_example_for_javascript(cloud):
    need(shutil.which("node"), "there is no Node.js: install the package nodejs")

    told = said("node", "--input-type=module", "--eval", example("js", cloud))

    assert told.split() == ["positive"]


# --- Odd requests ---------------------------------------------------------------------------------


def exchanged(cloud, request):
    """What comes back for these bytes; nothing where the connection is closed without a word."""
    where = ("127.0.0.1", cloud.port)
    with socket.create_connection(where, timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        told = b""
        while chunk := connection.recv(1 << 16):
            told += chunk
    return told


def posting(headers, body, version=b"1.1"):
    start = b"POST /api/sentiment HTTP/" + version + b"\r\nHost: localhost\r\n"
    return start + headers + b"Connection: close\r\n\r\n" + body


JSON = b"Content-Type: application/json\r\n"
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n"
TEXT = b'{"text": "good"}'
ODD = {
    "chunked": (posting(CHUNKED, b"10\r\n" + TEXT + b"\r\n0\r\n\r\n"), 200),
    "a chunk of no hexadecimal size": (posting(CHUNKED, b"zz\r\n" + TEXT + b"\r\n0\r\n\r\n"), 400),
    "a chunk of a negative size": (posting(CHUNKED, b"-5\r\n" + TEXT + b"\r\n0\r\n\r\n"), 400),
    "a chunk that is broken off": (posting(CHUNKED, b"fff\r\n" + TEXT), 400),
    "chunks without an end": (posting(CHUNKED, b"10\r\n" + TEXT + b"\r\n"), 400),
    "no length": (posting(JSON, TEXT), 400),
    "a length that is no number": (posting(JSON + b"Content-Length: many\r\n", TEXT), 400),
    "a negative length": (posting(JSON + b"Content-Length: -1\r\n", TEXT), 400),
    "a length that is too long": (posting(JSON + b"Content-Length: 999\r\n", TEXT), 400),
    "both lengths": (posting(CHUNKED + b"Content-Length: 16\r\n", b"0\r\n\r\n"), 400),
    "another transfer encoding": (posting(JSON + b"Transfer-Encoding: gzip\r\n", TEXT), 400),
    "latin-1 in a header": (
        posting(JSON + b"X-Odd: caf\xe9\r\nContent-Length: 16\r\n", TEXT),
        200,
    ),
    "a content encoding": (
        posting(JSON + b"Content-Encoding: gzip\r\nContent-Length: 16\r\n", TEXT),
        415,
    ),
    "invalid UTF-8": (posting(JSON + b"Content-Length: 12\r\n", b'{"text":"\xe9"}'), 400),
    "a line break in the path": (b"GET /api/%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "a null in the path": (b"GET /api/%00 HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "bytes in the path": (b"GET /api/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "percent signs": (b"GET /api/%zz%f HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "a parent": (b"GET /api/../template.yaml HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "a whole address": (b"GET http://evil.example/api/model HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    "a query of bytes": (b"GET /api/model?%ff=%00&=&&a HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    "a host of another": (b"GET /api/model HTTP/1.1\r\nHost: evil.example:1\r\n\r\n", 200),
    "an unknown method": (b"BREW /api/model HTTP/1.1\r\nHost: a\r\n\r\n", 403),
}


@pytest.mark.parametrize(("request_bytes", "status"), ODD.values(), ids=ODD)
def test_an_odd_request_is_no_fault_and_brings_no_traceback(cloud, request_bytes, status):
    told = exchanged(cloud, request_bytes)

    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1."), told
    assert int(head.split()[1]) == status, told[:500]
    assert b"X-Evil" not in head
    assert b"Traceback" not in told
    if status == 200:
        assert json.loads(body)


def test_a_mistyped_address_gets_a_page_of_ours(site):
    answer = site.get("/sentimnt/of")

    assert answer.status_code == 404
    assert answer.text == (ROOT / "frontend/lost.html").read_text(encoding="utf-8")
    problem = site.get("/api/sentimnt")
    assert (problem.status_code, problem.json()["code"]) == (404, "not-found")


def test_what_is_read_in_json_of_every_type(site):
    content = b'{"text": "caf\xe9"}'
    for kind in ("application/json", "application/vnd.api+json", ""):
        answer = site.post("/api/sentiment", content=content, headers={"content-type": kind})
        assert (answer.status_code, answer.json()["code"]) == (400, "not-utf-8"), kind


def test_an_answer_and_a_problem_name_the_request(site):
    for text, status in (("good", 200), (" ", 400)):
        answer = site.post("/api/sentiment", json={"text": text})
        assert answer.status_code == status
        assert answer.headers["x-request-id"]
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_head_and_tags_pass_the_front(site):
    head, model = site.head("/api/model"), site.get("/api/model")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == model.headers["etag"]
    tag = {"if-none-match": model.headers["etag"]}
    assert site.get("/api/model", headers=tag).status_code == 304
    assert model.json()["dataset"] == "reviews.csv"


# --- The document ---------------------------------------------------------------------------------


def test_schemathesis_finds_no_answer_that_the_document_lacks(cloud, tmp_path):
    """No undocumented status, type, header or schema, and no fault; a schema can't say all of it:
    a text of nothing but markup is refused, and no method that CloudFront doesn't know is a 405.
    """
    program = ROOT / ".venv-schemathesis/bin/schemathesis"
    need(program.exists(), "there is no Schemathesis: `make .venv-schemathesis/ready`")
    command = [program, "run", f"{cloud.page}/api/openapi.json", "--url", cloud.page]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "25", "--seed", "1"]
    conformance = ("status_code", "content_type", "response_headers", "response_schema")
    checks = ["not_a_server_error", *(f"{name}_conformance" for name in conformance)]
    command += ["--checks", ",".join(checks), "--request-timeout", "30", "--no-color"]

    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=250)

    assert run.returncode == 0, run.stdout
    assert "Tested: 6" in run.stdout


# --- Fairness -------------------------------------------------------------------------------------


def test_hundreds_of_reviews_do_not_starve_a_single_one(cloud, site):
    """Five clients ask for all that a request may hold; one asks for a short review meanwhile."""
    texts = ["good and bad " * 160] * 100
    answers, asking = [], threading.Event()

    def many():
        asking.set()
        with httpx.Client(base_url=cloud.page, timeout=60) as client:
            answers.append(client.post("/api/sentiment", json={"texts": texts}))

    crowd = [threading.Thread(target=many) for _ in range(4)]
    for one in crowd:
        one.start()
    asking.wait()
    single = site.post("/api/sentiment", json={"text": "good"})
    for one in crowd:
        one.join()

    assert single.status_code == 200
    assert [answer.status_code for answer in answers] == [200] * 4
    for answer in answers:
        codes = {one["problem"]["code"] for one in answer.json()["results"] if "problem" in one}
        assert codes <= {"busy"}
