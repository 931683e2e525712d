"""The same functions in the local cloud's workers and under AWS's runtime interface emulator.

Where the two differ, the worker follows what AWS documents; docs/local-cloud.md lists it.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from local.programs import program
from local.template import load
from local.workers import RESPONSE_LIMIT_BYTES, Worker
from tests.integration.rie import Rie
from tests.needs import needs_emulator

DATA = Path(__file__).parents[1] / "data/runtime"
REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIMEOUT_SECONDS = 2
# What AWS documents ("Defined runtime environment variables") and Python functions may see.
DOCUMENTED = {
    *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
    *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
    *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"),
    *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "LANG", "PATH", "PYTHONPATH", "TZ"),
}


@pytest.fixture
def programs(tmp_path):
    """Each function of the template as a program, in a copy of its code."""
    shutil.copytree(DATA, tmp_path / "stack")
    (tmp_path / "stack/code/bad_syntax.py").write_text("def handler(:")
    stack = load(tmp_path / "stack/template.yaml")
    return {
        name: program(resource, stack, "http://127.0.0.1:9", tmp_path)
        for name, resource in stack.resources.items()
        if resource.type == "AWS::Serverless::Function"
    }


class InWorkers:
    """As the local cloud does it: a worker that isn't alive any more is replaced."""

    def __init__(self, program):
        self.program, self.worker, self.count = program, None, 0

    def invoke(self, event):
        if self.worker is None or not self.worker.alive:
            self.worker = Worker(self.program)
        self.count += 1
        request_id = f"00000000-0000-0000-0000-{self.count:012}"
        payload = json.dumps(event).encode()
        return self.worker.call(request_id, "arn:x", payload, TIMEOUT_SECONDS).payload

    def stop(self):
        self.worker.stop()


@pytest.fixture
def worker(programs):
    """Starts a function in workers of the local cloud."""
    yield from started(lambda name: InWorkers(programs[name]))


@pytest.fixture
def rie(programs):
    """Starts a function under the emulator."""
    binary = needs_emulator()
    yield from started(lambda name: Rie(binary, programs[name], TIMEOUT_SECONDS))


def started(start):
    running = []

    def make(name):
        running.append(start(name))
        return running[-1]

    yield make
    for function in running:
        function.stop()


def told(payload):
    """A payload without the numbers of requests."""
    return json.loads(REQUEST_ID.sub("REQUEST", payload.decode()))


# --- What is the same ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("Raise", "Nothing", "Unserializable", "SysExit", "Vanish", "Killed", "Aborted"),
        *("NoHandler", "NoModule", "BadSyntax", "BrokenInit"),
    ],
)
def test_a_result_or_an_error_is_told_in_the_same_words(worker, rie, name):
    here, there = worker(name), rie(name)

    for _ in range(2):  # the second time a process that has ended is a new one
        assert told(here.invoke({})) == told(there.invoke({}))


def test_a_function_sees_the_same_context_folder_and_path(worker, rie):
    here, there = told(worker("Look").invoke({"a": "ö"})), told(rie("Look").invoke({"a": "ö"}))

    given = {
        "log_group_name",
        "log_stream_name",
        "invoked_function_arn",
    }  # the emulator's are fixed
    assert {k: v for k, v in here["context"].items() if k not in given} == {
        k: v for k, v in there["context"].items() if k not in given
    }
    assert here["context"]["memory_limit_in_mb"] == "192"
    for seen in ("event", "folder", "path", "times"):
        assert here[seen] == there[seen]
    for seen in (here, there):
        assert 0 < seen["remaining_ms"] <= TIMEOUT_SECONDS * 1000
    assert here["folder"] == here["path"][0] == here["environment"]["LAMBDA_TASK_ROOT"]


def test_the_environment_is_what_aws_documents(worker, rie):
    here = told(worker("Look").invoke({}))["environment"]
    there = told(rie("Look").invoke({}))["environment"]

    assert here.keys() >= DOCUMENTED
    only_there = {"AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN"}
    assert there.keys() - here.keys() == only_there | {"AWS_LAMBDA_FUNCTION_TIMEOUT"}
    assert here.keys() - there.keys() == {"_X_AMZN_TRACE_ID"}
    assert here["TZ"] == ":UTC"
    assert here["AWS_LAMBDA_LOG_STREAM_NAME"] == "local"
    assert here["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};.*", here["_X_AMZN_TRACE_ID"])


@pytest.mark.parametrize("where", ["worker", "rie"])
def test_a_warm_function_keeps_its_state(where, request):
    function = request.getfixturevalue(where)("Look")
    first, second = told(function.invoke({})), told(function.invoke({}))

    assert (first["times"], second["times"]) == (1, 2)
    assert first["pid"] == second["pid"]


@pytest.mark.parametrize("where", ["worker", "rie"])
def test_an_error_of_the_handler_keeps_the_process_and_a_time_out_does_not(where, request):
    function = request.getfixturevalue(where)("Sleep")
    first = told(function.invoke({"seconds": 0}))

    assert told(function.invoke({}))["errorType"] == "KeyError"
    assert told(function.invoke({"seconds": 0})) == first
    assert b"Task timed out after 2.00 seconds" in function.invoke({"seconds": 30})
    assert told(function.invoke({"seconds": 0})) != first


def test_an_answer_may_have_six_megabytes(worker, rie):
    here, there = worker("Big"), rie("Big")

    for size in (RESPONSE_LIMIT_BYTES, RESPONSE_LIMIT_BYTES + 1, 10):
        answer = here.invoke({"bytes": size})
        assert told(answer) == told(there.invoke({"bytes": size}))
        if size == RESPONSE_LIMIT_BYTES + 1:
            assert told(answer)["errorType"] == "Function.ResponseSizeTooLarge"
        else:
            assert len(answer) == size


# --- Where the emulator isn't Lambda ------------------------------------------------------------


def test_too_much_memory_ends_a_worker_as_on_lambda_but_not_the_emulator(worker, rie):
    here = worker("Hog")
    assert told(here.invoke({"mb": 1})) == 1 << 20

    error = told(here.invoke({"mb": 256}))

    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert told(here.invoke({"mb": 1})) == 1 << 20
    assert told(rie("Hog").invoke({"mb": 256})) == 256 << 20


def test_a_time_out_is_json_as_on_lambda_and_bare_text_in_the_emulator(worker, rie):
    assert told(worker("Sleep").invoke({"seconds": 30})) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: REQUEST Error: Task timed out after 2.00 seconds",
    }
    assert rie("Sleep").invoke({"seconds": 30}) == b"Task timed out after 2.00 seconds"


def test_an_exit_while_importing_is_told_by_a_worker_and_empty_in_the_emulator(worker, rie):
    assert told(worker("LeavingInit").invoke({})) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: REQUEST Error: Runtime exited with error: exit status 4",
    }
    assert rie("LeavingInit").invoke({}) == b""


def test_importing_counts_for_the_time_out_in_the_emulator_and_not_in_a_worker(worker, rie):
    assert told(worker("SlowInit").invoke({})) == "at last"
    assert rie("SlowInit").invoke({}) == b"Task timed out after 2.00 seconds"


# --- Where a worker isn't Lambda ----------------------------------------------------------------


def test_a_worker_may_write_beside_its_code(worker, programs):
    path = programs["Write"].folder / "written"

    assert told(worker("Write").invoke({"path": str(path)})) is None

    assert path.read_text() == "written"


def test_the_log_of_a_worker_holds_what_the_function_wrote_and_no_report(worker, rie, programs):
    log = programs["Raise"].log
    worker("Raise").invoke({})
    rie("Raise").invoke({})

    assert "[ERROR] KeyError" in log.read_text()
    assert "REPORT RequestId" not in log.read_text()
    assert "REPORT RequestId" in log.with_suffix(".rie.log").read_text()


def test_a_worker_has_the_developers_python_and_packages(worker):
    seen = told(worker("Look").invoke({}))

    assert seen["version"] == sys.version
    assert any(Path(folder, "pytest").exists() for folder in seen["path"])
