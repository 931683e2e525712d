"""The engine that needs no Docker, and what it can't do."""

import socket
import sys
from pathlib import Path

from local.containers.processes import Container, Processes, Program


def started(folder: Path, code: str, **more: bool) -> Container:
    argv = [sys.executable, "-c", code]
    program = Program("registry/images:train-1", folder / "Dockerfile", "train", argv, folder)
    return Container("job", program, "train", folder, {}, folder / "log", "ml.m5.large", **more)


def test_an_isolated_job_reaches_this_machine_all_the_same(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = f"import socket; socket.create_connection({listener.getsockname()}, 5)"
        running = Processes().start(started(tmp_path, code, is_isolated=True))

        assert running.wait() == 0, (tmp_path / "log").read_text()


def test_a_job_may_take_more_memory_than_its_instance_has(tmp_path):
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[1])"
    ours = Processes().start(started(tmp_path, code))

    assert ours.wait() == 0
    limit = int((tmp_path / "log").read_text())
    assert limit == -1 or limit > 8 << 30
