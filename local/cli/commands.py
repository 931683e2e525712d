"""What each command of `python -m local` does; returns its exit code, or raises LocalError."""

import argparse
import logging
import signal
import sys

from local import LocalError
from local.cli import granted
from local.cli.beginning import Beginning
from local.cli.client import clients, control, desk, shut_down
from local.cli.sam_local import prepare
from local.cloud import Cloud
from local.containers.docker import Docker
from local.ending import end_soon
from local.ports import AWS_PORT
from operations import sayings
from operations import status as stack
from operations.drop import DropError
from operations.drop import drop as drop_and_follow


def up(arguments: argparse.Namespace) -> int:
    """Run a local cloud on an emulator that is starting, until it is told to stop."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    # Its type doesn't tell a text file, which it is, from any stream.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        cloud = Cloud(
            arguments.template,
            arguments.state,
            arguments.emulator,
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
        alarm = end_soon()
        cloud.stop()
        alarm.cancel()


def _parameters(given: list[str]) -> dict[str, str]:
    if wrong := [item for item in given if "=" not in item]:
        raise LocalError(f"--parameter {wrong[0]}: write it as NAME=VALUE")
    return dict(item.split("=", 1) for item in given)


def _greet(cloud: Cloud) -> None:
    port = cloud.status()["ports"]["aws"]
    which = "" if port == AWS_PORT else f" --aws-port {port}"
    print(f"page and API  {cloud.page_url}")
    print(f"AWS           {cloud.aws_url}  (AWS_ENDPOINT_URL; access key {cloud.account})")
    print(f"drop          python -m local drop FILE{which}")
    print(f"stop          Ctrl-C, or python -m local down{which}")


def drop(arguments: argparse.Namespace) -> int:
    """Drop a dataset and follow it."""
    at, file = desk(control(arguments.aws_port, "GET", "status")), arguments.file
    name, said = arguments.name or file.name, sayings.said(arguments)
    try:
        return drop_and_follow(at, file, name, arguments.timeout, said)
    except DropError as error:
        raise LocalError(str(error)) from error


def status(arguments: argparse.Namespace) -> int:
    """Tell what runs."""
    cloud = control(arguments.aws_port, "GET", "status")
    seen = stack.overview(desk(cloud))
    if arguments.json:
        stack.dump({"cloud": cloud} | seen)
        return 0
    print(f"local cloud  process {cloud['pid']}, {'ready' if cloud['ready'] else 'not ready'}")
    for name, value in (("page", "page_url"), ("AWS", "aws_url"), ("state", "state")):
        print(f"{name:<12} {cloud[value]}")
    stack.show(seen)
    return 0


def permissions(arguments: argparse.Namespace) -> int:
    """Tell what each role has called, and by which statement it may."""
    cloud = control(arguments.aws_port, "GET", "status")
    calls = control(arguments.aws_port, "GET", "calls")
    found = granted.roles(clients(cloud), cloud["stack"], calls)
    for role in found:
        granted.show(role)
    return int(any(role.refused or role.foreign for role in found))


def sam(arguments: argparse.Namespace) -> int:
    """Prepare `sam local`."""
    options = ["--use-container"] if arguments.use_container else []
    names = prepare(arguments.aws_port, arguments.sam, options)
    print("ready; the local cloud has to keep running. For example:")
    print(f"  sam local invoke {names[-1]} -e EVENT.json")
    print("  sam local start-api       (python -m local up --api http://127.0.0.1:3000: with page)")
    print("  sam local start-lambda    (any Lambda client, at http://127.0.0.1:3001)")
    return 0


def down(arguments: argparse.Namespace) -> int:
    """Stop a local cloud and wait for its end."""
    ended = shut_down(arguments.aws_port)
    print("stopped" if ended else "asked to stop, but it still runs")
    return 0 if ended else 1
