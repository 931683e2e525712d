"""The command line of the local cloud: `python -m local up`, `drop`, `status`, `down` and more."""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from local import LocalError
from local.emulator import Emulator, locked
from local.ending import end_soon
from local.ports import AWS_PORT, PAGE_PORT
from operations.sayings import add_options, joined


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = _parser().parse_args(joined(sys.argv[1:] if argv is None else argv))
    try:
        with contextlib.ExitStack() as undo:
            if arguments.command == "up":
                arguments.emulator = _emulator(arguments, undo)
            # With boto3 and what plays SageMaker: takes as long as the emulator, so it comes after.
            from local.cli import commands

            return int(getattr(commands, arguments.command)(arguments))
    except LocalError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _emulator(arguments: argparse.Namespace, undo: contextlib.ExitStack) -> Emulator:
    """One that is starting, for this state alone."""
    state = arguments.state.resolve()
    undo.callback(locked(state).close)
    made = Emulator(state / "emulator", state / "logs/emulator.log")
    undo.callback(made.stop)
    made.start(arguments.minute)
    return made


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local", description="Play template.yaml on this machine, without AWS."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text)
        if name != "up":
            which = f"which local cloud ({AWS_PORT})"
            made.add_argument("--aws-port", type=int, default=AWS_PORT, help=which)
        return made

    _add_up(command("up", "start the local cloud and keep it running"))
    command("down", "stop a local cloud and wait for its end")
    dropping = command("drop", "upload a dataset and follow it to its end")
    dropping.add_argument("file", type=Path, metavar="FILE")
    dropping.add_argument("--name", help="its name in the bucket (the file's own)")
    dropping.add_argument(
        "--timeout", type=float, default=3600, metavar="SECONDS", help="give up after (3600)"
    )
    add_options(dropping)
    status = command("status", "what runs, what is live, what became of datasets")
    status.add_argument("--json", action="store_true", help="for programs")
    command("permissions", "every call of each role, beside the statement that allows it")
    sam = command("sam", "prepare `sam local` for the local cloud that runs")
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
    add("--first", type=Path, metavar="FILE", help="dropped if none was before, or nothing is live")
    add("--open", action="store_true", help="open the page once something is live")


def _url(given: str) -> str:
    if not given.startswith("http://"):
        raise argparse.ArgumentTypeError(f"write it as http://{given}")
    return given


if __name__ == "__main__":
    code = main()
    end_soon()  # a thread that hangs would keep the process, too
    sys.exit(code)
