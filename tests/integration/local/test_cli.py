"""`python -m local`: every command as its user meets it, in processes of their own."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from local.__main__ import main
from tests.conftest import ROOT, Cloud, small_template

LIVE = {"state": "live", "run": "demo-1", "evaluation": {"metrics": {"accuracy": 0.9137}}}
needs_proc = pytest.mark.skipif(
    sys.platform != "linux",
    reason="reads /proc, and only Linux kills the children of a killed parent",
)


def local(*arguments, seconds=30):
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "local", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    return SimpleNamespace(returncode=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture
def run(capsys):
    """Run a command here, which saves the start of a process; returns its code and what it said."""

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        return SimpleNamespace(returncode=code, **capsys.readouterr()._asdict())

    return call


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cloud")
    cloud = Cloud(folder, small_template(folder))
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture
def another(tmp_path):
    """Starts one more cloud, ended after the test."""
    clouds = []

    def make(*options, started=True):
        folder = tmp_path / f"cloud-{len(clouds)}"
        clouds.append(Cloud(folder, small_template(folder), *options))
        if started:
            clouds[-1].start()
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.stop()


@pytest.fixture
def file(tmp_path):
    """A file that asks the stack's clerk for these receipts."""

    def make(*receipts, name="reviews.csv"):
        path = tmp_path / name
        path.write_text(json.dumps(receipts))
        return path

    return make


# --- drop ---------------------------------------------------------------------------------------


def test_a_dataset_that_becomes_live_ends_well(cloud, file):
    path = file(
        {"state": "received"},
        {"state": "training", "run": "demo-1", "after": 0.7},
        {"state": "trained", "run": "demo-1", "decision": {"status": "Approved"}, "after": 0.7},
        LIVE | {"after": 0.7},
    )

    done = local("drop", path, "--aws-port", cloud.aws_port)

    assert done.returncode == 0, done.err
    assert f"dropped s3://{cloud.bucket}/in/reviews.csv" in done.out
    for state in ("received", "training", "trained", "live"):
        assert f"reviews.csv: {state}" in done.out
    assert "live: demo-1, right on 91.4% of held-out rows" in done.out
    assert cloud.page in done.out


@pytest.mark.parametrize(
    "receipt",
    [
        {"state": "refused", "reason": "There is no label column.", "next": "Add one."},
        {
            "state": "rejected",
            "reason": "It is no better than guessing.",
            "decision": {
                "status": "Rejected",
                "reasons": [
                    {"passed": False, "text": "Guessing gets 50 %."},
                    {"passed": True, "text": "Calibrated."},
                ],
            },
            "next": "Add rows.",
        },
        {"state": "failed", "reason": "Out of memory.", "next": "Drop it again."},
        {"state": "superseded", "reason": "A newer one is live.", "next": "Nothing."},
        {
            "state": "trained",
            "reason": "It waits for approval.",
            "decision": {"status": "PendingManualApproval", "reasons": []},
            "next": "Approve it.",
        },
    ],
    ids=lambda receipt: receipt["state"],
)
def test_any_other_end_is_told_with_its_reason_and_what_to_do(run, cloud, file, receipt):
    done = run("drop", file(receipt), "--aws-port", cloud.aws_port)

    assert done.returncode == 1
    assert receipt["reason"] in done.err
    assert receipt["next"] in done.err
    if receipt["state"] == "rejected":
        assert "Guessing gets 50 %." in done.err
        assert "Calibrated." not in done.err


def test_the_receipt_of_an_earlier_drop_is_not_mistaken_for_the_new_one(run, cloud, file):
    first = file(LIVE, name="again.csv")
    assert run("drop", first, "--aws-port", cloud.aws_port).returncode == 0

    second = file({"state": "failed", "reason": "Now it fails.", "after": 1}, name="again.csv")
    done = run("drop", second, "--aws-port", cloud.aws_port)

    assert done.returncode == 1
    assert "Now it fails." in done.err


def test_the_same_file_again_is_told_by_a_new_receipt(run, cloud, file):
    path = file({"state": "received"}, LIVE | {"after": 0.8}, name="same.csv")
    for _ in range(2):
        done = run("drop", path, "--aws-port", cloud.aws_port)
        assert done.returncode == 0
        assert "same.csv: received" in done.out
        time.sleep(1)  # receipts may tell the time by the second


def test_a_name_may_have_spaces_and_umlauts_and_a_file_may_come_in_parts(run, cloud, file):
    path = file(LIVE)
    path.write_text(path.read_text() + " " * 9_000_000)

    done = run("drop", path, "--name", "über alles + 1.csv", "--aws-port", cloud.aws_port)

    assert done.returncode == 0, done.err
    assert "in/über alles + 1.csv" in done.out


def test_drop_says_what_to_do_when_it_cannot_begin(run, cloud, tmp_path):
    missing = run("drop", tmp_path / "nothing.csv", "--aws-port", cloud.aws_port)
    assert missing.returncode == 2
    assert "nothing.csv can't be read: No such file" in missing.err

    folder = run("drop", tmp_path, "--aws-port", cloud.aws_port)
    assert (folder.returncode, "Is a directory" in folder.err) == (2, True)

    nobody = run("drop", __file__, "--aws-port", 1)
    assert nobody.returncode == 2
    assert "start it with `make run`" in nobody.err

    page = run("drop", __file__, "--aws-port", cloud.port)
    assert page.returncode == 2
    assert "isn't a local cloud" in page.err


def test_drop_gives_up_after_its_time(run, cloud, file):
    path = file({"state": "training", "run": "demo-1"}, name="slow.csv")

    done = run("drop", path, "--timeout", 1, "--aws-port", cloud.aws_port)

    assert done.returncode == 1
    assert f"no end after 1 s; the receipt is s3://{cloud.bucket}/out/slow.csv.json" in done.err


# --- status, control ----------------------------------------------------------------------------


def test_status_shows_what_is_there(run, cloud, file):
    run("drop", file(LIVE, name="shown.csv"), "--aws-port", cloud.aws_port)

    people = run("status", "--aws-port", cloud.aws_port)
    assert people.returncode == 0, people.err
    assert cloud.page in people.out
    assert "nothing is live" in people.out
    assert "shown.csv  live  demo-1" in people.out

    programs = json.loads(run("status", "--json", "--aws-port", cloud.aws_port).out)
    assert programs["cloud"]["ready"] is True
    assert programs["endpoints"] == programs["training_jobs"] == programs["packages"] == []
    assert "shown.csv" in [receipt["name"] for receipt in programs["receipts"]]


def test_permissions_shows_each_call_of_a_role_beside_the_statement_that_allows_it(
    run, cloud, file
):
    run("drop", file(LIVE, name="allowed.csv"), "--aws-port", cloud.aws_port)

    shown = run("permissions", "--aws-port", cloud.aws_port)

    assert shown.returncode == 0, shown.out
    clerk = shown.out.split("ClerkRole\n")[1].split("\n\n")[0]
    for action, folder in (("s3:GetObject", "in"), ("s3:PutObject", "out")):
        line = next(line for line in clerk.splitlines() if action in line)
        assert "ClerkRolePolicy0" in line  # its statements have no Sid
        assert f"arn:aws:s3:::{cloud.bucket}/{folder}/" in line
    assert "Reader\n  not called   data: s3:GetObject\n" in shown.out


def test_permissions_ends_badly_where_a_call_was_refused(run, another):
    refusing = another()
    params = {"Bucket": refusing.status()["outputs"]["ShelfName"], "Key": "out/a"}
    refusing.client("s3").put_object(Body=b"x", **params)
    refusing.invoke("Caller", {"service": "s3", "operation": "get_object", "params": params})

    shown = run("permissions", "--aws-port", refusing.aws_port)

    assert shown.returncode == 1
    assert "(refused)" in shown.out.split("CallerRole\n")[1].split("\n\n")[0]


def test_status_of_nothing_says_how_to_start(run, cloud):
    done = run("status", "--aws-port", 1)

    assert (done.returncode, "make run" in done.err) == (2, True)


def test_the_control_endpoint_tells_what_runs(cloud):
    status = cloud.status()

    assert status["ready"] is True
    assert status["pid"] == cloud.process.pid
    assert status["ports"] == {"aws": cloud.aws_port, "page": cloud.port}
    assert status["outputs"]["DatasetUri"] == "s3://verdict-inbox-123456789012/in/"
    assert (status["stack"], status["account"]) == ("verdict", "123456789012")


# --- up, down -----------------------------------------------------------------------------------


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
