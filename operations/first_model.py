"""Put the first model live, so that the page answers before any dataset is dropped.

    python operations/first_model.py --stack-name verdict

The model folder is uploaded as a run that has ended; deploy_endpoint registers and deploys it as
any other. Nothing happens while the stack's registry holds a model of a run: what is live stays.
"""

import gzip
import hashlib
import io
import json
import re
import sys
import tarfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # a script knows only its own folder
    sys.path.insert(0, str(Path(__file__).parent.parent))

from operations.stack import client_of, outputs_of, parser_of

FOLDER = Path(__file__).parent.parent / "models/imdb"
FILES = ("evaluation.json", "fingerprints.bin", "model.json", "model.onnx", "report.html")
OUTPUT = ("evaluation.json", "report.html")  # what deploy_endpoint reads of a run
RUN_HASH = r"-[0-9a-f]{12}(-\d+)?"
RUN = re.compile(r"[a-z][a-z0-9-]*" + RUN_HASH)
NEEDED = ("FunctionNames", "ModelPackageGroupArn", "RunUri")
TOLD = "first_model.json"  # in the run bucket; deploy_endpoint looks there while it has no model

Client = Callable[[str], Any]  # a boto3 client by its service's name


class FirstModelError(Exception):
    """The first model can't be put live; the message says what to change."""


def main(argv: list[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="the model folder")
    args = parser.parse_args(argv)
    try:
        outputs = outputs_of(args.stack_name)
        if outputs is None:
            raise FirstModelError(f"There is no stack {args.stack_name}: deploy it first.")
        run = put(args.folder, args.stack_name, outputs, client_of)
        if run is None:
            print(f"{args.stack_name} has a model already: the first model isn't needed.")
            return 0
        wake(outputs, client_of)
    except FirstModelError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The first model, {run}, answers in a few minutes.")
    return 0


def put(folder: Path, stack: str, outputs: dict[str, str], client: Client) -> str | None:
    """Upload the model folder as a run of the stack; None if the registry holds a model already."""
    missing = [name for name in NEEDED if name not in outputs]
    if missing:
        raise FirstModelError(f"The stack {stack} has no output {missing[0]}: deploy it anew.")
    runs = re.compile(re.escape(stack) + RUN_HASH)
    if any(runs.fullmatch(text) for text in descriptions(outputs["ModelPackageGroupArn"], client)):
        return None
    run, files = named(approved(folder), stack)
    s3, bucket = client("s3"), outputs["RunUri"].split("/")[2]
    s3.delete_object(Bucket=bucket, Key=f"runs/{run}/receipt.json")  # of a time before
    told = {"run": run, "put": str(uuid.uuid4())}
    for key, body in (
        (f"runs/{run}/output/model.tar.gz", packed(files, files)),
        (f"runs/{run}/output/output.tar.gz", packed(files, OUTPUT)),
        (TOLD, json.dumps(told).encode()),  # last: from now on it is taken up
    ):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    return run


def descriptions(group: str, client: Client) -> Iterator[str]:
    """How the packages of a group are described: a run's by its name."""
    pages = client("sagemaker").get_paginator("list_model_packages")
    for page in pages.paginate(ModelPackageGroupName=group):
        for package in page["ModelPackageSummaryList"]:
            yield package.get("ModelPackageDescription", "")


def wake(outputs: dict[str, str], client: Client) -> None:
    """Have the stack's functions look now; their schedule would do it within minutes."""
    for name in outputs["FunctionNames"].split():
        client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")


# --- The folder -----------------------------------------------------------------------------------


def approved(folder: Path) -> dict[str, bytes]:
    """The files of a model folder that the judge has approved, by their names."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise FirstModelError(
            f"{folder} is no model folder, for it has no {missing[0]}: make one with "
            "training/train.py --model-dir."
        )
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    files.pop("README.md", None)
    decision = document(folder, files, "evaluation.json").get("decision")
    status = decision.get("status") if isinstance(decision, dict) else None
    if status != "Approved":
        raise FirstModelError(
            f"The judge did not approve the model in {folder} (it says {status}): read the reasons "
            "in its report.html and train a better one."
        )
    run = document(folder, files, "model.json").get("run")
    if not isinstance(run, str) or not RUN.fullmatch(run):
        raise FirstModelError(
            f"The model in {folder} is of run {run}, which is no run's name: train it with "
            "--run verdict-0123456789ab or the like."
        )
    return files


def document(folder: Path, files: dict[str, bytes], name: str) -> dict[str, Any]:
    """A JSON file of the folder."""
    try:
        content = json.loads(files[name])
    except ValueError as error:
        raise FirstModelError(
            f"{folder / name} can't be read ({error}): restore or train it."
        ) from error
    if not isinstance(content, dict):
        raise FirstModelError(f"{folder / name} holds no JSON object: restore or train it.")
    return content


def named(files: dict[str, bytes], stack: str) -> tuple[str, dict[str, bytes]]:
    """The folder as a run of the stack, named after what is in it, and the run's name."""
    own = json.loads(files["model.json"])["run"]
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name} {len(files[name])} ".encode() + files[name])
    run = f"{stack}-{digest.hexdigest()[:12]}"
    texts = {name: content for name, content in files.items() if name.endswith((".json", ".html"))}
    renamed = {name: text.replace(own.encode(), run.encode()) for name, text in texts.items()}
    return run, files | renamed


def packed(files: dict[str, bytes], names: Iterable[str]) -> bytes:
    """A .tar.gz of some files, the same bytes every time."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in sorted(names):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            tar.addfile(member, io.BytesIO(files[name]))
    return gzip.compress(archive.getvalue(), compresslevel=0, mtime=0)  # weights hardly shrink


if __name__ == "__main__":
    sys.exit(main())
