"""Containers in Docker, under SageMaker's rules.

The image gets `train` or `serve` as its argument, an /opt/ml whose inputs it can't change, exactly
its own environment, the memory and cores of its instance and no swap; SIGTERM comes before SIGKILL.
A training job with network isolation has no network at all, an endpoint with it no way out.

Every container carries the label of its state folder, which one local cloud holds at a time:
whatever has the label when that one starts was left behind, and whatever has it in the end goes.
"""

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

from local import children, instances
from local.containers import Container, EngineError, Program, Running
from local.docker_context import files
from local.processes import free_port

_PORT = 8080
_ANYBODY = "61234:61234"  # a serverless endpoint runs as a user that no image knows of
_SOURCE_LABEL = "local-cloud.source"
_MISSING = (
    "--docker needs Docker, which doesn't answer ({}). Start Docker Desktop, or the service with"
    " `sudo systemctl start docker`; see that `docker version` shows a server."
)


class Docker:
    """The engine that runs containers; EngineError if there is no Docker."""

    def __init__(self, state: Path) -> None:
        self._identity = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:12]
        self._label = f"local-cloud={self._identity}"
        self._log = state.resolve() / "logs/images.log"
        self._lock = threading.Lock()
        try:
            told = docker("info", "--format", "{{.ServerVersion}}|{{.NCPU}}|{{.SecurityOptions}}")
        except (EngineError, OSError) as error:
            raise EngineError(_MISSING.format(error)) from error
        version, cpus, security = told.split("|", 2)
        if not version:
            raise EngineError(_MISSING.format("it shows no server"))
        self._cpus = int(cpus)
        self._user = _owner() if "rootless" not in security else []

    def open(self) -> None:
        """Remove what a local cloud with this state left behind when it was killed."""
        self._sweep()

    def close(self) -> None:
        """Leave nothing behind."""
        self._sweep()

    def prepare(self, program: Program) -> None:
        """Build the image unless it is there; again when the files that it was built from change.

        One that wasn't built here, but pulled or built by hand, is taken as it is.
        """
        with self._lock:
            source = source_of(program)
            template = f'{{{{index .Config.Labels "{_SOURCE_LABEL}"}}}}'
            try:
                found = docker("image", "inspect", "--format", template, program.address)
            except EngineError:
                found = "none"
            if found not in ("", "<no value>", source):
                self._build(program, source)

    def _build(self, program: Program, source: str) -> None:
        print(f"building {program.address} (the first time takes minutes; see {self._log})")
        argv = ["docker", "build", "--target", program.target, "--tag", program.address]
        argv += ["--label", f"{_SOURCE_LABEL}={source}", "--file", str(program.dockerfile)]
        argv += [str(program.context)]
        built = children.start(argv, cwd=program.context, env=dict(os.environ), log=self._log)
        if built.wait() != 0:
            lines = self._log.read_text(errors="replace").strip().splitlines() or ["?"]
            raise EngineError(f"{program.address} can't be built: {lines[-1]} (see {self._log})")
        print(f"built {program.address}")

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
        environment = dict(os.environ)
        process = children.start(argv, cwd=container.base, env=environment, log=container.log)
        return _Started(name, process, port)

    def _limits(self, container: Container) -> list[str]:
        """Of memory and cores. What AWS gives of cores to a serverless endpoint isn't told."""
        memory, cpus = container.serverless_mb, self._cpus
        if not memory:
            try:
                size = instances.size(container.instance_type)
            except ValueError as error:
                raise EngineError(str(error)) from error
            memory, cpus = size.memory_mb, min(size.cpus, self._cpus)
        return [f"--memory={memory}m", f"--memory-swap={memory}m", f"--cpus={cpus}"]

    def _network(self, container: Container, port: int) -> list[str]:
        if not container.is_isolated:
            return [f"--publish=127.0.0.1:{port}:{_PORT}"] if port else []
        if container.verb == "train":
            return ["--network=none"]
        if not sys.platform.startswith("linux"):
            raise EngineError(
                "An endpoint with network isolation can be played by Docker on Linux only: "
                "elsewhere its address can't be reached."
            )
        network = f"local-cloud-{self._identity}"
        with self._lock:
            if not docker("network", "ls", "--quiet", "--filter", f"name=^{network}$"):
                docker("network", "create", "--internal", "--label", self._label, network)
        return [f"--network={network}"]

    def _mounts(self, container: Container) -> list[str]:
        base = container.base
        if container.verb == "train":
            mounts = [_mount(base, "/opt/ml"), _mount(base / "input", "/opt/ml/input", "readonly")]
            return [*mounts, *self._user]
        for path in (base / "model", *(base / "model").rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        anybody = [f"--user={_ANYBODY}"] if container.serverless_mb else []
        return [_mount(base / "model", "/opt/ml/model", "readonly"), *anybody]

    def _sweep(self) -> None:
        """Remove every container and network with this state's label."""
        label = f"label={self._label}"
        if found := docker("ps", "--all", "--quiet", "--filter", label).split():
            docker("rm", "--force", *found, check=False)  # some may be going already
        if found := docker("network", "ls", "--quiet", "--filter", label).split():
            docker("network", "rm", *found, check=False)


class _Started:
    """A container by its name, and the child process that shows what it prints."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], port: int) -> None:
        self._name, self._process = name, process
        self._address = ("127.0.0.1", port) if port else None

    @property
    def address(self) -> tuple[str, int]:
        if self._address is None:
            template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
            host = docker("inspect", "--format", template, self._name, check=False)
            if not host:
                raise ConnectionRefusedError
            self._address = host, _PORT
        return self._address

    def poll(self) -> int | None:
        return self._process.poll()

    def wait(self) -> int:
        return self._process.wait()

    def end(self, grace_seconds: float) -> None:
        if self._process.poll() is None:
            docker("stop", "-t", str(round(grace_seconds)), self._name, check=False)
        docker("rm", "--force", self._name, check=False)  # had it not even begun
        children.end(self._process, grace_seconds=1)


def docker(*arguments: str, check: bool = True) -> str:
    """What a docker command prints. In a session of its own: Ctrl-C is meant for us, not for it."""
    done = subprocess.run(
        ["docker", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    if check and done.returncode != 0:
        told = (done.stderr.strip() or done.stdout.strip() or "?").splitlines()
        raise EngineError(f"docker {arguments[0]}: {told[-1]}")
    return done.stdout.strip()


def source_of(program: Program) -> str:
    """A hash of the files that an image may be built from."""
    digest = hashlib.sha256(program.target.encode())
    digest.update(program.dockerfile.read_bytes())
    for path in files(program.context):
        digest.update(f"{path.relative_to(program.context)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _owner() -> list[str]:
    """SageMaker runs jobs as root. On Linux root's files would be left to a user who can't remove
    them, so jobs run as whoever runs the local cloud."""
    if not sys.platform.startswith("linux"):
        return []  # Docker Desktop gives files to whoever runs it
    return [f"--user={os.getuid()}:{os.getgid()}"]


def _mount(source: Path, target: str, *options: str) -> str:
    """Read as a line of CSV: a path may hold a comma."""
    quoted = str(source).replace('"', '""')
    return ",".join(["--mount=type=bind", f'"src={quoted}"', f"dst={target}", *options])
