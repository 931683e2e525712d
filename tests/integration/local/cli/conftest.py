"""Clouds of a small template (tests/data/local) in processes of their own, and their commands."""

import json
from types import SimpleNamespace

import pytest

from local.__main__ import main
from tests.clouds import Cloud
from tests.templates import small_template


@pytest.fixture
def run(capsys):
    """Run a command here, which saves the start of a process; returns its code and what it said."""

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        return SimpleNamespace(returncode=code, **capsys.readouterr()._asdict())

    return call


@pytest.fixture(scope="package")
def cloud(tmp_path_factory):
    """One for all commands, in a process of its own."""
    folder = tmp_path_factory.mktemp("cloud")
    cloud = Cloud(folder, small_template(folder))
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture
def another(tmp_path):
    """Starts one more cloud, ended after the test."""
    clouds = []

    def make(*options, started=True):
        folder = tmp_path / f"cloud-{len(clouds)}"
        clouds.append(Cloud(folder, small_template(folder), *options))
        if started:
            clouds[-1].start()
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.stop()


@pytest.fixture
def file(tmp_path):
    """A file that asks the stack's clerk for these receipts."""

    def make(*receipts, name="reviews.csv"):
        path = tmp_path / name
        path.write_text(json.dumps(receipts))
        return path

    return make
