"""Child processes that end with the local cloud, however it ends.

SIGKILL leaves no time to clean up, so on Linux every child asks the kernel to be killed when its
parent dies (prctl PR_SET_PDEATHSIG). A tiny launcher asks, just before it becomes the real program,
as `preexec_fn` isn't safe in a process with threads. The kernel counts the *thread* that started
the child as its parent, hence one thread for all of them that lives as long as the process. Other
systems have no such request: there a SIGKILL of the local cloud leaves its children behind.
"""

import contextlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_LAUNCH = """
import ctypes, os, sys
prctl = getattr(ctypes.CDLL(None), "prctl", None)
if prctl is not None:
    prctl(1, int(sys.argv[2]), 0, 0, 0)
    if os.getppid() != int(sys.argv[1]):  # the parent died before it could be watched
        sys.exit(1)
os.execvp(sys.argv[3], sys.argv[3:])
"""
_SPAWNER = ThreadPoolExecutor(1, "spawner")


def start(
    argv: list[str],
    *,
    cwd: Path,
    env: dict[str, str] | None = None,
    log: Path,
    on_death: signal.Signals = signal.SIGKILL,
    holding: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own; what it prints is appended to `log`.

    `on_death` is the signal that it gets when we die; files `holding` stay open in it.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), str(int(on_death))]
    with log.open("ab") as output:
        return _SPAWNER.submit(
            lambda: subprocess.Popen(
                [*launcher, *argv],
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=holding,
            )
        ).result()


def end(process: subprocess.Popen[bytes], grace_seconds: float = 0) -> None:
    """SIGTERM and, after the grace, SIGKILL for a process and its descendants; waits for that."""
    if process.poll() is not None:
        return  # its number may be somebody else's by now
    if grace_seconds:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
