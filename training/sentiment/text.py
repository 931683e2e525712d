"""A review becomes tokens here and nowhere else, so training and answering read it alike.

Markup goes through BeautifulSoup, words through NLTK's regular-expression tokenizer (no corpus, no
download). Any string is accepted; the work grows linearly with its length. Raise TOKENIZER whenever
the words of any review change: models refuse words from another version.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from bs4 import BeautifulSoup
from nltk import redos
from nltk.tokenize.regexp import RegexpTokenizer

TOKENIZER = 1

# The only words that say nothing by themselves: a review with no others has no word to go by.
PUNCTUATION = frozenset([".", "...", "!", "!!", "?", "??", "?!", ",", ";", ":"])


class Token(NamedTuple):
    """A normalised word and the code points `text[start:end]` of the Reading it stands for."""

    word: str
    start: int
    end: int


class Reading(NamedTuple):
    """What was read: the review without markup and control characters, and its tokens."""

    text: str
    tokens: list[Token]


def read(review: str) -> Reading:
    """Take a review apart into tokens whose offsets refer to the text that comes back with them."""
    text = _plain(review)
    spans = TOKENS.span_tokenize(text)
    return Reading(text, [Token(_word(text[start:end]), start, end) for start, end in spans])


def read_words(review: str) -> tuple[str, list[str]]:
    """Give the text and the words of `read` without their places, in half of the time."""
    text = _plain(review)
    return text, list(map(_word, TOKENS.tokenize(text)))


def _plain(review: str) -> str:
    text = _without_markup(review) if "<" in review or "&" in review else review
    return _without_controls(text) if UNREADABLE.search(text) else text


def fingerprint(words: Sequence[str]) -> int:
    """Give the 64-bit BLAKE2b hash of the joined words, by which equal reviews are recognised.

    It is equal for reviews that differ in markup, case or spacing only.
    """
    joined = " ".join(words).encode("utf-8", "replace")
    return int.from_bytes(blake2b(joined, digest_size=8).digest(), "big")


# --- Markup -----------------------------------------------------------------------------------

INLINE_TAGS = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s samp"
    " small span strike strong sub sup time tt u var wbr"
)
BLOCK_TAGS = (
    "address article aside audio blockquote body br button caption center col colgroup dd details"
    " dialog dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4"
    " h5 h6 head header hr html input legend li link main map menu meta nav noscript object ol"
    " optgroup option p param picture pre progress section select source summary svg table tbody td"
    " tfoot th thead tr track ul video"
)
# Parsers differ in what they make of the content of these, so the tag goes and the content stays.
RAW_TAGS = (
    "iframe listing noembed noframes plaintext rp rt ruby script style template textarea title xmp"
)
INLINE, BLOCK = frozenset(INLINE_TAGS.split()), frozenset(BLOCK_TAGS.split())
RAW = frozenset(RAW_TAGS.split())

# A tag has a name that HTML knows, no attributes or sound ones of which one has a value, and ends
# before the next "<". Anything else is text: "I <3 it", "a<b and b>c", "<NOT> good". Parsers, and
# versions of Python, differ over unsound tags, up to dropping all that follows.
ATTRIBUTE = r"""[\s/]++(?:[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^<"]*+"|'[^<']*+'|[^\s"'<>]++))?)?"""
MARKUP = re.compile(
    rf"<(?P<name>/?[a-zA-Z][a-zA-Z0-9:-]*+)(?:[\s/]*+|(?=[^<>=]{{0,200}}=)(?:{ATTRIBUTE})++)>"
    r"|<(?P<declaration>[!?])[^<>]*+>"
    r"|(?P<number>&\#(?:[0-9]{1,7}(?![0-9])|[xX][0-9a-fA-F]{1,6}(?![0-9a-fA-F])));?"
    r"|(?P<entity>&[a-zA-Z][a-zA-Z0-9]{1,31};)"
    r"|[<&]"
)
HIDDEN = re.compile(r"<(?:!--|script(?=[\s/>])|style(?=[\s/>]))", re.IGNORECASE)
CLOSING = {
    "<!--": re.compile("-->"),
    "<script": re.compile("</script[^<>]*>?", re.IGNORECASE),
    "<style": re.compile("</style[^<>]*>?", re.IGNORECASE),
}
# A piece starts at a tag and holds few: BeautifulSoup takes quadratic time for deep nesting.
MARKUP_PIECE = re.compile("[^<]*(?:<[^<]*){0,200}")
LINE_BREAK = re.compile(r"<[bB][rR]\s*+/?>")


def _without_markup(review: str) -> str:
    if "&" not in review and "<" not in "".join(parts := LINE_BREAK.split(review)):
        # Most reviews have line breaks only: what BeautifulSoup makes of them, in no time. It drops
        # the blanks between two of them.
        return "\n".join(part if part.strip(" \t\n\f\r") else "" for part in parts).strip()
    markup = MARKUP.sub(_defused, _without_hidden(review))
    if markup == _escaped(review):  # it only looked like some
        return review
    # Starting with a tag keeps BeautifulSoup from warning of a review that looks like an address.
    trees = (BeautifulSoup(f"<p>{piece}", "html.parser") for piece in MARKUP_PIECE.findall(markup))
    return "".join(tree.get_text() for tree in trees).strip()


def _defused(match: re.Match[str]) -> str:
    """Leave BeautifulSoup only markup that no parser can trip over; separate words at blocks."""
    found, name = match[0], (match["name"] or "").lstrip("/").lower()
    tag = f"</{name}>" if found.startswith("</") else found
    if match["entity"]:
        return found
    if match["number"]:
        return f"{match['number']};"
    if name in INLINE:
        return tag
    if name in BLOCK:
        return f"\n{tag}" if name == "br" else f"\n{tag}\n"
    if name in RAW or match["declaration"] or ":" in name or "-" in name:
        return "\n"
    return _escaped(found)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _without_hidden(review: str) -> str:
    """Drop comments, scripts and styles that are closed; an unclosed one hides nothing."""
    kept, position, closing = "", 0, dict(CLOSING)
    for opening in HIDDEN.finditer(review):
        kind = opening[0].lower()
        if opening.start() < position or kind not in closing:
            continue
        end = closing[kind].search(review, opening.end())
        if end:
            kept += review[position : opening.start()] + " "
            position = end.end()
        else:
            del closing[kind]  # not to be looked for again: the work stays linear
    return kept + review[position:]


# --- Control characters -----------------------------------------------------------------------

UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
SPACES = "\x0b\x0c\x1c\x1d\x1e\x1f\u2028\u2029"


def _without_controls(text: str) -> str:
    """Join surrogate pairs, replace lone ones, read C1 codes as Windows-1252, drop the rest."""
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return UNREADABLE.sub(_readable, paired)


def _readable(match: re.Match[str]) -> str:
    character = match[0]
    if character in SPACES:
        return " "
    if "\x80" <= character <= "\x9f":
        return character.encode("latin-1").decode("cp1252", "ignore")
    return ""


# --- Tokens -----------------------------------------------------------------------------------

APOSTROPHES = "'’‘‛ʼ＇´`′"
LETTERS = r"[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}]{0,99}+"
EMOJI = r"\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}){0,2}+"
TOKENS = RegexpTokenizer(
    r"\p{Nd}{1,50}+(?:[./,:]\p{Nd}{1,50}+){1,5}+"  # 7/10, 3.5, 1,000
    rf"|{LETTERS}(?:[{APOSTROPHES}]{LETTERS}){{0,5}}+|\p{{N}}"  # words, don't, 1990s; ½
    # :-) :( ;D =/
    r"|[:;=][-'^o]?(?:[)\]}]{1,100}+|[/\\](?!/)|(?:[(\[{*|]{1,100}+|[DPpOo])(?![\p{L}\p{N}]))"
    r"|</?3(?!\.?\p{N})|\^_{0,5}\^"  # <3 ^_^
    rf"|{EMOJI}(?:\u200D{EMOJI}){{0,9}}+|\p{{Regional_Indicator}}{{2}}"
    r"|[.…。]{1,100}+|[!?！？‼⁉]{1,100}+|[,;:]"
)
# NLTK reads the clock at every match, to stop patterns that run away; that takes half of the time.
# This pattern can't run away: its repetitions are possessive or short.
TOKENS._regexp = redos.compile(TOKENS._pattern, TOKENS._flags, timeout=None)

DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
STRAIGHT = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
FRACTION_SLASH = "\u2044"  # "½" is "1⁄2" once normalised
EMOJI_STYLE = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


@lru_cache(maxsize=1 << 16)
def _word(surface: str) -> str:
    word = surface.translate(STRAIGHT)
    if not word.isascii():
        word = unicodedata.normalize("NFKC", EMOJI_STYLE.sub("", word)).casefold()
        word = "".join(unicodedata.normalize("NFKC", word).split()).replace(FRACTION_SLASH, "/")
    word = DRAWN_OUT.sub(r"\1\1", word.lower())
    return word if word[:1].isalnum() else _symbol(word)


def _symbol(word: str) -> str:
    """Bring runs of sentence ends and the variants of an emoticon to one spelling."""
    if word[:1] in (".", "…", "。"):
        return "." if len(word) == 1 else "..."
    if word[:1] in ("!", "?"):
        return "?!" if "?" in word and "!" in word else word[:2]
    if word[:1] in (":", ";", "=") and len(word) > 1:
        return word[0].replace("=", ":") + word.lstrip(":;=-'^")[:1]
    return word
