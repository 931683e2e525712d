"""Two columns that say a label: how many rows may contradict, and what another count is."""

from io import BytesIO

import pytest

from sentiment.dataset.account import Findings
from sentiment.dataset.files import DatasetError
from sentiment.dataset.finding import find
from sentiment.dataset.peek import Forgetful
from sentiment.dataset.said import Said
from tests.unit.made import csv_text
from tests.unit.sentiment.dataset.forms import REVIEWS, WORDS

HEADER = "text,sentiment,rating"


def findings(wrong: int, header: str = HEADER, **said: str) -> Findings:
    """Of 100 rows, so many have a rating that contradicts their word."""
    table = [
        (text, WORDS[good], str(5 if good != (i < wrong) else 1))
        for i, (text, good) in enumerate(REVIEWS[:100])
    ]
    options = Said.of({name.replace("_", "-"): value for name, value in said.items()})
    return find("a.csv", BytesIO(csv_text(table, header).encode()), Forgetful(), options)[1]


def test_few_contradictions_are_counted_and_the_words_win() -> None:
    found = findings(4)

    assert found["contradictions"] == 4
    assert found["rows_kept"] == 100
    assert found["labels"] == {"negative": 50, "positive": 50}
    assert (
        'Columns "sentiment" and "rating" contradict each other in 4 of 100 rows,'
        ' where "sentiment" was believed.' in found["notes"]
    )
    assert findings(0)["contradictions"] == 0


@pytest.mark.parametrize("wrong", [5, 50, 94])
def test_from_one_in_twenty_on_the_uploader_has_to_choose(wrong: int) -> None:
    with pytest.raises(DatasetError) as refusal:
        findings(wrong)

    assert str(refusal.value) == (
        f'Columns "sentiment" and "rating" contradict each other in {wrong} of 100 rows, such as'
        ' line 2 with "positive" and "1": mend the rows, or say which column is right when you drop'
        " the file: --label-column sentiment."
    )
    assert findings(wrong, label_column="rating")["columns"]["rating"] == "rating"
    assert findings(wrong, label_column="sentiment")["contradictions"] == 0


@pytest.mark.parametrize("wrong", [95, 100])
def test_numbers_that_nearly_always_say_the_opposite_count_the_other_way(wrong: int) -> None:
    found = findings(wrong)

    assert found["contradictions"] == 0
    assert (
        'Column "rating" counts the other way round than "sentiment", from which the labels were'
        " taken." in found["notes"]
    )
    assert found["labels"] == {"negative": 50, "positive": 50}


def test_a_column_that_says_one_label_only_contradicts_nothing() -> None:
    table = [(text, WORDS[good], "5") for text, good in REVIEWS[:100]]

    found = find("a.csv", BytesIO(csv_text(table, HEADER).encode()), Forgetful())[1]

    assert found["contradictions"] == 0
    assert found["rows_kept"] == 100
