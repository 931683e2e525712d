"""Stands in for Docker's command: pushes images that hold nothing to the local cloud's repository.

`login`, `tag`, `push` and `rmi`. What it pushes follows from DOCKER_STORE, a way in which Docker
keeps images: "classic"; "containerd", whose builder kept no attestation, and "attested", where it
did; "list" of several platforms; "arm" and "zstd", which nobody here can use. With "failing" a push
fails, with "cut" whoever has asked for it is killed after it. What is in an image follows from its
target, so that a tag more is no image more. DOCKER_FOLDER holds what was done.
"""

import hashlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

FOLDER, STORE = Path(os.environ["DOCKER_FOLDER"]), os.environ["DOCKER_STORE"]
OCI, DOCKER = "application/vnd.oci.image.", "application/vnd.docker."
MANIFEST, CONFIG = f"{OCI}manifest.v1+json", f"{OCI}config.v1+json"
LAYER = f"{OCI}layer.v1.tar+gzip"
CLASSIC_MANIFEST = f"{DOCKER}distribution.manifest.v2+json"
CLASSIC = {
    "kind": CLASSIC_MANIFEST,
    "config": f"{DOCKER}container.image.v1+json",
    "layer": f"{DOCKER}image.rootfs.diff.tar.gzip",
}


def main() -> None:
    command, *arguments = sys.argv[1:]
    with (FOLDER / "done").open("a") as done:
        done.write(f"{command} {' '.join(arguments)}\n")
    if command == "login":
        (FOLDER / "password").write_text(sys.stdin.read())
    elif command == "tag":
        tagged(arguments[1]).write_text(arguments[0])
    elif command == "rmi":
        tagged(arguments[0]).unlink()
    elif command == "push":
        push(arguments[0])


def tagged(address: str) -> Path:
    """Holds what an address was given to."""
    return FOLDER / address.replace("/", "_")


def push(address: str) -> None:
    image = tagged(address).read_text().rpartition("-")[0]
    name, _, tag = address.rpartition("/")[2].partition(":")
    if STORE == "failing":
        sys.exit("denied: your token has expired")
    put(name, *pushed(name, image), tag)
    if STORE == "cut":
        os.kill(os.getppid(), signal.SIGKILL)


def pushed(name: str, image: str) -> tuple[str, dict[str, Any]]:
    """Media type and manifest of what goes under the tag; what it names goes before it."""
    if STORE == "classic":
        return CLASSIC_MANIFEST, manifest(image, **CLASSIC)
    if STORE == "zstd":
        return MANIFEST, manifest(image, layer=f"{OCI}layer.v1.tar+zstd")
    if STORE in ("containerd", "cut"):
        return MANIFEST, manifest(image)
    if STORE == "list":
        parts = [part(name, f"{image} of {a}", a, **CLASSIC) for a in ("arm64", "riscv64")]
        parts.insert(1, part(name, image, "amd64", **CLASSIC))
        kind = f"{DOCKER}distribution.manifest.list.v2+json"
        return kind, {"schemaVersion": 2, "mediaType": kind, "manifests": parts}
    architecture = "arm64" if STORE == "arm" else "amd64"
    attestation = part(name, f"how {image} was built", "unknown", system="unknown")
    parts = [attestation, part(name, image, architecture)]
    kind = f"{OCI}index.v1+json"
    return kind, {"schemaVersion": 2, "mediaType": kind, "manifests": parts}


def part(name: str, image: str, architecture: str, system: str = "linux", **kinds: str) -> Any:
    """One image of an index, put into the repository."""
    content, kind = manifest(image, **kinds), kinds.get("kind", MANIFEST)
    platform = {"architecture": architecture, "os": system}
    return {"mediaType": kind, "digest": put(name, kind, content), "platform": platform}


def manifest(
    image: str, kind: str = MANIFEST, config: str = CONFIG, layer: str = LAYER
) -> dict[str, Any]:
    layers = [{"mediaType": layer, **blob(f"{image} {number}")} for number in (1, 2)]
    head: dict[str, Any] = {"schemaVersion": 2, "mediaType": kind}
    return head | {"config": {"mediaType": config, **blob(image)}, "layers": layers}


def blob(content: str) -> dict[str, Any]:
    return {"digest": f"sha256:{hashlib.sha256(content.encode()).hexdigest()}", "size": 1000}


def put(name: str, kind: str, content: dict[str, Any], tag: str | None = None) -> str:
    """Put it as Docker does, with indents; its digest."""
    named = {"imageTag": tag} if tag else {}
    import boto3  # no other command needs it, and it takes half a second

    answer = boto3.client("ecr").put_image(
        repositoryName=name,
        imageManifest=json.dumps(content, indent=3),
        imageManifestMediaType=kind,
        **named,
    )
    return str(answer["image"]["imageId"]["imageDigest"])


if __name__ == "__main__":
    main()
