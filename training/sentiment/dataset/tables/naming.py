"""Labels in the names of an archive's files and folders, told by what stands against them.

"Positive reviews/…" says a label because there is "Negative reviews/…" too: names that are the same
but for it. A number does where all numbers together are a scale, as in "1star/…" to "5stars/…".
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from sentiment.dataset.label_words import (
    BOOLEANS,
    NEGATIVE,
    NEUTRAL,
    NOT_LABELLED,
    POSITIVE,
    WORDS,
)
from sentiment.dataset.values import canonical, number_of

PARTS = ("train", "test", "valid", "validation", "dev")
NAMED = {POSITIVE: "positive", NEGATIVE: "negative", NEUTRAL: "neutral"}
LONGEST_PHRASE = 3  # words: "not recommended", "sehr gut"
MOST_PATTERNS = 10_000
FEWEST_TEXTS = 4  # files of one label that are a text each; of fewer, each of their lines is one
# What bare numbers may be the names of folders: all of these are there, and no others.
BARE = tuple(
    frozenset(map(float, numbers))
    for numbers in ((0, 1), (-1, 1), (-1, 0, 1), (0, 4), range(5), (1, 2, 4, 5), range(1, 6),
                    range(1, 11), (1, 2, 3, 4, 7, 8, 9, 10))
)  # fmt: skip
HIGHEST = 10  # of numbers that are called stars or ratings


class Told(NamedTuple):
    """A label in a name: `pattern` is the name without it, the same for those it stands against."""

    label: str  # positive, negative, neutral, unsup, or a number
    pattern: str
    part: str  # of the name, as it stands there

    @property
    def is_bare(self) -> bool:
        """Whether it is a number that nothing says to be a rating."""
        return "*" not in self.pattern and not self.pattern.endswith("##")


class Names:
    """The names of an archive's files, and what they say of labels once all are known."""

    def __init__(self) -> None:
        self._labels: dict[str, dict[str, int]] = {}  # how many files of each, by pattern
        self._parts: dict[str, dict[str, None]] = {}

    def add(self, name: str) -> bool:
        """Take the next name; tells whether it holds what may be a label."""
        found = False
        for told in _told(name):
            found = True
            if told.pattern not in self._labels and len(self._labels) >= MOST_PATTERNS:
                continue
            labels = self._labels.setdefault(told.pattern, {})
            labels[told.label] = labels.get(told.label, 0) + 1
            parts = self._parts.setdefault(told.pattern, {})
            if len(parts) < HIGHEST:
                parts.setdefault(told.part)
        return found

    def may_tell(self) -> bool:
        """Whether a further name may stand against one that was there."""
        return bool(self._labels)

    def of(self, name: str) -> Told | None:
        """The label that a file's name says."""
        return next((told for told in _told(name) if _is_told(self._labels, told)), None)

    def is_one_text(self, told: Told) -> bool:
        """Whether each file of a label is a text, and not each of its lines: if there are many."""
        return max(self._labels[told.pattern].values()) >= FEWEST_TEXTS

    def parts(self) -> list[str]:
        """What of the names says labels."""
        told = [pattern for pattern, labels in self._labels.items() if _contrast(pattern, labels)]
        return sorted({part for pattern in told for part in self._parts[pattern]})


def _is_told(labels: dict[str, dict[str, int]], told: Told) -> bool:
    return _contrast(told.pattern, labels.get(told.pattern, {}))


def _contrast(pattern: str, labels: dict[str, int]) -> bool:
    if "*" in pattern:
        return {"positive", "negative"} <= labels.keys()
    numbers = frozenset(number for label in labels if (number := number_of(label)) is not None)
    if pattern.endswith("##"):  # they are called stars
        return len(numbers) > 1 and all(-1 <= number <= HIGHEST for number in numbers)
    return numbers in BARE


def _told(name: str) -> Iterator[Told]:
    """What may be labels in a name: in its folders from the innermost on, then in the file's own.

    Words come before numbers.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    folders = [part for part in path.parts[:-1] if part.casefold() not in PARTS]
    places = [(folders[:place], folders[place], "/") for place in reversed(range(len(folders)))]
    places.append((folders, path.name.removesuffix(path.suffix), path.suffix.casefold()))
    for read in (_by_word, _by_number):
        for before, part, ending in places:
            if found := read(part, is_folder=ending == "/"):
                label, pattern = found
                where = "/".join([*before, pattern]).casefold()
                yield Told(label, f"{where}{ending}" if "*" in pattern else where, part)


def _by_word(part: str, *, is_folder: bool) -> tuple[str, str] | None:
    """The one word or phrase for a sentiment, and the rest with a star in its place."""
    apart = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", part)
    tokens = re.findall(r"[^\W\d_]+|\d+", apart.casefold())
    found: list[int] = []
    rest: list[str] = []
    at = 0
    while at < len(tokens):
        for size in range(LONGEST_PHRASE, 0, -1):
            phrase = " ".join(tokens[at : at + size])
            if phrase in WORDS and phrase not in BOOLEANS:
                found.append(NEUTRAL - 1 if phrase in NOT_LABELLED else WORDS[phrase])
                rest.append("*")
                at += size
                break
        else:
            rest.append("#" if not is_folder and tokens[at].isdigit() else tokens[at])
            at += 1
    if len(found) != 1:
        return None
    return NAMED.get(found[0], "unsup"), " ".join(rest)


def _by_number(part: str, *, is_folder: bool) -> tuple[str, str] | None:
    """A number that is all of the name, but for a word such as stars."""
    is_bare = number_of(part) is not None
    if len(part) > 40 or not (is_folder or not is_bare):
        return None
    value = canonical(part.replace("_", " "))
    if number_of(value) is None:
        return None
    return value, "#" if is_bare else "##"
