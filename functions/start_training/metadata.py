"""What an uploader says of a dataset in its object's user metadata, and by its name."""

import re
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header

from sentiment.dataset.said import NAMES


def said_in(metadata: Mapping[str, str]) -> dict[str, str]:
    """What is ours of it, as `Said.of` takes it; a name may also be spelt with underscores.

    Blanks are made one, and so are line breaks, which SageMaker takes in no hyperparameter.
    """
    given = {
        name.lower().replace("_", "-"): " ".join(decoded(value).split())
        for name, value in metadata.items()
    }
    return {name: given[name] for name in NAMES if given.get(name)}


def decoded(value: str) -> str:
    """A value of it: what isn't ASCII, S3 gives as encoded words of RFC 2047."""
    if "=?" not in value:
        return value
    try:
        parts = decode_header(value)
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii")
            for part, charset in parts
        )
    except (HeaderParseError, LookupError, ValueError):
        return value  # it only looks like one


def suffixes(name: str) -> str:
    """What a name proposes its content is, such as ".csv.gz"; nothing else of it is kept."""
    without_copy = re.sub(r"\s*\(\d+\)$", "", name)
    found = re.search(r"(?:\.[A-Za-z0-9]{1,12}){0,3}$", without_copy)
    return found[0].lower() if found else ""
