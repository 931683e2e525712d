"""The local cloud as a whole: emulator, our SageMaker, the deployed stack; from start to stop."""

import contextlib
import ipaddress
import json
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from werkzeug.serving import BaseWSGIServer
from werkzeug.test import Client

from local import templates
from local.calls import service_model
from local.containers.images import Images
from local.containers.processes import Processes
from local.control import Control
from local.deployment import Deployment, change
from local.emulator import ACCOUNT, Emulator
from local.events import Events
from local.faults import Faults
from local.front import Front
from local.identity import Identity
from local.metrics import Meter
from local.page import Page
from local.ports import AWS_PORT, HOST, PAGE_PORT
from local.sagemaker.api import SageMaker
from local.sagemaker.platform import Platform
from local.server import server

REGION = "us-east-1"
_CLIENTS = ("s3", "cloudformation", "cloudfront")
logger = logging.getLogger(__name__)


class _Region(NamedTuple):
    """What is ours in a region."""

    identity: Identity
    events: Events
    sagemaker: SageMaker


class Cloud:
    """A stack, running. Both ports are taken from here on, `start` answers them.

    `port` and `aws_port` fail if they are taken; None is the usual port, or any free one. The
    `emulator` is starting already. Several clouds may share one that doesn't last, each in an
    account of its own.
    """

    def __init__(
        self,
        template: Path,
        state: Path,
        emulator: Emulator,
        *,
        aws_port: int | None = None,
        port: int | None = None,
        minute_seconds: float = 10,
        page: Path | None = None,
        api_url: str | None = None,
        engine: Processes | None = None,
        parameters: dict[str, str] | None = None,
        stack_name: str = "verdict",
        certificate: Path | None = None,
        account: str = ACCOUNT,
    ) -> None:
        self.state, self.account, self._template = state.resolve(), account, template.resolve()
        self._minute_seconds, self._engine = minute_seconds, engine or Processes()
        self._certificate = str(certificate.resolve()) if certificate else None
        self.faults, self.stopping = Faults(), threading.Event()
        self._regions: dict[str, _Region] = {}
        self._regions_lock, self._owners = threading.Lock(), dict[str, str]()
        self._ready, self._is_shown, self._addresses = False, False, {HOST}
        self.outputs: dict[str, str] = {}
        with contextlib.ExitStack() as self._undo:  # what was begun, should the rest fail
            self._aws = self._server(aws_port, AWS_PORT, certificate=self._certificate)
            self._web = self._server(port, PAGE_PORT)
            self.aws_url = f"http{'s' if certificate else ''}://{HOST}:{self._aws.port}"
            self.page_url = f"http://{HOST}:{self._web.port}/"
            self.emulator = emulator
            self.identity = self._identity(REGION)
            self.deployment = Deployment(template, stack_name, parameters or {}, self.identity)
            variables = {"AWS_ENDPOINT_URL": self.aws_url}
            if self._certificate:
                variables["AWS_CA_BUNDLE"] = self._certificate
            self._bridge = templates.Bridge(account, variables, self.emulator.port, api_url)
            self._undo = self._undo.pop_all()
        self.front = Front(
            *(self.emulator.port, self.identity, self.faults),
            sagemaker=lambda region: self._region(region).sagemaker,
            rewritten=lambda request, region: templates.rewritten_call(
                request, region, self.deployment, self._bridge
            ),
        )
        folder = page or self._template.parent / "frontend"
        self.page = Page(folder, self.emulator.port, self.identity, api_url)
        self.metrics = Meter(self.identity.client, minute_seconds)
        self._aws.app, self._web.app = Control(self), self.page

    def start(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Restore the state, deploy the stack, then answer. Who calls earlier waits.

        `prepare` is called before a schedule fires, so that the functions' first look finds it.
        """
        for service in _CLIENTS:  # which takes as long as the emulator's start
            self.identity.client(service)
        service_model("sagemaker")
        self.deployment.prepare(self._bridge)
        self.emulator.wait()
        self._serve(self._aws)
        if self.emulator.is_lasting:
            self._undo.callback(self.emulator.stop)  # whose functions may be asking us something
        self._show()  # of the stack as it was
        for region in {REGION, *(path.name for path in (self.state / "sagemaker").glob("*"))}:
            self._region(region)
        self.outputs = self.deployment.deploy(self._show)
        self._show(is_whole=True)
        prepare()
        for made in self._regions.values():
            made.events.start()
        self.metrics.start()
        self._undo.callback(self.metrics.stop)
        self._ready = True

    def stop(self) -> None:
        """End every process and give the ports and the state back."""
        self._ready = False
        self.stopping.set()
        try:
            self._undo.close()
        except Exception:  # one part that can't stop doesn't keep the others from it
            logger.exception("while stopping")

    def listen(self, address: str) -> None:
        """Answer AWS's calls on one more of this machine's private addresses, such as Docker's."""
        if not ipaddress.ip_address(address).is_private or address in ("0.0.0.0", "::"):  # noqa: S104 (to refuse it)
            raise ValueError(f"{address} may be reachable from anywhere")
        if address not in self._addresses:
            try:
                made = self._server(self._aws.port, AWS_PORT, address, self._certificate)
            except Exception as error:
                raise ValueError(f"{address} can't be had: {error}") from error
            made.app = self._aws.app
            self._addresses.add(address)
            self._serve(made)

    def status(self) -> dict[str, Any]:
        """What /_local/status tells."""
        return {
            "ready": self._ready,
            "idle": all(made.events.is_idle() for made in list(self._regions.values())),
            "pid": os.getpid(),
            "aws_url": self.aws_url,
            "certificate": self._certificate,
            "page_url": self.page_url,
            "ports": {"aws": self._aws.port, "page": self._web.port},
            "template": str(self._template),
            "state": str(self.state),
            "stack": self.deployment.stack_name,
            "account": self.account,
            "region": REGION,
            "outputs": self.outputs,
            "faults": self.faults.pending(),
        }

    def functions(self) -> dict[str, Any]:
        """What /_local/functions tells: how else than here each function could be run."""
        told, names = {}, self.deployment.physical_ids("AWS::Lambda::Function")
        for logical_id, _ in templates.resources(self.deployment.template, templates.FUNCTION):
            name = names[logical_id]
            found = self.identity.client("lambda").get_function_configuration(FunctionName=name)
            keys = self.identity.credentials(found["Role"])
            variables = found["Environment"]["Variables"] | {
                "AWS_ACCESS_KEY_ID": keys.access_key,
                "AWS_SECRET_ACCESS_KEY": keys.secret_key,
                "AWS_SESSION_TOKEN": keys.token,
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
            }
            variables.pop("PYTHONPATH", None)
            told[logical_id] = {
                "name": name,
                "runtime": found["Runtime"],
                "architecture": found["Architectures"][0],
                "variables": variables,
            }
        return told

    def publish(self, source: str, detail_type: str, detail: Any) -> None:
        """Put any event on the bus."""
        self._region(REGION).events.publish(detail_type, detail, "", source)

    def _region(self, name: str) -> _Region:
        """What is ours in a region, started when it is first asked for."""
        with self._regions_lock:
            if name not in self._regions:
                made = self._regions[name] = self._made(name)
                groups = {"TemplateBody": json.dumps(templates.maker(self._bridge))}
                change(made.identity.client("cloudformation"), templates.MAKER, groups)
                self._undo.callback(made.sagemaker.stop)
                self._undo.callback(made.events.stop)
                made.sagemaker.start()
                if self._ready:
                    made.events.start()
            return self._regions[name]

    def _made(self, region: str) -> _Region:
        identity = self._identity(region)
        events = Events(identity, self.faults, self._minute_seconds)
        repositories = templates.resources(self.deployment.template, "AWS::ECR::Repository")
        metadata: dict[str, str] = next((r.get("Metadata", {}) for _, r in repositories), {})
        context = self._template.parent / metadata.get("DockerContext", ".")

        def has_repository(name: str) -> bool:
            found = identity.client("ecr").describe_repositories()["repositories"]
            return any(repository["repositoryName"] == name for repository in found)

        dockerfile = context / metadata.get("Dockerfile", "Dockerfile")
        platform = Platform(
            account=self.account,
            region=region,
            state=self.state / "sagemaker" / region,
            logs=self.state / "logs",
            publish=events.publish,
            faults=self.faults,
            client=identity.client,
            engine=self._engine,
            images=Images(dockerfile, context, has_repository),
            measure=self.metrics.put,
        )
        return _Region(identity, events, SageMaker(platform))

    def _identity(self, region: str) -> Identity:
        urls = self.aws_url, self.emulator.url
        made = Identity(*urls, self.account, region, self._owners, self._certificate)
        self._undo.callback(made.close)
        return made

    def _server(self, *where: Any, **more: Any) -> BaseWSGIServer:
        made = server(None, *where, **more)
        self._undo.callback(made.server_close)
        return made

    def _show(self, *, is_whole: bool = False) -> None:
        """Answer at the page's address as soon as there is a page, or once the stack is whole."""
        if is_whole or not self._is_shown:
            distributions = self.deployment.physical_ids(templates.DISTRIBUTION)
            self.page.serve(next(iter(distributions.values()), None))
        if not self._is_shown and (is_whole or Client(self.page).get("/").status_code == 200):
            self._is_shown = True
            self._serve(self._web)

    def _serve(self, running: BaseWSGIServer) -> None:
        serving = threading.Thread(target=running.serve_forever, args=(0.1,), daemon=True)
        serving.start()
        self._undo.callback(serving.join)  # it is this thread that gives the port back
        self._undo.callback(running.shutdown)
