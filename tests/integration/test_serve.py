"""serve.py as SageMaker meets it: a process, a port, two routes."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sentiment.serving.predictor import Predictor
from tests.unit.models import model_folder

ROOT = Path(__file__).parent.parent.parent
REVIEW = ["the", "film", "was", "not", "good"]


class Server:
    """One serve.py process on a free port."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "training/serve.py", *arguments],
            env={
                **os.environ,
                "SM_MODEL_DIR": str(folder),
                "SAGEMAKER_BIND_TO_PORT": str(self.port),
                "BIND_HOST": "127.0.0.1",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> "Server":
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            try:
                assert self.request("GET", "/ping")[0] == 200
                return self
            except ConnectionError:
                time.sleep(0.02)
        raise AssertionError("serve.py doesn't answer")

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"content-type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def invoke(self, content: Any) -> tuple[int, Any]:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        status, answer = self.request("POST", "/invocations", body)
        return status, json.loads(answer)

    def end(self, how: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_folder(tmp_path_factory.mktemp("model"), "run-1")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    running = Server(folder, "serve").wait()
    yield running
    assert running.end()[0] == 0


def test_it_answers_each_review_with_every_words_share(server, folder):
    status, answer = server.invoke({"tokenizer": 1, "reviews": [REVIEW, ["good", "unheard"]]})

    expected = Predictor(folder).answer([REVIEW, ["good", "unheard"]])
    assert status == 200
    assert answer["run"] == "run-1"
    assert 0.35 <= answer["unsure"][0] < 0.5 < answer["unsure"][1] <= 0.65
    for result, one in zip(answer["results"], expected, strict=True):
        assert result.keys() == {"probability", "contributions", "known", "used", "windows"}
        assert result["probability"] == pytest.approx(one.probability, abs=1e-4)
        assert answer["bias"] + sum(result["contributions"]) == pytest.approx(one.logit, abs=1e-3)
    assert [result["known"] for result in answer["results"]] == [1.0, 0.5]
    assert [result["used"] for result in answer["results"]] == [[0, 5], [0, 2]]


def test_a_long_review_is_read_to_its_end(server):
    _, answer = server.invoke({"tokenizer": 1, "reviews": [["good"] * 50, ["good"] * 30]})

    assert [result["windows"] for result in answer["results"]] == [2, 1]
    assert answer["results"][0]["used"] == [0, 50]
    assert len(answer["results"][0]["contributions"]) == 50


def test_as_many_words_as_a_request_may_hold_fit_into_the_answer(tmp_path):
    folder = model_folder(tmp_path)
    description = json.loads((folder / "model.json").read_bytes())
    (folder / "model.json").write_text(json.dumps(description | {"longest": 10_000}))
    words = ["good", "film", "a", "unheard"] * 100_000
    running = Server(folder).wait()

    status, content = running.request(
        "POST", "/invocations", json.dumps({"tokenizer": 1, "reviews": [words]}).encode()
    )

    assert running.end()[0] == 0
    assert status == 200
    assert len(content) < 4_194_304
    [result] = json.loads(content)["results"]
    assert len(result["contributions"]) == len(words)
    assert result["windows"] == 40


def test_more_words_are_refused(server):
    status, answer = server.invoke({"tokenizer": 1, "reviews": [["a"] * 200_000, ["b"] * 200_001]})

    assert status == 413
    assert "400,000 words" in answer["error"]


def test_a_hundred_reviews_are_answered_in_order(server):
    reviews = [["good"] * (1 + number % 7) for number in range(100)]

    status, answer = server.invoke({"tokenizer": 1, "reviews": reviews})

    assert status == 200
    lengths = [len(result["contributions"]) for result in answer["results"]]
    assert lengths == [len(review) for review in reviews]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ([], "object"),
        ({}, "object"),
        ({"tokenizer": 1}, "object"),
        ({"tokenizer": 1, "reviews": [["a"]], "more": 1}, "object"),
        ({"tokenizer": "1", "reviews": [["a"]]}, "whole number"),
        ({"tokenizer": True, "reviews": [["a"]]}, "whole number"),
        ({"tokenizer": 1, "reviews": "good"}, "list of 1 to 100"),
        ({"tokenizer": 1, "reviews": []}, "list of 1 to 100"),
        ({"tokenizer": 1, "reviews": [["a"]] * 101}, "list of 1 to 100"),
        ({"tokenizer": 1, "reviews": [["a"], []]}, "Review 1 must"),
        ({"tokenizer": 1, "reviews": ["good"]}, "Review 0 must"),
        ({"tokenizer": 1, "reviews": [["a"], ["a", 1]]}, "Review 1 holds"),
        ({"tokenizer": 1, "reviews": [["a", None]]}, "Review 0 holds"),
    ],
)
def test_a_malformed_request_is_told_what_is_wrong(server, content, reason):
    status, answer = server.invoke(content)

    assert status == 400
    assert reason in answer["error"]


def test_words_of_another_tokenizer_are_refused(server):
    status, answer = server.invoke({"tokenizer": 2, "reviews": [REVIEW]})

    assert status == 409
    assert "version 2" in answer["error"]
    assert "version 1" in answer["error"]


def test_too_large_a_body_is_refused(server):
    body = json.dumps({"tokenizer": 1, "reviews": [["a" * 1000] * 4200]}).encode()

    status, answer = server.invoke(body)

    assert status == 413
    assert "4,194,304" in answer["error"]


def test_odd_words_are_words_it_does_not_know(server):
    words = ["", " ", "\u0000", "\ud800", "👍", "<b>", "x" * 10_000]

    status, answer = server.invoke({"tokenizer": 1, "reviews": [words]})

    assert status == 200
    assert answer["results"][0]["known"] == 0


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 404), ("GET", "/invocations", 405)]
)
def test_there_are_two_routes_only(server, method, path, status):
    assert server.request(method, path)[0] == status


def test_it_ends_at_once_and_has_logged_no_review(folder):
    running = Server(folder).wait()
    running.invoke({"tokenizer": 1, "reviews": [["secret", "opinion"]]})
    running.invoke({"tokenizer": 1, "reviews": ["secret opinion"]})
    started = time.monotonic()

    code, out, err = running.end()

    assert code == 0
    assert time.monotonic() - started < 3
    assert "run=run-1" in out
    assert err == ""
    assert "secret" not in out


def test_it_does_not_finish_what_nobody_can_wait_for():
    """Requests for more words than can be read before it has to end are told to come again."""
    running = Server(ROOT / "models/imdb").wait()
    body = json.dumps({"tokenizer": 1, "reviews": [["good"] * 400_000]}).encode()

    requests = 2 * (os.cpu_count() or 1)  # each is about ten seconds of a core

    with ThreadPoolExecutor(requests) as clients:
        asked = [
            clients.submit(running.request, "POST", "/invocations", body) for _ in range(requests)
        ]
        time.sleep(1)
        code, _, err = running.end()

    assert code == 0
    assert "Traceback" not in err
    for status, answer in (one.result() for one in asked):
        assert status == 503
        assert "send the request again" in json.loads(answer)["error"]


def test_many_who_ask_at_the_same_time_get_what_each_would_get_alone():
    folder = ROOT / "models/imdb"
    words = ["a", "dull", "film", "with", "a", "wonderful", "ending", "that", "nobody", "foresaw"]
    reviews = [words[:length] for length in range(1, len(words) + 1)] * 4
    running = Server(folder).wait()

    def ask(review: list[str]) -> tuple[int, Any]:
        return running.invoke({"tokenizer": 1, "reviews": [review]})

    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(ask, reviews))

    assert running.end()[0] == 0
    predictor = Predictor(folder)
    for review, (status, answer) in zip(reviews, answers, strict=True):
        assert status == 200
        [alone] = predictor.answer([review])
        [found] = answer["results"]
        assert found["probability"] == pytest.approx(alone.probability, abs=1e-5)
        assert found["contributions"] == pytest.approx(alone.contributions.tolist(), abs=2e-5)


def test_without_a_model_it_says_so_and_does_not_listen(tmp_path):
    running = Server(tmp_path)

    out, err = running.process.communicate(timeout=30)

    assert running.process.returncode == 1
    assert "model.json" in err
    assert "Traceback" not in err
    assert out == ""


def test_torch_and_the_tokenizer_stay_out_of_it():
    listed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.argv = ['serve.py', '--help']; import runpy\n"
            "try: runpy.run_path('training/serve.py', run_name='__main__')\n"
            "except SystemExit: print(*sys.modules, file=sys.stderr)",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "training"},
        capture_output=True,
        text=True,
        check=True,
    ).stderr.split()

    assert "onnxruntime" in listed
    assert not {"torch", "sklearn", "scipy", "nltk", "bs4", "boto3"} & set(listed)
