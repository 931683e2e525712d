"""Words that labels are written in, each with what it means, in the larger European languages.

They stand here as `values.canonical` spells them: lower case, blanks for hyphens and underscores.
"""

from collections.abc import Iterable

NEGATIVE, POSITIVE, NEUTRAL = 0, 1, -1

# These say a sentiment wherever they stand.
POLAR_NEGATIVE = (
    "negative, neg, very negative, extremely negative, strongly negative, slightly negative,"
    " somewhat negative, mostly negative, weakly negative, rather negative, negative sentiment,"
    " negatives, rotten, not recommended, thumbs down, thumb down, thumbsdown, dissatisfied,"
    " very dissatisfied, somewhat dissatisfied, extremely dissatisfied, completely dissatisfied,"
    " unsatisfied, not satisfied, very unsatisfied, mostly dissatisfied, unhappy, very unhappy,"
    " dislike, disliked, dislikes, unfavorable, unfavourable, not positive,"
    " negativ, sehr negativ, eher negativ, unzufrieden, sehr unzufrieden, eher unzufrieden,"
    " nicht empfohlen, nicht zufrieden, négatif, négative, negatif, très négatif, plutôt négatif,"
    " insatisfait, pas satisfait, non recommandé, negativo, negativa, muy negativo, muy negativa,"
    " insatisfecho, no recomendado, não recomendado, muito negativo, insatisfeito, molto negativo,"
    " molto negativa, insoddisfatto, non consigliato, negatief, zeer negatief, ontevreden,"
    " zeer ontevreden, negatywny, negatywna, negatywne, negatywnie, bardzo negatywny,"
    " niezadowolony, negativt, missnöjd, misfornøyd, utilfreds, utilfreds, negatiivinen,"
    " tyytymätön, negativní, negatívny, negatív, negativan, negativna, negatīvs, neigiamas,"
    " αρνητικό, αρνητική, αρνητικός, отрицательный, отрицательная, отрицательно, негативный,"
    " негативная, негативно, негатив, негативний, негативна, отрицателен, негативен, olumsuz,"
    " çok olumsuz, negative review, bad review, detractor, detractors, somewhat unsatisfied,"
    " extremely unsatisfied, completely unsatisfied, highly dissatisfied, quite dissatisfied,"
    " negativos, negativas, négatifs,"
    " négatives, negativi"
)
POLAR_POSITIVE = (
    "positive, pos, very positive, extremely positive, strongly positive, slightly positive,"
    " somewhat positive, mostly positive, weakly positive, rather positive, positive sentiment,"
    " positives, fresh, recommended, thumbs up, thumb up, thumbsup, satisfied, very satisfied,"
    " somewhat satisfied, extremely satisfied, completely satisfied, mostly satisfied, happy,"
    " very happy, like, liked, likes, favorable, favourable, not negative,"
    " positiv, sehr positiv, eher positiv, zufrieden, sehr zufrieden, eher zufrieden, empfohlen,"
    " positif, très positif, plutôt positif, satisfait, très satisfait, recommandé,"
    " positivo, positiva, muy positivo, muy positiva, satisfecho, muy satisfecho, recomendado,"
    " muito positivo, satisfeito, muito satisfeito, molto positivo, molto positiva, soddisfatto,"
    " consigliato, positief, zeer positief, tevreden, zeer tevreden, pozytywny, pozytywna,"
    " pozytywne, pozytywnie, bardzo pozytywny, zadowolony, positivt, nöjd, fornøyd, tilfreds,"
    " positiivinen, tyytyväinen, pozitivní, pozitívny, pozitív, pozitivan, pozitivna, pozitiv,"
    " pozitīvs, teigiamas, θετικό, θετική, θετικός, положительный, положительная, положительно,"
    " позитивный, позитивная, позитивно, позитив, позитивний, позитивна, положителен, позитивен,"
    " olumlu, çok olumlu, positive review, good review, promoter, promoters, highly satisfied,"
    " quite satisfied,"
    " positivos, positivas, positifs,"
    " positivi"
)
POLAR_NEUTRAL = (
    "neutral, neutrality, mixed, neither, unsure, ambivalent, undecided, indifferent,"
    " neutral mixed, neither satisfied nor dissatisfied,"
    " neither positive nor negative, no sentiment, conflict,"
    " neutral sentiment, gemischt, weder noch, teils teils, neutre, mitigé, mixte, neutro, neutra,"
    " neutrale, neutres, neutros, neutras, mixto, mixta, misto, mista, neutraal, gemengd,"
    " neutralny, neutralna, neutralne,"
    " mieszany, nøytral, neutralt, neutraali, neutrální, neutrálny, semleges, neutralan, neutru,"
    " mixt, ουδέτερο, нейтральный, нейтральная, нейтрально, нейтральний, смешанный, nötr,"
    " passive, passives, neither satisfied nor unsatisfied"
)
# These say it in a column for labels; elsewhere they may speak of weather or of used goods.
OPINION_NEGATIVE = (
    "bad, very bad, poor, very poor, terrible, awful, horrible, worst, hate, hated, boring,"
    " disappointed, disappointing, worthless, fail, angry, sad, disgust, anger, sadness, negation,"
    " strongly disagree, disagree, somewhat disagree, slightly disagree, tend to disagree,"
    " completely disagree, totally disagree, mostly disagree, rather disagree,"
    " stimme nicht zu, stimme gar nicht zu, stimme überhaupt nicht zu, stimme eher nicht zu,"
    " trifft nicht zu, trifft gar nicht zu, trifft überhaupt nicht zu, trifft eher nicht zu,"
    " pas d'accord, pas du tout d'accord, plutôt pas d'accord, en désaccord,"
    " en desacuerdo, muy en desacuerdo, totalmente en desacuerdo, unlikely,"
    " very unlikely, below average, waste of money,"
    " schlecht, sehr schlecht, mangelhaft, ungenügend, mauvais, très mauvais, médiocre, malo, mala,"
    " muy malo, muy mala, malos, malas, mauvaise, mauvaises, pésimo,"
    " ruim, muito ruim, mau, péssimo, cattivo, pessimo, scarso, slecht,"
    " zeer slecht, zły, zła, zle, złe, bardzo zły, dålig, dårlig, huono, špatný, zlý, rossz,"
    " плохо, плохой, очень плохо, ужасно, погано, kötü, çok kötü, rău, prost, κακό"
)
OPINION_POSITIVE = (
    "good, very good, great, excellent, awesome, amazing, best, love, loved, perfect, outstanding,"
    " superb, fantastic, wonderful, joy, strongly agree, agree, somewhat agree, slightly agree,"
    " tend to agree, completely agree, totally agree, mostly agree, rather agree,"
    " stimme zu, stimme voll zu, stimme voll und ganz zu, stimme eher zu, stimme völlig zu,"
    " trifft zu, trifft voll zu, trifft voll und ganz zu, trifft eher zu,"
    " d'accord, tout à fait d'accord, plutôt d'accord,"
    " de acuerdo, muy de acuerdo, totalmente de acuerdo, likely, very likely, above average,"
    " gut, sehr gut, ausgezeichnet, hervorragend, super, toll, bon, très bon, bien, très bien,"
    " bueno, buena, buenos, buenas, bons, bonne, bonnes, muy bueno, muy buena,"
    " excelente, bom, boa, muito bom, ótimo, buono, ottimo,"
    " goed, zeer goed, uitstekend, dobry, dobra, dobrze, dobre, bardzo dobry, świetny, bra, bra,"
    " mycket bra, god, meget god, hyvä, dobrý, jó, хорошо, хороший, очень хорошо, отлично,"
    " добре, iyi, çok iyi, bun, foarte bun, καλό"
)
OPINION_NEUTRAL = (
    "neither agree nor disagree, neither agree or disagree, ni d'accord ni pas d'accord,"
    " ni de acuerdo ni en desacuerdo, average,"
    " ok, okay, so so, fair, medium, moderate, middling, meh, both, acceptable, decent,"
    " mediocre, neu, mittel, mittelmäßig, befriedigend, ausreichend, durchschnittlich, geht so,"
    " moyen, passable, regular, normal, medio, médio, razoável, gemiddeld, średni, przeciętny,"
    " medel, нормально, средне, orta"
)
# These answer a question: of their column's name hangs what.
BOOLEAN_NEGATIVE = (
    "false, no, -, nein, non, nee, nie, nej, ei, ne, não, нет, hayır, faux, falsch, falso, unlike"
)
BOOLEAN_POSITIVE = "true, yes, +, ja, oui, sí, si, sì, sim, tak, kyllä, ano, да, evet, vrai, wahr"
# What says that nobody has labelled the row, or that it is about something else.
UNLABELLED = (
    "unsup, unlabeled, unlabelled, unsupervised, irrelevant, not relevant, skip, skipped, unknown,"
    " not sure, can't tell, cannot tell, i can't tell, can't say, don't know, undetermined,"
    " unclear, no idea, not rated, unrated, no rating, irrelevante,"
    " nicht relevant"
)
EMOJI_NEGATIVE = (
    "😡 😠 🤬 😞 😟 😢 😭 😣 😖 😫 😩 🙁 ☹ 😒 😤 👎 💔 🤮 🤢 😔 😕 😾 😿 🔴 ❌ ✗ ✘ :( :-( =("
)
EMOJI_POSITIVE = (
    "😀 😃 😄 😁 😆 😊 🙂 😍 🥰 😎 🤩 😻 😺 👍 ❤ 💚 💖 🎉 👏 🤗 😇 ☺ 🟢 ✅ ✓ ✔ 💯 🥳 😋"
    " :) :-) =) :d <3"
)
EMOJI_NEUTRAL = "😐 😑 😶 🤔 🙄 🟡 ⚪ :| :-|"

# Letters mean something beside each other only.
LETTERS_NEGATIVE, LETTERS_POSITIVE = ("n", "f"), ("p", "y", "t", "j")
STRONG_NEGATIVE, STRONG_POSITIVE = ("n+", "--"), ("p+", "+")  # beside those of the other side
GRADES = {"a": POSITIVE, "b": POSITIVE, "c": NEUTRAL, "d": NEGATIVE, "e": NEGATIVE, "f": NEGATIVE}


def _listed(words: str) -> list[str]:
    return [word.strip() for word in words.split(",")]


def _meaning(
    negative: Iterable[str], positive: Iterable[str], neutral: Iterable[str]
) -> dict[str, int]:
    return {
        **dict.fromkeys(neutral, NEUTRAL),
        **dict.fromkeys(negative, NEGATIVE),
        **dict.fromkeys(positive, POSITIVE),
    }


POLAR = {
    **_meaning(_listed(POLAR_NEGATIVE), _listed(POLAR_POSITIVE), _listed(POLAR_NEUTRAL)),
    **_meaning(EMOJI_NEGATIVE.split(), EMOJI_POSITIVE.split(), EMOJI_NEUTRAL.split()),
}
BOOLEANS = frozenset(_listed(f"{BOOLEAN_NEGATIVE}, {BOOLEAN_POSITIVE}"))
NOT_LABELLED = frozenset(_listed(UNLABELLED))
WORDS = (
    _meaning(_listed(BOOLEAN_NEGATIVE), _listed(BOOLEAN_POSITIVE), NOT_LABELLED)
    | _meaning(_listed(OPINION_NEGATIVE), _listed(OPINION_POSITIVE), _listed(OPINION_NEUTRAL))
    | POLAR
)
