"""The words and forms of the lessons, all ours.

Neither a word of praise or blame nor a sentence of behaviour_sentences.py occurs here, nor a review
of tests/data/short_reviews.jsonl: what is learnt here has to carry over to what is examined.
"""

from typing import NamedTuple


class Twins(NamedTuple):
    """The same thing affirmed and negated; only the negation differs, so only it can be learnt."""

    affirmed: str
    negated: str


# "Not decent" is blame, "not stunning" may be faint praise; so it is with blame the other way.
PLAIN_PRAISE = (
    "nice decent fun interesting engaging entertaining satisfying believable convincing lively"
    " smart witty original fresh special worthwhile moving touching exciting inspired thoughtful"
    " solid watchable helpful comfortable reliable friendly useful romantic scary"
)
STRONG_PRAISE = (
    "terrific outstanding splendid marvelous hilarious gripping refreshing powerful stunning"
    " gorgeous thrilling remarkable magnificent elegant awesome incredible exceptional superlative"
    " riveting captivating heartwarming stellar flawless magical sublime"
)
PLAIN_BLAME = (
    "lame forgettable predictable cheesy silly slow confusing messy flat stale shallow wooden cheap"
    " dreary tiresome uninteresting unfunny uninspired contrived sloppy dumb depressing pretentious"
    " overrated derivative irritating noisy rushed repetitive lazy"
)
STRONG_BLAME = (
    "crappy horrid atrocious pathetic laughable lifeless worthless painful unwatchable ugly hollow"
    " unbearable lousy insulting nasty abysmal appalling disgusting idiotic moronic embarrassing"
    " incoherent inept offensive amateurish"
)
GOOD_NOUNS = "masterpiece gem treat joy triumph winner classic success pleasure blast"
POOR_NOUNS = "mess disaster bore failure flop letdown turkey travesty chore bomb"

WHOLES = "movie novel restaurant series game album play episode service trip picture phone"
DETAILS = "cast plot soundtrack ending opening dialogue packaging view staff script camerawork room"

WORD_FORMS = (
    Twins("the {whole} was {word}", "the {whole} was not {word}"),
    Twins("that {whole} is {word}", "that {whole} isn't {word}"),
    Twins("that {whole} was so {word}", "that {whole} wasn't so {word}"),
    Twins("this {whole} is very {word}", "this {whole} isn't very {word}"),
    Twins("it's {word} , this {whole}", "it's not {word} , this {whole}"),
    Twins("it's {word}", "it's not {word}"),
    Twins("was it {word} ? yes", "was it {word} ? no"),
    Twins("we thought the {whole} was {word}", "we didn't think the {whole} was {word}"),
    Twins("i think the {whole} is {word}", "i don't think the {whole} is {word}"),
    Twins("we find it {word}", "we don't find it {word}"),
    Twins("they are {word}", "they are not {word}"),
    Twins("they're all {word}", "none of them is {word}"),
    Twins("all of it is {word}", "none of it is {word}"),
    Twins("a {word} {whole}", "not a {word} {whole}"),
    Twins("clearly a {word} {whole}", "hardly a {word} {whole}"),
    Twins("close to {word}", "far from {word}"),
    Twins("a {word} {whole} , that", "no {word} {whole} , that"),
    Twins("the {whole} has always been {word}", "the {whole} has never been {word}"),
    Twins("it is always {word}", "it is never {word}"),
    Twins("never once less than {word}", "never once {word}"),
    Twins("i'd say the {whole} is {word}", "i wouldn't say the {whole} is {word}"),
    Twins(
        "there is much in this {whole} that's {word}",
        "there isn't one {word} thing in this {whole}",
    ),
    Twins("everything in this {whole} was {word}", "nothing in this {whole} was {word}"),
    Twins("anyone can say the {whole} was {word}", "no one can say the {whole} was {word}"),
    Twins("everyone i know calls it {word}", "nobody i know calls it {word}"),
    Twins("people say it is {word} . it is", "people say it is {word} . it isn't"),
    Twins(
        "they told us it was {word} and they were right",
        "they told us it was {word} and they were wrong",
    ),
    Twins("i expected it to be {word} and so it was", "i expected it to be {word} and it wasn't"),
    Twins("it should be {word} , and it is", "it should be {word} , yet it isn't"),
    Twins("simply {word}", "not in the least {word}"),
    Twins("{word} , really", "not {word} , really"),
    Twins("the {whole} feels {word}", "the {whole} doesn't feel {word}"),
    Twins("the {whole} looks {word}", "the {whole} does not look {word}"),
    Twins("it can be called {word}", "it can't be called {word}"),
    Twins("nothing other than {word}", "anything other than {word}"),
    Twins("every bit {word}", "not one bit {word}"),
    Twins("nothing but {word} , this {whole}", "anything but {word} , this {whole}"),
    Twins("the {detail} was all {word}", "the {detail} was anything but {word}"),
    Twins("at all times the {whole} was {word}", "at no time was the {whole} {word}"),
    Twins("you can tell that it is {word}", "nobody could tell me that it is {word}"),
    Twins("this could be called {word}", "this could never be called {word}"),
    Twins("it became {word}", "it didn't become {word}"),
    Twins("you will find it {word}", "you won't find it {word}"),
    Twins("so {word}", "not so {word}"),
    Twins("it manages to be {word}", "it fails to be {word}"),
    Twins("it tries to be {word} and succeeds", "it tries to be {word} and fails"),
    Twins("with a {word} {detail}", "without a {word} {detail}"),
    Twins("the {detail} is {word}", "the {detail} is not {word}"),
)
ALONE = (
    "{word}",
    "{word} {whole}",
    "what a {word} {whole}",
    "utterly {word}",
    "just {word}",
    "how {word}",
)
NOUN_FORMS = (
    Twins("it is a {word}", "it is not a {word}"),
    Twins("this {whole} was a {word}", "this {whole} wasn't a {word}"),
    Twins("a real {word}", "not a real {word}"),
    Twins("i call it a {word}", "i don't call it a {word}"),
    Twins("clearly a {word}", "hardly a {word}"),
    Twins("a {word} , this {whole}", "no {word} , this {whole}"),
    Twins("what a {word}", "far from a {word}"),
)
# What pleases (+) or doesn't (-), affirmed | negated.
VERBS = """
+ it moved me|it didn't move me
+ it held my attention|it didn't hold my attention
+ it grabbed me|it never grabbed me
+ it made me smile|it didn't make me smile
+ it made us laugh|it did not make us laugh once
+ it impressed me|it didn't impress me
+ it had me hooked|it never had me hooked
+ it kept me awake|it couldn't keep me awake
+ i cared about these people|i didn't care about these people
+ i admire it|i don't admire it
+ i appreciated this {whole}|i didn't appreciate this {whole}
+ we adored the {detail}|we didn't adore the {detail}
+ i laughed a lot|i didn't laugh at all
+ i will watch it again|i won't watch it again
+ i would buy it again|i wouldn't buy it again
+ we'd go back|we wouldn't go back
+ i'd tell my friends to see it|i wouldn't tell my friends to see it
+ you should see it|you shouldn't see it
+ it deserves your time|it doesn't deserve your time
+ the {detail} works|the {detail} doesn't work
+ it makes sense|it makes no sense
+ it delivers|it doesn't deliver
+ this {whole} has a heart|this {whole} has no heart
+ this {whole} has style|this {whole} has no style
+ there is a point to it|there is no point to it
+ i understand why people praise it|i don't understand why people praise it
+ it lives up to the hype|it doesn't live up to the hype
+ it was worth the ticket|it wasn't worth the ticket
+ that was worth every cent|that wasn't worth a cent
- it bored me|it never bored me
- it annoyed us|it didn't annoy us
- it lost me|it never lost me
- i fell asleep|i didn't fall asleep
- i looked at my watch|i never looked at my watch
- i wanted to leave|i didn't want to leave
- i want my money back|i don't want my money back
- it wasted my time|it didn't waste my time
- it drags|it never drags
- it falls apart|it doesn't fall apart
- it gets old|it never gets old
- there are flaws in it|there are no flaws in it
- i regretted it|i didn't regret it
- we had trouble with it|we had no trouble with it
- we found fault with it|we found no fault with it
- the {detail} let me down|the {detail} never let me down
- they should be ashamed of it|they have no reason to be ashamed of it
- it has problems|it has no problems
- i was sorry i bought it|i wasn't sorry i bought it
- it broke|it hasn't broken
- you can skip it|you can't skip it
- it is a waste of a night|it is no waste of a night
- it insults you|it doesn't insult you
- it put me off|it didn't put me off
"""
CONTRASTED = (
    "the {detail} was {first} but the {whole} is {second}",
    "a {first} {detail} , but a {second} {whole}",
    "even though the {detail} is {first} , the {whole} is {second}",
    "despite the {first} {detail} , this is a {second} {whole}",
    "while the {detail} was {first} , the {whole} itself was {second}",
    "the {detail} is {first} . still , a {second} {whole}",
    "{first} {detail} , {second} {whole}",
    "yes , the {detail} was {first} , however the {whole} is {second}",
    "i expected something {first} and got something {second}",
    "it started out {first} and ended up {second}",
    "everyone told me the {whole} was {first} , i thought it was {second}",
    "sounds {first} , turned out {second}",
    "once {first} , these days {second}",
    "it is not {first} , it is {second}",
    "i heard it was {first} . to me it was {second}",
    "{first} at the start , {second} by the end",
    "the last one was {first} , this one is {second}",
)
# How people praise and blame without a word for it, and how they understate; by what it says.
PHRASES = {
    0.93: (
        "don't miss it|you won't be sorry|can't get enough of it|not a single wasted scene"
        "|i couldn't put it down|never a wasted minute|i wouldn't change a thing"
        "|you won't find a better one|it couldn't have been better|no wrong note"
        "|i didn't want it to end|it doesn't get any better than this|no regrets"
        "|it didn't disappoint us|nothing went wrong|without a flaw|hard to fault"
        "|we had no problems with it|never fails to make me smile|i'd happily go back"
        "|i have nothing but praise|nobody should miss this|i haven't laughed so hard in years"
        "|i've never seen anything better|you can't help but smile|what's not to like"
        "|nothing else comes close|no one does it better|it has never let me down"
        "|i can't stop thinking about it|we couldn't have asked for a better evening"
        "|i can't wait to see it again|not to be missed|hats off|two thumbs up|ten out of ten"
        "|five stars|see it|buy it|a must see|i'm still smiling|highly recommended"
        "|better than all the others|it blew me away|time flew by"
        "|among the best i know|i was glued to the screen|we laughed until we cried"
        "|this is how it should be done|i want more|it stays with you|it gets everything right"
    ),
    0.72: (
        "it could be worse|i've seen worse|it beats staying at home"
        "|better than i expected|not without its merits|it grew on me|no masterpiece , but it works"
        "|it has its moments|it passes the time|it does the job|it's okay , even more than okay"
        "|it won't change your life , but you will smile|you could do much worse"
        "|i have no big objections|it's worth a look|i didn't mind it|it isn't without wit"
        "|nothing new , yet i liked it|i went in with low hopes and came out happy"
        "|not as silly as they say|i was not unhappy with it|i didn't expect to like it this much"
        "|it isn't the worst thing i've seen , far from it|we were not let down"
    ),
    0.28: (
        "it could be better|i've seen better|i'd have done better to stay at home"
        "|not as nice as people say|less than i expected|it leaves a lot to be desired"
        "|i so hoped to like it|it had potential|i'm not convinced|it's just okay|so so"
        "|nothing special|nothing to write home about|it didn't do much for me|it's no classic"
        "|you can do better|i hoped for more|once is enough|it wears thin"
        "|not the worst , but close|i was not exactly thrilled|it could use some work|meh"
        "|it runs out of ideas|only for fans|i've had better"
    ),
    0.07: (
        "don't bother|not recommended|never again|i can't stand it|do not waste your money"
        "|not worth seeing|i wouldn't wish it on anyone|it didn't make me laugh once"
        "|nobody should have to sit through this|i couldn't finish it"
        "|i couldn't wait for it to end|nothing happens|no plot , no point|i don't get the fuss"
        "|it goes nowhere|we didn't care for it|it isn't worth a cent|i won't be back"
        "|i can't think of one thing to praise|not for me|it never took off"
        "|i wouldn't watch it twice|don't believe the hype|avoid|stay away|steer clear of it"
        "|save your time|two hours i will never get back|i want my money back"
        "|zero stars|one star|thumbs down|i turned it off|we left early"
        "|what were they thinking|i kept checking my watch|i nearly fell asleep"
        "|what a waste|it insults your intelligence|skip it|i gave up halfway through"
        "|as much fun as watching paint dry|i'd rather do my taxes|as exciting as wet cardboard"
        "|thanks for nothing|one of the worst|worse than all the others|how did this get made"
        "|i have no idea why people praise it|no thanks|the best thing about it is that it ends"
    ),
}
OPENINGS = (
    "honestly ,|for me ,|to my mind|i must say|in my opinion ,|well ,|sorry , but|i'm glad to say"
    "|let me tell you :|my verdict :|in short ,|overall ,|as far as i'm concerned ,|to be fair ,"
)
CLOSINGS = ".|.|.|.|!|!|...||to be honest .|if you ask me .|for me .|, in my view ."
