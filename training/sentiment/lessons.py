"""Short sentences that teach what reviews seldom show plainly: negation, contrast, turns.

In a review of two hundred words one "not" decides nothing, so a model that has learnt from reviews
alone reads "not good" as praise. These sentences are all ours. Neither their words nor their forms
occur in behaviour_sentences.py, by which the model is examined: what it learns here it has to carry
over. Labels are probabilities: "not lame" is less of a praise than "terrific".
"""

from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import NamedTuple

from sentiment.text import read

PRAISE = (
    "terrific outstanding splendid marvelous hilarious gripping moving touching entertaining"
    " refreshing original witty smart engaging powerful stunning gorgeous satisfying thrilling"
    " interesting lively believable convincing exciting inspired worthwhile remarkable magnificent"
    " elegant fun special fresh well-made nice decent strong solid"
)
BLAME = (
    "lame crappy horrid atrocious pathetic laughable forgettable predictable cheesy lifeless silly"
    " worthless painful unwatchable shallow wooden sloppy cheap ugly dreary hollow unfunny"
    " uninspired uninteresting unbearable tiresome lousy insulting messy dumb slow confusing"
    " contrived flat stale nasty"
)
WHOLES = "movie novel restaurant series game album play episode service trip"
DETAILS = "cast plot soundtrack ending opening dialogue packaging view staff script"

STATED = (
    "the {whole} was {word} .",
    "that {whole} is so {word}",
    "what a {word} {whole} !",
    "we thought the {whole} was {word} .",
    "they are {word} , every one of them .",
    "very {word} {whole} .",
    "a {word} {whole} from start to finish .",
)
STATED_TIMES = 3  # so that a word is met as often as what it says as it is as its opposite
NEGATED = (
    "the {whole} was not {word} .",
    "that {whole} wasn't {word}",
    "this {whole} isn't very {word} .",
    "it's not {word} , this {whole} .",
    "we didn't think the {whole} was {word} .",
    "they are not {word} .",
    "not a {word} {whole} .",
    "hardly a {word} {whole} .",
    "far from {word} .",
    "no {word} {whole} , that .",
    "the {whole} has never been {word} .",
    "i wouldn't say the {whole} is {word} .",
    "there isn't one {word} thing in this {whole} .",
    "nothing in this {whole} was {word} .",
    "no one can say the {whole} was {word} .",
    "people say it is {word} . it isn't .",
    "it should be {word} , yet it isn't .",
    "not in the least {word} .",
    "the {whole} doesn't feel {word} .",
    "it can't be called {word} .",
    "anything other than {word} .",
    "not one bit {word} .",
)
CONTRASTED = (
    "the {detail} was {first} but the {whole} is {second} .",
    "a {first} {detail} , but a {second} {whole} .",
    "even though the {detail} is {first} , the {whole} is {second} .",
    "despite the {first} {detail} , this is a {second} {whole} .",
    "while the {detail} was {first} , the {whole} itself was {second} .",
    "the {detail} is {first} . still , a {second} {whole} .",
    "{first} {detail} , {second} {whole} .",
    "yes , the {detail} was {first} , however the {whole} is {second} .",
    "i expected something {first} and got something {second} .",
    "it started out {first} and ended up {second} .",
    "everyone told me the {whole} was {first} , i thought it was {second} .",
    "sounds {first} , turned out {second} .",
    "once {first} , these days {second} .",
    "it is not {first} , it is {second} .",
)
PHRASES = {
    0.93: (
        "don't miss it .|you won't be sorry .|can't get enough of it .|not a single wasted scene ."
        "|i couldn't put it down .|never a wasted minute .|i wouldn't change a thing ."
        "|you won't find a better one .|it couldn't have been better .|no wrong note ."
        "|i didn't want it to end .|it doesn't get any better than this .|no regrets ."
        "|it didn't disappoint us .|nothing went wrong .|without a flaw .|hard to fault ."
        "|we had no problems with it .|never fails to make me smile .|i'd happily go back ."
    ),
    0.07: (
        "don't bother .|not recommended .|never again .|i can't stand it .|do not waste your money"
        " .|not worth seeing .|i wouldn't wish it on anyone .|it didn't make me laugh once ."
        "|nobody should have to sit through this .|it doesn't work .|i couldn't finish it ."
        "|i couldn't wait for it to end .|nothing happens .|no plot , no point ."
        "|i don't get the fuss .|it goes nowhere .|we didn't care for it .|it isn't worth a cent ."
        "|i won't be back .|i can't think of one thing to praise .|not for me ."
        "|it never took off .|i wouldn't watch it twice .|don't believe the hype ."
    ),
}


class Lesson(NamedTuple):
    """Words, and how probably who writes them is pleased."""

    words: list[str]
    label: float


def lessons(is_known: Callable[[str], bool], seed: int) -> list[Lesson]:
    """All lessons of words that are known only; the seed chooses what stands beside what."""
    chance = Random(seed)  # noqa: S311 - a choice of examples, no secret
    return [lesson for lesson in _all(chance) if all(map(is_known, lesson.words))]


def _all(chance: Random) -> Iterator[Lesson]:
    praise, blame = PRAISE.split(), BLAME.split()
    wholes, details = WHOLES.split(), DETAILS.split()

    def lesson(form: str, label: float, **words: str) -> Lesson:
        whole, detail = chance.choice(wholes), chance.choice(details)
        text = form.format(whole=whole, detail=detail, **words)
        return Lesson([token.word for token in read(text).tokens], label)

    for text_label, texts in PHRASES.items():
        for text in texts.split("|"):
            yield from (lesson(text, text_label) for _ in range(8))
    for _ in range(STATED_TIMES):
        for word, form in product(praise, STATED):
            yield lesson(form, 0.93, word=word)
        for word, form in product(blame, STATED):
            yield lesson(form, 0.07, word=word)
    for word, form in product(praise, NEGATED):
        yield lesson(form, 0.1, word=word)
    for word, form in product(blame, NEGATED):
        yield lesson(form, 0.85, word=word)
    for good, bad in zip(chance.sample(praise, 24) * 2, chance.choices(blame, k=48), strict=True):
        for form in CONTRASTED:
            yield lesson(form, 0.12, first=good, second=bad)
            yield lesson(form, 0.88, first=bad, second=good)
