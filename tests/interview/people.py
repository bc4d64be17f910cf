"""Six people in the shipped interview: what each said, in order, and what an honest listener makes of it.

Written by hand, as people talk: some answer in a word, some tell stories, some answer two questions at once, take
something back, refuse, ask back or want to go. The questions are those the flow asks next; nothing here knows moves.
"""

from __future__ import annotations

from typing import Any

from webhook.interview.understanding import Heard, Signal, Understanding

Said = tuple[str, Understanding]


def _said(utterance: str, fullness: Any = "fine", *, signals: tuple[Signal, ...] = (), **more: Any) -> Said:
    """`slot=(value, words)`; the other fields of an understanding by their names."""
    lists = {name: more.pop(name) for name in ("refused", "unknown", "wants_to_change") if name in more}
    corrected = more.pop("corrected", {})
    facts = [Heard(slot=slot, value=value, words=words) for slot, (value, words) in more.items()]
    facts += [Heard(slot=s, value=value, words=words, correction=True) for s, (value, words) in corrected.items()]
    return utterance, Understanding(facts=tuple(facts), signals=frozenset(signals), fullness=fullness, **lists)


YES = _said("Yes, that's fine.", consent=(True, "Yes"))
RIGHT = _said("Yes, that's right.", summary_ok=(True, "Yes, that's right"))

ROSA = (
    YES,
    _said("I'm Rosa.", name=("Rosa", "Rosa")),
    _said("I'm 41.", age=(41, "41")),
    _said(
        "I sing in a choir on Tuesdays and at the weekend I work in the garden, mostly vegetables.",
        interests=(["choir", "gardening"], "I sing in a choir on Tuesdays and at the weekend I work in the garden"),
    ),
    _said("We live in Norwich, near the river.", home_area=("Norwich", "Norwich")),
    _said("We own it, well, the bank does really, we have a mortgage.", tenure=("own", "we have a mortgage")),
    _said(
        "I cook nearly every evening because my daughter is picky and eating out costs a fortune.",
        "rich",
        eating_style=("cook", "I cook nearly every evening"),
    ),
    _said(
        "I cycle to work, and the car for the weekly shop.", transport=(["bike", "car"], "I cycle to work, and the car")
    ),
    _said(
        "Just the cycling and some yoga at home.",
        fitness=("cycling and yoga at home", "the cycling and some yoga at home"),
    ),
    _said(
        "We read a lot and sometimes go to a concert.",
        entertainment=(["reading", "going_out"], "We read a lot and sometimes go to a concert"),
    ),
    _said(
        "Usually a cheap camping trip in France, we've done that for years.",
        travel_style=("budget", "a cheap camping trip"),
    ),
    RIGHT,
)
JAMAL = (
    _said("Yeah sure.", consent=(True, "Yeah sure")),
    _said("Jamal.", name=("Jamal", "Jamal")),
    _said("Twenty six.", age=(26, "Twenty six")),
    _said("Gaming.", "thin", interests=(["gaming"], "Gaming")),
    _said("It's how I stay in touch with my mates from school, we play most evenings."),
    _said("Birmingham.", home_area=("Birmingham", "Birmingham")),
    _said("I rent.", "thin", tenure=("rent", "I rent")),
    _said("Somewhere quiet with decent internet I guess."),
    _said("Delivery mostly.", "thin", eating_style=("delivery", "Delivery")),
    _said("When I get home late from a shift I just can't be bothered."),
    _said("Bus.", "thin", transport=(["public"], "Bus")),
    _said("If the trams came out to where I live I would use those."),
    _said("Five a side on Thursdays.", fitness=("five a side on Thursdays", "Five a side on Thursdays")),
    _said("Netflix and games.", "thin", entertainment=(["streaming", "gaming"], "Netflix and games")),
    _said("Games, easily, all my friends are on there."),
    _said(
        "Netflix for eleven pounds and Game Pass for fifteen.",
        subscriptions=(
            [{"service": "Netflix", "monthly_cost": 11}, {"service": "Game Pass", "monthly_cost": 15}],
            "Netflix for eleven pounds and Game Pass for fifteen",
        ),
    ),
    _said("I hardly go anywhere, last time was two years ago.", travel_style=("rarely_travel", "I hardly go anywhere")),
    RIGHT,
)
GRETA = (
    _said("Yes. Will this take long?", consent=(True, "Yes"), signals=(Signal.QUESTION,)),
    _said("You can call me Greta.", name=("Greta", "Greta")),
    _said("I'd rather not say.", refused=("age",)),
    _said(
        "Walking the dog, and I do a lot of crosswords.",
        interests=(["walking the dog", "crosswords"], "Walking the dog, and I do a lot of crosswords"),
    ),
    _said("A village outside Exeter.", home_area=("a village outside Exeter", "A village outside Exeter")),
    _said("It belongs to my son, I live in the annexe.", tenure=("with_family", "It belongs to my son")),
    _said("Sorry, could you say that again?", signals=(Signal.REPEAT,)),
    _said("Oh, I cook for myself, nothing fancy.", eating_style=("cook", "I cook for myself")),
    _said(
        "I don't drive any more, so the bus, or my son takes me.",
        transport=(["public", "car"], "the bus, or my son takes me"),
    ),
    _said(
        "The dog sees to that, two hours a day in all weathers.",
        fitness=("walking the dog two hours a day", "The dog sees to that, two hours a day"),
    ),
    _said(
        "Radio plays, and detective novels from the library.",
        entertainment=(["music", "reading"], "Radio plays, and detective novels"),
    ),
    _said("None at all.", subscriptions=([], "None at all")),
    _said("I like a nice hotel now, I've earned it.", travel_style=("comfort", "I like a nice hotel")),
    _said(
        "No, I take the bus, I never go by car.",
        corrected={"transport": (["public"], "I take the bus, I never go by car")},
    ),
    RIGHT,
)
TOM = (
    _said(
        "Yes, and I'm Tom, I'm 33 and I live in Leeds.",
        consent=(True, "Yes"),
        name=("Tom", "Tom"),
        age=(33, "33"),
        home_area=("Leeds", "Leeds"),
    ),
    _said(
        "Climbing, and a bit of photography when the weather is good.",
        interests=(["climbing", "photography"], "Climbing, and a bit of photography"),
    ),
    _said(
        "I rent a flat with two friends, about 600 a month for my share.",
        tenure=("rent", "I rent a flat"),
        housing_cost=(600, "600 a month"),
    ),
    _said("Yes.", housing_cost=(600, "Yes")),
    _said(
        "Half and half, we cook together on weekdays and eat out at the weekend.",
        eating_style=("mixed", "Half and half"),
    ),
    _said("I walk everywhere, Leeds is small.", transport=(["walk"], "I walk everywhere")),
    _said(
        "Climbing three times a week keeps me fit.",
        fitness=("climbing three times a week", "Climbing three times a week"),
    ),
    _said("Mostly podcasts and going to gigs.", entertainment=(["music", "going_out"], "podcasts and going to gigs")),
    _said(
        "Spotify, that's ten pounds, and a climbing magazine for four.",
        subscriptions=(
            [{"service": "Spotify", "monthly_cost": 10}, {"service": "climbing magazine", "monthly_cost": 4}],
            "Spotify, that's ten pounds, and a climbing magazine for four",
        ),
    ),
    _said("Budget, always, hostels and cheap flights.", travel_style=("budget", "Budget")),
    RIGHT,
)
MEI = (
    YES,
    _said("My name is Mei.", name=("Mei", "Mei")),
    _said("I was born in 1999, so 27.", age=(27, "27")),
    _said(
        "Baking bread and running along the canal in the mornings.",
        interests=(["baking bread", "running"], "Baking bread and running along the canal"),
    ),
    _said("London, the east of it.", home_area=("London", "London")),
    _said("With my parents for now.", tenure=("with_family", "With my parents")),
    _said("My mother cooks, I am spoiled.", eating_style=("cook", "My mother cooks")),
    _said(
        "The tube every single day, and the bus on Sundays.",
        transport=(["public"], "The tube every single day, and the bus on Sundays"),
    ),
    _said(
        "Running, as I told you, three times a week.",
        fitness=("running three times a week", "Running, as I told you, three times a week"),
    ),
    _said("I do not know, this and that.", unknown=("entertainment",)),
    _said(
        "We go to a good hotel once a year and do nothing at all.", travel_style=("comfort", "We go to a good hotel")
    ),
    _said("That's right, yes.", summary_ok=(True, "That's right, yes")),
)
OMAR = (
    _said("Go ahead.", consent=(True, "Go ahead")),
    _said("Omar is fine.", name=("Omar", "Omar")),
    _said("Fifty two next month, so fifty one.", age=(51, "fifty one")),
    _said(
        "Fishing mainly, and I restore old radios in the shed.",
        interests=(["fishing", "restoring radios"], "Fishing mainly, and I restore old radios"),
    ),
    _said("Just outside Cardiff these days.", home_area=("Cardiff", "Cardiff")),
    _said("A council house, so we pay rent to the council.", tenure=("rent", "we pay rent to the council")),
    _said("My wife and I take turns, so home cooking.", eating_style=("cook", "home cooking")),
    _said("I drive a van for work so I drive everywhere.", transport=(["car"], "I drive everywhere")),
    _said("Nothing really.", fitness=("nothing", "Nothing really")),
    _said(
        "The telly in the evening, and rugby on Saturdays in the stadium.",
        entertainment=(["streaming", "sport"], "The telly in the evening, and rugby on Saturdays"),
    ),
    _said("I have to go now, I'm afraid.", signals=(Signal.STOP,)),
    _said("Yes.", signals=(Signal.STOP,)),
)
PEOPLE: dict[str, tuple[Said, ...]] = {
    "rosa": ROSA,
    "jamal": JAMAL,
    "greta": GRETA,
    "tom": TOM,
    "mei": MEI,
    "omar": OMAR,
}
