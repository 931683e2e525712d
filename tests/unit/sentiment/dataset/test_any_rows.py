"""Whatever stands in a dataset's columns, every row is accounted for or the file is refused."""

import json
from io import BytesIO
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sentiment.dataset.account import Findings
from sentiment.dataset.files import DatasetError
from sentiment.dataset.finding import find
from sentiment.dataset.peek import Forgetful, peek
from sentiment.dataset.said import Said
from tests.unit.made import json_text
from tests.unit.sentiment.dataset.forms import REVIEWS

WORDS = [
    "positive",
    "negative",
    "neutral",
    "good",
    "bad",
    "n",
    "p",
    "1",
    "0",
    "4/5",
    "★★★",
    "",
    "7",
]
SIMPLE = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
)
ANYTHING = st.recursive(
    SIMPLE | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(["text", "label", "rating", "sentiment", "q1", "movie", "id", "a b"])
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "text-column": NAMES,
        "label-column": NAMES,
        "group-column": NAMES,
        "positive": st.sampled_from(["1", "good,7", "x"]),
        "negative": st.sampled_from(["0", "bad,n", "y"]),
    },
)


def found(content: bytes, said: Said) -> Findings | None:
    """What was found, if the dataset is taken; the first look refuses it only if it isn't."""
    try:
        findings = find("a.jsonl", BytesIO(content), Forgetful(), said)[1]
    except DatasetError as error:
        check_refusal(error)
        return None
    peek("a.jsonl", BytesIO(content), said)
    return findings


def check_refusal(error: DatasetError) -> None:
    assert len(str(error)) <= 900
    assert str(error).isprintable()
    told = error.findings
    assert told is not None
    assert told["rows_left_out"] + told["rows_neutral"] <= told["rows_read"]
    assert json.dumps(told)


def check(findings: Findings | None, rows: int) -> None:
    if findings is None:
        return
    assert findings["rows_read"] == rows
    assert rows == sum(findings[part] for part in ("rows_kept", "rows_left_out", "rows_neutral"))
    assert findings["rows_kept"] == sum(findings["labels"].values())
    assert findings["rows_left_out"] == sum(row["rows"] for row in findings["left_out"])
    repeats = findings["rows_left_out"] - findings["rows_at_fault"]
    assert repeats == findings["duplicates"]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.dictionaries(NAMES, ANYTHING, min_size=1, max_size=5), min_size=1, max_size=30
    ),
    options=OPTIONS,
)
@example(rows=[{"text": "A fine film", "label": "\x00"}], options={})
def test_any_objects_are_accounted_for_or_refused(
    rows: list[dict[str, Any]], options: dict[str, str]
) -> None:
    check(found(json_text(rows).encode(), Said.of(options)), len(rows))


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(ANYTHING, min_size=1, max_size=12),
    name=st.sampled_from(["label", "rating", "sentiment", "category"]),
)
@example(values=[1, 2, 3, 4, 5], name="rating")
@example(values=["positive", "negative", "neutral", "odd"], name="label")
def test_any_values_of_labels_are_accounted_for_or_refused(values: list[Any], name: str) -> None:
    rows = [{"text": t, name: values[i % len(values)]} for i, (t, _) in enumerate(REVIEWS[:120])]

    findings = found(json_text(rows).encode(), Said())

    check(findings, 120)
    assert findings or values not in ([1, 2, 3, 4, 5], ["positive", "negative", "neutral", "odd"])
