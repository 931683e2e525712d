"""A job that is ended while its processes read the dataset."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.training_job import Job, reviews

CODES = {signal.SIGTERM: 143, signal.SIGKILL: -9}


def wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def children(parent: int) -> list[Path]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [Path("/proc", child) for child in listed]


def readers(parent: int) -> list[Path]:
    """Processes that have begun to read; the one of multiprocessing's own has one thread."""
    return [child for child in children(parent) if len(list(child.glob("task/*"))) > 1]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
def test_a_job_ended_while_it_reads_leaves_no_process_and_no_file(tmp_path, number):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    job = Job(tmp_path / "run-1", reviews(100_000), processes="2")
    process = job.start(TMPDIR=str(temporary))
    wait_until(lambda: len(readers(process.pid)) == 2, "it reads alone")
    started = children(process.pid)

    process.send_signal(number)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (CODES[number], "")
    assert set(out.split()) <= {"stage=reading", *(f"seconds={n}0" for n in range(20))}
    wait_until(lambda: not any(child.exists() for child in started), "a process is left")
    left = list(temporary.glob("verdict-*/**/*" if number == signal.SIGKILL else "verdict-*"))
    assert not left
    assert not (job.base / "output/failure").exists()
