"""The command line of the local cloud: `python -m local up`, `drop`, `status`, `sam`, `down`."""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from local.addresses import AWS_PORT, PAGE_PORT
from local.client import UnreachableError, shut_down
from local.drop import drop
from local.overview import dump, overview, show
from local.sam_local import SamLocalError, prepare
from local.template import TemplateError

if TYPE_CHECKING:
    from local.cloud import Cloud

STOP_SECONDS = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (UnreachableError, SamLocalError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local", description="Play template.yaml on this machine, without AWS."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _add_up(commands.add_parser("up", help="start the local cloud and keep it running"))

    down = commands.add_parser("down", help="stop a local cloud and wait for its end")
    down.set_defaults(run=_down)

    dropping = commands.add_parser("drop", help="upload a dataset and follow it to its end")
    dropping.set_defaults(run=_drop)
    dropping.add_argument("file", type=Path, metavar="FILE")
    dropping.add_argument("--name", help="its name in the bucket (the file's own)")
    dropping.add_argument(
        "--timeout", type=float, default=3600, metavar="SECONDS", help="give up after (3600)"
    )

    status = commands.add_parser("status", help="what runs, what is live, what became of datasets")
    status.set_defaults(run=_status)
    status.add_argument("--json", action="store_true", help="for programs")

    sam = commands.add_parser("sam", help="prepare `sam local` for the local cloud that runs")
    sam.set_defaults(run=_sam)
    sam.add_argument("--sam", default="sam", help="the program (sam)")
    sam.add_argument("--use-container", action="store_true", help="for sam build")

    for command in (down, dropping, status, sam):
        command.add_argument(
            "--aws-port", type=int, default=AWS_PORT, help=f"which local cloud ({AWS_PORT})"
        )
    return parser


def _add_up(up: argparse.ArgumentParser) -> None:
    up.set_defaults(run=_up)
    up.add_argument("--port", type=int, help=f"of the page and its API (usually {PAGE_PORT})")
    up.add_argument("--aws-port", type=int, help=f"of S3 and the other services ({AWS_PORT})")
    up.add_argument("--state", type=Path, default=Path(".local"), help="folder of all that lasts")
    up.add_argument("--template", type=Path, default=Path("template.yaml"), help="what to play")
    up.add_argument("--page", type=Path, help="folder of the page (frontend beside the template)")
    up.add_argument(
        "--api", metavar="URL", help="of another server of the API: sam local start-api"
    )
    up.add_argument("--docker", action="store_true", help="jobs and endpoints in containers")
    up.add_argument("--stack-name", default="verdict", help="name of the stack (verdict)")
    up.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="of the template"
    )
    up.add_argument(
        "--minute", type=float, default=10, metavar="SECONDS", help="how long a minute lasts (10)"
    )
    up.add_argument(
        "--first-model", type=Path, metavar="FOLDER", help="put live when there is no model yet"
    )
    up.add_argument("--first", type=Path, metavar="FILE", help="dropped when none was dropped yet")
    up.add_argument("--open", action="store_true", help="open the page once something is live")


def _up(arguments: argparse.Namespace) -> int:
    # With moto, which takes a second that other commands don't need.
    from local.beginning import Beginning
    from local.cloud import Cloud, CloudError

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
            with_docker=arguments.docker,
            parameters=_parameters(arguments.parameter),
            stack_name=arguments.stack_name,
        )
    except (CloudError, TemplateError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
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
    except NotImplementedError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        _end_soon()
        cloud.stop()


def _parameters(given: list[str]) -> dict[str, str]:
    pairs = [item.partition("=") for item in given]
    for name, sign, _ in pairs:
        if not sign:
            raise TemplateError(f"--parameter {name}: write it as NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _greet(cloud: "Cloud") -> None:
    port = cloud.status()["ports"]["aws"]
    which = "" if port == AWS_PORT else f" --aws-port {port}"
    print(f"page and API  {cloud.page_url}")
    print(f"AWS           {cloud.aws_url}  (AWS_ENDPOINT_URL; any access key will do)")
    print(f"drop          python -m local drop FILE{which}")
    print(f"stop          Ctrl-C, or python -m local down{which}")


def _end_soon() -> None:
    """A part that hangs mustn't keep the process: whatever it left dies with it."""

    def end() -> None:
        time.sleep(STOP_SECONDS)
        print("some part doesn't end; ended anyway", file=sys.stderr, flush=True)
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


def _drop(arguments: argparse.Namespace) -> int:
    name = arguments.name or arguments.file.name
    return drop(arguments.file, name, arguments.aws_port, arguments.timeout)


def _status(arguments: argparse.Namespace) -> int:
    seen = overview(arguments.aws_port)
    dump(seen) if arguments.json else show(seen)
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
    if not shut_down(arguments.aws_port):
        print("asked to stop, but it still runs", file=sys.stderr)
        return 1
    print("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
