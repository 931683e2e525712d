"""The command line of the local cloud: `python -m local up`, `drop`, `status`, `sam`, `down`."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from local import LocalError
from local.cli.client import control, desk, shut_down
from local.cli.sam_local import prepare
from local.ports import AWS_PORT, PAGE_PORT
from operations.drop import DropError, drop
from operations.status import dump, overview, show

if TYPE_CHECKING:
    from local.cloud import Cloud

STOP_SECONDS = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (DropError, LocalError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local", description="Play template.yaml on this machine, without AWS."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text)
        made.set_defaults(run=run)
        if run is not _up:
            which = f"which local cloud ({AWS_PORT})"
            made.add_argument("--aws-port", type=int, default=AWS_PORT, help=which)
        return made

    _add_up(command("up", _up, "start the local cloud and keep it running"))
    command("down", _down, "stop a local cloud and wait for its end")
    dropping = command("drop", _drop, "upload a dataset and follow it to its end")
    dropping.add_argument("file", type=Path, metavar="FILE")
    dropping.add_argument("--name", help="its name in the bucket (the file's own)")
    dropping.add_argument(
        "--timeout", type=float, default=3600, metavar="SECONDS", help="give up after (3600)"
    )
    status = command("status", _status, "what runs, what is live, what became of datasets")
    status.add_argument("--json", action="store_true", help="for programs")
    sam = command("sam", _sam, "prepare `sam local` for the local cloud that runs")
    sam.add_argument("--sam", default="sam", help="the program (sam)")
    sam.add_argument("--use-container", action="store_true", help="for sam build")
    return parser


def _add_up(up: argparse.ArgumentParser) -> None:
    add = up.add_argument
    add("--port", type=int, help=f"of the page and its API (usually {PAGE_PORT})")
    add("--aws-port", type=int, help=f"of S3 and the other services ({AWS_PORT})")
    add("--state", type=Path, default=Path(".local"), help="folder of all that lasts")
    add("--template", type=Path, default=Path("template.yaml"), help="what to play")
    add("--page", type=Path, help="folder of the page (frontend beside the template)")
    add("--api", type=_url, metavar="URL", help="another server of the API: sam local start-api")
    add("--docker", action="store_true", help="jobs and endpoints in containers")
    add("--certificate", type=Path, metavar="PEM", help="key and certificate: AWS over TLS")
    add("--stack-name", default="verdict", help="name of the stack (verdict)")
    add("--parameter", action="append", default=[], metavar="NAME=VALUE", help="of the template")
    add("--minute", type=float, default=10, metavar="SECONDS", help="how long a minute lasts (10)")
    add("--first-model", type=Path, metavar="FOLDER", help="put live when there is no model yet")
    add("--first", type=Path, metavar="FILE", help="dropped when none was dropped yet")
    add("--open", action="store_true", help="open the page once something is live")


def _up(arguments: argparse.Namespace) -> int:
    # With boto3 and what plays SageMaker, which other commands don't need.
    from local.cli.beginning import Beginning
    from local.cloud import Cloud
    from local.containers.docker import Docker

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        cloud = Cloud(
            arguments.template,
            arguments.state,
            aws_port=arguments.aws_port,
            port=arguments.port,
            minute_seconds=arguments.minute,
            page=arguments.page,
            api_url=arguments.api,
            engine=Docker(arguments.state) if arguments.docker else None,
            parameters=_parameters(arguments.parameter),
            stack_name=arguments.stack_name,
            certificate=arguments.certificate,
        )
    except OSError as error:  # a file that isn't there, for instance
        raise LocalError(str(error)) from error
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: cloud.stopping.set())
    try:
        beginning = Beginning(cloud, arguments.first_model, arguments.first, arguments.open)
        cloud.start(beginning.prepare)
        _greet(cloud)
        beginning.begin()
        while not cloud.stopping.wait(0.2):
            pass  # a signal may hit another thread; its handler runs here, once this one wakes up
        print("stopping")
        return 0
    finally:
        alarm = _end_soon()
        cloud.stop()
        alarm.cancel()


def _url(given: str) -> str:
    if not given.startswith("http://"):
        raise argparse.ArgumentTypeError(f"write it as http://{given}")
    return given


def _parameters(given: list[str]) -> dict[str, str]:
    if wrong := [item for item in given if "=" not in item]:
        raise LocalError(f"--parameter {wrong[0]}: write it as NAME=VALUE")
    return dict(item.split("=", 1) for item in given)


def _greet(cloud: "Cloud") -> None:
    port = cloud.status()["ports"]["aws"]
    which = "" if port == AWS_PORT else f" --aws-port {port}"
    print(f"page and API  {cloud.page_url}")
    print(f"AWS           {cloud.aws_url}  (AWS_ENDPOINT_URL; access key {cloud.account})")
    print(f"drop          python -m local drop FILE{which}")
    print(f"stop          Ctrl-C, or python -m local down{which}")


def _end_soon() -> threading.Timer:
    """A part that hangs mustn't keep the process: whatever it left dies with it."""

    def end() -> None:
        print("some part doesn't end; ended anyway", file=sys.stderr, flush=True)
        os._exit(1)

    alarm = threading.Timer(STOP_SECONDS, end)
    alarm.daemon = True
    alarm.start()
    return alarm


def _drop(arguments: argparse.Namespace) -> int:
    at = desk(control(arguments.aws_port, "GET", "status"))
    return drop(at, arguments.file, arguments.name or arguments.file.name, arguments.timeout)


def _status(arguments: argparse.Namespace) -> int:
    cloud = control(arguments.aws_port, "GET", "status")
    seen = overview(desk(cloud))
    if arguments.json:
        dump({"cloud": cloud} | seen)
        return 0
    print(f"local cloud  process {cloud['pid']}, {'ready' if cloud['ready'] else 'not ready'}")
    for name, value in (("page", "page_url"), ("AWS", "aws_url"), ("state", "state")):
        print(f"{name:<12} {cloud[value]}")
    show(seen)
    return 0


def _sam(arguments: argparse.Namespace) -> int:
    options = ["--use-container"] if arguments.use_container else []
    names = prepare(arguments.aws_port, arguments.sam, options)
    print("ready; the local cloud has to keep running. For example:")
    print(f"  sam local invoke {names[-1]} -e EVENT.json")
    print("  sam local start-api       (python -m local up --api http://127.0.0.1:3000: with page)")
    print("  sam local start-lambda    (any Lambda client, at http://127.0.0.1:3001)")
    return 0


def _down(arguments: argparse.Namespace) -> int:
    ended = shut_down(arguments.aws_port)
    print("stopped" if ended else "asked to stop, but it still runs")
    return 0 if ended else 1


if __name__ == "__main__":
    code = main()
    _end_soon()  # a thread that hangs would keep the process, too
    sys.exit(code)
