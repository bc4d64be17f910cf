"""Questions about the call itself, which the fixed lines can answer: who speaks, an AI?, recorded?, how long?

Looked for in every language there is, whatever the language of the call. An answer to another question than the one
that was asked ("How long will this be kept?") would be worse than none, so two kinds are read as whole clauses only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.interview.history import normalise
from webhook.interview.reading.lexicon import KNOWN
from webhook.interview.reading.wordlist import each, phrases
from webhook.interview.reading.words import begins_with, cut, forms_of
from webhook.interview.understanding import AboutUs

if TYPE_CHECKING:
    from webhook.interview.reading.wordlist import Words

_LONGEST_READ = 500
"""Characters of an utterance that are looked at; whoever says more asks more than this."""
_CALL = "this|it|that|the call|this call|the conversation|this conversation"
_ANRUF = "das|es|dies|das hier|hier|ich|wir|der anruf|dieser anruf|das gespräch|dieses gespräch"
_BEGINNINGS: dict[AboutUs, Words] = {
    AboutUs.RECORDING: each("is", _CALL, "recorded|being recorded|getting recorded|taped")
    | each("will", _CALL, "be recorded")
    | each("are you|do you|will you|is somebody|is someone|is anybody|is anyone", "recording|record|taping")
    | phrases("am i recorded|am i being recorded|are we recorded|are we being recorded|is there a recording")
    | each("wird|werde|werden", _ANRUF, "aufgezeichnet|aufgenommen|mitgeschnitten")
    | each("wird|werde|werden", _ANRUF, "hier|jetzt|gerade|auch", "aufgezeichnet|aufgenommen|mitgeschnitten")
    | each("nehmen sie|nimmst du|zeichnen sie|schneiden sie", "das|dies|mich|uns|das hier|das gespräch", "auf|mit")
    | phrases("gibt es eine aufnahme|läuft eine aufnahme|läuft hier eine aufnahme"),
    AboutUs.AI: each(
        "are you|are you really|are you just|is this|is that|am i talking to|am i speaking to|am i speaking with",
        "an ai|ai|a robot|a bot|a chatbot|a machine|a computer|human|a human|a human being|a person|a real person"
        "|a real human|an actual person|real|artificial|a recording|chatgpt",
    )
    | each(
        "sind sie|sind sie etwa|sind sie wirklich|bist du|bist du etwa|bist du wirklich|ist das|ist das hier"
        "|spreche ich mit|spreche ich hier mit|spreche ich gerade mit|rede ich mit|rede ich hier mit",
        "eine ki|einer ki|ein roboter|einem roboter|ein bot|einem bot|eine maschine|einer maschine|ein computer"
        "|einem computer|ein automat|einem automaten|ein mensch|einem menschen|ein echter mensch|einem echten menschen"
        "|eine echte person|einer echten person|eine künstliche intelligenz|einer künstlichen intelligenz|echt|chatgpt",
    ),
}
_CLAUSES: dict[AboutUs, Words] = {
    AboutUs.WHO: phrases(
        "who are you|who is this|who's this|who is that|who am i talking to|who am i speaking to|who am i speaking with"
        "|who is calling|who's calling|who is speaking|who's speaking|what's your name|what is your name"
        "|wer sind sie|wer bist du|wer ist da|wer ist das|wer spricht da|wer spricht denn da|mit wem spreche ich"
        "|mit wem spreche ich da|mit wem rede ich|wie heißen sie|wie heißt du|wie ist ihr name|wer sind sie denn"
        "|wer sind sie überhaupt|wer sind sie eigentlich"
    ),
    AboutUs.DURATION: each(
        "how long|how much longer|how much time",
        "will|does|is",
        "this|it|that|the call|this call|the interview|this interview|all this",
        "take|going to take|last|going to last|go on",
    )
    | each("will|does|is", "this|it", "take long|take much longer|going to take long|going to take much longer")
    | phrases(
        "how long|how long is this|how long is it|how long is the call|how long is the interview|how much longer"
        "|how many more questions|how many questions|how many questions are there|are we almost done|are we nearly done"
        "|wie lange noch|wie viele fragen|wie viele fragen noch|wie viele fragen kommen noch|dauert das lange"
        "|dauert es lange|dauert das noch lange|sind wir bald fertig|wie lange wird das dauern|wie lange brauchen wir"
    )
    | each(
        "wie lange", "dauert|geht", "das|es|das denn|das noch|es noch|das hier|das gespräch|das interview|das ganze"
    ),
}
ASKS_US: Words = frozenset().union(*_BEGINNINGS.values(), *_CLAUSES.values())
"""What makes a clause a question of theirs, with or without a question mark."""


def about_us(utterance: str) -> AboutUs | None:
    """What of this the caller asks, the first of it; None: nothing of the kind."""
    text = normalise(utterance)[:_LONGEST_READ]
    for words in KNOWN:
        for clause in cut(text, words.breaks).clauses:
            forms = forms_of(clause, words.between_wishes)
            for kind, beginnings in _BEGINNINGS.items():
                if any(begins_with(form, beginnings) for form in forms):
                    return kind
            for kind, whole in _CLAUSES.items():
                if forms & whole:
                    return kind
    return None
