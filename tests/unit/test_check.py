"""`training/check.py`: what the receipt would say of a file that nobody has dropped yet."""

import csv
import json

import pytest
from check import main

from tests.unit.made import csv_text, rows


@pytest.fixture
def run(tmp_path, capsys):
    """Checks a file of this content; gives exit code, output and errors."""

    def run(content, *options, name="reviews.csv"):
        path = tmp_path / name
        path.write_text(content)
        code = main([str(path), *map(str, options)])
        return code, *capsys.readouterr()

    return run


def test_a_good_file_is_told_with_what_was_taken_for_what(run):
    code, out, err = run(csv_text(rows()))

    assert (code, err) == (0, "")
    told = out.splitlines()
    assert told[0] == "reviews.csv can be trained on"
    assert 'taken: reviews from "text", labels from "label", csv in utf-8' in told
    assert "rows: 40 read; 40 learnt from (20 negative, 20 positive)" in told
    assert told[-1].startswith("Drop it")


def test_a_bad_file_is_told_with_the_reason_and_what_to_do(run):
    code, out, _ = run(
        "review,colour\n" + "".join(f"a film of the year {i},red\n" for i in range(30))
    )

    first, *_, last = out.splitlines()
    assert code == 1
    assert first.startswith("reviews.csv would be refused: There is no column with the labels")
    assert last == "Correct the file as the reason says and check it again."


def test_what_is_said_makes_a_file_readable(run):
    content = csv_text([(text, "ja" if label == "positive" else "nee") for text, label in rows()])
    content = content.replace("text,label", "Verhaal,Goed?")
    said = ("--text-column", "Verhaal", "--label-column=Goed?", "--positive", "ja")

    assert run(content)[0] == 1
    assert run(content, *said, "--negative", "nee")[0] == 0


@pytest.mark.parametrize("negative", [("--negative", "-1,-2"), ("--negative=-1,-2",)])
def test_a_list_may_begin_with_a_minus(run, negative):
    labels = {"positive": "2", "negative": "-2"}
    content = csv_text([(text, labels[label]) for text, label in rows()])

    code, out, _ = run(content, "--positive", "1,2", *negative)

    assert code == 0
    assert "learnt from (20 negative, 20 positive)" in out


def test_what_contradicts_itself_is_refused(run):
    code, out, err = run(csv_text(rows()), "--positive", "a,b", "--negative", "b")

    assert (code, out) == (1, "")
    assert err == 'Both positive and negative list "b": leave one out.\n'


def test_the_document_is_what_the_receipt_would_have(run):
    good, bad = run(csv_text(rows()), "--json"), run("text,label\nfine,positive\n", "--json")

    trainable, refused = json.loads(good[1]), json.loads(bad[1])
    assert list(trainable) == list(refused) == ["state", "reason", "next", "found"]
    assert (trainable["state"], trainable["reason"]) == ("trainable", None)
    assert trainable["found"]["name"] == "reviews.csv"
    assert trainable["found"]["rows_kept"] == 40
    assert refused["state"] == "refused"
    assert refused["reason"].startswith("The one usable review is positive")
    assert refused["found"]["name"] == "reviews.csv"


def test_the_rows_that_would_be_learnt_from_are_written(run, tmp_path):
    header, *lines = csv_text(rows()).splitlines()
    content = "\n".join([f"{header},movie", *(f"{line},m{n}" for n, line in enumerate(lines))])

    run(content, "--kept", tmp_path / "kept.jsonl")

    kept = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    assert len(kept) == 40
    text, label = rows()[0]
    assert kept[0] == {"text": text, "label": label, "line": 2, "group": "m0"}


def test_the_rows_left_out_are_written_whole_with_the_reason_ready_to_mend(run, tmp_path):
    broken = 'Fine,\n"One, two",42b\n...,positive\n'
    again = csv_text(rows()).splitlines()[1] + "\n"

    code, *_ = run(csv_text(rows()) + broken + again, "--rejected", tmp_path / "left out.csv")

    assert code == 0
    with (tmp_path / "left out.csv").open(newline="") as file:
        left_out = sorted(csv.DictReader(file), key=lambda row: int(row["left_out_line"]))
    assert [(row["text"], row["label"], row["left_out_line"]) for row in left_out] == [
        ("Fine", "", "42"),
        ("One, two", "42b", "43"),
        ("...", "positive", "44"),
        (*rows()[0], "45"),
    ]
    assert left_out[0]["left_out_reason"] == "there is no label"
    assert all(row["left_out_fix"].endswith(".") for row in left_out)
    assert {row["left_out_of_file"] for row in left_out} == {""}


def test_of_a_refused_file_the_rows_left_out_are_written_and_no_kept_ones(run, tmp_path):
    content = csv_text(rows()) + "".join(f"Film {n} is made.,\n" for n in range(60))
    kept, left_out = tmp_path / "kept.jsonl", tmp_path / "left_out.csv"

    code, *_ = run(content, "--kept", kept, "--rejected", left_out)

    assert code == 1
    assert not kept.exists()
    assert len(left_out.read_text().splitlines()) == 61


def test_a_file_that_cannot_be_read_or_written_is_named(run, tmp_path, capsys):
    assert main([str(tmp_path / "nothing.csv")]) == 2
    assert "nothing.csv can't be read or written: No such file" in capsys.readouterr().err
    code, _, err = run(csv_text(rows()), "--kept", tmp_path / "no folder/kept.jsonl")
    assert (code, "kept.jsonl can't be read or written" in err) == (2, True)
