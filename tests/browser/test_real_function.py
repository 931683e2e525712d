"""With the real function behind it: page and API understand each other."""

import threading

import pytest
from playwright.sync_api import expect

from tests.browser.answers import ask
from tests.integration.endpoint_server import SageMaker
from tests.integration.predict_function import Function


@pytest.fixture
def function(site, tmp_path):
    with SageMaker() as sagemaker:
        threading.Thread(target=sagemaker.serve_forever, args=(0.02,), daemon=True).start()
        site.function = Function(sagemaker, tmp_path)
        yield site.function
        site.function.stop()
        sagemaker.shutdown()


def test_page_and_function_understand_each_other(function, page):
    for text, verdict in (
        ("So <b>wonderful</b> &amp; superb \N{CLAPPER BOARD} it is", "Positive"),
        ("It broke after two weeks", "Negative"),
        ("\N{CLAPPER BOARD}", "Unsure"),
    ):
        ask(page, text)

        expect(page.get_by_role("heading", name=verdict)).to_be_visible()
    expect(page.locator("#live")).to_contain_text("reviews.csv")

    ask(page, "<p></p>")
    expect(page.locator("#error")).to_contain_text("only markup")


def test_the_api_can_be_browsed(function, page):
    page.get_by_role("link", name="API").click()

    page.get_by_text("Judge one review, or up to 100 at once", exact=True).click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.get_by_text('"unsure_because"').first).to_be_visible()
