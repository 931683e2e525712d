"""One review: what the answer tells, how it follows the typing, and what is never a sentiment."""

import json
import threading

import pytest
from playwright.sync_api import expect

from tests.browser.answers import (
    HEAD,
    NEGATIVE,
    RESULT,
    TEXT,
    UNSURE,
    XSS,
    answer,
    answers,
    ask,
    expect_no_verdict,
    result_of,
    to_each,
)
from tests.browser.conftest import Reply, problem

PAUSE_MILLISECONDS = 300  # in typing, before the page asks


def test_it_opens_quietly(page):
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible()
    expect(page.locator("#status")).to_be_empty()
    expect(page.locator("#error")).to_be_empty()
    expect(page.locator("#scriptless")).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    expect_no_verdict(page)


def test_a_positive_review(page, site):
    site.answers = [answer()]

    ask(page)

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    expect(page.get_by_text("97% sure", exact=True)).to_be_visible()
    expect(page.get_by_text("about 3 of 100 such answers should be wrong")).to_be_visible()
    assert page.get_by_role("meter", name="97% sure").evaluate("meter => meter.value") == 0.97
    expect(page.locator("#status")).to_have_text("Positive. 97% sure.")
    expect(page.locator("#reason")).to_be_hidden()
    assert json.loads(site.asked[-1]) == {"text": TEXT}


def test_a_negative_review(page, site):
    site.answers = [answer(sentiment="negative", probability=0.001, confidence=0.999)]

    ask(page)

    expect(page.get_by_role("heading", name="Negative")).to_be_visible()
    expect(page.get_by_text("Over 99% sure", exact=True)).to_be_visible()


def test_words_are_marked_where_they_stand_and_say_what_they_mean(page, site):
    site.answers = [answer()]

    ask(page)

    marks, meaning = page.locator("#read mark"), page.locator("#meaning")
    expect(page.locator("#read")).to_have_text(TEXT)
    expect(marks).to_have_text(["wonderful", "awful"])  # behind an emoji, which JavaScript halves
    expect(marks.nth(0)).to_have_class("for strength-3")
    expect(marks.nth(1)).to_have_class("against strength-2")
    style = "mark => getComputedStyle(mark).textDecorationStyle"
    assert marks.nth(0).evaluate(style) != marks.nth(1).evaluate(style)  # not colour alone
    expect(page.locator("#legend")).to_contain_text("towards negative")
    marks.nth(0).hover()
    expect(meaning).to_have_text("“wonderful” pulls towards positive, strongly (+2.2)")
    marks.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(marks.nth(1)).to_be_focused()
    expect(meaning).to_have_text("“awful” pulls towards negative, clearly (−1.1)")
    expect(page.locator("#words dt")).to_have_text(["Positive words", "Negative words"])
    expect(page.locator("#words dd")).to_have_text(["wonderful (+2.2)", "awful (−1.1)"])


def test_each_time_that_a_word_occurs_is_listed_apart(page, site):
    words = [
        {"start": 0, "end": 3, "contribution": -0.8},
        {"start": 4, "end": 7, "contribution": 0.3},
    ]
    site.answers = [answer(text="Not not", words=words, used=[0, 2])]

    ask(page, "Not not")

    told = ["not, 2nd time (+0.3)", "Not, 1st time (−0.8)"]
    expect(page.locator("#words dd")).to_have_text(told)


def test_a_longer_review_is_told_sentence_by_sentence(page, site):
    text = "It is \N{CLAPPER BOARD} good. It was bad! It is a film."
    words = [
        {"start": 8, "end": 12, "contribution": 1.0},
        {"start": 21, "end": 24, "contribution": -0.4},
        {"start": 26, "end": 28, "contribution": 0.01},
    ]
    site.answers = [answer(text=text, words=words, used=[0, 3])]

    ask(page, text)
    page.get_by_text("Sentence by sentence").click()

    expect(page.locator("#sentences li")).to_have_text(
        [
            "It is \N{CLAPPER BOARD} good. pulls towards positive, strongly (+1.0)",
            "It was bad! pulls towards negative, clearly (−0.4)",
            "It is a film. says little",
        ]
    )


def test_the_answer_can_be_seen_as_json_with_its_sum(page, site):
    site.answers = [answer()]

    ask(page)
    page.get_by_text("As JSON, and how it adds up").click()

    told = json.loads(page.locator("#json pre").inner_text())
    assert told == HEAD | {"results": [RESULT]}
    expect(page.locator("#sum")).to_contain_text("Words add 2.21 and take −1.12: 1.19")


def test_an_unsure_answer_says_why_and_shows_no_confidence(page, site):
    site.answers = [answers(UNSURE)]

    ask(page)

    expect(page.get_by_role("heading", name="Unsure")).to_be_visible()
    expect(page.locator("#reason")).to_have_text(UNSURE["unsure_because"])
    expect(page.get_by_role("meter")).to_be_hidden()
    expect(page.locator("#status")).to_have_text(f"Unsure. {UNSURE['unsure_because']}")


def test_it_tells_how_the_review_was_read(page, site):
    site.answers = [answer(notes=["It was read in 2 parts.", "The model knows 3 of the 4 words."])]

    ask(page)

    told = "It was read in 2 parts. The model knows 3 of the 4 words."
    expect(page.locator("#notes")).to_have_text(told)


def test_without_anything_to_note_there_is_no_note(page, site):
    site.answers = [answer()]

    ask(page)

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    expect(page.locator("#notes")).to_be_hidden()


def test_an_example_is_a_press_away(page, site):
    site.answers = [to_each]

    page.get_by_role("button", name="an angry one").click()

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert json.loads(site.asked[0])["text"] == page.locator("#review").input_value()


# --- It follows the typing ------------------------------------------------------------------------


def test_the_answer_follows_the_typing_and_comes_once_it_pauses(page, site):
    site.answers = [to_each]
    page.clock.install(time=0)
    page.clock.pause_at(1)  # a busy machine makes pauses between two keys, too

    page.locator("#review").press_sequentially("So good")
    page.clock.run_for(PAUSE_MILLISECONDS - 1)
    assert site.asked == []
    page.clock.run_for(1)
    page.clock.resume()

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert [json.loads(asked)["text"] for asked in site.asked] == ["So good"]
    page.locator("#review").press_sequentially(" and bad", delay=20)
    expect(page.get_by_role("heading", name="Negative")).to_be_visible()
    expect(page.locator("#read")).to_have_text("So good and bad")
    expect(page.locator("#review")).to_be_focused()


def test_no_verdict_ever_stands_beside_another_text(page, site):
    """Every change of the page is looked at, from within."""
    site.answers = [to_each]
    page.evaluate(
        """() => {
            window.wrong = [];
            const look = () => {
                const answer = document.getElementById("answer");
                const text = document.getElementById("review").value;
                const told = document.getElementById("verdict").textContent;
                if (answer.hidden || answer.dataset.waiting !== undefined) return;
                if (document.getElementById("read").textContent !== text) window.wrong.push(told);
            };
            new MutationObserver(look).observe(document.body,
                { subtree: true, childList: true, attributes: true, characterData: true });
            document.getElementById("review").addEventListener("input", () => setTimeout(look));
        }"""
    )
    for piece in ("good", " bad", " good", " so-so", " bad"):
        page.locator("#review").press_sequentially(piece, delay=60)
        page.wait_for_timeout(330)
    expect(page.get_by_role("heading", name="Negative")).to_be_visible()

    assert page.evaluate("window.wrong") == []


def test_while_another_answer_is_on_its_way_its_place_stays_and_says_nothing(page, site):
    site.answers = [answer(), answers(NEGATIVE)._replace(until=threading.Event())]
    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    before = page.locator("#answer").bounding_box()["height"]

    page.locator("#review").press("End")
    page.keyboard.type(" ")

    expect(page.locator("#verdict")).to_have_text("…")
    expect(page.locator("#told")).to_be_hidden()
    assert page.locator("#answer").bounding_box()["height"] == pytest.approx(before, abs=1)
    site.answers[-1].until.set()


def test_a_slow_answer_that_was_overtaken_is_never_shown(page, site):
    slow = threading.Event()
    site.answers = [answers(result_of("good"))._replace(until=slow), to_each]

    page.locator("#review").press_sequentially("good")
    page.wait_for_timeout(500)
    page.locator("#review").press_sequentially(" bad")
    expect(page.get_by_role("heading", name="Negative")).to_be_visible()
    slow.set()
    page.wait_for_timeout(300)

    expect(page.get_by_role("heading", name="Negative")).to_be_visible()


def test_what_is_answered_already_is_not_asked_again(page, site):
    site.answers = [answer()]

    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    page.get_by_role("button", name="Judge it").click()
    page.locator("#review").press("Control+Enter")

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert len(site.asked) == 1


def test_an_emptied_field_has_no_answer_and_no_error(page, site):
    site.answers = [to_each]
    page.locator("#review").press_sequentially("good")
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()

    page.locator("#review").fill("")

    expect_no_verdict(page)
    expect(page.locator("#error")).to_be_empty()


# --- What is never a sentiment --------------------------------------------------------------------

NONSENSE = [
    b"",
    b"positive",
    b"<html></html>",
    b'{"run": "r", "results"',
    None,
    "positive",
    [RESULT],
    {},
    {"message": "ok"},
    {"sentiment": "positive"},
    HEAD | {"results": []},
    HEAD | {"results": RESULT},
    HEAD | {"results": {"length": 1, "0": RESULT}},
    HEAD | {"results": [RESULT, RESULT]},
    HEAD | {"run": "", "results": [RESULT]},
    HEAD | {"run": None, "results": [RESULT]},
    HEAD | {"bias": None, "results": [RESULT]},
    HEAD | {"unsure": [0.6], "results": [RESULT]},
    HEAD | {"unsure": [0.6, 0.4], "results": [RESULT]},
    HEAD | {"results": [{"problem": {"code": "busy", "detail": "Busy."}}]},
    {"results": [RESULT]},
]
WRONG = [
    {"sentiment": "great"},
    {"sentiment": "negative"},
    {"sentiment": None},
    {"sentiment": "unsure"},
    {"sentiment": "toString"},
    {"unsure_because": "No reason at all."},
    {"probability": "0.97"},
    {"probability": 1.2, "confidence": 1.2},
    {"probability": None},
    {"confidence": 0.5},
    {"confidence": True},
    {"text": None},
    {"text": ""},
    {"text": "Quite another review, of the same words as another one."},
    {"words": None},
    {"words": {}},
    {"words": [None]},
    {"words": [{"start": 0, "end": 4}], "used": [0, 1]},
    {"words": [{"start": 0, "end": 99, "contribution": 1}], "used": [0, 1]},
    {"words": [{"start": 4, "end": 4, "contribution": 1}], "used": [0, 1]},
    {"words": [{"start": -1, "end": 4, "contribution": 1}], "used": [0, 1]},
    {"words": [{"start": 0.5, "end": 4, "contribution": 1}], "used": [0, 1]},
    {"words": [{"start": 0, "end": 4, "contribution": "1"}], "used": [0, 1]},
    {"words": RESULT["words"][::-1]},
    {"words": [RESULT["words"][0]] * 2, "used": [0, 2]},
    {"notes": None},
    {"notes": [""]},
    {"notes": [None]},
    {"used": None},
    {"used": [0]},
    {"used": [0, 5]},
    {"used": [3, 1]},
    {"used": ["0", "4"]},
]


def test_nonsense_is_never_a_sentiment(page, site):
    bodies = [*NONSENSE, *(HEAD | {"results": [RESULT | wrong]} for wrong in WRONG)]
    bodies += [HEAD | {"results": [UNSURE | {"unsure_because": None}]}]
    for body in bodies:
        site.answers = [Reply(200, body)]

        ask(page)

        expect(page.locator("#error"), str(body)).to_contain_text("not a verdict")
        expect_no_verdict(page)
        page.locator("#review").fill("")


# --- Text is text, in every script ----------------------------------------------------------------


def test_markup_in_an_answer_is_shown_as_text(page, site):
    word = {"start": 0, "end": len(XSS), "contribution": 3.0}
    site.answers = [answer(text=XSS, words=[word], used=[0, 1])]

    ask(page, XSS)

    expect(page.locator("#read")).to_have_text(XSS)
    expect(page.locator("#words")).to_contain_text("<img")
    expect(page).to_have_title("Verdict")
    assert page.locator("#answer img, #answer script").count() == 0


@pytest.mark.parametrize("status", [400, 500])
def test_markup_in_an_error_is_shown_as_text(page, site, status):
    site.answers = [problem(status, XSS)]

    ask(page)

    expect(page.locator("#error")).to_contain_text(XSS)
    expect(page).to_have_title("Verdict")


FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
WRITTEN = [
    "סרט good מאוד",
    "فيلم good جدا",
    f"{FAMILY} good {FAMILY}",
    "cafe\N{COMBINING ACUTE ACCENT} good",
    "\N{MATHEMATICAL FRAKTUR CAPITAL D}\N{GOTHIC LETTER AHSA} good",
    "क्\N{ZERO WIDTH JOINER}ष good",
    "\N{FLAG IN HOLE} \N{REGIONAL INDICATOR SYMBOL LETTER D}"
    "\N{REGIONAL INDICATOR SYMBOL LETTER E} good",
    "x " * 49_990 + "good",
]


@pytest.mark.parametrize("text", WRITTEN, ids=lambda text: ascii(text)[:20])
def test_marks_stand_at_their_places_in_every_script(page, site, text):
    start = text.index("good")
    word = {"start": start, "end": start + 4, "contribution": 1.5}
    site.answers = [answer(text=text, words=[word], used=[0, 1])]

    ask(page, text)

    expect(page.locator("#read mark")).to_have_text("good")
    assert page.locator("#read").evaluate("read => read.textContent") == text
