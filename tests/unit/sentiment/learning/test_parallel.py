"""Where the processes of a job meet, as SageMaker names its hosts."""

import json
import os
from pathlib import Path

import pytest

from sentiment.learning.parallel import PORT, World, hosts_of, world_of


@pytest.fixture(autouse=True)
def _no_network_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "")  # so that it is as it was afterwards
    monkeypatch.delenv("GLOO_SOCKET_IFNAME")
    monkeypatch.delenv("WORLD_SIZE", raising=False)


def world(base: Path, own: str, *names: str) -> World:
    told = {"current_host": own, "hosts": names, "network_interface_name": "eth7"}
    (base / "input/config").mkdir(parents=True)
    (base / "input/config/resourceconfig.json").write_text(json.dumps(told))
    return world_of(2, hosts_of(base), base)


def test_several_hosts_meet_at_the_first_by_the_network_that_sagemaker_names(tmp_path):
    found = world(tmp_path, "algo-2", "algo-2", "algo-1")

    assert found == World(rank=2, size=4, meet=f"tcp://algo-1:{PORT}")
    assert os.environ["GLOO_SOCKET_IFNAME"] == "eth7"


def test_a_host_alone_listens_to_nobody_outside(tmp_path):
    found = world(tmp_path, "algo-1", "algo-1")

    assert (found.rank, found.size) == (0, 2)
    assert found.meet.startswith("file://")
    assert os.environ["GLOO_SOCKET_IFNAME"].startswith("lo")
