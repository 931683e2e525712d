"""Labels that look wrong are found, told and left alone."""

import pytest

from sentiment.judging.suspects import FEWEST_ROWS, LISTED, remarks, suspects
from tests.unit.made import as_rows
from tests.unit.sentiment.judging.planted import flipped, labelled, reviews


def test_hardly_any_plain_review_of_a_clean_dataset_is_contradicted():
    found = suspects(reviews(1_000, 1), 1)

    assert (found["looked_at"], found["clearest"]) == (1_000, 100)
    assert found["contradicted"] <= 3


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_the_clearest_tenth_tells_how_many_labels_are_wrong(share):
    """What was turned round is what is suspected, the worst first."""
    rows = reviews(2_000, 1)
    noisy = flipped(rows, share, 5)

    found = suspects(noisy, 1)

    assert found["contradicted"] / found["clearest"] == pytest.approx(share, abs=0.07)
    turned = {one.line for one, other in zip(noisy, rows, strict=True) if one.label != other.label}
    listed = [row["line"] for row in found["rows"]]
    assert len(listed) == LISTED < found["suspected"]
    assert len(turned.intersection(listed[:20])) >= 17
    assert noisy.labels.tolist() == [row.label for row in noisy]


def test_a_suspect_has_its_line_and_the_label_that_it_has():
    rows = reviews(400, 1)
    wrong = max(range(400), key=lambda index: sum(w == "lovely" for w in rows.words(index)))
    labels = rows.labels.copy()
    labels[wrong] = 0

    found = suspects(labelled(rows, labels), 1)["rows"]

    assert {"line": wrong + 1, "label": "negative"} in found


def test_a_large_dataset_is_looked_at_in_part_and_few_reviews_not_at_all():
    rows = reviews(1_000, 1)

    assert suspects(rows, 1, most_words=24_000)["looked_at"] == 200
    few = suspects(rows.select(range(FEWEST_ROWS - 1)), 1)
    assert few == {"looked_at": 0, "suspected": 0, "clearest": 0, "contradicted": 0, "rows": []}
    assert remarks(few) == []


def test_a_rare_label_is_no_fault_of_the_look():
    rows = reviews(300, 1)
    one_sided = labelled(rows, rows.labels * 0 + 1)
    lopsided = labelled(rows, [int(row.line > 6) for row in rows])

    assert suspects(one_sided, 1)["looked_at"] == 0
    assert suspects(lopsided, 1)["looked_at"] == 300


def test_the_name_of_a_film_tells_nothing_since_its_reviews_are_looked_at_together():
    """Of twenty films each is liked by all or by none, and nothing but its name tells which."""
    rows = reviews(400, 1)
    made = [
        row._replace(words=(f"film{row.line % 20}", "was", "seen"), label=row.line % 20 // 10)
        for row in rows
    ]
    of_films = [row._replace(group=row.words[0]) for row in made]

    known, unknown = (suspects(as_rows(rows), 1) for rows in (made, of_films))

    assert known["contradicted"] == 0
    assert unknown["contradicted"] > unknown["clearest"] / 5


def test_the_remark_names_the_first_lines():
    found = {
        "looked_at": 1_500,
        "suspected": 1_200,
        "clearest": 150,
        "contradicted": 9,
        "rows": [
            {"line": 12, "label": "negative"},
            {"line": 3, "file": "b.csv", "label": "positive"},
        ],
    }

    assert remarks({**found, "contradicted": 2}) == []
    assert remarks({**found, "clearest": 10, "contradicted": 1}) == []
    assert remarks(found) == [
        "1,200 labels look wrong beside the words of 1,500 reviews, most of all on lines 12,"
        " 3 of b.csv: look at them; nothing was left out for it."
    ]
