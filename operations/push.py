"""Push a stack's two images to its repository, in the one form that SageMaker takes.

    python operations/push.py --stack-name verdict --tag 0123456789ab

SageMaker takes Docker's manifests (version 2, schema 2) and refuses OCI's. Which of them Docker
pushes depends on how it stores images, so it pushes under a passing tag; what it pushed is put
under the tag that the stack names with Docker's media types, which stand for the same bytes. That
tag is there only once it is right, wherever this is cut off. What stands there and is not right,
since an older version pushed it, is replaced.
"""

import base64
import json
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

if __name__ == "__main__":  # a script knows only its own folder
    sys.path.insert(0, str(Path(__file__).parent.parent))

from operations.stack import IMAGES, client_of, parser_of

PASSING = "pushed-"  # what was cut off leaves one; template.yaml has it expire
PLATFORM = {"os": "linux", "architecture": "amd64"}  # that of an attestation is unknown

# https://github.com/opencontainers/image-spec/blob/main/media-types.md names OCI's types and
# Docker's that are the same.
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
AS_DOCKER = {
    "application/vnd.oci.image.config.v1+json": CONFIG,
    "application/vnd.oci.image.layer.v1.tar+gzip": LAYER,
}

Manifest = dict[str, Any]


class PushError(Exception):
    """An image can't be pushed; the message says what to change."""


@dataclass(frozen=True)
class Repository:
    """A repository in ECR; its tags are immutable."""

    name: str
    address: str
    ecr: Any

    def kinds(self) -> dict[str, str]:
        """The media type of each tag's manifest, as it is stored."""
        pages = self.ecr.get_paginator("describe_images").paginate(
            repositoryName=self.name, filter={"tagStatus": "TAGGED"}
        )
        found = [image for page in pages for image in page["imageDetails"]]
        return {tag: i["imageManifestMediaType"] for i in found for tag in i.get("imageTags", [])}

    def manifest(self, kind: str, **image: str) -> Manifest:
        """An image's manifest; asked for another kind than is stored, ECR would convert it."""
        answer = self.ecr.batch_get_image(
            repositoryName=self.name, imageIds=[image], acceptedMediaTypes=[kind]
        )
        if not answer["images"]:
            raise PushError(f"{image} is gone from the repository {self.name}: push it again.")
        return dict(json.loads(answer["images"][0]["imageManifest"]))

    def put(self, manifest: Manifest, tag: str) -> None:
        """Put a manifest whose blobs are there.

        With its members sorted it is an image of its own, since nobody writes manifests that way:
        with the passing tag, what was pushed can go.
        """
        self.ecr.put_image(
            repositoryName=self.name,
            imageManifest=json.dumps(manifest, sort_keys=True),
            imageManifestMediaType=manifest["mediaType"],
            imageTag=tag,
        )

    def remove(self, tag: str) -> None:
        """Remove a tag, and the image where it was the last one."""
        self.ecr.batch_delete_image(repositoryName=self.name, imageIds=[{"imageTag": tag}])


def main(argv: list[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--tag", required=True, help="of the images, without train- or serve-")
    parser.add_argument(
        "--if-there", action="store_true", help="do nothing where there is no repository yet"
    )
    args = parser.parse_args(argv)
    try:
        repository = repository_of(args.stack_name)
        if repository:
            push(repository, args.tag)
        elif not args.if_there:
            raise PushError(f"There is no repository {args.stack_name}: deploy the stack first.")
    except (PushError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"`{' '.join(error.cmd)}` failed: mend that, then push again.", file=sys.stderr)
        return 1
    return 0


def repository_of(stack: str) -> Repository | None:
    """The stack's repository; None if it has none."""
    ecr = client_of("ecr")
    try:
        [found] = ecr.describe_repositories(repositoryNames=[stack])["repositories"]
    except ecr.exceptions.RepositoryNotFoundException:
        return None
    return Repository(stack, found["repositoryUri"], ecr)


def push(repository: Repository, tag: str) -> None:
    """Push what is not in the repository yet, or not as SageMaker takes it."""
    there = repository.kinds()
    tags = [f"{target}-{tag}" for target in IMAGES]
    missing = [one for one in tags if there.get(one) != MANIFEST]
    if missing:
        log_in(repository)
    for one in missing:
        push_image(repository, one, replace=one in there)
    there = repository.kinds()
    for one in tags:
        if (kind := there.get(one)) != MANIFEST:
            raise PushError(f"{one} is {kind} in {repository.address}: SageMaker refuses that.")
        print(f"{repository.address}:{one} is as SageMaker takes it.")


def log_in(repository: Repository) -> None:
    token = repository.ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    registry = repository.address.partition("/")[0]
    docker("login", "--username", user, "--password-stdin", registry, typed=password)


def push_image(repository: Repository, tag: str, replace: bool) -> None:
    """Have Docker push one image under a passing tag, then put it under its own."""
    passing = f"{PASSING}{secrets.token_hex(6)}"
    address = f"{repository.address}:{passing}"
    docker("tag", f"{repository.name}:{tag}", address)
    try:
        docker("push", address)
        manifest = as_docker(pushed(repository, passing))
        if replace:
            repository.remove(tag)
        repository.put(manifest, tag)
    finally:
        docker("rmi", address)
        repository.remove(passing)


def docker(*arguments: str, typed: str = "") -> None:
    """A command of Docker's, which tells itself what it does."""
    subprocess.run(["docker", *arguments], input=typed, text=True, check=True)


def pushed(repository: Repository, tag: str) -> Manifest:
    """The manifest that Docker pushed, or that of our platform if it pushed an index of several."""
    manifest = repository.manifest(repository.kinds()[tag], imageTag=tag)
    if "manifests" not in manifest:
        return manifest
    for one in manifest["manifests"]:
        if PLATFORM.items() <= one.get("platform", {}).items():
            return repository.manifest(one["mediaType"], imageDigest=one["digest"])
    raise PushError("Docker pushed nothing for linux/amd64: build with `--platform linux/amd64`.")


def as_docker(manifest: Manifest) -> Manifest:
    """The same image with Docker's media types; PushError if it has none for one of the layers."""
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": blob(manifest["config"], CONFIG),
        "layers": [blob(layer, LAYER) for layer in manifest["layers"]],
    }


def blob(described: Manifest, kind: str) -> Manifest:
    """What a manifest says of the config or of a layer, as Docker would say it."""
    told = described["mediaType"]
    if AS_DOCKER.get(told, told) != kind:
        raise PushError(
            f"{described['digest']} is {told}, and SageMaker takes layers in gzip only. Docker's "
            "own builder makes them so (`docker buildx use default`): build with it, and on a base "
            "image whose layers are in gzip."
        )
    return {"mediaType": kind, "size": described["size"], "digest": described["digest"]}


if __name__ == "__main__":
    sys.exit(main())
