"""What stands in a cell of a label column, brought to one spelling.

A word in lower case ("very positive"), a number ("4", "-0.5"), a number out of another ("4/5"), or
"" where nothing is said. "4.0 out of 5 stars", "★★★★☆" and "4 / 5" are all "4/5".
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from sentiment.dataset.label_words import POLAR, WORDS

LONGEST = 100
MISSING = frozenset(
    ("nan", "none", "null", "n/a", "na", "#n/a", "<na>", "nat", "nil", "missing", "undefined", "")
)
NUMBER_WORDS = "zero one two three four five six seven eight nine ten"
FULL_STARS, EMPTY_STARS = "★⭐🌟✭✮⚫", "☆✩✰⚪"

NO_WORD = re.compile(r"[^\w\s'/-]")
UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff]")
TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
QUOTES = "'\"`´‘’‚“”„«»‹›"
PREFIX = re.compile(
    r"__label__|(?:label|class|rating|stars?|score|klasse|rated|sentiment)[\s_:=#-]*"
)
MINUS = re.compile(
    r"(?<![\w.])[\u2012-\u2014\u2212\ufe58\ufe63\uff0d](?=[.,]?\d)"
)  # signs of other keyboards
NUMBER = r"[-+]?(?:\d{1,15}(?:[.,]\d{1,15})?|\.\d{1,15})(?:e[-+]?\d{1,2})?"
OUT_OF = re.compile(
    rf"({NUMBER})\s*(?:stars?\s*)?(?:/|out of|of|von|sur|de|di|van|su|af|av|z|из|över)\s*"
    rf"({NUMBER})\s*(?:stars?|sternen?|étoiles?|estrellas?|estrelas?|stelle|sterren|points?|pts)?"
    r"(?:\s*ratings?)?"
)
STARS = re.compile(
    rf"({NUMBER})[\s-]*(?:stars?|sterne?|étoiles?|estrellas?|estrelas?|stell[ae]|ster(?:ren)?"
    r"|gwiazdk\w*|stjärn\w*|points?|pts?|punkte?|★|⭐|/)(?:\s*(?:rating|review)s?)?"
)
PERCENT = re.compile(rf"({NUMBER})\s*%")
NUMBERED = re.compile(r"[(\[]?[-+]?\d{1,3}(?:\.0)?[)\]]?\s*[-–—:=.)|,(\[]?\s*(\D+?)[)\]]?")
WORD_WITH_NUMBER = re.compile(
    r"(\D+?)\s*[-–—:=|,(\[]\s*[-+]?\d{1,3}(?:[.,]\d{1,15})?\s*%?\s*[)\]]?"
)
WORD_WITH_SHARE = re.compile(r"(\D+?)\s+(?:[01]?[.,]\d{1,15}|\d{1,3}(?:[.,]\d{1,15})?\s*%)")
FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
FRACTION = re.compile(r"(?:(\d)\s?)?([½¼¾])")
OF_BYTES = re.compile(r"b(['\"])(.*)\1", re.DOTALL)  # as Python prints them


def canonical(value: Any) -> str:
    """Bring a label to one spelling, "" where it is missing: " Positive", 1.0, "__label__2"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _spelled(value)
    if isinstance(value, (list, tuple, dict)):
        return _inside(value)
    return _read(value) if isinstance(value, str) else ""


def number_of(text: str) -> float | None:
    """Give the number that a canonical value is, if it is one."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def out_of(text: str) -> tuple[float, float] | None:
    """Give number and highest number of a canonical value such as "4/5"."""
    number, slash, highest = text.partition("/")
    if not slash:
        return None
    pair = number_of(number), number_of(highest)
    return (pair[0], pair[1]) if pair[0] is not None and pair[1] else None


def _spelled(number: float) -> str:
    """Whole numbers as they are, others in four digits: a column holds few different values."""
    try:
        number = float(number)
    except OverflowError:
        return ""
    if not isfinite(number):
        return ""
    return f"{number + 0.0:g}" if number == round(number) else f"{number:.4g}"


def _number(text: str) -> float | None:
    decimal = text.replace(",", ".") if re.fullmatch(r"[-+]?\d{0,15},\d{1,15}", text) else text
    return number_of(decimal) if re.fullmatch(NUMBER, text) else None


def _read(value: str) -> str:
    text = value[: 2 * LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFC", TONE.sub("", UNSEEN.sub("", text)))
        text = FRACTION.sub(lambda found: (found[1] or "0") + FRACTIONS[found[2]], text)
        text = MINUS.sub("-", text) if MINUS.match(text.lstrip(f" {QUOTES}([")) else text
    text = " ".join(text.casefold().split())
    if text in WORDS:  # nearly all
        return text
    if text.startswith("b") and (printed := OF_BYTES.fullmatch(text)):
        text = printed[2]
    text = text.strip(f" {QUOTES}")
    while text[:1] in ("[", "(") and text[-1:] in ("]", ")") and len(text) > 2:
        text = text[1:-1].strip(f" {QUOTES}")
    if (number := _number(text)) is not None:
        return _spelled(number)
    if text in MISSING:
        return ""
    return _phrase(text)


def _phrase(text: str) -> str:
    """Words, or words that say a number."""
    if (prefix := PREFIX.match(text)) and len(prefix[0]) < len(text):
        rest = text[prefix.end() :]
        told = _read(rest)
        if text.startswith("__label__") or told in WORDS or number_of(told) is not None:
            return told
        if out_of(told):
            return told
    if found := _told_number(text):
        return found
    words = " ".join(re.sub(r"[_\-‐‑/|]+", " ", text).split()).rstrip(" .!,;:")
    if words in WORDS or not words:
        return words or text[:LONGEST]
    for pattern in (NUMBERED, WORD_WITH_NUMBER, WORD_WITH_SHARE):
        if (match := pattern.fullmatch(text)) and (told := _phrase_in_words(match[1])):
            return told
    if len(set(text)) == 1 and text[0] in WORDS:  # 👍👍👍
        return text[0]
    if (told := _phrase_in_words(NO_WORD.sub(" ", text))) and told[0].isalpha():  # "#positive 😀"
        return told
    return words[:LONGEST].rstrip()


def _phrase_in_words(text: str) -> str:
    plain = " ".join(re.sub(r"[_\-/]+", " ", text).split()).strip(f" .!,;:{QUOTES}")
    return plain if plain in WORDS else ""


def _told_number(text: str) -> str:
    if match := OUT_OF.fullmatch(text):
        number, highest = _number(match[1]), _number(match[2])
        if number is not None and highest:
            return f"{_spelled(number)}/{_spelled(highest)}"
    if (match := PERCENT.fullmatch(text)) and (number := _number(match[1])) is not None:
        return f"{_spelled(number)}/100"
    if (match := STARS.fullmatch(text)) and (number := _number(match[1])) is not None:
        return _spelled(number)
    full = sum(text.count(star) for star in FULL_STARS)
    empty = sum(text.count(star) for star in EMPTY_STARS)
    if full + empty and full + empty == len(text.replace(" ", "")) and text[0] != "⚪":
        return f"{full}/{full + empty}" if empty else str(full)
    first = text.split(" ")[0].removesuffix("-star").removesuffix("-stars")
    rest = text[len(text.split(" ")[0]) :].strip()
    numbers = NUMBER_WORDS.split()
    if first in numbers and rest in ("", "star", "stars", "out of five", "of five"):
        number_word = str(numbers.index(first))
        return f"{number_word}/5" if rest.endswith("five") else number_word
    return ""


# --- Lists and objects ------------------------------------------------------------------------


def _inside(value: Any) -> str:
    """One label in a list, the largest of {"POSITIVE": 0.9, …}, what was chosen in a tool."""
    if (
        isinstance(value, dict)
        and value
        and all(isinstance(v, (int, float)) for v in value.values())
    ):
        return _largest({str(name): float(share) for name, share in value.items()})
    told = list(dict.fromkeys(filter(None, map(canonical, _leaves(value, 0)))))
    if len(told) > 1:
        told = [word for word in told if word in POLAR]
    return told[0] if len(told) == 1 else ""


def is_of_shares(value: Mapping[str, Any]) -> bool:
    """Tell whether an object holds a number for each label: {"POSITIVE": 0.9, "NEGATIVE": 0.1}."""
    return all(isinstance(share, (int, float)) for share in value.values())


def _largest(shares: dict[str, float]) -> str:
    name, share = max(shares.items(), key=lambda pair: pair[1])
    if len(shares) == 1 and share < 0.5:
        opposite = {0: "positive", 1: "negative"}.get(WORDS.get(canonical(name), -1))
        return opposite or ""
    ties = sum(other == share for other in shares.values())
    return canonical(name) if ties == 1 else ""


def _leaves(value: Any, depth: int) -> Iterator[Any]:
    """What stands inside of lists and objects; of an object that has "choices", those alone."""
    if depth > 8:
        return
    if isinstance(value, dict):
        chosen = [value[name] for name in ("choices", "label", "labels", "value") if name in value]
        for inner in chosen[:1] or list(value.values())[:50]:
            yield from _leaves(inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in value[:50]:
            yield from _leaves(inner, depth + 1)
    else:
        yield value
