"""Challengers with a known fault: the decision and its reason come out as they should.

Each is a real model folder, examined on real rows beside a champion, over several seeds.
"""

from pathlib import Path

import numpy as np
import pytest

from sentiment.budget import Budget
from sentiment.dataset.rows import Rows
from sentiment.dataset.split import Split
from sentiment.evaluation import Examination
from sentiment.judging.examine import Examined, examine, look
from sentiment.settings import settings
from tests.unit.sentiment.judging.planted import (
    BLAME,
    PRAISE,
    TRUE,
    flipped,
    labelled,
    planted,
    reviews,
    true_weights,
)

SEEDS = (1, 2)
ROWS, TEST = 1_200, 300
HALF = {**dict.fromkeys(PRAISE[:2], TRUE), **dict.fromkeys(BLAME[:2], -TRUE)}
FAULTLESS = {
    "format": "csv",
    "encoding": "utf-8",
    "columns": {"text": "text", "label": "label", "group": None},
    "labels": {"negative": 350, "positive": 350},
    "rows_read": ROWS,
    "rows_kept": ROWS,
    "rows_left_out": 0,
    "left_out": [],
    "duplicates": 0,
    "conflicts": 0,
    "notes": [],
}


class Court:
    """Examines a challenger beside a champion that knows half of the words."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        self.first = planted(folder / "first", "first", true_weights())
        self.champion = planted(folder / "champion", "live", HALF)
        self.rows = reviews(ROWS, seed)

    def challenger(self, weights: dict[str, float], **more: object) -> Path:
        return planted(self.folder / "challenger", "new", weights, **more)

    def judges(self, rows: Rows, challenger: Path) -> Examination:
        chosen = settings(
            [
                *("--imdb", str(self.first), "--champion", str(self.champion)),
                *("--model-dir", str(challenger), "--seed", str(self.seed)),
            ],
            {},
        )
        every = np.arange(ROWS)
        parts = Split(every[TEST:], every[:0], every[:TEST], "review")
        given = Examined(
            rows.select(parts.train),
            rows.select(parts.test),
            parts,
            FAULTLESS,
            look(chosen, rows, Budget()),
        )
        return examine(chosen, given, self.folder, Budget()).examination


@pytest.fixture(params=SEEDS)
def court(request, tmp_path) -> Court:
    return Court(tmp_path, request.param)


def verdict(examination: Examination) -> tuple[str, set[str]]:
    """The decision, and the checks that failed."""
    decision = examination["decision"]
    return decision["status"], {
        one["check"] for one in decision["reasons"] if one["outcome"] == "failed"
    }


def reason(examination: Examination, check: str) -> str:
    return next(one["text"] for one in examination["decision"]["reasons"] if one["check"] == check)


def test_a_true_improvement_is_approved(court):
    found = court.judges(court.rows, court.challenger(true_weights()))

    assert verdict(found) == ("Approved", set())
    assert found["metrics"]["accuracy"] > found["champion"]["accuracy"]


def test_a_model_that_knows_the_answers_is_rejected_however_good_it_looks(court):
    leaked = court.challenger(true_weights(), learnt_from=court.rows)

    found = court.judges(court.rows, leaked)

    assert verdict(found) == ("Rejected", {"held out"})
    assert "the labels of 300 of the 300 reviews" in reason(found, "held out")


def test_an_over_confident_copy_of_a_good_model_is_rejected_for_that(court):
    found = court.judges(court.rows, court.challenger(true_weights(5.0)))

    assert verdict(found) == ("Rejected", {"calibration"})


def test_a_constant_model_is_rejected(court):
    status, failed = verdict(court.judges(court.rows, court.challenger({}, bias=0.3)))

    assert status == "Rejected"
    assert failed >= {"majority", "baseline", "champion"}


def test_a_model_of_another_domain_is_rejected(court):
    """It knows other words: what it learnt from says nothing here."""
    elsewhere = {"sea": 3 * TRUE, "house": -3 * TRUE}

    status, failed = verdict(court.judges(court.rows, court.challenger(elsewhere)))

    assert status == "Rejected"
    assert failed >= {"majority", "baseline", "champion"}


def test_a_dataset_with_a_fifth_of_its_labels_turned_round_goes_to_a_person(court):
    """What learns from it well is not approved: the labels that judge it are as wrong."""
    noisy = flipped(court.rows, 0.2, court.seed)

    found = court.judges(noisy, court.challenger(true_weights(0.45)))

    assert verdict(found) == ("PendingManualApproval", {"labels"})
    told = reason(found, "labels")
    assert "look at the rows that the report lists" in told
    turned = {row.line for row in noisy if row.label != court.rows[row.line - 1].label}
    worst = [row["line"] for row in found["suspects"]["rows"][:20]]
    assert len(turned.intersection(worst)) >= 12
    assert f"{found['suspects']['suspected']:,} labels look wrong" in found["dataset"]["notes"][-1]


def test_labels_that_are_reversed_are_told_as_that(court):
    """A model that has learnt them agrees with the dataset, and beats everybody on it."""
    swapped = labelled(court.rows, 1 - court.rows.labels)

    found = court.judges(swapped, court.challenger(true_weights(-1.0)))

    assert verdict(found) == ("PendingManualApproval", {"direction"})
    assert found["champion"]["challenger_accuracy"] > found["champion"]["accuracy"]
    assert "So the labels seem to be reversed" in reason(found, "direction")
