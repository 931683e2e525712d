"""The words and sentences of the behaviour suite, all ours.

They fit films, books, hotels and things alike. Nothing here may be learnt from: a text that teaches
a model negation or contrast has to do with other words and other sentences.
"""

from collections.abc import Iterator
from itertools import cycle, product
from typing import NamedTuple

# Praise and blame; any word goes into any sentence below.
OPPOSITES = (
    ("good", "bad"),
    ("great", "awful"),
    ("excellent", "terrible"),
    ("wonderful", "horrible"),
    ("brilliant", "boring"),
    ("superb", "dull"),
    ("beautiful", "poor"),
    ("lovely", "disappointing"),
    ("fantastic", "weak"),
    ("amazing", "stupid"),
    ("perfect", "dreadful"),
    ("enjoyable", "annoying"),
    ("delightful", "tedious"),
    ("charming", "pointless"),
    ("clever", "ridiculous"),
    ("funny", "mediocre"),
    ("fascinating", "unpleasant"),
    ("impressive", "bland"),
    ("memorable", "clumsy"),
    ("pleasant", "useless"),
)
# "Not perfect" is no blame and "not terrible" no praise; of these words the negation is.
CLEARLY_NEGATED = (
    ("good", "bad"),
    ("pleasant", "boring"),
    ("enjoyable", "dull"),
    ("funny", "disappointing"),
    ("clever", "weak"),
    ("charming", "stupid"),
    ("delightful", "annoying"),
    ("fascinating", "tedious"),
    ("impressive", "pointless"),
    ("memorable", "ridiculous"),
)
THINGS = ("film", "book", "place", "product", "story")
PARTS = (
    ("acting", "film"),
    ("cover", "book"),
    ("location", "hotel"),
    ("design", "product"),
    ("music", "show"),
)

# A statement, and the same negated.
NEGATIONS = (
    ("It was {word}.", "It was not {word}."),
    ("I found it {word}.", "I did not find it {word}."),
    ("This is {word}.", "This isn't {word}."),
    ("The {thing} is really {word}.", "The {thing} is not really {word}."),
    ("I think that it is {word}.", "I don't think that it is {word}."),
    ("It was always {word}.", "It was never {word}."),
    ("I would call it {word}.", "I would hardly call it {word}."),
    ("Everybody thought it was {word}.", "Nobody thought it was {word}."),
    ("They said it would be {word}, and it was.", "They said it would be {word}, and it was not."),
)
NEGATED_PRAISE = (
    "This {thing} is not {word}.",
    "It is not {word} at all.",
    "There is nothing {word} about it.",
    "It was anything but {word}.",
    "I would not call it {word}.",
    "I don't think it is {word}.",
    "At no point is it {word}.",
    "It could have been {word}, but it was not.",
)
NEGATED_BLAME = (
    "This {thing} is not {word} at all.",
    "There is nothing {word} about it.",
    "It was anything but {word}.",
    "It was never {word}, not for a minute.",
    "I was afraid that it would be {word}, but it was not.",
)
PRAISE_BY_NEGATION = (
    "I was not disappointed.",
    "You will not regret it.",
    "I have no complaints.",
    "I could not be happier.",
    "It never disappoints.",
    "I could not ask for more.",
    "It did not let me down.",
    "There is nothing to complain about.",
    "I can't say anything bad about it.",
    "You can't go wrong with it.",
)
BLAME_BY_NEGATION = (
    "I do not recommend it.",
    "I did not like it.",
    "I did not enjoy it at all.",
    "I can't recommend it to anybody.",
    "It is not worth the money.",
    "It was not worth my time.",
    "I would not do it again.",
    "I don't see what people like about it.",
    "It never gets better.",
    "Nothing about it works.",
)

# What comes second is the verdict; praise and blame take turns in the two places.
TURNS = (
    "I thought it would be {first}, but it is {second}.",
    "They said it was {first}. It is {second}.",
    "It looks {first}, but it is {second}.",
    "At first it seemed {first}, in the end it was {second}.",
    "It used to be {first}, now it is {second}.",
)
CONTRASTS = (
    "The {part} was {first}, but the {whole} was {second}.",
    "Although the {part} was {first}, the {whole} was {second}.",
    "Some of it is {first}, but as a whole it is {second}.",
    "The {part} may be {first}, but all in all the {whole} is {second}.",
)

# Names, each of which may stand for any other in its row.
WOMEN = (
    "Anna Mary Emily Sarah Maria Laura Julia Susan Karen Helen Linda Jane Alice Fatima Lakshmi"
    " Aisha Yuki Ngozi Ingrid Svetlana Zeynep Guadalupe"
)
MEN = (
    "John Peter David James Michael Robert Paul Tom George Richard Thomas Daniel Mohammed Wei"
    " Hiroshi Kwame Dmitri Rajesh Carlos Ahmed Oluwaseun Giuseppe"
)
COUNTRIES = (
    "America England Ireland France Germany Italy Spain Sweden Poland Russia Japan India Mexico"
    " Canada Australia Brazil Nigeria Egypt Kenya Vietnam Indonesia Peru"
)
NAMES = tuple(tuple(row.split()) for row in (WOMEN, MEN, COUNTRIES))
# For a review that names nobody.
MENTIONS = ("{} told me about it.", "I talked to {} about it.", "{} was with me that day.")

ASIDES = (
    "I am writing this on a Tuesday.",
    "My sister was with me that day.",
    "We talked about it on the train.",
    "It is raining outside as I write.",
    "I made some tea afterwards.",
    "This happened in the spring.",
    "My neighbour has a dog and two cats.",
    "I live about an hour from the coast.",
    "We had dinner at seven.",
    "The bus leaves every twenty minutes.",
    "I am thirty years old and work in an office.",
    "My brother asked me about it on the phone.",
)


class Pair(NamedTuple):
    """Two texts that must get the same answer, or of which the first must be more positive."""

    first: str
    second: str


class Plain(NamedTuple):
    """A sentence that is plainly positive or plainly negative."""

    text: str
    positive: bool


class Statement(NamedTuple):
    """One sentence with a word of praise and with a word of blame, each affirmed and negated."""

    praise: str
    negated_praise: str
    blame: str
    negated_blame: str


def statements() -> Iterator[Statement]:
    for (pair, words), thing in zip(product(NEGATIONS, OPPOSITES), cycle(THINGS), strict=False):
        yield Statement(*(form.format(word=word, thing=thing) for word in words for form in pair))


def negated_verdicts() -> Iterator[Plain]:
    yield from (Plain(text, True) for text in PRAISE_BY_NEGATION)
    yield from (Plain(text, False) for text in BLAME_BY_NEGATION)
    for (good, bad), thing in zip(CLEARLY_NEGATED, cycle(THINGS), strict=False):
        yield from (Plain(form.format(word=good, thing=thing), False) for form in NEGATED_PRAISE)
        yield from (Plain(form.format(word=bad, thing=thing), True) for form in NEGATED_BLAME)


def turns() -> Iterator[Pair]:
    for form, (good, bad) in product(TURNS, OPPOSITES):
        yield Pair(form.format(first=bad, second=good), form.format(first=good, second=bad))


def contrasts() -> Iterator[Plain]:
    for (form, (good, bad)), (part, whole) in zip(
        product(CONTRASTS, OPPOSITES), cycle(PARTS), strict=False
    ):
        yield Plain(form.format(part=part, whole=whole, first=bad, second=good), True)
        yield Plain(form.format(part=part, whole=whole, first=good, second=bad), False)
