"""Six people in the shipped interview: what each said, in order, and what an honest listener makes of it.

Written by hand, as people talk: some answer in a word, some tell stories, some answer two questions at once, take
something back, refuse, ask back or want to go. The questions are those the flow asks next; nothing here knows moves.
"""

from __future__ import annotations

from typing import Any

from webhook.interview.understanding import Heard, Signal, Understanding

Said = tuple[str, Understanding]


def said(utterance: str, fullness: Any = "fine", *, signals: tuple[Signal, ...] = (), **more: Any) -> Said:
    """`slot=(value, words)`; the other fields of an understanding by their names."""
    lists = {name: more.pop(name) for name in ("refused", "unknown", "wants_to_change") if name in more}
    corrected = more.pop("corrected", {})
    facts = [Heard(slot=slot, value=value, words=words) for slot, (value, words) in more.items()]
    facts += [Heard(slot=s, value=value, words=words, correction=True) for s, (value, words) in corrected.items()]
    return utterance, Understanding(facts=tuple(facts), signals=frozenset(signals), fullness=fullness, **lists)


YES = said("Yes, that's fine.", consent=(True, "Yes"))
RIGHT = said("Yes, that's right.", summary_ok=(True, "Yes, that's right"))

ROSA = (
    YES,
    said("I'm Rosa.", name=("Rosa", "Rosa")),
    said("I'm 41.", age=(41, "41")),
    said(
        "I sing in a choir on Tuesdays and at the weekend I work in the garden, mostly vegetables.",
        interests=(["choir", "gardening"], "I sing in a choir on Tuesdays and at the weekend I work in the garden"),
    ),
    said("We live in Norwich, near the river.", home_area=("Norwich", "Norwich")),
    said("We own it, well, the bank does really, we have a mortgage.", tenure=("own", "we have a mortgage")),
    said(
        "I cook nearly every evening because my daughter is picky and eating out costs a fortune.",
        "rich",
        eating_style=("cook", "I cook nearly every evening"),
    ),
    said(
        "I cycle to work, and the car for the weekly shop.", transport=(["bike", "car"], "I cycle to work, and the car")
    ),
    said(
        "Just the cycling and some yoga at home.",
        fitness=("cycling and yoga at home", "the cycling and some yoga at home"),
    ),
    said(
        "We read a lot and sometimes go to a concert.",
        entertainment=(["reading", "going_out"], "We read a lot and sometimes go to a concert"),
    ),
    said(
        "Usually a cheap camping trip in France, we've done that for years.",
        travel_style=("budget", "a cheap camping trip"),
    ),
    RIGHT,
)
JAMAL = (
    said("Yeah sure.", consent=(True, "Yeah sure")),
    said("Jamal.", name=("Jamal", "Jamal")),
    said("Twenty six.", age=(26, "Twenty six")),
    said("Gaming.", "thin", interests=(["gaming"], "Gaming")),
    said("It's how I stay in touch with my mates from school, we play most evenings."),
    said("Birmingham.", home_area=("Birmingham", "Birmingham")),
    said("I rent.", "thin", tenure=("rent", "I rent")),
    said("Somewhere quiet with decent internet I guess."),
    said("Delivery mostly.", "thin", eating_style=("delivery", "Delivery")),
    said("When I get home late from a shift I just can't be bothered."),
    said("Bus.", "thin", transport=(["public"], "Bus")),
    said("If the trams came out to where I live I would use those."),
    said("Five a side on Thursdays.", fitness=("five a side on Thursdays", "Five a side on Thursdays")),
    said("Netflix and games.", "thin", entertainment=(["streaming", "gaming"], "Netflix and games")),
    said("Games, easily, all my friends are on there."),
    said(
        "Netflix for eleven pounds and Game Pass for fifteen.",
        subscriptions=(
            [{"service": "Netflix", "monthly_cost": 11}, {"service": "Game Pass", "monthly_cost": 15}],
            "Netflix for eleven pounds and Game Pass for fifteen",
        ),
    ),
    said("I hardly go anywhere, last time was two years ago.", travel_style=("rarely_travel", "I hardly go anywhere")),
    RIGHT,
)
GRETA = (
    said("Yes. Will this take long?", consent=(True, "Yes"), signals=(Signal.QUESTION,)),
    said("You can call me Greta.", name=("Greta", "Greta")),
    said("Seventy-eight, my dear.", age=(78, "Seventy-eight")),
    said(
        "Walking the dog, and I do a lot of crosswords.",
        interests=(["walking the dog", "crosswords"], "Walking the dog, and I do a lot of crosswords"),
    ),
    said("A village outside Exeter.", home_area=("a village outside Exeter", "A village outside Exeter")),
    said("It belongs to my son, I live in the annexe.", tenure=("with_family", "It belongs to my son")),
    said("Sorry, could you say that again?", signals=(Signal.REPEAT,)),
    said("Oh, I cook for myself, nothing fancy.", eating_style=("cook", "I cook for myself")),
    said(
        "I don't drive any more, so the bus, or my son takes me.",
        transport=(["public", "car"], "the bus, or my son takes me"),
    ),
    said(
        "The dog sees to that, two hours a day in all weathers.",
        fitness=("walking the dog two hours a day", "The dog sees to that, two hours a day"),
    ),
    said(
        "Radio plays, and detective novels from the library.",
        entertainment=(["music", "reading"], "Radio plays, and detective novels"),
    ),
    said("None at all.", subscriptions=([], "None at all")),
    said("I like a nice hotel now, I've earned it.", travel_style=("comfort", "I like a nice hotel")),
    said(
        "No, I take the bus, I never go by car.",
        corrected={"transport": (["public"], "I take the bus, I never go by car")},
    ),
    RIGHT,
)
TOM = (
    said(
        "Yes, and I'm Tom, I'm 33 and I live in Leeds.",
        consent=(True, "Yes"),
        name=("Tom", "Tom"),
        age=(33, "33"),
        home_area=("Leeds", "Leeds"),
    ),
    said(
        "Climbing, and a bit of photography when the weather is good.",
        interests=(["climbing", "photography"], "Climbing, and a bit of photography"),
    ),
    said(
        "I rent a flat with two friends, about 600 a month for my share.",
        tenure=("rent", "I rent a flat"),
        housing_cost=(600, "600 a month"),
    ),
    said("Yes.", housing_cost=(600, "Yes")),
    said(
        "Half and half, we cook together on weekdays and eat out at the weekend.",
        eating_style=("mixed", "Half and half"),
    ),
    said("I walk everywhere, Leeds is small.", transport=(["walk"], "I walk everywhere")),
    said(
        "Climbing three times a week keeps me fit.",
        fitness=("climbing three times a week", "Climbing three times a week"),
    ),
    said("Mostly podcasts and going to gigs.", entertainment=(["music", "going_out"], "podcasts and going to gigs")),
    said(
        "Spotify, that's ten pounds, and a climbing magazine for four.",
        subscriptions=(
            [{"service": "Spotify", "monthly_cost": 10}, {"service": "climbing magazine", "monthly_cost": 4}],
            "Spotify, that's ten pounds, and a climbing magazine for four",
        ),
    ),
    said("Budget, always, hostels and cheap flights.", travel_style=("budget", "Budget")),
    RIGHT,
)
MEI = (
    YES,
    said("My name is Mei.", name=("Mei", "Mei")),
    said("I was born in 1999, so 27.", age=(27, "27")),
    said(
        "Baking bread and running along the canal in the mornings.",
        interests=(["baking bread", "running"], "Baking bread and running along the canal"),
    ),
    said("London, the east of it.", home_area=("London", "London")),
    said("With my parents for now.", tenure=("with_family", "With my parents")),
    said("My mother cooks, I am spoiled.", eating_style=("cook", "My mother cooks")),
    said(
        "The tube every single day, and the bus on Sundays.",
        transport=(["public"], "The tube every single day, and the bus on Sundays"),
    ),
    said(
        "Running, as I told you, three times a week.",
        fitness=("running three times a week", "Running, as I told you, three times a week"),
    ),
    said("I do not know, this and that.", unknown=("entertainment",)),
    said("We go to a good hotel once a year and do nothing at all.", travel_style=("comfort", "We go to a good hotel")),
    said("That's right, yes.", summary_ok=(True, "That's right, yes")),
)
OMAR = (
    said("Go ahead.", consent=(True, "Go ahead")),
    said("Omar is fine.", name=("Omar", "Omar")),
    said("Fifty two next month, so fifty one.", age=(51, "fifty one")),
    said(
        "Fishing mainly, and I restore old radios in the shed.",
        interests=(["fishing", "restoring radios"], "Fishing mainly, and I restore old radios"),
    ),
    said("Just outside Cardiff these days.", home_area=("Cardiff", "Cardiff")),
    said("A council house, so we pay rent to the council.", tenure=("rent", "we pay rent to the council")),
    said("My wife and I take turns, so home cooking.", eating_style=("cook", "home cooking")),
    said("I drive a van for work so I drive everywhere.", transport=(["car"], "I drive everywhere")),
    said("Nothing really.", fitness=("nothing", "Nothing really")),
    said(
        "The telly in the evening, and rugby on Saturdays in the stadium.",
        entertainment=(["streaming", "sport"], "The telly in the evening, and rugby on Saturdays"),
    ),
    said("I have to go now, I'm afraid.", signals=(Signal.STOP,)),
    said("Yes.", signals=(Signal.STOP,)),
)
PEOPLE: dict[str, tuple[Said, ...]] = {
    "rosa": ROSA,
    "jamal": JAMAL,
    "greta": GRETA,
    "tom": TOM,
    "mei": MEI,
    "omar": OMAR,
}
