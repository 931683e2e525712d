"""`python -m local up` and `down`: what starts, what can't, and that nothing stays behind."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.local.cli.typed import LIVE, local
from tests.templates import ROOT, small_template

needs_proc = pytest.mark.skipif(
    sys.platform != "linux",
    reason="reads /proc, and only Linux kills the children of a killed parent",
)


def family(process):
    """The process numbers of all its descendants."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = {process.pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process.pid}


def alive(numbers):
    """Those that still run; one that nobody has buried yet doesn't."""
    running = set()
    for number in numbers:
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            running.add(number)
    return running


@needs_proc
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_however_it_ends_no_process_stays(another, how):
    cloud = another()
    cloud.invoke("Echo", {})
    name = cloud.function("Fail")  # is at work when the end comes
    cloud.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=b'{"seconds": 60}'
    )
    children = cloud.wait(
        lambda: len(found := family(cloud.process)) >= 3 and found, "the emulator and two workers"
    )

    started = time.monotonic()
    cloud.process.send_signal(how)
    code = cloud.process.wait(10)

    assert code == (-how if how == signal.SIGKILL else 0)
    assert time.monotonic() - started < 5
    while alive(children) and time.monotonic() - started < 5:
        time.sleep(0.05)
    assert not alive(children)


@needs_proc
def test_down_returns_when_the_process_is_gone(another):
    cloud = another()

    done = local("down", "--aws-port", cloud.aws_port)

    assert (done.returncode, done.out) == (0, "stopped\n")
    assert not alive([cloud.process.pid])
    assert cloud.process.wait(1) == 0
    assert local("down", "--aws-port", cloud.aws_port).returncode == 2


def test_two_clouds_stand_side_by_side(cloud, another, file):
    other = another("--stack-name", "second")

    done = local("drop", file(LIVE, name="mine.csv"), "--aws-port", other.aws_port)

    assert done.returncode == 0
    assert f"s3://second-inbox-{other.account}/in/mine.csv" in done.out
    buckets = [
        {bucket["Name"] for bucket in one.client("s3").list_buckets()["Buckets"]}
        for one in (cloud, other)
    ]
    assert all(name.startswith(("verdict-", "local-artifacts-")) for name in buckets[0])
    assert all(name.startswith(("second-", "local-artifacts-")) for name in buckets[1])


def test_a_state_folder_belongs_to_one_cloud(run, cloud):
    ports = ["--port", 0, "--aws-port", 0]
    done = run("up", "--state", cloud.state, "--template", cloud.template, *ports)

    assert done.returncode == 2
    assert f"process {cloud.process.pid}" in done.err
    assert "--state" in done.err


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(run, cloud, tmp_path):
    done = run("up", "--state", tmp_path, "--template", cloud.template, "--port", cloud.port)

    assert done.returncode == 2
    assert f"port {cloud.port} is taken" in done.err


def test_usual_ports_that_are_taken_are_replaced_and_all_addresses_are_printed(tmp_path):
    taken = []
    for port in (8000, 4566):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections may be ending
        taken.append(listener)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError:
            pass  # by somebody else, which serves as well
    log = tmp_path / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "local",
                "up",
                "--state",
                tmp_path / "s",
                "--template",
                small_template(tmp_path / "small"),
            ],
            cwd=ROOT,
            stdout=output,
        )
    try:
        deadline = time.monotonic() + 60
        while "stop " not in log.read_text():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        text = log.read_text()
        status = json.loads(
            local("status", "--json", "--aws-port", text.split("--aws-port ")[1].split()[0]).out
        )["cloud"]
        assert status["page_url"] in text
        assert status["aws_url"] in text
        assert not {8000, 4566} & set(status["ports"].values())
    finally:
        process.terminate()
        assert process.wait(10) == 0
        for listener in taken:
            listener.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--parameter", "Rate=0"], "Rate"),
        (["--parameter", "Colour=red"], "Colour"),
        (["--parameter", "Rate"], "--parameter Rate: write it as NAME=VALUE"),
        (["--parameter", "Size=1"], "the template has no parameter 'Size'"),
        (["--template", "nothing.yaml"], "No such file"),
        (["--certificate", "README.md"], "README.md is no key with its certificate"),
    ],
)
def test_what_cannot_be_started_says_why(run, tmp_path, monkeypatch, options, message):
    template = small_template(tmp_path / "small")
    monkeypatch.chdir(ROOT)
    given = ["--state", tmp_path, "--port", 0, "--aws-port", 0, "--template", template, *options]

    done = run("up", *given)

    assert done.returncode == 2
    assert message in done.err


def test_an_address_that_is_none_is_refused():
    done = local("up", "--api", "127.0.0.1:3000")

    assert done.returncode == 2
    assert "write it as http://127.0.0.1:3000" in done.err


def test_a_first_dataset_is_dropped_once(another, file):
    path = file({"state": "training", "run": "demo-1"}, LIVE | {"after": 3}, name="first.csv")
    cloud = another("--first", str(path))
    log = cloud.folder / "cloud.log"

    cloud.wait(lambda: "first.csv: training" in log.read_text(), "the first dataset's progress")
    cloud.restart()
    cloud.wait(lambda: "on its way already" in log.read_text(), "the news that it waits")

    assert log.read_text().count("dropped s3://") == 1
    assert "python -m local down --aws-port" in log.read_text()


def test_every_command_explains_itself():
    for command in ([], ["up"], ["drop"], ["status"], ["down"]):
        done = local(*command, "--help", seconds=10)
        assert (done.returncode, "usage:" in done.out) == (0, True)
