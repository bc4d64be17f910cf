"""Banks of spoken answers, the slots and questions they answer, and what the reader makes of them.

A row of a bank is `language|slot|accepted values|what is said`; `-` among the accepted values says that nothing may be
taken as well. A value that is not accepted is wrong, no value where only values are accepted is nothing: it costs a
question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webhook.interview.flow import Arrow, Ending, Flow, Persona, Slot, SlotType, Text, Topic
from webhook.interview.reading import read

FOLDER = Path(__file__).parent
NONE = "-"
RIGHT, NOTHING, WRONG = "right", "nothing", "wrong"


def _slot(name: str, kind: SlotType, **options: Any) -> Slot:
    return Slot(name=name, type=kind, topic="talk", **options)


SLOTS = {
    slot.name: slot
    for slot in (
        _slot("consent", SlotType.YES_NO, may_refuse=False, about="Consent to the recorded interview"),
        _slot("age", SlotType.WHOLE_NUMBER, min=1, max=120, about="Their age in years"),
        _slot("income", SlotType.MONEY, per="month", about="Income after tax"),
        _slot("rooms", SlotType.NUMBER, min=0, max=50, about="Rooms of their home"),
        _slot("stars", SlotType.WHOLE_NUMBER, min=1, max=10, about="Their rating, 10 is the best"),
        _slot("children", SlotType.WHOLE_NUMBER, min=0, max=20),
        _slot("hours", SlotType.NUMBER, min=0, max=24, about="Hours of sleep a night"),
        _slot("contact", SlotType.YES_NO, about="Whether we may call again"),
        _slot("smoke", SlotType.YES_NO, about="Whether they smoke"),
        _slot("when", SlotType.TEXT),
        _slot("phone", SlotType.TEXT),
        _slot("distance", SlotType.NUMBER, about="Kilometres to work"),
    )
}
QUESTIONS = {
    "en": {
        "consent": "This interview is recorded. Is it all right with you?",
        "age": "How old are you?",
        "income": "How much do you earn a month after tax?",
        "rooms": "How many rooms does your home have?",
        "stars": "From one to ten, how many stars do you give us?",
        "children": "How many children do you have?",
        "hours": "How many hours do you sleep a night?",
        "contact": "May we call you again?",
        "smoke": "Do you smoke?",
        "when": "What would you like to tell us?",
        "phone": "What is your phone number?",
        "distance": "How many kilometres is it to your work?",
    },
    "de": {
        "consent": "Das Gespräch wird aufgezeichnet. Ist das in Ordnung für Sie?",
        "age": "Wie alt sind Sie?",
        "income": "Wie viel verdienen Sie netto im Monat?",
        "rooms": "Wie viele Zimmer hat Ihre Wohnung?",
        "stars": "Von eins bis zehn, wie viele Sterne geben Sie uns?",
        "children": "Wie viele Kinder haben Sie?",
        "hours": "Wie viele Stunden schlafen Sie pro Nacht?",
        "contact": "Dürfen wir Sie noch einmal anrufen?",
        "smoke": "Rauchen Sie?",
        "when": "Was möchten Sie uns sagen?",
        "phone": "Wie ist Ihre Telefonnummer?",
        "distance": "Wie viele Kilometer sind es zu Ihrer Arbeit?",
    },
    "fr": {
        "consent": "Cet entretien est enregistré. Est-ce que cela vous convient ?",
        "age": "Quel âge avez-vous ?",
        "income": "Combien gagnez-vous par mois après impôts ?",
        "rooms": "Combien de pièces compte votre logement ?",
        "stars": "De un à dix, combien d'étoiles nous donnez-vous ?",
        "children": "Combien d'enfants avez-vous ?",
        "hours": "Combien d'heures dormez-vous par nuit ?",
        "contact": "Pouvons-nous vous rappeler ?",
        "smoke": "Fumez-vous ?",
        "when": "Que voulez-vous nous dire ?",
        "phone": "Quel est votre numéro de téléphone ?",
        "distance": "Combien de kilomètres y a-t-il jusqu'à votre travail ?",
    },
    "es": {
        "consent": "Esta entrevista se graba. ¿Está de acuerdo?",
        "age": "¿Cuántos años tiene?",
        "income": "¿Cuánto gana al mes después de impuestos?",
        "rooms": "¿Cuántas habitaciones tiene su casa?",
        "stars": "Del uno al diez, ¿cuántas estrellas nos da?",
        "children": "¿Cuántos hijos tiene?",
        "hours": "¿Cuántas horas duerme por noche?",
        "contact": "¿Podemos volver a llamarle?",
        "smoke": "¿Fuma usted?",
        "when": "¿Qué quiere decirnos?",
        "phone": "¿Cuál es su número de teléfono?",
        "distance": "¿Cuántos kilómetros hay hasta su trabajo?",
    },
}
_TOPIC = Topic(id="talk", fallback=Text.plain("And?"), follow_up=(Arrow(end="completed"),), required=tuple(SLOTS))
FLOW = Flow(
    id="hearing",
    version=1,
    title="Hearing",
    languages=tuple(QUESTIONS),
    start="talk",
    persona="mia",
    personas={"mia": Persona(id="mia", name="Mia", style=Text.plain("Plain."))},
    topics={"talk": _TOPIC},
    slots=SLOTS,
    endings={"completed": Ending(id="completed")},
)


@dataclass(frozen=True)
class Row:
    """A spoken answer and the values that may be taken from it, as `shown` shows them."""

    language: str
    slot: str
    accepted: frozenset[str]
    said: str

    @property
    def may_be_open(self) -> bool:
        """Whether nothing may be taken. A text may always stay open."""
        return NONE in self.accepted or SLOTS[self.slot].type is SlotType.TEXT

    def verdict(self, value: object) -> str:
        if value is None:
            return RIGHT if self.may_be_open else NOTHING
        return RIGHT if shown(value) in self.accepted else WRONG


@dataclass
class Figures:
    """What came of the rows of a bank, or of some of them."""

    verdicts: Counter[str] = field(default_factory=Counter)
    #: Rows that ask for a value or accept one, and those of them whose value was taken.
    valued: int = 0
    taken: int = 0
    false_consents: int = 0

    def count(self, row: Row, value: object) -> None:
        verdict = row.verdict(value)
        self.verdicts[verdict] += 1
        self.valued += row.accepted != {NONE}
        self.taken += verdict == RIGHT and value is not None
        self.false_consents += verdict == WRONG and row.slot == "consent" and value is True

    def bar(self) -> dict[str, int]:
        """What the bar of a bank holds."""
        return {
            RIGHT: self.verdicts[RIGHT],
            WRONG: self.verdicts[WRONG],
            "false_consents": self.false_consents,
            "taken": self.taken,
        }


def shown(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def banks() -> list[str]:
    """The names of the banks there are."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def rows_of(bank: str) -> Iterator[Row]:
    for written in (FOLDER / f"{bank}.txt").read_text().splitlines():
        if written.strip() and not written.startswith("#"):
            language, slot, accepted, said = written.split("|", 3)
            yield Row(language, slot, frozenset(accepted.split(",")), said)


def heard(row: Row) -> object:
    """The value that the product takes from a row, None if it takes none."""
    question = QUESTIONS[row.language][row.slot]
    understood = read(
        FLOW,
        row.said,
        asked=SLOTS[row.slot],
        question=question,
        language=row.language,
        is_consent=row.slot == "consent",
    )
    return next((fact.value for fact in understood.facts if fact.slot == row.slot), None)


def figures_of(rows: Iterable[Row]) -> Figures:
    figures = Figures()
    for row in rows:
        figures.count(row, heard(row))
    return figures
