"""`python -m local status` and `permissions`, and the address by which they ask."""

import json

from tests.integration.local.cli.typed import LIVE


def test_status_shows_what_is_there(run, cloud, file):
    run("drop", file(LIVE, name="shown.csv"), "--aws-port", cloud.aws_port)

    people = run("status", "--aws-port", cloud.aws_port)
    assert people.returncode == 0, people.err
    assert cloud.page in people.out
    assert "nothing is live" in people.out
    assert "shown.csv  live  demo-1" in people.out

    programs = json.loads(run("status", "--json", "--aws-port", cloud.aws_port).out)
    assert programs["cloud"]["ready"] is True
    assert programs["endpoints"] == programs["training_jobs"] == programs["packages"] == []
    assert "shown.csv" in [receipt["name"] for receipt in programs["receipts"]]


def test_permissions_shows_each_call_of_a_role_beside_the_statement_that_allows_it(
    run, cloud, file
):
    run("drop", file(LIVE, name="allowed.csv"), "--aws-port", cloud.aws_port)

    shown = run("permissions", "--aws-port", cloud.aws_port)

    assert shown.returncode == 0, shown.out
    clerk = shown.out.split("ClerkRole\n")[1].split("\n\n")[0]
    for action, folder in (("s3:GetObject", "in"), ("s3:PutObject", "out")):
        line = next(line for line in clerk.splitlines() if action in line)
        assert "ClerkRolePolicy0" in line  # its statements have no Sid
        assert f"arn:aws:s3:::{cloud.bucket}/{folder}/" in line
    assert "Reader\n  not called   data: s3:GetObject\n" in shown.out


def test_permissions_ends_badly_where_a_call_was_refused(run, another):
    refusing = another()
    params = {"Bucket": refusing.status()["outputs"]["ShelfName"], "Key": "out/a"}
    refusing.client("s3").put_object(Body=b"x", **params)
    refusing.invoke("Caller", {"service": "s3", "operation": "get_object", "params": params})

    shown = run("permissions", "--aws-port", refusing.aws_port)

    assert shown.returncode == 1
    assert "(refused)" in shown.out.split("CallerRole\n")[1].split("\n\n")[0]


def test_status_of_nothing_says_how_to_start(run, cloud):
    done = run("status", "--aws-port", 1)

    assert (done.returncode, "make run" in done.err) == (2, True)


def test_the_control_endpoint_tells_what_runs(cloud):
    status = cloud.status()

    assert status["ready"] is True
    assert status["pid"] == cloud.process.pid
    assert status["ports"] == {"aws": cloud.aws_port, "page": cloud.port}
    assert status["outputs"]["DatasetUri"] == "s3://verdict-inbox-123456789012/in/"
    assert (status["stack"], status["account"]) == ("verdict", "123456789012")
