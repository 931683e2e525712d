import gc
import json
import time
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sentiment.text import PUNCTUATION, TOKENIZER, fingerprint, read, read_words
from tests.unit.imports import ROOT


def words(review: str) -> list[str]:
    return [token.word for token in read(review).tokens]


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        ("", []),
        (" \n\t ", []),
        ("Good Film", ["good", "film"]),
        ("don't", ["don't"]),
        ("don’t isn`t won´t can＇t hasnʼt", ["don't", "isn't", "won't", "can't", "hasn't"]),
        ("does n't", ["does", "n't"]),
        ("'quoted' rock 'n' roll, actors'", ["quoted", "rock", "n", "roll", ",", "actors"]),
        ("O'Brien's", ["o'brien's"]),
        ("not-so-good", ["not", "so", "good"]),
        ("snake_case*stars*", ["snake", "case", "stars"]),
        ("7/10", ["7/10"]),
        ("3.5 stars, 1,000 at 9:30.", ["3.5", "stars", ",", "1,000", "at", "9:30", "."]),
        ("8/10. 1990s 2nd 80's 3D", ["8/10", ".", "1990s", "2nd", "80's", "3d"]),
        ("$5 100%", ["5", "100"]),
        ("so. so.. so... so……", ["so", ".", "so", "...", "so", "...", "so", "..."]),
        ("a! a!! a!!!!!", ["a", "!", "a", "!!", "a", "!!"]),
        ("a? a??? a?! a!?!?!", ["a", "?", "a", "??", "a", "?!", "a", "?!"]),
        ("one, two; three: four", ["one", ",", "two", ";", "three", ":", "four"]),
        ("sooooo baaaaad, good, 1000", ["soo", "baad", ",", "good", ",", "1000"]),
        ("WOOOOW", ["woow"]),
        ("½ 1½ stars m²", ["1/2", "1", "1/2", "stars", "m", "2"]),
        ("ﬁne Ｇｏｏｄ Straße cafe\u0301", ["fine", "good", "strasse", "café"]),
        (":) :-) :))) =) ;-) :D :P", [":)", ":)", ":)", ":)", ";)", ":d", ":p"]),
        (":( :'( :-/ =D", [":(", ":(", ":/", ":d"]),
        ("great:)", ["great", ":)"]),
        ("note:only cast:(list) http://a.b", words("note : only cast : list http : a . b")),
        ("<3 </3 ^_^ ^^", ["<3", "</3", "^_^", "^^"]),
        ("I <3 it", ["i", "<3", "it"]),
        ("<30 and <3.5", ["30", "and", "3.5"]),
        ("😀😀 👍🏽 ❤️", ["😀", "😀", "👍", "❤"]),
        ("👩\u200d❤️\u200d👨 🇬🇧🇫🇷", ["👩\u200d❤\u200d👨", "🇬🇧", "🇫🇷"]),
        ("Не понравилось", ["не", "понравилось"]),
        ("\ufe0f \u0301 _ \" () — *", []),
    ],
)  # fmt: skip
def test_words_of_a_review(review: str, expected: list[str]) -> None:
    assert words(review) == expected


@pytest.mark.parametrize(
    ("review", "text", "expected"),
    [
        ("bad<br /><br />film", "bad\n\nfilm", ["bad", "film"]),
        ("bad<BR>film", "bad\nfilm", ["bad", "film"]),
        ("<p>One.</p><p>Two</p>", "One.\n\n\nTwo", ["one", ".", "two"]),
        ("<b>W</b>onderful", "Wonderful", ["wonderful"]),
        ('<a href="x?a=1&b=2" title="y">link</a>', "link", ["link"]),
        ("a<script>var b = '<p>';</script>c", "a c", ["a", "c"]),
        ("a<STYLE type='x'>b {}</STYLE >c", "a c", ["a", "c"]),
        ("a<!-- b <i>c</i> -->d", "a d", ["a", "d"]),
        ("<script>never closed", "never closed", ["never", "closed"]),
        ("<!-- never closed", "<!-- never closed", ["!", "never", "closed"]),
        ("<template>not</template> <title>bad", "not\n \nbad", ["not", "bad"]),
        ("<!DOCTYPE html><?xml v?><![CDATA[x]]>good", "good", ["good"]),
        ("<o:p>good</o:p>", "good", ["good"]),
        ("this is <NOT> good", "this is <NOT> good", ["this", "is", "not", "good"]),
        ("a<b and c>d", "a<b and c>d", ["a", "b", "and", "c", "d"]),
        ("x < y > z", "x < y > z", ["x", "y", "z"]),
        ('<a title="x > y">link</a>', "link", ["link"]),
        ('good</b title="x > y">ish', "goodish", ["goodish"]),
        ("<br clear=all/><option selected value='1'>x", "x", ["x"]),
        ('<a b="x>not good', '<a b="x>not good', ["a", "b", "x", "not", "good"]),
        ('<a b"=">not', '<a b"=">not', ["a", "b", "not"]),
        ("<me@example.org>", "<me@example.org>", ["me", "example", ".", "org"]),
        ("don&#39;t don&apos;t don&rsquo;t", "don't don't don’t", ["don't"] * 3),
        ("don&#146;t don&#x27;t don&#39t", "don’t don't don't", ["don't"] * 3),
        ("caf&eacute; &lt;3 &amp;", "café <3 &", ["café", "<3"]),
        ("AT&T R&D & co", "AT&T R&D & co", ["at", "t", "r", "d", "co"]),
        ("&#9999999; &#xD800; &#0; &unknown; &#;", None, ["unknown", ";"]),
        ("http://x.org/?a=1&b=2", "http://x.org/?a=1&b=2", None),
        ("/etc/passwd & <i>x</i>", "/etc/passwd & x", ["etc", "passwd", "x"]),
    ],
)
def test_markup_goes_and_words_stay(
    review: str, text: str | None, expected: list[str] | None
) -> None:
    reading = read(review)

    assert text is None or reading.text == text
    assert expected is None or [token.word for token in reading.tokens] == expected


@pytest.mark.parametrize(
    ("review", "text"),
    [
        ("go\x00od\x07", "good"),
        ("go\u00adod\u200b", "good"),
        ("good\x0bbad\x0cugly", "good bad ugly"),
        ("good\n\tbad\r\n", "good\n\tbad\r\n"),
        ("don\x92t\x85", "don’t…"),
        ("\ufeffgood\u202e", "good"),
        ("x\ud83d\ude00y", "x😀y"),
        ("\ud800good\udfff", "\ufffdgood\ufffd"),
        ("go&#x200b;od <b>a\x00b</b>", "good ab"),
    ],
)
def test_control_characters_and_lone_surrogates_go(review: str, text: str) -> None:
    assert read(review).text == text


def test_a_place_is_where_the_word_stands_in_the_text() -> None:
    text, tokens = read("I didn’t <b>LOVE</b> 😀 it!!!")

    assert [text[start:end] for _, start, end in tokens] == [
        *("I", "didn’t", "LOVE", "😀", "it", "!!!")
    ]


def test_equal_reviews_have_equal_fingerprints() -> None:
    one = [token.word for token in read("Don't<br />MISS  it!!!").tokens]
    other = [token.word for token in read("don’t miss it !!").tokens]

    assert fingerprint(one) == fingerprint(other) != fingerprint(one[1:])
    assert fingerprint(["a", "b"]) == 0xBB37DEA5C027F928
    assert 0 <= fingerprint([]) < 2**64


def test_the_models_that_come_with_the_code_know_the_words_of_this_version() -> None:
    for file in ("imdb/model.json", "base/base.json"):
        assert json.loads((ROOT / "models" / file).read_text())["tokenizer"] == TOKENIZER


def test_punctuation_is_every_word_without_a_letter_a_digit_or_a_face() -> None:
    seen = {word for runs in (".", "…", "!", "?") for n in (1, 2, 3) for word in words(runs * n)}
    seen |= {*words(", ; :"), *words("?!")}

    assert seen == PUNCTUATION


# --- Anything goes ----------------------------------------------------------------------------

PIECES = [
    *"abcXYZ019.,;:!?'\"()[]{}<>/\\&#=-_^* \n\t",
    *"ßéİıǆ中文الحبคर्क",
    *("’", "‘", "´", "…", "。", "½", "²", "Ⅷ", "ﷺ", "\u3164", "\u0301", "\ufe0f", "\u200d"),
    *("😀", "👍🏽", "🇬", "❤️", "👩\u200d👩", "‼", "⁉", "™", "\U000e0067"),
    *("\x00", "\x1f", "\x7f", "\x85", "\x92", "\u2028", "\ufeff"),
    *("\ud800", "\udc00", "\ud83d\ude00"),
    *("<br />", "<b>", "</b>", "<p>", "</p>", "<script>", "</script>", "<!--", "-->", "<style"),
    *("<?", "<![CDATA[", "<a b='", "<td>", "<table>", "<textarea>", "<plaintext>", "</", "<3"),
    *("&amp;", "&lt;", "&#", "&#x", "&#39", "&#xD800;", "&#99999999999;", "&nbsp", "&bogus;"),
    *("not", "don't", "7/10", ":-)", ":(", "!!!", "...", "aaaa", "&#8;"),
]  # fmt: skip


def reviews(pieces: list[str] = PIECES, others: st.SearchStrategy[str] | None = None):
    """Pieces in any order, half of the time at least fifteen; among them any other characters."""
    piece = st.sampled_from(pieces)
    piece = piece if others is None else piece | others
    some, many = (st.lists(piece, min_size=least, max_size=30) for least in (0, 15))
    return (some | many).map("".join)


@settings(max_examples=300)
@given(reviews(others=st.characters()))
def test_any_string_becomes_sound_tokens(review: str) -> None:
    text, tokens = read(review)

    text.encode()  # no lone surrogates
    assert not any(ord(c) < 32 and c not in "\t\n\r" for c in text)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)
    assert all(a.end <= b.start for a, b in pairwise(tokens))
    assert all(0 <= start < end <= len(text) for _, start, end in tokens)
    assert all(word and not any(map(str.isspace, word)) for word, _, _ in tokens)
    assert all(word == word.lower() for word, _, _ in tokens)
    assert read_words(review) == (text, [word for word, _, _ in tokens])


LINE_BREAKS = ["<br />", "<BR>", "<br\n/>"]
BLANKS = [" ", "\n", "\t", "\x0c", "\r", "\xa0", "\u2028"]


@settings(max_examples=200)
@given(reviews([*LINE_BREAKS, *BLANKS, "good", "..."]))
def test_line_breaks_alone_are_read_as_beside_other_markup(review: str) -> None:
    assume("<" in review)

    assert read(review) == read(f"{review}<i></i>")


@given(
    reviews(
        [piece for piece in PIECES if piece.isprintable() and not set(piece) & set("<>&")],
        st.characters(exclude_categories=["C", "Z"], exclude_characters="<>&"),
    )
)
def test_a_review_without_markup_and_controls_is_its_own_text(review: str) -> None:
    assert read(review).text == review


@settings(max_examples=200)
@given(
    reviews(
        [piece for piece in PIECES if piece.isascii() and "&" not in piece],
        st.characters(codec="ascii", exclude_characters="&"),
    )
)
def test_the_words_of_the_words_are_the_words(review: str) -> None:
    once = words(review)

    assert words(" ".join(once)) == once


NEGATIONS = ["not", "NOT", "never", "don't", "isn’t", "can&#39;t", "won`t", "no"]
AROUND = [
    *("", " ", "'", '"', "(", ")", "*", "_", "-", "<b>", "</b>", "<br/>", "<i >", "<!-- -->"),
    *("<", ">", "&", "&nbsp;", "&quot;", "“", "”", "...", "!!!", ",", "\x00", "\u200b", "😀"),
]


@settings(max_examples=300)
@given(
    before=st.lists(st.sampled_from(AROUND), max_size=4).map("".join),
    said=st.sampled_from(NEGATIONS),
    after=st.lists(st.sampled_from(AROUND), max_size=4).map("".join),
)
def test_negation_is_never_lost(before: str, said: str, after: str) -> None:
    plain = said.lower().replace("’", "'").replace("`", "'").replace("&#39;", "'")

    assert plain in words(f"it is {before}{said}{after} good")


PLAIN = "I didn't like it, 3/10 at best! Sooo dull... :("


@settings(max_examples=50)
@given(
    space=st.sampled_from([" ", "\n", "\xa0", "<br>"]),
    marks=st.lists(
        st.sampled_from(["", "<i></i>", "</b>", "<span class='x'>", "\x00", "<wbr>"]),
        min_size=len(PLAIN),
        max_size=len(PLAIN),
    ),
)
def test_inline_markup_and_white_space_change_no_word(space: str, marks: list[str]) -> None:
    marked = "".join(
        character.replace(" ", space) + mark for character, mark in zip(PLAIN, marks, strict=True)
    )

    assert words(marked) == words(PLAIN)


@pytest.mark.parametrize(
    "unit",
    [
        *("<", ">", "&", '"', "'", "a", "a'", "aé", "1/", "1.", ".", "!", "?!", ":", ":-", ":("),
        *("=", "^_", "<b>", "<div>", "</b>", "<p></div>", "<p>x</div>", "<i><b></i>x", "<br>"),
        *("<a ", "<a b='", "<a b=>", "<b    ", "<a = ", "<script>", "<script ", "<!--", "<!-->"),
        *("<?", "<![CDATA[", "&#", "&#x", "&a", "&amp;", "<table><td>x", "<textarea>", "<h1>x"),
        *("\ud800", "\x00", "\n", " ", "\xa0", "a\u0301", "\ufdfa", "😀", "😀\u200d", "🇬"),
        *("</script>", "-->", "<!---->x", "<script></script>", "<a b='c'>"),
        *("a='b' ", "= ", "<p\t=", "<x:y>"),
    ],
)  # fmt: skip
def test_the_work_grows_linearly_with_the_length(unit: str, reading_seconds) -> None:
    """What is 24 times as long takes 24 times as long; squares would take far more than twice that.

    Processor time of the same process is compared, and the least of a few tries: what else the
    machine does lengthens both, and can't make a try too short.
    """
    shapes = ["{}>", "<b a=1 {}>", *(["{}</script>-->"] if unit.startswith(("<s", "<!")) else [])]
    for shape in shapes:
        short, long = (shape.format(unit * (size // len(unit))) for size in (1_000, 24_000))
        least = 24 * min(reading_seconds(short) for _ in range(3))

        assert any(reading_seconds(long) < 2 * least for _ in range(5)), shape


@pytest.fixture
def reading_seconds():
    """How long `read` computes; no garbage is collected meanwhile, which takes time by its own."""

    def seconds(review: str) -> float:
        began = time.process_time()
        read(review)
        return time.process_time() - began

    gc.disable()
    yield seconds
    gc.enable()
