"""The model's card: what is live and how good it is, honest where that isn't known."""

import pytest
from playwright.sync_api import expect

from tests.browser.answers import (
    HEAD,
    RESULT,
    XSS,
    answer,
    ask,
)
from tests.browser.conftest import MODEL, Reply, problem


def test_the_card_tells_what_is_live_and_how_good_it_is(page):
    page.get_by_role("link", name="The model").click()

    expect(page.locator("#model")).to_have_text(
        "The live model is verdict-0a1b2c3d4e5f. It was trained on 2 March 2026 from reviews.csv "
        "(25,000 reviews). It has answered since 2 March 2026 at the latest. It gets 86.3% of "
        "unseen reviews right; counting words alone gets 84.0%."
    )
    card = page.locator("#card")
    expect(card).to_contain_text("off by 1.1% on average, over 5,000 reviews")
    expect(card).to_contain_text("Of 2,500 negative reviews it took 200 for positive")
    expect(card.locator("li")).to_have_text(
        [
            "3 to 60 words: 81.3% right",
            "61 to 900 words: 91.3% right",
            "Negated praise gets the right answer: 144 of 150",
        ]
    )
    name = "Share of positive reviews: 6% where it said 5%, 94% where it said 95%"
    expect(card.locator("svg")).to_have_accessible_name(name)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (problem(503, "None.", code="no-model", retry_after="30"), "Nothing answers here yet"),
        (problem(503, "The model is being started.", retry_after="30"), "being started"),
        (Reply(200, {"run": 7}), "can't be told"),
        (Reply(200, MODEL | {"accuracy": 86}), "can't be told"),
        (Reply(200, MODEL | {"evaluation": {"reviews": 1}}), "can't be told"),
        (Reply(500, b"oops"), "can't be told"),
        (problem(429, "Too many."), "can't be told"),
        (Reply(cut=True), "can't be told"),
        (
            Reply(200, dict.fromkeys(MODEL) | {"run": "by-hand", "endpoint_changed_at": "now"}),
            "The live model is by-hand.",
        ),
    ],
)
def test_the_card_is_honest_and_the_page_works_without_it(page, site, reply, says):
    site.model = reply
    site.answers = [answer()]
    page.reload()
    page.get_by_role("link", name="The model").click()

    expect(page.locator("#model")).to_contain_text(says)
    expect(page.locator("#about")).not_to_contain_text("null")
    page.get_by_role("link", name="One review").click()
    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()


def test_where_nothing_is_weak_no_list_is_begun(page, site):
    best = [{"what": "Case is no matter", "passed": 9, "of": 9}]
    found = MODEL["evaluation"] | {"slices": [], "behaviour": best}
    site.model = Reply(200, MODEL | {"evaluation": found})
    page.reload()
    page.get_by_role("link", name="The model").click()

    expect(page.locator("#card svg")).to_be_visible()
    expect(page.locator("#card ul")).to_have_count(0)
    expect(page.locator("#card")).not_to_contain_text("By kind of review")


def test_an_answer_of_a_newer_model_renews_the_card(page, site):
    expect(page.locator("#live")).to_contain_text("86.3%")
    site.model = Reply(200, MODEL | {"run": "verdict-newer", "accuracy": 0.9})
    site.answers = [Reply(200, HEAD | {"run": "verdict-newer", "results": [RESULT]})]

    ask(page)

    expect(page.locator("#live")).to_contain_text("90.0%")


def test_markup_in_a_datasets_name_is_shown_as_text(page, site):
    site.model = Reply(200, MODEL | {"dataset": XSS})
    page.reload()

    expect(page.locator("#live")).to_contain_text(XSS)
    expect(page).to_have_title("Verdict")
