"""How a model does on short texts: reviews of a line or two, sentences, the behaviour suite.

    PYTHONPATH=training .venv/bin/python -m benchmarks.short MODEL [--dataset FILE]

The short reviews are tests/data/short_reviews.jsonl, written for this and never learnt from. Of a
dataset, only those reviews count that the model hasn't learnt from, as its fingerprints.bin tells:
give the file that it was trained on, and they are those that were held out. From these come:

- assessed sentences: those of tests/data/assessed_sentences.jsonl, drawn by chance from the
  held-out part of the IMDB reviews, in which two readings, both without a label or context, found
  the same clear opinion of the film. That counts, not the label of the review. A large language
  model read them. The file knows a sentence by its hash, so that it holds no text.
- sentences with an opinion: of 5 to 30 words, at least one of them in opinion_words.py, each with
  the label of its review. Some praise stands in bad reviews and the other way round, so nobody is
  right on all of them. A text is split after . ! or ? where a space and a capital follow, and at
  line breaks.
- strong ones: those with at least two such words.
- the behaviour suite of sentiment/judging/behaviour.py.

Where there are more than 5,000 sentences, so many are drawn. Unsure answers are those in the
model's own band. Accuracies come with their standard error. Prints Markdown.
"""

import argparse
import hashlib
import json
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.opinion_words import OPINION_WORDS
from sentiment.dataset.files import DatasetError
from sentiment.dataset.reading import read_dataset
from sentiment.judging.behaviour import behave, overall
from sentiment.model_folder import ModelError
from sentiment.processors import processors
from sentiment.serving.predictor import Predictor
from sentiment.text import read

ROOT = Path(__file__).parent.parent
SHORT_REVIEWS = ROOT / "tests/data/short_reviews.jsonl"
ASSESSED_SENTENCES = ROOT / "tests/data/assessed_sentences.jsonl"
FEWEST_WORDS, MOST_WORDS = 5, 30
MOST_SENTENCES = 5_000
MOST_REVIEWS = 1_000  # that the behaviour suite chooses from
SEED = 1
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\s*\n\s*")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


class Labelled(NamedTuple):
    """A text and whether it is positive; `kind` is the table's row it counts for."""

    text: str
    positive: bool
    kind: str


class Score(NamedTuple):
    """How a group of texts was answered; the shares are of all and of the sure answers."""

    what: str
    texts: int
    accuracy: float
    sure: float
    sure_accuracy: float


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", type=Path, help="a model folder")
    parser.add_argument("--dataset", type=Path, help="labelled reviews, as train.py takes them")
    chosen = parser.parse_args(argv)
    try:
        predictor = Predictor(chosen.model, processors())
        print(f"Model {predictor.run}, unsure from {predictor.unsure[0]} to {predictor.unsure[1]}")
        show(scores(predictor, short_reviews(), "short reviews"))
        if chosen.dataset:
            reviews = unseen(chosen.model, chosen.dataset)
            print(f"\n{len(reviews):,} reviews of {chosen.dataset.name} were not learnt from")
            show(scores(predictor, list(assessed(reviews, opinions())), "assessed sentences"))
            sentences = drawn(opinionated(reviews))
            show(scores(predictor, sentences, "sentences with an opinion"))
            show_behaviour(predictor, reviews)
    except (ModelError, DatasetError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


# --- Texts ------------------------------------------------------------------------------------


def short_reviews() -> list[Labelled]:
    lines = SHORT_REVIEWS.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Labelled(row["text"], row["label"] == "positive", row["kind"]) for row in rows]


def unseen(model: Path, dataset: Path) -> list[Labelled]:
    """The dataset's reviews without those that the model has learnt from."""
    learnt = np.fromfile(model / "fingerprints.bin", "<u8")
    rows = read_dataset(dataset).rows
    new = np.flatnonzero(~np.isin(rows.fingerprints, learnt))
    if not len(new):
        raise DatasetError(
            f"The model has learnt from every review in {dataset.name}: give the whole file that"
            " it was trained on, part of which was held out, or another one."
        )
    return [Labelled(row.text, row.label == 1, "review") for row in rows.select(new)]


def opinions() -> dict[str, bool]:
    """Whether each assessed sentence, by its key, praises."""
    lines = ASSESSED_SENTENCES.read_text(encoding="utf-8").splitlines()
    return {row["sha256"]: row["opinion"] == "positive" for row in map(json.loads, lines)}


def assessed(reviews: Sequence[Labelled], opinions: Mapping[str, bool]) -> Iterator[Labelled]:
    """The sentences that were assessed, each with the opinion that was found in it."""
    for review in reviews:
        for sentence in SENTENCE_END.split(review.text):
            opinion = opinions.get(key(sentence))
            if opinion is not None:
                is_alike = opinion == review.positive
                kind = "as its review" if is_alike else "unlike its review"
                yield Labelled(sentence, opinion, kind)


def key(sentence: str) -> str:
    """What stands for a sentence in the file of assessed ones."""
    return hashlib.sha256(sentence.strip().encode()).hexdigest()[:16]


def opinionated(reviews: Sequence[Labelled]) -> Iterator[Labelled]:
    """The sentences that hold an opinion, each with its review's label."""
    for review in reviews:
        for sentence in SENTENCE_END.split(review.text):
            words = WORD.findall(sentence.lower())
            found = sum(word in OPINION_WORDS for word in words)
            if FEWEST_WORDS <= len(words) <= MOST_WORDS and found:
                kind = "one opinion word" if found == 1 else "two or more"
                yield Labelled(sentence, review.positive, kind)


def drawn(sentences: Iterator[Labelled]) -> list[Labelled]:
    """At most so many as are asked about, the same ones each time."""
    found = list(sentences)
    return random.Random(SEED).sample(found, min(len(found), MOST_SENTENCES))


# --- Answers ----------------------------------------------------------------------------------


def scores(predictor: Predictor, texts: Sequence[Labelled], what: str) -> Iterator[Score]:
    """The score of all texts together and that of each kind."""
    probabilities = np.array([one for one, _ in answers(predictor, [text for text, *_ in texts])])
    right = (probabilities > 0.5) == np.array([text.positive for text in texts])
    low, high = predictor.unsure
    sure = (probabilities < low) | (probabilities > high)
    kinds = np.array([text.kind for text in texts])
    if texts:
        yield score(what, right, sure)
    for kind in sorted(set(kinds.tolist())):
        yield score(f"… {kind.replace('_', ' ')}", right[kinds == kind], sure[kinds == kind])


def score(what: str, right: NDArray[np.bool_], sure: NDArray[np.bool_]) -> Score:
    among_sure = float(right[sure].mean()) if sure.any() else float("nan")
    return Score(what, len(right), float(right.mean()), float(sure.mean()), among_sure)


def answers(predictor: Predictor, texts: Sequence[str]) -> list[tuple[float, float]]:
    """Probability and share of known words, for texts as they are typed."""
    words = [[token.word for token in read(text).tokens] for text in texts]
    return [(answer.probability, answer.known) for answer in predictor.answer(words)]


def show(table: Iterator[Score]) -> None:
    print("\n| texts | how many | right | surer than the band | right of these |")
    print("|---|---|---|---|---|")
    for row in table:
        error = (row.accuracy * (1 - row.accuracy) / row.texts) ** 0.5
        print(
            f"| {row.what} | {row.texts:,} | {row.accuracy:.1%} ± {error:.1%}"
            f" | {row.sure:.0%} | {row.sure_accuracy:.1%} |"
        )


def show_behaviour(predictor: Predictor, reviews: Sequence[Labelled]) -> None:
    texts = [review.text for review in reviews]
    texts = random.Random(SEED).sample(texts, min(len(texts), MOST_REVIEWS))
    suite = behave(
        lambda asked: [(one.probability, one.known) for one in predictor.answer(asked)],
        texts,
        predictor.unsure,
        SEED,
    )
    print("\n| behaviour | passed | of | rate |\n|---|---|---|---|")
    for check, found in suite.items():
        rate = "not tested" if found["rate"] is None else f"{found['rate']:.1%}"
        print(f"| {check.replace('_', ' ')} | {found['passed']} | {found['of']} | {rate} |")
    passed, of = (sum(found[key] for found in suite.values()) for key in ("passed", "of"))
    print(f"| all cases | {passed} | {of} | {overall(suite) or 0:.1%} |")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
