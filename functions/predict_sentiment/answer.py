"""The endpoint's estimates → sentiments over the places of the words, or nothing at all."""

import json
import math
from typing import Any, NamedTuple

from english import english_share, says_nothing
from problems import Problem, RefusalError

from sentiment.text import PUNCTUATION, Reading

FEW_WORDS = 3  # a review of no more is told to be very short
FEW_KNOWN = 0.8  # share of known words below which the reader is told of it


class Model(NamedTuple):
    """What answers: the run that made it, between which probabilities it is unsure, its bias."""

    run: str
    low: float
    high: float
    bias: float


class Estimates(NamedTuple):
    """What a model says of some reviews, in their order."""

    model: Model
    results: list[dict[str, Any]]

    def each(self) -> "list[Estimates]":
        """Of one review each."""
        return [self._replace(results=[result]) for result in self.results]


def understood(body: bytes, lengths: list[int]) -> Estimates:
    """What the endpoint said of reviews of so many words, if its shape and numbers are sound."""
    try:
        answer: dict[str, Any] = json.loads(body)
        if is_sound(answer, lengths):
            low, high = answer["unsure"]
            model = Model(answer["run"], low, high, answer["bias"])
            return Estimates(model, answer["results"])
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise RefusalError(Problem.NONSENSE)


def is_sound(answer: dict[str, Any], lengths: list[int]) -> bool:
    low, high = answer["unsure"]
    return (
        isinstance(answer["run"], str)
        and is_share(low)
        and is_share(high)
        and low <= high
        and is_number(answer["bias"])
        and len(answer["results"]) == len(lengths)
        and all(map(is_estimate, answer["results"], lengths))
    )


def is_estimate(estimate: dict[str, Any], length: int) -> bool:
    start, end = estimate["used"]
    return (
        is_share(estimate["probability"])
        and is_share(estimate["known"])
        and type(start) is type(end) is int
        and 0 <= start <= end <= length
        and len(estimate["contributions"]) == end - start
        and all(map(is_number, estimate["contributions"]))
        and type(windows_of(estimate)) is int
        and windows_of(estimate) > 0
    )


def windows_of(estimate: dict[str, Any]) -> Any:
    return estimate.get("windows", 1)  # a container from before there were windows still answers


def is_share(value: Any) -> bool:
    return is_number(value) and 0 <= value <= 1


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # True is an int, but no number


def verdict(reading: Reading, estimates: Estimates) -> dict[str, Any]:
    """One review's sentiment, and what each word added to it: 0 where the model didn't read."""
    [estimate] = estimates.results
    probability, (start, end) = estimate["probability"], estimate["used"]
    words = [token.word for token in reading.tokens[start:end] if token.word not in PUNCTUATION]
    known = known_words(len(words), estimate)
    unsure_because = doubt(words, known) or balance(probability, estimates.model)
    contributions = [0.0] * start + estimate["contributions"] + [0.0] * len(reading.tokens)
    return {
        "sentiment": "unsure" if unsure_because else likelier(probability),
        "probability": round(probability, 4),
        "confidence": round(max(probability, 1 - probability), 4),
        "unsure_because": unsure_because,
        "notes": notes(len(reading.tokens), estimate, len(words), known),
        "text": reading.text,
        "words": [
            {"start": token.start, "end": token.end, "contribution": round(contribution, 4)}
            for token, contribution in zip(reading.tokens, contributions, strict=False)
        ],
        "used": [start, min(end, len(reading.tokens))],
    }


def likelier(probability: float) -> str:
    return "positive" if probability >= 0.5 else "negative"


def known_words(words: int, estimate: dict[str, Any]) -> int:
    """How many are known without punctuation, which every vocabulary has."""
    tokens = len(estimate["contributions"])
    return max(0, round(estimate["known"] * tokens) - (tokens - words)) if words else 0


def doubt(words: list[str], known: int) -> str | None:
    """Why no model has any business being sure of these words, if so."""
    if not words:
        return "There is no word in the review to judge."
    if known == 0:
        return "The model knows none of the words."
    if english_share(words) < 0.1 and known / len(words) < (0.8 if len(words) >= 5 else 0.5):
        return "Many of the words are new to the model. Is the review in English?"
    if known / len(words) < 0.5:
        return "Most of the words are new to the model."
    if says_nothing(words):
        return "No word in the review says what you think."
    return None


def balance(probability: float, model: Model) -> str | None:
    if model.low <= probability <= model.high:
        return "What speaks for it and what speaks against it nearly balance."
    return None


def notes(tokens: int, estimate: dict[str, Any], words: int, known: int) -> list[str]:
    """What a reader should know of how the review was read."""
    (start, end), parts = estimate["used"], windows_of(estimate)
    found = []
    if end - start < tokens:
        found.append(f"The model read words {start + 1} to {end} of {tokens}.")
    if parts > 1:
        found.append(f"A long review: it was read in {parts} parts, which count by their length.")
    if 0 < words <= FEW_WORDS:
        found.append("A very short review: the answer rests on few words.")
    if 0 < known < FEW_KNOWN * words:
        found.append(f"The model knows {known} of the {words} words.")
    return found
