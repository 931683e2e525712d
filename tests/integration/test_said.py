"""What an uploader says of a dataset, from its metadata to the training and to the receipt."""

import re

import pytest

from tests.clouds import SharedCloud
from tests.integration.runs import GOOD, another
from tests.templates import stand_in_template

GERMAN = "Urteil;Überschrift;Notiz\n" + "".join(
    f"{'gut' if n % 2 else 'schlecht'};ein {'guter' if n % 2 else 'arger'} Film, Nummer {n};x\n"
    for n in range(60)
)
MEANT = {
    "text-column": "Überschrift",
    "label-column": "Urteil",
    "positive": "gut",
    "negative": "schlecht, mies",
}
# As S3 gives back what was sent in UTF-8.
ENCODED = MEANT | {"text-column": "=?UTF-8?B?w5xiZXJzY2hyaWZ0?="}


def put(cloud, name, content, **metadata):
    cloud.client("s3").put_object(
        Bucket=cloud.bucket,
        Key=f"datasets/{name}",
        Body=content.encode(),
        Metadata={key.replace("_", "-"): value for key, value in metadata.items()},
    )


def hyperparameters(cloud, run):
    job = cloud.client("sagemaker").describe_training_job(TrainingJobName=run)
    return job["HyperParameters"]


def test_what_is_said_is_handed_to_the_training_and_told_in_the_receipt(common):
    put(common, "german.csv", GERMAN, **ENCODED, mtime="17")

    receipt = common.follow("german.csv")

    assert receipt["state"] == "live"
    assert receipt["dataset"]["said"] == MEANT
    assert hyperparameters(common, receipt["run"]) == {"max-runtime-seconds": "7200"} | MEANT


def test_nothing_said_is_nothing_handed_on(common):
    put(common, "plain.csv", another("plain"))

    receipt = common.follow("plain.csv")

    assert "said" not in receipt["dataset"]
    assert hyperparameters(common, receipt["run"]) == {"max-runtime-seconds": "7200"}


def test_another_saying_is_another_run_and_the_same_one_is_the_same(common):
    runs = []
    for said in (
        {"text_column": "review"},
        {"label_column": "sentiment"},
        {"text_column": "review"},
    ):
        put(common, "told.csv", another("told twice"), **said)
        version = common.client("s3").head_object(Bucket=common.bucket, Key="datasets/told.csv")

        def is_told(version=version):
            receipt = common.receipt("told.csv")
            is_its = receipt and receipt["dataset"]["version_id"] == version["VersionId"]
            return receipt if is_its and receipt["run"] else None

        runs.append(common.wait(is_told, "the receipt of this upload")["run"])

    assert runs[0] == runs[2] != runs[1]
    assert hyperparameters(common, runs[0])["text-column"] == "review"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"text_column": "story"}, ['no column "story"', "text-column"]),
        ({"positive": "a, b", "negative": "b"}, ["Both positive and negative", '"b"']),
        ({"label_column": "x" * 501}, ["label-column", "longer than 500 characters"]),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_sentence(common, said, words):
    name = f"wrong {min(said)}.csv"
    put(common, name, another(said), **said)

    receipt = common.follow(name)

    assert receipt["state"] == "refused"
    assert all(word in receipt["reason"] for word in words), receipt["reason"]
    assert receipt["found"]["name"] == name
    assert receipt["dataset"]["said"]
    assert receipt["run"] is None


def test_what_the_uploader_says_goes_before_the_stack_s_own_flags(emulator, tmp_path):
    def changed(text):
        flags = '{\\"text_column\\":\\"review\\",\\"max_runtime_seconds\\":\\"900\\"}'
        assert text.count('Default: "{}"') == 1
        return text.replace('Default: "{}"', f'Default: "{flags}"')

    with SharedCloud(tmp_path, stand_in_template(tmp_path, changed), emulator, 3) as cloud:
        put(cloud, "one.csv", GOOD)
        put(cloud, "two.csv", GERMAN, **ENCODED)

        one, two = (cloud.follow(f"{name}.csv", "live", "superseded") for name in ("one", "two"))

        limit = {"max-runtime-seconds": "900"}
        assert hyperparameters(cloud, one["run"]) == limit | {"text-column": "review"}
        assert hyperparameters(cloud, two["run"]) == limit | MEANT


def test_what_would_take_longer_than_the_stack_allows_is_refused(emulator, tmp_path):
    def changed(text):
        parameter = "RefuseTrainingsOverMinutes:\n    Type: Number\n    Default: "
        assert text.count(parameter + "0") == 1
        return text.replace(parameter + "0", parameter + "2")

    with SharedCloud(tmp_path, stand_in_template(tmp_path, changed), emulator, 3) as cloud:
        cloud.drop("few.csv", GOOD)
        cloud.drop("many.csv", GOOD + "one more good film,positive\n" * 5_000)

        assert cloud.follow("few.csv", "live")
        receipt = cloud.follow("many.csv")

    assert receipt["state"] == "refused"
    assert receipt["found"]["columns"]["text"] == "review"
    assert re.fullmatch(
        r"Learning from about [\d,]+ rows would take about \d+ minutes, and the stack allows 2 "
        r"minutes: drop a part of the file, or deploy with a higher RefuseTrainingsOverMinutes\.",
        receipt["reason"],
    )
