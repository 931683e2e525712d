"""What columns are usually called: the review, its label or rating, and what it is about.

Names propose; `choosing` looks at what stands below them. Letter case, accents, blanks and
punctuation in names don't count, and "review.1" is called as "review" is.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

Kind = Literal["text", "label", "rating", "weak label", "group"]

# The first name that a dataset has is taken first.
TEXT = (
    "review reviewtext reviewbody reviewcontent reviewstext textreview text fulltext tweettext"
    " reviews userreview customerreview productreview verifiedreviews translatedreview"
    " originaltweet tweet tweets cleantext cleanedtext cleantweet content contents body sentence"
    " sentences comment commenttext commentbody commentcontent comments posttext post utterance"
    " statement phrase document message messagetext opinion feedbacktext feedback response answer"
    # German, French, Spanish, Portuguese, Italian, Dutch, Polish, Scandinavian, Russian, Turkish
    " rezension rezensionstext rezensionen bewertungstext kundenbewertung kommentar kommentare"
    " kommentartext meinung inhalt bewertung avis critique texte commentaire commentaires contenu"
    " resena resenas texto comentario comentarios opiniones contenido resenha avaliacao conteudo"
    " recensione recensioni testo commento commenti recensie recensies beoordeling tekst"
    " opmerking recenzja opinia opinie tresc komentarz anmeldelse recension omdome"
    " отзыв отзывы текст комментарии комментарий yorum yorumlar metin degerlendirme"
)
# These often stand beside the review and tell of something else, so they come last.
WEAK_TEXT = (
    "description summary reviewsummary reviewtitle reviewstitle reviewheadline title headline"
    " subject prompt input caption beschreibung zusammenfassung titel titre titulo titolo betreff"
)
LABEL = (
    "sentiment sentiments label labels sentimentlabel labeltext sentimenttext labelname"
    " sentimentname sentimentclass sentimentvalue reviewsentiment textsentiment overallsentiment"
    " airlinesentiment polarity polarities class classlabel target goldlabel gold reviewtype"
    " stimmung stimmungslage etikett polaritat polarite sentimento sentimiento etiqueta"
    " polaridad polaridade polarita sentymentu sentyment etiket duygu durum тональность метка класс"
)
RATING = (
    "rating ratings stars star starrating starratings reviewrating reviewsrating userrating"
    " customerrating overallrating reviewstars score reviewscore scores sentimentscore reviewsscore"
    " userscore metascore criticscore audiencescore"
    " overall note noten wertung bewertung sterne punkte punktzahl etoiles calificacion puntuacion"
    " valoracion estrellas nota notas estrelas avaliacao voto valutazione stelle punteggio score10"
    " beoordeling sterren cijfer ocena gwiazdki betyg karakter оценка рейтинг puan yildiz"
)
# These often name something else, so a rating is believed before them.
WEAK_LABEL = (
    "category y liked like likes recommended recommend recommendedind isrecommended votedup"
    " wouldrecommend recommendation ispositive positive feedback output completion cats annotations"
    " annotation answer verdict emotion mood tone opinion result kategorie klasse categorie"
    " categoria clase classe compound"
)
# Not "title": with reviews that is usually the headline of the review itself.
GROUP = (
    "group groupid movie movieid movietitle moviename film filmid filmtitle filmname book bookid"
    " booktitle item itemid product productid producttitle productname asin asins parentasin"
    " business businessid hotel hotelname restaurant restaurantname place placeid game gameid"
    " gamename app appid appname rottentomatoeslink clothingid drugname produkt produktid produit"
    " producto produto prodotto filmtitel buch buchtitel spiel artikel libro livre pelicula"
)
LONGEST_NAME = 4  # words; more are a sentence
KINDS: dict[Kind, tuple[str, ...]] = {
    "text": tuple(f"{TEXT} {WEAK_TEXT}".split()),
    "label": tuple(LABEL.split()),
    "rating": tuple(RATING.split()),
    "weak label": tuple(WEAK_LABEL.split()),
    "group": tuple(GROUP.split()),
}
# Words in a longer name, such as those of "customer_review_en" or "reviewer_sentiment" …
PART_OF_TEXT = (
    "review reviews text tweet comment comments sentence content body feedback opinion message post"
    " rezension bewertung kommentar texte texto testo tekst comentario commentaire resena"
)
PART_OF_LABEL = "sentiment label polarity stimmung sentimiento sentimento"
PART_OF_RATING = "rating ratings star stars rate rated score schulnote schulnoten zensur zensuren"
PART_OF_ANSWER = "nps likelihood satisfaction grade grades"  # a rating, maybe of something else
# What a program has told of a text, or what hangs on more than the text.
PART_OF_WEAK_LABEL = "recommend recommends recommended recommendation dorecommend vader compound"
OF_GRADES = "grade grades"  # numbers below it are school years as often
OF_PROMOTERS = "nps likelihood"  # to recommend, from 0 to 10
OF_SIGNS = "compound vader"  # -1 to 1, 0 is neither
# … and those which say that it is about something else.
OTHER_THINGS = (
    "id ids uid uuid date time at url link count counts num number length len lang language source"
    " user username author name title headline confidence subjectivity probability prob reason gold"
    " helpful vote votes weighted verified version image images photo status city country state"
    " average avg mean summary words index timestamp created year month ip"
)
# What was written to the reviewer or is what the review is about: called so, a text comes last.
OTHER_TEXTS = (
    "reply replies response responses owner developer agent seller company parent article"
    " antwort antworten reponse reponses respuesta respuestas"
)
# What is counted below such a name is blame, or counts from the best on.
BLAME = (
    "negative negatives negativity neg bad toxic toxicity complaint complaints dislike dislikes"
    " disliked nonpositive negativ negativo negativa"
)
PRAISE = "positive positives pos positiv positivo positiva good"
# Behind "not" they are blame; "recommended or not" is none.
DENIED = "positive good recommended recommend liked like happy satisfied helpful worth"
BETWEEN = "neutral neu mixed"
# Whose word it is, and what else may be rated beside it.
OF_REVIEWER = "user reviewer review reviews customer"
OF_ANOTHER = "product hotel restaurant business previous expected"
VOTES = "like likes liked vote votes voto"  # of others, where they are more than yes and no
KINDS_OF_THINGS = "class category result feedback kategorie klasse categorie categoria clase classe"
MARKS = "schulnote schulnoten zensur zensuren"  # German ones: 1 is the best
MAYBE_MARKS = "note noten"  # in French, or on a scale of stars, 5 is the best
OF_SOMETHING_ELSE = 2
RANKS = "rank ranks ranking"
# Columns called by both of a pair hold the praise and the blame of one review.
HALVES = (
    ("pros", "cons"), ("positive", "negative"), ("positives", "negatives"), ("like", "dislike"),
    ("likes", "dislikes"), ("liked", "disliked"), ("good", "bad"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Reduce a name to letters and digits: "Review_Text " is "reviewtext", "reseña" "resena"."""
    split = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in split if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", letters)


def words_of(name: str) -> list[str]:
    """Cut a name into its words: "airline_sentiment", "OriginalTweet", "reviews.text"."""
    apart = re.sub(r"(?<=[a-zß-ÿ0-9])(?=[A-Z])", " ", name)
    return [plain(word) for word in re.split(r"[\W_]+", apart) if word]


def rank(kind: Kind, name: str) -> int | None:
    """Tell how usual a name is for a kind of column, 0 the most; None where it is none."""
    called = plain(name)
    if called not in KINDS[kind]:
        called = called.rstrip("0123456789")  # "review.1", "label (2)"
    return KINDS[kind].index(called) if called in KINDS[kind] else None


def is_weak_text(name: str) -> bool:
    """Tell whether a column of this name often stands beside that with the reviews."""
    return plain(name) in WEAK_TEXT.split()


def is_part(parts: str, name: str) -> bool:
    """Tell whether one of these words is in a longer name that isn't about something else."""
    words = set(words_of(name))
    return bool(words & set(parts.split())) and not words & set(OTHER_THINGS.split())


def has_word(words: str, name: str) -> bool:
    """Tell whether one of these words is in a name."""
    return not set(words.split()).isdisjoint(words_of(name))


def tells_blame(name: str) -> bool:
    """Tell whether yes to a name is blame: "is_negative", "not_recommended", no "not_bad"."""
    words = words_of(name)
    behind_not = {word for before, word in pairwise(words) if before == "not"}
    if behind_not & set(DENIED.split()):
        return True
    return (
        has_word(BLAME, name)
        and not has_word(PRAISE, name)
        and not has_word(BLAME, " ".join(behind_not))
    )


def nearness(name: str) -> int:
    """Tell whose word a column is by its name: 0 the reviewer's, 1 unknown, 2 of something else."""
    if has_word(OF_REVIEWER, name):
        return 0
    return OF_SOMETHING_ELSE if has_word(OF_ANOTHER, name) else 1


def are_halves(praise: str, blame: str) -> bool:
    """Tell whether two names differ as praise and blame do: "what I liked", "what I disliked"."""
    if (plain(praise), plain(blame)) == ("positivereview", "negativereview"):
        return True
    good, bad = set(words_of(praise)), set(words_of(blame))
    if (good | bad) & set(OTHER_THINGS.split()):
        return False
    return any(
        one in good and other in bad and one not in bad and other not in good
        for one, other in HALVES
    )


def is_known(name: str) -> bool:
    """Tell whether this is what a column may be called: a cell of a header, not one of a row."""
    if any(rank(kind, name) is not None for kind in KINDS):
        return True
    parts = (PART_OF_TEXT, PART_OF_LABEL, PART_OF_RATING)
    return len(words_of(name)) <= LONGEST_NAME and any(is_part(part, name) for part in parts)


def first(kind: Kind, names: Sequence[str]) -> str | None:
    """Give the most usual name of a kind among those that a dataset has."""
    ranked = [(place, name) for name in names if (place := rank(kind, name)) is not None]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None
