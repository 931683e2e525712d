"""`python -m local drop`: a dataset is dropped and followed to its end."""

import time

import pytest

from tests.integration.local.cli.typed import LIVE, local


def test_a_dataset_that_becomes_live_ends_well(cloud, file):
    path = file(
        {"state": "received"},
        {"state": "training", "run": "demo-1", "after": 0.7},
        {"state": "trained", "run": "demo-1", "decision": {"status": "Approved"}, "after": 0.7},
        LIVE | {"after": 0.7},
    )

    done = local("drop", path, "--aws-port", cloud.aws_port)

    assert done.returncode == 0, done.err
    assert f"dropped s3://{cloud.bucket}/in/reviews.csv" in done.out
    for state in ("received", "training", "trained", "live"):
        assert f"reviews.csv: {state}" in done.out
    assert "live: demo-1, right on 91.4% of held-out rows" in done.out
    assert cloud.page in done.out


@pytest.mark.parametrize(
    "receipt",
    [
        {"state": "refused", "reason": "There is no label column.", "next": "Add one."},
        {
            "state": "rejected",
            "reason": "It is no better than guessing.",
            "decision": {
                "status": "Rejected",
                "reasons": [
                    {"passed": False, "text": "Guessing gets 50 %."},
                    {"passed": True, "text": "Calibrated."},
                ],
            },
            "next": "Add rows.",
        },
        {"state": "failed", "reason": "Out of memory.", "next": "Drop it again."},
        {"state": "superseded", "reason": "A newer one is live.", "next": "Nothing."},
        {
            "state": "trained",
            "reason": "It waits for approval.",
            "decision": {"status": "PendingManualApproval", "reasons": []},
            "next": "Approve it.",
        },
    ],
    ids=lambda receipt: receipt["state"],
)
def test_any_other_end_is_told_with_its_reason_and_what_to_do(run, cloud, file, receipt):
    done = run("drop", file(receipt), "--aws-port", cloud.aws_port)

    assert done.returncode == 1
    assert receipt["reason"] in done.err
    assert receipt["next"] in done.err
    if receipt["state"] == "rejected":
        assert "Guessing gets 50 %." in done.err
        assert "Calibrated." not in done.err


def test_the_receipt_of_an_earlier_drop_is_not_mistaken_for_the_new_one(run, cloud, file):
    first = file(LIVE, name="again.csv")
    assert run("drop", first, "--aws-port", cloud.aws_port).returncode == 0

    second = file({"state": "failed", "reason": "Now it fails.", "after": 1}, name="again.csv")
    done = run("drop", second, "--aws-port", cloud.aws_port)

    assert done.returncode == 1
    assert "Now it fails." in done.err


def test_the_same_file_again_is_told_by_a_new_receipt(run, cloud, file):
    path = file({"state": "received"}, LIVE | {"after": 0.8}, name="same.csv")
    for _ in range(2):
        done = run("drop", path, "--aws-port", cloud.aws_port)
        assert done.returncode == 0
        assert "same.csv: received" in done.out
        time.sleep(1)  # receipts may tell the time by the second


def test_a_name_may_have_spaces_and_umlauts_and_a_file_may_come_in_parts(run, cloud, file):
    path = file(LIVE)
    path.write_text(path.read_text() + " " * 9_000_000)

    done = run("drop", path, "--name", "über alles + 1.csv", "--aws-port", cloud.aws_port)

    assert done.returncode == 0, done.err
    assert "in/über alles + 1.csv" in done.out


def test_drop_says_what_to_do_when_it_cannot_begin(run, cloud, tmp_path):
    missing = run("drop", tmp_path / "nothing.csv", "--aws-port", cloud.aws_port)
    assert missing.returncode == 2
    assert "nothing.csv can't be read: No such file" in missing.err

    folder = run("drop", tmp_path, "--aws-port", cloud.aws_port)
    assert (folder.returncode, "Is a directory" in folder.err) == (2, True)

    nobody = run("drop", __file__, "--aws-port", 1)
    assert nobody.returncode == 2
    assert "start it with `make run`" in nobody.err

    page = run("drop", __file__, "--aws-port", cloud.port)
    assert page.returncode == 2
    assert "isn't a local cloud" in page.err


def test_drop_gives_up_after_its_time(run, cloud, file):
    path = file({"state": "training", "run": "demo-1"}, name="slow.csv")

    done = run("drop", path, "--timeout", 1, "--aws-port", cloud.aws_port)

    assert done.returncode == 1
    assert f"no end after 1 s; the receipt is s3://{cloud.bucket}/out/slow.csv.json" in done.err
