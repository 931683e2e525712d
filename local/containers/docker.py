"""Containers in Docker, under SageMaker's rules.

The image gets `train` or `serve` as its argument, an /opt/ml whose inputs it can't change, exactly
its own environment, the memory and cores of its instance and no swap; SIGTERM comes before SIGKILL.
A training job with network isolation has no network at all, an endpoint with it no way out.

Every container carries the label of its state folder, which one local cloud holds at a time:
whatever has the label when that one starts was left behind, and whatever has it in the end goes.
"""

import hashlib
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from local import LocalError, children
from local.containers.processes import Container, Processes, Program, Running
from local.ports import HOST, free_port

_PORT = 8080
_ANYBODY = "61234:61234"  # a serverless endpoint runs as a user that no image knows of
_IS_LINUX = sys.platform.startswith("linux")
# GiB for each vCPU: c for computing, m in general, r for memory; t takes after m.
_GIB_FOR_EACH_CPU = {"c": 2, "m": 4, "r": 8, "t": 4}
_TYPE = re.compile(r"ml\.([cmrt])\d+[a-z]*(?:-flex)?\.(medium|large|(\d*)xlarge)")
_MISSING = (
    "--docker needs Docker, which doesn't answer ({}). Start Docker Desktop, or the service with"
    " `sudo systemctl start docker`; see that `docker version` shows a server."
)


class Docker(Processes):
    """The engine that runs containers; LocalError if there is no Docker."""

    def __init__(self, state: Path) -> None:
        self._identity = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:12]
        self._label = f"local-cloud={self._identity}"
        self._log = state.resolve() / "logs/images.log"
        self._lock, self._ready = threading.Lock(), set[str]()
        try:
            docker("version", "--format", "{{.Server.Version}}")  # fails where there is no server
            cpus, security = docker("info", "--format", "{{.NCPU}}|{{.SecurityOptions}}").split("|")
        except (LocalError, OSError) as error:
            raise LocalError(_MISSING.format(error)) from error
        self._cpus = int(cpus)
        # SageMaker runs jobs as root. On Linux root's files would be left to a user who can't
        # remove them, so jobs run as whoever runs the local cloud; Docker Desktop does that itself.
        is_root = _IS_LINUX and "rootless" not in security
        self._user = [f"--user={os.getuid()}:{os.getgid()}"] if is_root else []

    def sweep(self) -> None:
        """Remove every container and network with this state's label."""
        label = f"label={self._label}"
        if found := docker("ps", "--all", "--quiet", "--filter", label).split():
            docker("rm", "--force", *found, check=False)  # some may be going already
        if found := docker("network", "ls", "--quiet", "--filter", label).split():
            docker("network", "rm", *found, check=False)

    def prepare(self, program: Program) -> None:
        """Build the image at its first use: Docker's cache knows what has changed since.

        Where it can't be built, without a network for instance, one that is there is taken as it
        is; LocalError if there is none.
        """
        address = program.address
        with self._lock:
            if address in self._ready:
                return
            print(f"building {address} (the first time takes minutes; see {self._log})")
            argv = ["docker", "build", "--target", program.target, "--tag", address]
            argv += ["--file", str(program.dockerfile), str(program.context)]
            built = children.start(argv, cwd=program.context, log=self._log)
            if built.wait() == 0:
                print(f"built {address}")
            else:
                lines = self._log.read_text(errors="replace").strip().splitlines() or ["?"]
                told = f"{address} can't be built: {lines[-1]} (see {self._log})"
                if not docker("images", "--quiet", address):
                    raise LocalError(told)
                print(f"{told}; the image that is there is used as it is")
            self._ready.add(address)

    def start(self, container: Container) -> Running:
        """Create the container, then start it in the foreground of a child process."""
        name = f"{container.name}-{self._identity}-{os.urandom(4).hex()}"
        port = free_port() if container.verb == "serve" and not container.is_isolated else 0
        docker(
            *("create", "--rm", "--pull", "never", "--name", name, "--label", self._label),
            *("--log-driver", "none", "--stop-signal", "SIGTERM"),
            *self._limits(container),
            *self._network(container, port),
            *self._mounts(container),
            *(f"--env={key}={value}" for key, value in container.environment.items()),
            *(container.program.address, container.verb),
        )
        argv = ["docker", "start", "--attach", name]
        process = children.start(argv, cwd=container.base, log=container.log)
        return _Started(name, process, port)

    def _limits(self, container: Container) -> list[str]:
        """Of memory and cores. What AWS gives of cores to a serverless endpoint isn't told."""
        memory, cpus = container.serverless_mb, self._cpus
        if not memory:
            cpus, memory = size(container.instance_type)
        cpus = min(cpus, self._cpus)
        return [f"--memory={memory}m", f"--memory-swap={memory}m", f"--cpus={cpus}"]

    def _network(self, container: Container, port: int) -> list[str]:
        if not container.is_isolated:
            return [f"--publish={HOST}:{port}:{_PORT}"] if port else []
        if container.verb == "train":
            return ["--network=none"]
        if not _IS_LINUX:
            raise LocalError("Docker plays endpoints with network isolation on Linux only.")
        network = f"local-cloud-{self._identity}"
        with self._lock:
            if not docker("network", "ls", "--quiet", "--filter", f"name=^{network}$"):
                docker("network", "create", "--internal", "--label", self._label, network)
        return [f"--network={network}"]

    def _mounts(self, container: Container) -> list[str]:
        base, model = container.base, container.base / "model"
        if container.verb == "train":
            mounts = [_mount(base, "/opt/ml"), _mount(base / "input", "/opt/ml/input", "readonly")]
            return [*mounts, *self._user]
        for path in (model, *model.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        anybody = [f"--user={_ANYBODY}"] if container.serverless_mb else []
        return [_mount(model, "/opt/ml/model", "readonly"), *anybody]


class _Started(Running):
    """A container by its name, and the child process that shows what it prints."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], port: int) -> None:
        super().__init__(process, port)
        self._name, self._host = name, HOST if port else ""

    @property
    def address(self) -> tuple[str, int]:
        if not self._host:
            template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
            self._host = docker("inspect", "--format", template, self._name, check=False)
            if not self._host:
                raise ConnectionRefusedError
        return self._host, self._port or _PORT

    def end(self, grace_seconds: float) -> None:
        if self.poll() is None:
            docker("stop", "-t", str(round(grace_seconds)), self._name, check=False)
        docker("rm", "--force", self._name, check=False)  # had it not even begun
        super().end(grace_seconds=1)


def docker(*arguments: str, check: bool = True) -> str:
    """What a docker command prints. In a session of its own: Ctrl-C is meant for us, not for it."""
    apart: Any = {"stdin": subprocess.DEVNULL, "start_new_session": True}
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, **apart)
    if check and done.returncode != 0:
        told = (done.stderr.strip() or done.stdout.strip() or "?").splitlines()
        raise LocalError(f"docker {arguments[0]}: {told[-1]}")
    return str(done.stdout).strip()


def _mount(source: Path, target: str, *options: str) -> str:
    quoted = str(source).replace('"', '""')  # it is read as a line of CSV
    return ",".join(["--mount=type=bind", f'"src={quoted}"', f"dst={target}", *options])


def size(instance_type: str) -> tuple[int, int]:
    """Cores and MiB of an instance type without a GPU; LocalError for all others."""
    match = _TYPE.fullmatch(instance_type)
    if match is None:
        raise LocalError(
            f"The local cloud doesn't know how large {instance_type} is: in containers it plays"
            " instances of the families c, m, r and t only, and none with a GPU."
        )
    kind, name, times = match.groups()
    if instance_type.startswith("ml.t") and name == "medium":
        return 2, 4096  # two slow cores, of the other families one
    cpus = {"medium": 1, "large": 2}.get(name) or 4 * int(times or 1)
    return cpus, cpus * 1024 * _GIB_FOR_EACH_CPU[kind]
