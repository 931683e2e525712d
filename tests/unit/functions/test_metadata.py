"""What an uploader says, on its way: an option, S3's user metadata, what start_training reads."""

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.start_training.metadata import decoded, said_in, suffixes
from operations.sayings import METADATA_BYTES, OPTIONS, add_options, metadata, said
from sentiment.dataset.said import NAMES, Said
from sentiment.settings import Settings

TEXTS = st.text(min_size=1, max_size=60).map(str.strip).filter(bool)


def typed(*arguments: str) -> dict[str, str]:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return said(parser.parse_args(arguments))


def test_everything_that_can_be_said_has_an_option_everywhere():
    assert tuple(OPTIONS) == NAMES
    for name, text in OPTIONS.items():
        flag = Settings.__dataclass_fields__[name.replace("-", "_")]
        assert flag.metadata["help"] == text


def test_what_is_typed_is_what_is_meant():
    told = typed("--text-column", "Comment", "--positive", "good, fine", "--negative=bad")

    assert told == {"text-column": "Comment", "positive": "good, fine", "negative": "bad"}
    assert Said.of(said_in(metadata(told))) == Said(
        text_column="Comment", positive=("good", "fine"), negative=("bad",)
    )
    assert typed() == {}


@pytest.mark.parametrize(
    "value", ["Überschrift", "評価", "★★★★☆, 😀", "=?utf-8?q?no?=", "a=?b", "Ä" * 100]
)
def test_what_is_not_ascii_goes_in_encoded_words_and_comes_back(value):
    made = metadata({"text-column": value})

    assert made["text-column"].isascii()
    assert "\n" not in made["text-column"]
    assert said_in(made) == {"text-column": value}


@given(value=TEXTS)
def test_any_text_comes_back(value):
    made = metadata({"label-column": value})

    assert made["label-column"].isascii()
    assert decoded(made["label-column"]) == value
    assert said_in(made) == {"label-column": " ".join(value.split())}


def test_a_name_of_several_lines_is_one_that_sagemaker_takes():
    assert said_in(metadata({"text-column": "What did you\n  think?"})) == {
        "text-column": "What did you think?"
    }


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("=?UTF-8?B?w5xiZXI=?=", "Über"),  # as S3 gives it
        ("=?UTF-8?Q?=C3=9Cber_alles?=", "Über alles"),
        ("=?UTF-8?B?w5xiZXI=?= =?UTF-8?B?w5w=?=", "ÜberÜ"),  # the blank stands between words only
        ("=?ISO-8859-1?Q?=DCber?=", "Über"),
        ("=?nothing-known?Q?abc?=", "=?nothing-known?Q?abc?="),
        ("=?UTF-8?Q?=FF?=", "=?UTF-8?Q?=FF?="),
        ("plain", "plain"),
    ],
)
def test_encoded_words_of_others_are_read(told, meant):
    assert decoded(told) == meant


def test_what_is_not_ours_is_passed_over_and_underscores_are_taken_for_dashes():
    told = {"mtime": "17", "Text_Column": "Review", "label-column": "  ", "x": "=?"}

    assert said_in(told) == {"text-column": "Review"}


def test_more_than_s3_keeps_is_told_with_what_to_change():
    with pytest.raises(ValueError, match=r"takes 2,058 bytes, and S3 keeps 2,048: name fewer"):
        metadata({"positive": "x" * (METADATA_BYTES + 2)})


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("datasets/reviews.csv", ".csv"),
        ("Reviews.CSV.GZ", ".csv.gz"),
        ("train.ft.txt.bz2", ".ft.txt.bz2"),
        ("reviews.csv (1)", ".csv"),
        ("v1.2 of my reviews.tsv", ".tsv"),
        ("rt-polarity.pos", ".pos"),
        ("train-00000-of-00001.parquet", ".parquet"),
        ("a.b.c.d.csv", ".c.d.csv"),
        ("reviews", ""),
        ("a name. With a dot", ""),
        ("folder.csv/reviews", ""),
        ("überlängen.übercsv", ""),
    ],
)
def test_of_a_name_only_what_proposes_a_format_is_kept(name, proposed):
    assert suffixes(name) == proposed
