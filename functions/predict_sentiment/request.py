"""The body of a request → readings and their words, or the Problem that says what to change."""

import base64
import json
from typing import Any, NoReturn

from problems import BODY_LIMIT_BYTES, TEXT_LIMIT, TEXTS_LIMIT, WORDS_LIMIT, Problem, RefusalError

from sentiment.text import Reading, read

NO_WORD = "\ufffd"  # the tokenizer never yields it, so no vocabulary holds it


def readings_in(media_type: str, body: str, is_base64: bool) -> list[Reading]:
    media_type = media_type.partition(";")[0].strip().lower()
    if media_type not in ("", "application/json") and not media_type.endswith("+json"):
        raise RefusalError(Problem.MEDIA_TYPE)
    return [reading_of(where, text) for where, text in texts_in(parsed(bytes_of(body, is_base64)))]


def words_of(readings: list[Reading]) -> list[list[str]]:
    """What the endpoint is asked about; a text without a single token still gets a real answer."""
    words = [[token.word for token in reading.tokens] or [NO_WORD] for reading in readings]
    if sum(map(len, words)) > WORDS_LIMIT:
        raise RefusalError(Problem.WORDS)
    return words


def bytes_of(body: str, is_base64: bool) -> bytes:
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


def texts_in(request: Any) -> list[tuple[str, Any]]:
    """What is to be read, each with the name by which a refusal calls it."""
    match request:
        case {"text": text, **rest} if not rest:
            return [("The review", text)]
        case {"texts": [_, *_] as texts, **rest} if not rest and len(texts) <= TEXTS_LIMIT:
            return [(f"texts[{index}]", text) for index, text in enumerate(texts)]
        case {"texts": _, **rest} if not rest:
            raise RefusalError(Problem.LIST)
        case {}:
            raise RefusalError(Problem.FIELDS)
    raise RefusalError(Problem.NO_OBJECT)


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
