"""What an uploader says of a dataset in its object's user metadata."""

from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header

from sentiment.dataset.said import NAMES


def said_in(metadata: Mapping[str, str]) -> dict[str, str]:
    """What is ours of it, as `Said.of` takes it; a name may also be spelt with underscores."""
    given = {name.lower().replace("_", "-"): decoded(value) for name, value in metadata.items()}
    return {name: given[name] for name in NAMES if given.get(name, "").strip()}


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
