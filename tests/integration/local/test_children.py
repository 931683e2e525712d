"""Child processes end with whoever started them, and what they print can be read again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local import children
from tests.templates import ROOT

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
GRANDCHILD = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(child.pid, flush=True); time.sleep(600)"
)


def start(folder, *argv, **more):
    log = folder / "logs/child.log"
    process = children.start(list(argv), cwd=folder, env=dict(os.environ), log=log, **more)
    return process, log


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:  # one that nobody has buried yet is gone, too
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def test_the_end_takes_descendants_along(tmp_path):
    process, log = start(tmp_path, sys.executable, "-c", GRANDCHILD)
    grandchild = int(wait_for(lambda: log.read_text()))

    children.end(process)

    assert process.returncode == -signal.SIGKILL
    wait_for(lambda: is_gone(grandchild))


def test_who_is_given_time_may_use_it_and_who_ignores_it_is_killed(tmp_path):
    polite, log = start(tmp_path, *SLEEP)
    wait_for(lambda: "up" in log.read_text())
    children.end(polite, grace_seconds=20)
    assert polite.returncode == -signal.SIGTERM

    code = f"{STUBBORN} {SLEEP[-1]}".replace("'up'", "'deaf'")
    deaf, log = start(tmp_path, sys.executable, "-c", code)
    wait_for(lambda: "deaf" in log.read_text())
    children.end(deaf, grace_seconds=0.2)
    assert deaf.returncode == -signal.SIGKILL
    children.end(deaf)  # once more does no harm


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
@pytest.mark.parametrize("signal_", ["SIGKILL", "SIGTERM"])
def test_a_child_hears_of_a_sudden_death(tmp_path, signal_):
    mark = tmp_path / "mark"
    last = (
        "import pathlib, signal, sys, time;"
        "signal.signal(signal.SIGTERM,"
        f" lambda *_: (pathlib.Path({str(mark)!r}).touch(), sys.exit()));"
        "print('up', flush=True); time.sleep(600)"
    )
    parent = (
        "import os, pathlib, signal, sys, time; from local import children;"
        f"folder = pathlib.Path({str(tmp_path)!r});"
        f"child = children.start([sys.executable, '-c', {last!r}], cwd=folder,"
        f" env=dict(os.environ), log=folder / 'log', on_death=signal.{signal_});"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        child = int(process.stdout.readline())
        wait_for(lambda: "up" in (tmp_path / "log").read_text())
        process.kill()

    wait_for(lambda: is_gone(child))
    assert mark.exists() is (signal_ == "SIGTERM")


def test_a_child_holds_the_files_that_it_is_given(tmp_path):
    with (tmp_path / "lock").open("w") as lock:
        look = f"import os; print(os.fstat({lock.fileno()}).st_ino)"
        process, log = start(tmp_path, sys.executable, "-c", look, holding=(lock.fileno(),))
        process.wait(20)

        assert int(log.read_text()) == os.fstat(lock.fileno()).st_ino
