"""What runs in a local cloud with `up --docker`, as Docker tells it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.clouds import Cloud
from tests.containers.images import docker

OURS, STAND_INS = "verdict-tests", "stand-in-tests"  # stacks, and so repositories
FEW = "review,sentiment\n" + "".join(
    f"fine film number {n},positive\ndull film number {n},negative\n" for n in range(50)
)


def inspect(container: str) -> dict[str, Any]:
    return dict(json.loads(docker("inspect", container).stdout)[0])


def cores() -> int:
    """What the engine has of them."""
    return int(docker("info", "--format", "{{.NCPU}}").stdout)


def the_container(cloud: Cloud, verb: str, but: str = "none") -> dict[str, Any]:
    """The one container of a local cloud that trains or serves, apart from another."""

    def found() -> list[dict[str, Any]]:
        names = [name for name in containers_of(cloud.state) if not name.startswith(but)]
        told = [json.loads(docker("inspect", name, check=False).stdout) for name in names]
        return [i for one in told for i in one if i["Args"][-1] == verb and i["State"]["Running"]]

    [container] = cloud.wait(found, f"a container that runs {verb}", 60)
    return dict(container)


def mounts(container: dict[str, Any]) -> dict[str, bool]:
    """Where something is mounted, and whether it may be written."""
    return {mount["Destination"]: mount["RW"] for mount in container["Mounts"]}


def containers_of(state: Path) -> list[str]:
    """The containers that have a folder below a state folder mounted, whatever became of them."""
    listed = ["docker", "ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Mounts}}"]
    told = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in told.splitlines() if str(state.resolve()) in line]
