"""The body of a request → what is to be read, or the Problem that says what to change.

One review that can't be read refuses its request; of several it takes its own place only.
"""

import base64
import json
from typing import Any, NamedTuple, NoReturn

from problems import BODY_LIMIT_BYTES, TEXT_LIMIT, TEXTS_LIMIT, WORDS_LIMIT, Problem, RefusalError

from sentiment.text import Reading, read

NO_WORD = "\ufffd"  # the tokenizer never yields it, so no vocabulary holds it
# What the gateway makes of bytes that are no text, in the types that it hands on as text.
REPLACEMENT = "\ufffd"


class Sent(NamedTuple):
    """A body, and what its headers say of it."""

    body: str
    is_base64: bool
    media_type: str
    encoding: str


def readings_in(sent: Sent) -> list[Reading | RefusalError]:
    """The readings in their order; of several reviews, each that can't be read as its refusal."""
    media_type = sent.media_type.partition(";")[0].strip().lower()
    if media_type not in ("", "application/json") and not media_type.endswith("+json"):
        raise RefusalError(Problem.MEDIA_TYPE)
    if sent.encoding.strip().lower() not in ("", "identity"):
        raise RefusalError(Problem.ENCODING)
    match parsed(bytes_of(sent.body, sent.is_base64)):
        case {"text": text, **rest} if not rest:
            return [reading_of("The review", text)]
        case {"texts": [_, *_] as texts, **rest} if not rest and len(texts) <= TEXTS_LIMIT:
            return [reading_or_refusal(f"texts[{n}]", text) for n, text in enumerate(texts)]
        case {"texts": _, **rest} if not rest:
            raise RefusalError(Problem.LIST)
        case {}:
            raise RefusalError(Problem.FIELDS)
    raise RefusalError(Problem.NO_OBJECT)


def words_of(readings: list[Reading]) -> list[list[str]]:
    """What the endpoint is asked about; a text without a single token still gets a real answer."""
    words = [[token.word for token in reading.tokens] or [NO_WORD] for reading in readings]
    if sum(map(len, words)) > WORDS_LIMIT:
        raise RefusalError(Problem.WORDS)
    return words


def bytes_of(body: str, is_base64: bool) -> bytes:
    if not is_base64 and REPLACEMENT in body:
        raise RefusalError(Problem.NOT_UTF8)
    try:
        content = base64.b64decode(body, validate=True) if is_base64 else body.encode()
    except ValueError:
        raise RefusalError(Problem.NOT_UTF8) from None
    if len(content) > BODY_LIMIT_BYTES:
        raise RefusalError(Problem.LONG_BODY)
    return content


def parsed(content: bytes) -> Any:
    """JSON without what Python adds to it (NaN) and what it leaves open (a field named twice)."""
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=fields_of, parse_constant=refuse)
    except UnicodeDecodeError:
        raise RefusalError(Problem.NOT_UTF8) from None
    except (ValueError, RecursionError):
        raise RefusalError(Problem.NOT_JSON) from None


def fields_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise RefusalError(Problem.FIELD_TWICE)
    return fields


def refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def reading_or_refusal(where: str, text: Any) -> Reading | RefusalError:
    try:
        return reading_of(where, text)
    except RefusalError as refusal:
        return refusal


def reading_of(where: str, text: Any) -> Reading:
    if not isinstance(text, str):
        raise RefusalError(Problem.NO_STRING, where=where)
    if len(text) > TEXT_LIMIT:
        raise RefusalError(Problem.LONG_TEXT, where=where)
    if not text.strip():
        raise RefusalError(Problem.BLANK, where=where)
    reading = read(text)
    if not reading.text.strip():
        raise RefusalError(Problem.ONLY_MARKUP, where=where)
    return reading
