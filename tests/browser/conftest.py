"""A real browser, and a real server with the page, the template's headers and a scripted API."""

import json
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.integration.predict_function import Function, posted, requested
from tests.needs import need

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "frontend"
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=15_000)  # a machine may be busy; nothing waits longer than it must
MODEL = {
    "run": "verdict-0a1b2c3d4e5f",
    "package_version": 7,
    "status": "InService",
    "endpoint_changed_at": "2026-03-02T11:00:00+00:00",
    "dataset": "reviews.csv",
    "accuracy": 0.8625,
    "baseline_accuracy": 0.84,
    "rows": 25000,
    "trained_at": "2026-03-02T10:02:09+00:00",
    "evaluation": {
        "reviews": 5000,
        "confusion": [[2300, 200], [150, 2350]],
        "calibration_error": 0.011,
        "reliability": [
            {"reviews": 2500, "probability": 0.05, "positive": 0.06},
            {"reviews": 2500, "probability": 0.95, "positive": 0.94},
        ],
        "unsure": [0.45, 0.55],
        "behaviour": [
            {"what": "The answer stays the same in other letter case", "passed": 100, "of": 100},
            {"what": "Negated praise gets the right answer", "passed": 144, "of": 150},
        ],
        "slices": [
            {"what": "3 to 60 words", "reviews": 2500, "accuracy": 0.8125},
            {"what": "61 to 900 words", "reviews": 2500, "accuracy": 0.9125},
        ],
    },
}


class Reply(NamedTuple):
    """What the API says, `until` it may: JSON unless it is bytes; `cut` closes the connection."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = MappingProxyType({})
    until: threading.Event | None = None
    cut: bool = False


def problem(status: int, detail: str, code: str = "some", **headers: str) -> Reply:
    body = {"type": "/api", "code": code, "title": "?", "status": status, "detail": detail}
    body["request_id"] = "JwjsniK2y"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, body, {"content-type": "application/problem+json", **headers})


def policy(resource: str) -> str:
    """The content security policy that template.yaml gives to the page or to the API."""
    block = (ROOT / "template.yaml").read_text().split(f"\n  {resource}:\n")[1]
    found = re.search(r"ContentSecurityPolicy: >-\n((?: {14,}.*\n)+)", block.split("\n\n")[0])
    assert found, f"{resource} has no content security policy"
    return " ".join(found[1].split())


class Site(ThreadingHTTPServer):
    """`answers` are given first to last, the last one for ever; or `function` is asked.

    An answer may be made of the request: then it is a function of its body.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Any] = []
        self.model = Reply(200, MODEL)
        self.function: Function | None = None
        self.asked: list[str] = []
        self.page_policy, self.api_policy = policy("PageHeaders"), policy("ApiHeaders")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that no longer waits has closed the connection."""


class _Handler(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        file = PAGE / (self.path.lstrip("/") or "index.html")
        if self.path.startswith("/api/") and self.server.function:
            self._send(_told(self.server.function.send(requested(self.path))))
        elif self.path == "/api/model":
            self._send(self.server.model)
        elif file.is_file() and file.resolve().parent == PAGE:
            self._send(Reply(200, file.read_bytes(), {"content-type": TYPES[file.suffix]}))
        else:
            self._send(Reply(404, (PAGE / "lost.html").read_bytes(), {"content-type": "text/html"}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.asked.append(body)
        if self.server.function:
            self._send(_told(self.server.function.send(posted(body))))
        else:
            answers = self.server.answers
            reply = answers.pop(0) if len(answers) > 1 else answers[0]
            self._send(reply(json.loads(body)) if callable(reply) else reply)

    def _send(self, reply: Reply) -> None:
        if reply.until:
            reply.until.wait(60)
        if reply.cut:
            self.close_connection = True
            return
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        api = self.path.startswith("/api/")
        self.send_response_only(reply.status)
        policy = self.server.api_policy if api else self.server.page_policy
        headers = {"content-type": "application/json", "content-security-policy": policy}
        headers |= {**reply.headers, "content-length": str(len(body))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads these."""


def _told(answer: dict[str, Any]) -> Reply:
    headers = {**answer["headers"]}
    headers.pop("content-encoding", None)
    return Reply(answer["statusCode"], answer["body"].encode(), headers)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    need(path, "there is no Chromium: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True).start()
        yield site
        site.shutdown()


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """The page, freshly opened. Whatever it writes to the console fails the test in the end."""
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.goto("/")
    yield page
    context.close()
    # The browser itself notes each request that fails or is refused.
    assert [line for line in said if "Failed to load resource" not in line] == []
