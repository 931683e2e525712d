"""The page for everybody: axe in every state, keyboard, small screens, dark, still, printed."""

import re
import threading
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.answers import TEXT, UNSURE, answer, answers, ask, to_each
from tests.browser.conftest import PAGE, Reply, problem

LINES = "good\nbad\nso-so\nwhat?"


# --- Every state, looked at by axe ----------------------------------------------------------------


def opened(page, site):
    """Nothing was asked yet."""
    expect(page.locator("#live")).not_to_be_empty()


def answered(page, site):
    site.answers = [answer(notes=["A very short review."])]
    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    page.locator("#json summary").click()


def negative(page, site):
    site.answers = [to_each]
    ask(page, "bad. It is. So it is.")
    expect(page.get_by_role("heading", name="Negative")).to_be_visible()
    page.locator("#sentences summary").click()


def unsure(page, site):
    site.answers = [answers(UNSURE)]
    ask(page)
    expect(page.get_by_role("heading", name="Unsure")).to_be_visible()


def busy(page, site):
    site.answers = [Reply(until=threading.Event())]
    ask(page)
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()


def followed(page, site):
    site.answers = [answer(), Reply(until=threading.Event())]
    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    page.locator("#review").fill("another")
    expect(page.locator("#verdict")).to_have_text("…")


def failed(reply):
    def state(page, site):
        site.answers = [reply]
        ask(page)
        expect(page.locator("#error")).not_to_be_empty()

    return state


def waited(reply):
    def state(page, site):
        site.answers = [reply]
        ask(page)
        expect(page.locator("#status span")).to_be_visible()

    return state


def offline(page, site):
    page.context.set_offline(True)
    ask(page)
    expect(page.locator("#error")).to_contain_text("offline")


def shared(page, site):
    site.answers = [to_each]
    ask(page, "good")
    page.get_by_role("button", name="Copy a link to it").click()
    expect(page.get_by_label("Link to this review")).to_be_focused()


def remembered(page, site):
    site.answers = [to_each]
    page.get_by_label("Remember them").check()
    ask(page, "good")
    expect(page.locator("#remembered li")).to_have_count(1)


def many(page, site):
    site.answers = [to_each]
    page.get_by_role("link", name="Many at once").click()
    page.locator("#many-text").fill(LINES)
    page.get_by_role("button", name="Judge them").click()
    expect(page.locator("#many-status")).to_contain_text("Done")


def many_empty(page, site):
    page.get_by_role("link", name="Many at once").click()
    page.get_by_role("button", name="Judge them").click()
    expect(page.locator("#many-error")).not_to_be_empty()


def many_busy(page, site):
    site.answers = [Reply(until=threading.Event())]
    page.get_by_role("link", name="Many at once").click()
    page.locator("#many-text").fill(LINES)
    page.get_by_role("button", name="Judge them").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def compared(page, site):
    site.answers = [to_each]
    page.get_by_role("link", name="Two versions").click()
    page.get_by_label("One version").fill("good")
    page.get_by_label("Another version").fill("bad")
    page.get_by_role("button", name="Compare them").click()
    expect(page.locator("#change")).to_be_visible()


def compared_empty(page, site):
    page.get_by_role("link", name="Two versions").click()
    page.get_by_role("button", name="Compare them").click()
    expect(page.locator("#compare-error")).not_to_be_empty()


def card(page, site):
    page.get_by_role("link", name="The model").click()
    expect(page.locator("#card svg")).to_be_visible()


def card_of_nothing(page, site):
    site.model = problem(503, "None.", code="no-model", retry_after="30")
    page.goto("/#about")
    page.reload()
    expect(page.locator("#model")).to_contain_text("Nothing answers here yet")


def lost(page, site):
    page.goto("/nowhere")


STATES = {
    "opened": opened,
    "answered": answered,
    "negative, by sentences": negative,
    "unsure": unsure,
    "busy": busy,
    "followed": followed,
    "wrong": failed(problem(413, "The review is too long.")),
    "fault": failed(problem(500, "Something went wrong on our side.")),
    "nothing live": failed(problem(503, "None.", code="no-model")),
    "warming up": waited(problem(503, "The model is warming up.", retry_after="30")),
    "throttled": waited(problem(429, "Too many.", retry_after="30")),
    "offline": offline,
    "shared": shared,
    "remembered": remembered,
    "many": many,
    "many, none": many_empty,
    "many, busy": many_busy,
    "compared": compared,
    "compared, none": compared_empty,
    "card": card,
    "card of nothing": card_of_nothing,
    "lost": lost,
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_axe_finds_nothing_in_any_state_light_and_dark_on_any_screen(page, site, state):
    state(page, site)
    page.emulate_media(reduced_motion="reduce")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            found = Axe().run(page)
            assert found.violations_count == 0, (scheme, width, found.generate_report())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    for reply in site.answers:
        if isinstance(reply, Reply) and reply.until:
            reply.until.set()


def test_axe_would_find_something(page):
    page.evaluate("document.querySelector('#review').labels[0].remove()")

    assert Axe().run(page).violations_count == 1


def test_nothing_scrolls_sideways_with_text_of_double_size(page, site):
    page.set_viewport_size({"width": 640, "height": 800})
    for state in (answered, many, compared, card):
        state(page, site)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_a_long_word_does_not_scroll_a_small_phone_sideways(page, site):
    page.set_viewport_size({"width": 320, "height": 568})
    long = "w" * 400
    site.answers = [
        answer(text=long, words=[{"start": 0, "end": 400, "contribution": 1}], used=[0, 1]),
        problem(400, long),
    ]

    for text, visible in ((long, "#answer"), (f"{long} again", "#error")):
        ask(page, text)
        expect(page.locator(visible)).not_to_be_empty()
        expect(page.locator(visible)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


# --- By keyboard ----------------------------------------------------------------------------------


def test_it_works_by_keyboard_alone(page, site):
    site.answers = [to_each]

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="One review")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.locator("#review")).to_be_focused()
    page.keyboard.type("good and good")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    expect(page.locator("#review")).to_be_focused()
    for name in ("Judge it", "Copy a link to it", "a happy one", "an angry one", "a mixed one"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#read mark").first).to_be_focused()
    expect(page.locator("#meaning")).to_contain_text("pulls towards positive")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#json")).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Remember them")).to_be_checked()


def test_the_rooms_and_the_table_work_by_keyboard_alone(page, site):
    site.answers = [to_each]

    page.get_by_role("link", name="Many at once").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Many at once")).to_have_attribute("aria-current", "page")
    page.locator("#many-text").focus()
    page.keyboard.type("good\nbad")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#many-title")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Review")


# --- As people have set it ------------------------------------------------------------------------


def test_a_phone_does_not_zoom_into_the_field(page):
    size = page.locator("#review").evaluate("field => getComputedStyle(field).fontSize")

    assert float(size.removesuffix("px")) >= 16


def test_nothing_moves_for_those_who_asked_for_that(page, site):
    site.answers = [Reply(until=threading.Event())]
    moving = "document.getAnimations().length"

    page.emulate_media(reduced_motion="reduce")
    ask(page)
    expect(page.locator("#status")).to_have_text("Reading …")

    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) == 1
    site.answers[0].until.set()


def test_forced_colours_keep_marks_and_meter(page, site):
    site.answers = [answer()]
    page.emulate_media(forced_colors="active")

    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()

    lines = page.locator("#read mark").evaluate_all(
        "all => all.map(mark => getComputedStyle(mark).textDecorationStyle)"
    )
    assert lines == ["solid", "wavy"]
    border = "meter => getComputedStyle(meter).borderTopWidth"
    assert page.get_by_role("meter").evaluate(border) == "1px"


def test_what_is_printed_is_the_answer(page, site):
    site.answers = [answer()]
    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()

    page.emulate_media(media="print")

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    expect(page.locator("#read")).to_have_text(TEXT)
    for hidden in ("nav", ".examples", "#history", "footer"):
        expect(page.locator(hidden)).to_be_hidden()


def luminance(colour):
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(scheme):
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w{6});", block))
        for block in (PAGE / "style.css").read_text().split("@media (prefers-color-scheme: dark)")
    )
    colours = light if scheme == "light" else light | dark
    grounds = {
        "paper": ["ink", "soft", "wrong"],
        "sheet": ["ink", "soft", "wrong", "for", "against", "unsure"],
        "accent": ["on-accent"],
        "for-wash": ["ink", "for"],
        "against-wash": ["ink", "against"],
    }
    for ground, texts in grounds.items():
        for text in texts:
            high, low = sorted(map(luminance, (colours[ground], colours[text])), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{text} on {ground}"


def test_headings_go_down_one_by_one(page, site):
    for state in (answered, compared, card):
        state(page, site)
        headings = page.locator("h1:visible, h2:visible, h3:visible")
        levels = headings.evaluate_all("all => all.map(h => +h.tagName[1])")
        assert levels[0] == 1
        assert all(lower - upper <= 1 for upper, lower in pairwise(levels))
