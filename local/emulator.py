"""MiniStack, the emulator that plays every service but SageMaker: a child process of ours.

It checks every call against the roles and bucket policies of the stack (AUTH=true): a key of twelve
digits is the root of the account with that number, any other key must be a role's.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO

from local import LocalError, children
from local.ports import HOST, free_port, is_free

ACCOUNT = "123456789012"
# Of an account's root: nobody looks at it but in presigned addresses.
SECRET = "any"  # noqa: S105 (known to everybody)
VENV = Path(__file__).parent.parent / ".venv-emulator"
_START_SECONDS, _END_SECONDS = 60, 15
SERVICES = (
    *("s3", "lambda", "events", "apigateway", "cloudfront", "cloudformation", "iam", "sts"),
    *("sns", "sqs", "logs", "cloudwatch", "ecr", "ssm"),
)
# Ends the emulator and its functions' processes when it is told to, or when we are killed: once no
# deployment is under way any more, which would be kept so for ever, and whether it likes it or not.
_GUARD = """
import os, signal, subprocess, sys, time

asked, told = [], 0
signal.signal(signal.SIGTERM, lambda *_: asked.append(time.monotonic()))
emulator = subprocess.Popen(sys.argv[3:], close_fds=False)
from urllib.request import Request, urlopen  # which takes a while

scope = f"{sys.argv[2]}/20260101/us-east-1/cloudformation/aws4_request"
signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
stacks = Request(f"{sys.argv[1]}/?Action=DescribeStacks", headers={"Authorization": signed})

def deploys():
    try:
        return b"_IN_PROGRESS" in urlopen(stacks, timeout=5).read()
    except OSError:
        return False

while emulator.poll() is None and not (told and time.monotonic() - told > 15):
    if asked and not told and not (time.monotonic() - asked[0] < 30 and deploys()):
        told = time.monotonic()
        os.killpg(0, signal.SIGTERM)
    time.sleep(0.05)
os.killpg(0, signal.SIGKILL)
"""
_COMMAND = (str(VENV / "bin/python"), "-P", str(Path(__file__).with_name("begin_emulator.py")))
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


class Emulator:
    """One process. A lasting one keeps its state in `folder` and belongs to one local cloud."""

    def __init__(self, folder: Path, log: Path, *, lasting: bool = True) -> None:
        if not (VENV / "bin/python").exists():
            raise LocalError("there is no emulator: install it with `make .venv-emulator/ready`")
        self._folder, self._log = folder.resolve(), log.resolve()
        self.is_lasting = lasting
        self._process: subprocess.Popen[bytes] | None = None
        # One whose local cloud was killed holds its lock while it writes.
        self._lock = locked(self._folder, _START_SECONDS)
        self.port = self._usual_port()
        self.url = f"http://{HOST}:{self.port}"

    def start(self, minute_seconds: float) -> None:
        """Launch it; `wait` returns once it answers."""
        temporary = self._folder / "tmp"  # code of functions; what a killed one left goes
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        keep = "1" if self.is_lasting else "0"
        settings = {
            "AUTH": "true",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "false",
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(minute_seconds),
            "LAMBDA_ASYNC_RETRY_MAX_SECONDS": str(2 * minute_seconds),
            "LOG_LEVEL": "WARNING",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "PERSIST_STATE": keep,
            "S3_DATA_DIR": str(self._folder / "s3"),
            "S3_PERSIST": keep,
            "SERVICES": ",".join(SERVICES),
            "STATE_DIR": str(self._folder / "state"),
            "TMPDIR": str(temporary),
        }
        self._process = children.start(
            [sys.executable, "-c", _GUARD, self.url, ACCOUNT, *_COMMAND],
            cwd=self._folder,
            env={name: os.environ[name] for name in _INHERITED if name in os.environ} | settings,
            log=self._log,
            on_death=signal.SIGTERM,  # on which it writes down what it knows
            holding=(self._lock.fileno(),),
        )

    def wait(self) -> None:
        """LocalError if it doesn't answer in time."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                raise LocalError(f"the emulator doesn't start; {self._log} says why")
            time.sleep(0.02)

    def stop(self) -> None:
        """SIGTERM, on which it keeps its state; then its functions' processes end too."""
        if self._process is not None:
            children.end(self._process, _END_SECONDS)
        shutil.rmtree(self._folder / "tmp", ignore_errors=True)
        self._lock.close()

    def _answers(self) -> bool:
        with contextlib.closing(HTTPConnection(HOST, self.port, timeout=2)) as connection:
            try:
                connection.request("GET", "/_ministack/health")
                return connection.getresponse().status == 200
            except (OSError, HTTPException):
                return False

    def _usual_port(self) -> int:
        """The same port as last time if it is free, since the stack's distribution names it."""
        note = self._folder / "port"
        port = int(note.read_text()) if note.exists() else 0
        if not port or not is_free(port):
            port = free_port()
            note.write_text(str(port))
        return port


def locked(folder: Path, patience_seconds: float = 0) -> IO[str]:
    """A folder's lock, held until it is closed and whoever inherited it has ended."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("a+", encoding="utf-8")
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                lock.seek(0)
                owner = lock.read()
                lock.close()
                raise LocalError(
                    f"{folder} belongs to a local cloud that runs already (process {owner}); stop"
                    " it with `python -m local down`, or give this one a state folder of its own"
                    " with --state"
                ) from error
            time.sleep(0.05)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
