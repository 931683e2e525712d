"""Which columns hold the review, its label and what it is about, by their usual names."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sentiment.dataset.files import DatasetError, listed

# The first name that a dataset has is taken; case, spaces and punctuation in names don't count.
TEXT = (
    "review reviewtext reviewbody reviewcontent text fulltext content body sentence comment"
    " comments tweet phrase document message opinion feedback post description summary"
)
LABEL = "label labels sentiment sentimentlabel polarity class target"
RATING = "rating ratings stars star starrating reviewrating score reviewscore overall"
# These often name something else, so a rating is believed before them.
WEAK_LABEL = "category y"
# Not "title": with reviews that is usually the headline of the review itself.
GROUP = (
    "group groupid movie movieid movietitle moviename film filmid filmtitle filmname book bookid"
    " booktitle item itemid product productid producttitle productname asin parentasin business"
    " businessid hotel hotelname restaurant restaurantname place placeid game gameid app appid"
)


class Columns(NamedTuple):
    """The names of the columns in use, as the dataset spells them."""

    text: str
    label: str
    group: str | None
    is_rating: bool  # the label has to be taken from a rating


def find_columns(names: Iterable[str]) -> Columns:
    """Choose the columns; raises DatasetError with the names where text or label is missing."""
    found = list(names)
    text = find_text(found)
    label, rating = _first(LABEL, found), _first(RATING, found)
    chosen = label or rating or _first(WEAK_LABEL, found)
    if chosen is None:
        raise DatasetError(
            f"There is no column with the labels among {listed(found)}: add one named label with"
            " positive or negative for each review, or one named rating with 1 to 5 or 1 to 10."
        )
    return Columns(text, chosen, find_group(found), chosen == rating)


def find_text(names: Sequence[str]) -> str:
    """Choose the column that holds the reviews; raises DatasetError where there is none."""
    text = _first(TEXT, names)
    if text is None:
        raise DatasetError(
            f"There is no column with the reviews among {listed(names)}: name it review or text"
            " (in a CSV file the first line names the columns)."
        )
    return text


def find_group(names: Sequence[str]) -> str | None:
    """Choose the column that says what a review is about, if there is one."""
    return _first(GROUP, names)


def _first(wanted: str, names: Sequence[str]) -> str | None:
    by_plain_name = {re.sub(r"[\W_]+", "", name).casefold(): name for name in reversed(names)}
    return next((by_plain_name[name] for name in wanted.split() if name in by_plain_name), None)
