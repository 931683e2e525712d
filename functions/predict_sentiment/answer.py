"""The endpoint's estimates → sentiments over the places of the words, or nothing at all."""

import json
import math
from typing import Any

from problems import Problem

from sentiment.text import PUNCTUATION, Reading, Token


def understood(body: bytes, lengths: list[int]) -> dict[str, Any]:
    """What the endpoint said of reviews of so many words, if its shape and numbers are sound."""
    try:
        answer: dict[str, Any] = json.loads(body)
        if is_sound(answer, lengths):
            return answer
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise Problem("nonsense")


def is_sound(answer: dict[str, Any], lengths: list[int]) -> bool:
    low, high = answer["unsure"]
    return (
        isinstance(answer["run"], str)
        and is_share(low)
        and is_share(high)
        and low <= high
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
    )


def is_share(value: Any) -> bool:
    return is_number(value) and 0 <= value <= 1


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # True is an int, but no number


def verdict(reading: Reading, estimate: dict[str, Any], low: float, high: float) -> dict[str, Any]:
    """One review's sentiment, and what each word added to it: 0 where the model didn't read."""
    probability, (start, end) = estimate["probability"], estimate["used"]
    known = known_words(reading.tokens[start:end], estimate["known"])
    unsure_because = doubt(known, probability, low, high)
    contributions = [0.0] * start + estimate["contributions"] + [0.0] * len(reading.tokens)
    return {
        "sentiment": "unsure" if unsure_because else likelier(probability),
        "probability": round(probability, 4),
        "confidence": round(max(probability, 1 - probability), 4),
        "unsure_because": unsure_because,
        "text": reading.text,
        "words": [
            {"start": token.start, "end": token.end, "contribution": round(contribution, 4)}
            for token, contribution in zip(reading.tokens, contributions, strict=False)
        ],
        "used": [start, min(end, len(reading.tokens))],
    }


def likelier(probability: float) -> str:
    return "positive" if probability >= 0.5 else "negative"


def known_words(tokens: list[Token], known: float) -> float | None:
    """The share of known words without punctuation, which every vocabulary has; None: no words."""
    marks = sum(token.word in PUNCTUATION for token in tokens)
    words = len(tokens) - marks
    return (round(known * len(tokens)) - marks) / words if words else None


def doubt(known: float | None, probability: float, low: float, high: float) -> str | None:
    """Why the model has no business being sure, if it hasn't."""
    if known is None:
        return "There is no word in the review to judge."
    if known <= 0:
        return "The model knows none of the words."
    if known < 0.5:
        return "Most of the words are new to the model. Is the review in English?"
    if low <= probability <= high:
        return "What speaks for it and what speaks against it nearly balance."
    return None
