"""Two people in the stakeholder interview and two in the screening call, one of each in German; see `people`.

What they say was written before anybody looked at what the interviewer would guess.
"""

from __future__ import annotations

from tests.interview.people import Said, said
from webhook.interview.understanding import Signal

INGRID = (
    said("Yes, I'm happy to.", consent=(True, "Yes")),
    said("I run the warehouse, that's about forty people.", role=("runs the warehouse", "I run the warehouse")),
    said("I only use it, thank goodness.", part=("use", "I only use it")),
    said("Since it came, five years I think.", years=(5, "five years")),
    said(
        "Everybody should find the rules for their shift, and know who is off sick.",
        goals=(
            ["rules for the shift", "know who is off sick"],
            "find the rules for their shift, and know who is off sick",
        ),
    ),
    said(
        "This morning I wanted the holiday calendar and ended up on a page from 2019, so I rang personnel.",
        "rich",
        last_use=("wanted the holiday calendar, found a page from 2019", "I wanted the holiday calendar"),
    ),
    said("The canteen menu.", works_well=("the canteen menu", "The canteen menu")),
    said("The search.", "thin", pains=([{"problem": "the search"}], "The search")),
    said("Every day I type in a form number and it shows me news from years ago."),
    said("A three, to be honest.", rating=(3, "A three")),
    said(
        "I ring people up, or we ask in our group chat.",
        alternatives=("the phone and a group chat", "I ring people up"),
    ),
    said("Tell us in the morning meeting.", channels=(["meeting"], "in the morning meeting")),
    said("I haven't the faintest idea.", unknown=("deciders",)),
    said("Ask Rajiv in the print shop.", next_person=("Rajiv in the print shop", "Rajiv in the print shop")),
    said("Yes.", next_person=("Rajiv in the print shop", "Yes")),
    said("Yes, that's all correct.", summary_ok=(True, "Yes, that's all correct")),
)
HERR_OZTURK = (
    said("Ja, gerne.", consent=(True, "Ja, gerne")),
    said("Ich leite den Einkauf.", role=("leitet den Einkauf", "Ich leite den Einkauf")),
    said(
        "Ich sitze im Lenkungskreis, da entscheiden wir über das Budget.",
        part=("decide", "da entscheiden wir über das Budget"),
    ),
    said("Drei Jahre sind das jetzt.", years=(3, "Drei Jahre")),
    said("Zeit sparen.", "thin", goals=(["Zeit sparen"], "Zeit sparen")),
    said("Dass nicht jede Abteilung ihre eigenen Listen führt, das kostet uns am meisten."),
    said(
        "Wenn bei uns weniger Leute anrufen, um nach Formularen zu fragen.",
        success=("weniger Anrufe nach Formularen", "weniger Leute anrufen, um nach Formularen zu fragen"),
    ),
    said("Die Nachrichten der Geschäftsführung, die lese ich.", works_well=("die Nachrichten", "Die Nachrichten")),
    said(
        "Die Anmeldung dauert zu lange, und unterwegs geht es gar nicht.",
        pains=(
            [{"problem": "die Anmeldung dauert zu lange"}, {"problem": "geht unterwegs nicht"}],
            "Die Anmeldung dauert zu lange, und unterwegs geht es gar nicht",
        ),
    ),
    said("Eine Sechs.", rating=(6, "Eine Sechs")),
    said("Per Email reicht mir.", channels=(["email"], "Per Email")),
    said("Das möchte ich nicht sagen.", refused=("deciders",)),
    said(
        "Mit der Kollegin aus der Revision.",
        next_person=("die Kollegin aus der Revision", "der Kollegin aus der Revision"),
    ),
    said("Genau.", next_person=("die Kollegin aus der Revision", "Genau")),
    said("Ja, das stimmt so.", summary_ok=(True, "Ja, das stimmt so")),
)
DAWN = (
    said("Yeah, if it's quick.", consent=(True, "Yeah")),
    said("Okay, go ahead.", consent=(True, "Okay, go ahead")),
    said("Thirty eight.", age=(38, "Thirty eight")),
    said("I live in Zurich.", lives_here=(True, "I live in Zurich")),
    said("Oh, loads, what counts as an order?", signals=(Signal.QUESTION,)),
    said("Then twenty or so.", orders=(20, "twenty")),
    said("No, I'm a physio.", in_the_trade=(False, "No")),
    said("Dawn.", name=("Dawn", "Dawn")),
    said("Yes.", name=("Dawn", "Yes")),
    said(
        "Any evening after seven, just not Thursday.",
        availability=("evenings after seven, not Thursday", "Any evening"),
    ),
)
FRAU_KELLER = (
    said("Ja, bitte.", consent=(True, "Ja")),
    said("Ich bin 62.", age=(62, "62")),
    said("Ja, in Bregenz.", lives_here=(True, "Ja")),
    said("Da muss ich überlegen.", signals=(Signal.WAIT,)),
    said("Fünf oder sechs Mal, sagen wir sechs.", orders=(6, "sechs")),
    said(
        "Ich habe früher in einer Werbeagentur gearbeitet, aber heute bin ich in Rente.",
        in_the_trade=(False, "heute bin ich in Rente"),
    ),
    said("Keller.", name=("Keller", "Keller")),
    said("Richtig.", name=("Keller", "Richtig")),
    said("Am liebsten dienstags am Vormittag.", availability=("dienstags am Vormittag", "dienstags am Vormittag")),
)
#: By flow: who talks in it, and in which language.
OTHERS: dict[str, tuple[tuple[str, tuple[Said, ...]], ...]] = {
    "stakeholder": (("en", INGRID), ("de", HERR_OZTURK)),
    "screening": (("en", DAWN), ("de", FRAU_KELLER)),
}
