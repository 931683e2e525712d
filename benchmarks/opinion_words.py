"""Words by which people say what they think of something, chosen before anything was measured.

They only tell which sentences hold an opinion; the side that a word is on is never compared with a
label. Written down by hand, from general use.
"""

PRAISING = (
    "accomplished admirable admire admired adorable adore adored amazing amused amusing appealing"
    " astonishing atmospheric authentic awesome beautiful beautifully believable best better"
    " breathtaking brilliant brilliantly captivating charming clever comfortable compelling"
    " convincing cool cute dazzling delicious delight delightful easy effective elegant engaging"
    " engrossing enjoy enjoyable enjoyed enjoys entertaining enthralling excellent exceptional"
    " exciting exquisite extraordinary fabulous fantastic fascinating favorite favourite fine"
    " flawless friendly fun funny gem genius genuine glad good gorgeous great greatest gripping"
    " heartwarming helpful hilarious hooked impressed impressive incredible inspired inspiring"
    " intelligent interesting inventive joy laughed likable likeable liked lovable love loved"
    " lovely loves magical magnificent marvellous marvelous masterful masterpiece memorable moving"
    " nice outstanding perfect perfectly phenomenal pleasant pleased pleasing pleasure poignant"
    " polished powerful praise priceless recommend recommended refreshing reliable remarkable"
    " rewarding riveting satisfied satisfying sensational smart solid spectacular spellbinding"
    " splendid stunning stylish superb superior surprising suspenseful sweet talented terrific"
    " thrilling timeless touched touching triumph unforgettable unique uplifting witty wonderful"
    " wonderfully worth worthwhile worthy"
)
BLAMING = (
    "absurd abysmal amateurish annoyed annoying appalling atrocious avoid awful awfully awkward"
    " bad badly bland bore bored boredom boring cheap cheesy cliched clichéd clumsy confused"
    " confusing contrived corny crap crappy cringe crude dated despicable dire dirty disappointed"
    " disappointing disappointment disaster disgrace disgusting dislike disliked dismal"
    " dissatisfied drab dreadful dreary dull dumb dumbest embarrassing excruciating fail failed"
    " fails failure fake flat flawed flimsy forced forgettable frustrating garbage generic"
    " gimmicky gratuitous hate hated hates hideous hollow horrendous horrible horribly idiotic"
    " ill-conceived implausible inane incoherent incompetent inconsistent ineffective inept"
    " inferior insipid insult insulting irritating joyless junk lacking lacklustre lacks lame"
    " laughable lazy lifeless lousy ludicrous mediocre mess messy miscast miserable misguided"
    " monotonous muddled nasty nonsense nonsensical obnoxious offensive overacted overlong"
    " overpriced overrated painful painfully pathetic pointless poor poorly predictable"
    " pretentious rehash repetitive repulsive ridiculous rubbish rude ruin ruined ruins sadly"
    " senseless shallow shoddy silly sloppy slow stale stupid stupidity sucked sucks tasteless"
    " tedious terrible terribly tiresome trash trite unbearable unbelievable unconvincing"
    " underwhelming unfortunately unfunny uninspired uninteresting unoriginal unpleasant"
    " unwatchable useless vapid waste wasted weak wooden worse worst worthless"
)
OPINION_WORDS = frozenset(f"{PRAISING} {BLAMING}".split())
