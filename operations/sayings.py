"""What an uploader can say of a dataset, as options, and as user metadata of the object in S3.

Nobody has to: Verdict finds columns and labels by names and content. start_training reads it.
"""

import argparse
import re
from base64 import b64encode
from collections.abc import Sequence

# As training/sentiment/dataset/said.py has them: operations know nothing of what is in training/.
OPTIONS = {
    "text-column": "name of the column with the reviews",
    "label-column": "name of the column with their labels or ratings",
    "group-column": "name of the column that says what a review is about",
    "positive": "values of the label column that are positive, with commas between them",
    "negative": "values of the label column that are negative, with commas between them",
}
LISTS = "--positive", "--negative"
BELOW_ZERO = re.compile(r"-[\d.,]")
WORD_CHARACTERS = 11  # of four bytes at most: an encoded word has 75 characters
METADATA_BYTES = 2048  # of all names and values together


def add_options(parser: argparse.ArgumentParser) -> None:
    """One for each thing that can be said."""
    saying = parser.add_argument_group("what the file doesn't say by itself")
    for name, text in OPTIONS.items():
        saying.add_argument(
            f"--{name}", metavar="VALUES" if "values" in text else "NAME", help=text
        )


def joined(arguments: Sequence[str]) -> list[str]:
    """Join a list and its option where it begins with a minus: argparse takes "-1,-2" for one."""
    found: list[str] = []
    for one in arguments:
        if found and found[-1] in LISTS and BELOW_ZERO.match(one):
            found[-1] += f"={one}"
        else:
            found.append(one)
    return found


def said(arguments: argparse.Namespace) -> dict[str, str]:
    """What was said with those options."""
    told = {name: getattr(arguments, name.replace("-", "_")) for name in OPTIONS}
    return {name: value for name, value in told.items() if value}


def metadata(said: dict[str, str]) -> dict[str, str]:
    """The same as S3 takes it: ASCII, everything else in encoded words of RFC 2047.

    Raises ValueError with what to change where it is more than S3 takes.
    """
    made = {name: _encoded(value) for name, value in said.items()}
    size = sum(len(name) + len(value) for name, value in made.items())
    if size > METADATA_BYTES:
        raise ValueError(
            f"what is said of the file takes {size:,} bytes, and S3 keeps {METADATA_BYTES:,}: name "
            "fewer values, or rename the column in the file"
        )
    return made


def _encoded(value: str) -> str:
    is_plain = value.isascii() and value.isprintable() and "=?" not in value
    if is_plain:
        return value
    starts = range(0, len(value), WORD_CHARACTERS)
    words = (value[start : start + WORD_CHARACTERS].encode() for start in starts)
    return " ".join(f"=?UTF-8?B?{b64encode(word).decode()}?=" for word in words)
