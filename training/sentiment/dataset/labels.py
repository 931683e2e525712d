"""What the values of a label column mean: negative (0), positive (1) or neutral.

What the uploader said comes first. Words have fixed meanings, letters one beside each other, and
numbers are understood together once the whole column has been read.
"""

from collections import Counter
from difflib import get_close_matches
from typing import NamedTuple

from sentiment.dataset.columns import (
    KINDS_OF_THINGS,
    MARKS,
    MAYBE_MARKS,
    OF_PROMOTERS,
    OF_SIGNS,
    RANKS,
    has_word,
    plain,
    tells_blame,
)
from sentiment.dataset.files import DatasetError, listed, shown
from sentiment.dataset.label_words import (
    BOOLEANS,
    GRADES,
    LETTERS_NEGATIVE,
    LETTERS_POSITIVE,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    STRONG_NEGATIVE,
    STRONG_POSITIVE,
    WORDS,
)
from sentiment.dataset.said import Said, as_options
from sentiment.dataset.scales import (
    STARS_OUT_OF_A_HUNDRED,
    Scale,
    are_stars,
    fixed,
    marks,
    of_highest,
    promoters,
    scale,
    signs,
)
from sentiment.dataset.values import canonical, number_of, out_of

FIX = "Write positive or negative, 1 or 0, or a rating from 1 to 5 or 1 to 10."
OFTEN_MISSPELT = (
    "positive", "negative", "neutral", "positiv", "negativ", "positivo", "negativo", "satisfied",
    "dissatisfied", "recommended", "not recommended", "good", "great", "excellent", "terrible",
)  # fmt: skip
SURE_KINDS = 2  # different numbers are the usual two classes
STRAY = 0.1  # of the values; so few words don't make a column of numbers one of words


class Meaning(NamedTuple):
    """NEGATIVE, POSITIVE or NEUTRAL by canonical value; a value that isn't in it can't be told."""

    labels: dict[str, int]
    note: str | None = None

    def has_both(self) -> bool:
        """Tell whether there are negative and positive values."""
        return {NEGATIVE, POSITIVE} <= set(self.labels.values())


def meaning(
    values: Counter[str], column: str, is_rating: bool, said: Said | None = None
) -> Meaning:
    """Decide what the canonical values of a column mean; raises DatasetError where nobody can."""
    said = said or Said()
    told, scale_of = _told(values, is_rating, column)
    turned = counts_blame(values, column)
    if turned is None and not (said.positive or said.negative):
        raise DatasetError(_unsure(column))
    if turned:
        told = {value: _opposite(label) for value, label in told.items()}
    labels = told | _said(values, column, said)
    if not labels:
        raise DatasetError(unreadable(values, column))
    if said.positive and said.negative:
        own = _said(values, column, said)
        labels = {value: own.get(value, NEUTRAL) for value in labels} | own
        others = Counter({value: values[value] for value in labels if value not in own})
        return Meaning(labels, _said_note(column, said, others))
    if scale_of and _may_be_kinds(values, column):
        scale_of = scale_of._replace(is_sure=False)
    if said.positive or said.negative:
        return Meaning(labels, _one_sided(labels, column, said))
    return Meaning(labels, _turned_note(column) if turned else _note(values, column, scale_of))


def counts_blame(values: Counter[str], column: str) -> bool | None:
    """Tell whether a column's name turns its numbers round, None where nobody can know.

    "is_negative" with 1 for blame does; of "negative_score" from 1 to 5 or of a rank nobody knows.
    """
    is_blame, is_rank = tells_blame(column), has_word(RANKS, column)
    numbers = {value for value in values if value in BOOLEANS or number_of(value) is not None}
    if not (is_blame or is_rank) or not numbers:
        return False
    if sum(values[value] for value in numbers) < (1 - STRAY) * (values.total() - values[""]):
        return False  # words say themselves what they mean
    is_of_two = all(value in BOOLEANS or number_of(value) in (0, 1) for value in numbers)
    return True if is_blame and is_of_two else None


def told_share(values: Counter[str], is_rating: bool, said: Said) -> float:
    """Tell of which share of the values the meaning can be told, 0 where there are none."""
    labels, _ = _told(values, is_rating)
    known = set(labels) | set(map(canonical, (*said.positive, *said.negative)))
    total = values.total() - values[""]
    return sum(values[value] for value in known if value) / total if total else 0.0


def unreadable(values: Counter[str], column: str) -> str:
    """Say of a column that nobody can tell what its values mean."""
    seen = [value for value, _ in values.most_common() if value]
    if len(seen) < 2:
        how = ""
    else:
        example = example_of(values, column)
        how = f" If they are labels, say what they mean when you drop the file: {example}."
    return (
        f"The values of column {listed([column])} can't be read as negative and positive"
        f" ({listed(seen) if seen else 'all are empty'}). {FIX}{how}"
    )


def example_of(values: Counter[str], column: str) -> str:
    """Show how to say what values mean: with those that are known, else with none of them.

    Of numbers the largest is shown as positive, unless the column's name tells otherwise.
    """
    is_worst_last = tells_blame(column) or has_word(f"{RANKS} {MARKS}", column)
    told = {value: WORDS[value] for value in values if value in WORDS}
    numbers = sorted(
        ((n, value) for value in values if (n := number_of(value)) is not None), key=lambda p: p[0]
    )
    if not told and len(numbers) > 1 and not is_worst_last:
        return as_options(positive=numbers[-1][1], negative=numbers[0][1])
    shown_as = {
        label: next((value for value, _ in values.most_common() if told.get(value) == label), None)
        for label in (POSITIVE, NEGATIVE)
    }
    return as_options(
        positive=shown_as[POSITIVE] or "values of praise",
        negative=shown_as[NEGATIVE] or "values of blame",
    )


def fault_of(value: str, column: str) -> tuple[str, str]:
    """Say why a row with this value is left out, and what to do about it."""
    if value == canonical(column):
        return "the line repeats the names of the columns", "Nothing, if files were joined here."
    like = get_close_matches(value, OFTEN_MISSPELT, 1, 0.8) if number_of(value) is None else []
    hint = f"If it means {like[0]}, write that. " if like else ""
    return f"the label {shown(value)} is neither negative nor positive", f"{hint}{FIX}"


# --- What they mean ---------------------------------------------------------------------------


def _told(
    values: Counter[str], is_rating: bool, column: str = ""
) -> tuple[dict[str, int], Scale | None]:
    """What can be told without the uploader's word, and the scale that numbers are on."""
    if is_rating and (grades := _grades(values)):
        return grades, Scale(lambda _: None, "letters were read as grades, A the best", False)
    labels = {value: WORDS[value] for value in values if value in WORDS}
    labels |= _letters(values, labels)
    if "-" in labels and "+" not in values:
        del labels["-"]  # alone it stands for nothing
    pairs = {value: pair for value in values if (pair := out_of(value)) is not None}
    numbers = {value: number for value in values if (number := number_of(value)) is not None}
    highest = {of for _, of in pairs.values()}
    if len(highest) == 1:  # "★★★★★" beside "★★☆☆☆"
        [of] = highest
        pairs |= {value: (number, of) for value, number in numbers.items()}
    of_stars = highest == {100} and are_stars(number for number, _ in pairs.values())
    for value, pair in pairs.items():
        label = STARS_OUT_OF_A_HUNDRED.label_of(pair[0]) if of_stars else of_highest(*pair)
        if label is not None:
            labels[value] = label
    if not numbers or len(highest) == 1:
        return labels, None
    counts = Counter({number: values[value] for value, number in numbers.items()})
    words = sum(values[value] for value, label in labels.items() if label != NEUTRAL)
    is_of_words = bool(labels) and words > STRAY * (words + counts.total())
    if is_of_words:
        is_between = NEGATIVE in labels.values() and (1 not in counts or -1 in counts)
        found: Scale | None = Scale(_zero_between if is_between else fixed, None)
        if _are_ratings(counts):
            found = None  # of two ways to tell a sentiment, the rows of one are left out
    else:
        found = _named_scale(counts, column) or scale(counts, is_rating)
    if found is not None:
        for value, number in numbers.items():
            if (label := found.label_of(number)) is not None:
                labels[value] = label
    return labels, found


def _named_scale(counts: Counter[float], column: str) -> Scale | None:
    """The scale that a column's name tells, if its numbers fit."""
    if has_word(MARKS, column):
        return marks(counts)
    if has_word(OF_PROMOTERS, column):
        return promoters(counts)
    return signs(counts) if has_word(OF_SIGNS, column) else None


def _grades(values: Counter[str]) -> dict[str, int]:
    """Read letters from A to F; {} where something else stands beside them, or only one kind."""
    labels = {value: GRADES[value[0]] for value in values if value.rstrip("+- ") in GRADES}
    told = sum(values[value] for value in labels)
    is_both = "a" in labels and NEGATIVE in labels.values()
    return labels if is_both and told > (1 - STRAY) * (values.total() - values[""]) else {}


def _are_ratings(counts: Counter[float]) -> bool:
    """Whether numbers among words go beyond 0 and 1: then 1 is the worst of them."""
    beyond = {number: rows for number, rows in counts.items() if number > 1}
    return sum(beyond.values()) > STRAY * counts.total() and (0 not in counts or len(beyond) > 1)


def _zero_between(number: float) -> int | None:
    """Read a number among words that say what is negative: 0 is neither."""
    return NEUTRAL if number == 0 else fixed(number)


def _letters(values: Counter[str], labels: dict[str, int]) -> dict[str, int]:
    """Read "n" as negative where something else is positive and nothing negative; so for "p"."""
    negative = [letter for letter in LETTERS_NEGATIVE if letter in values]
    positive = [letter for letter in LETTERS_POSITIVE if letter in values]
    strong = [any(word in values for word in kind) for kind in (STRONG_NEGATIVE, STRONG_POSITIVE)]
    meant = set(labels.values())
    found = {}
    if len(negative) == 1 and NEGATIVE not in meant and (positive or POSITIVE in meant):
        found[negative[0]] = NEGATIVE
    if len(positive) == 1 and POSITIVE not in meant and (negative or NEGATIVE in meant):
        found[positive[0]] = POSITIVE
    if all(strong):
        found |= {word: NEGATIVE for word in STRONG_NEGATIVE if word in values}
        found |= {word: POSITIVE for word in STRONG_POSITIVE if word in values}
    if "o" in values and {NEGATIVE, POSITIVE} <= meant | set(found.values()):
        found["o"] = NEUTRAL  # between P and N, or + and -
    return found


def _said(values: Counter[str], column: str, said: Said) -> dict[str, int]:
    """The values that the uploader gave a meaning; raises DatasetError where none occurs."""
    labels: dict[str, int] = {}
    for name, given, label in (
        ("positive", said.positive, POSITIVE),
        ("negative", said.negative, NEGATIVE),
    ):
        found = {spelled for value in given if (spelled := canonical(value)) in values}
        if given and not found and values.total():
            seen = [value for value, _ in values.most_common() if value]
            raise DatasetError(
                f"No row has a value that {name} lists ({listed(given)}) in column"
                f" {listed([column])}, where there are {listed(seen)}:"
                f" drop the file again with the values as they stand there."
            )
        labels |= dict.fromkeys(found, label)
    return labels


# --- How they were read -----------------------------------------------------------------------


def _may_be_kinds(values: Counter[str], column: str) -> bool:
    """Whether numbers may be those of kinds of things, or marks of which 1 is the best."""
    name = plain(column)
    several = len([value for value in values if number_of(value) is not None]) > SURE_KINDS
    return several and name in f"{KINDS_OF_THINGS} {MAYBE_MARKS}".split()


def _opposite(label: int) -> int:
    return {NEGATIVE: POSITIVE, POSITIVE: NEGATIVE}.get(label, label)


def _turned_note(column: str) -> str:
    return (
        f"By its name column {listed([column])} tells what is negative, so 1, yes and true were"
        " read as negative there. If they mean something else, drop the file again with --positive"
        " and --negative."
    )


def _unsure(column: str) -> str:
    example = as_options(positive="values of praise", negative="values of blame")
    return (
        f"By its name the numbers of column {listed([column])} may count from the best to the"
        " worst or the other way: say which are positive and which negative when you drop the"
        f" file, separated by commas ({example}), or which other column holds the labels:"
        f" {as_options(label_column='name of the column')}."
    )


def _said_note(column: str, said: Said, others: Counter[str]) -> str:
    note = (
        f"In column {listed([column])} {listed(said.negative)} is negative and"
        f" {listed(said.positive)} positive, as was said with the file."
    )
    between = [value for value, rows in others.most_common() if rows and value]
    if not between:
        return note
    rows = "1 row" if others.total() == 1 else f"{others.total():,} rows"
    return (
        f"{note} What neither lists, {listed(between)} ({rows}), was taken as neutral: list it,"
        " too, if it isn't."
    )


def _one_sided(labels: dict[str, int], column: str, said: Said) -> str:
    """Tell what one list says, and how the other side was read without one."""
    told, other, label = (
        ("positive", "negative", NEGATIVE) if said.positive else ("negative", "positive", POSITIVE)
    )
    rest = [value for value, meant in labels.items() if meant == label]
    how = f"what is {other} was read without it: {listed(rest)}" if rest else (
        f"nothing else is {other}: list those values, too"
    )  # fmt: skip
    return (
        f"In column {listed([column])} {listed(said.positive or said.negative)} is {told}, as was"
        f" said with the file; {how}."
    )


def _note(values: Counter[str], column: str, found: Scale | None) -> str | None:
    of_many = next((value for value in values if out_of(value)), None)
    if of_many:
        example = shown(of_many)
        return f"In column {listed([column])} values such as {example} were read by their share."
    if found is None or not found.note:
        return None
    other = "" if found.is_sure else (
        " If they mean something else, drop the file again with --positive and --negative."
    )  # fmt: skip
    return f"In column {listed([column])} {found.note}.{other}"
