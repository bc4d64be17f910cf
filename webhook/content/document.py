"""The YAML as designers write it: which keys there are, and what each of them takes.

The descriptions are written for designers: they become the help an editor shows beside the key (`schema`). What one
value cannot tell about itself (does this topic exist?) is checked in `rules` and `roads`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
SlotName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Words = Annotated[str, StringConstraints(min_length=1)]
Item = Literal["text", "whole_number", "number", "money", "yes_no"]
Kind = Literal["text", "whole_number", "number", "money", "yes_no", "choice", "choices", "list"]


def _tag(value: Any, *, text: str, block: str | None = None, many: str | None = None) -> str | None:
    """Which form of a key was used, by the shape of its value. Tags stand in <> so that no key looks like one."""
    if isinstance(value, str):
        return text
    return block if isinstance(value, dict) else many if isinstance(value, list) else None


def _text_shape(value: Any) -> str | None:
    return _tag(value, text="<text>", block="<languages>")


def _item_shape(value: Any) -> str | None:
    return _tag(value, text="<type>", block="<record>")


def _names_shape(value: Any) -> str | None:
    return _tag(value, text="<one>", many="<many>")


def _words_shape(value: Any) -> str | None:
    return _tag(value, text="", block="<languages>", many="<words>") or None


def _values_shape(value: Any) -> str | None:
    return _tag(value, text="", block="<said as>", many="<list>") or None


def _target_shape(value: Any) -> str | None:
    return _tag(value, text="<name>", block="<target>")


def _road_shape(value: Any) -> str | None:
    return _tag(value, text="<name>", block="<target>", many="<lines>")


def _line_shape(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    return "<else>" if "else" in value and "if" not in value else "<if>"


TextDoc = Annotated[
    Annotated[Words, Tag("<text>")] | Annotated[dict[Language, Words], Tag("<languages>")],
    Discriminator(
        _text_shape,
        custom_error_type="text_shape",
        custom_error_message="should be text, or one text for each language such as {en: ..., de: ...}",
    ),
]
ItemDoc = Annotated[
    Annotated[Item, Tag("<type>")] | Annotated[dict[SlotName, Item], Tag("<record>"), Field(min_length=1)],
    Discriminator(
        _item_shape,
        custom_error_type="item_shape",
        custom_error_message="should be a type such as text, or the fields of a record such as {service: text}",
    ),
]
NamesDoc = Annotated[
    Annotated[str, Tag("<one>")] | Annotated[list[str], Tag("<many>"), Field(min_length=1)],
    Discriminator(
        _names_shape, custom_error_type="names_shape", custom_error_message="should be one name or a list of names"
    ),
]


SaidAsDoc = Annotated[
    Annotated[list[Words], Tag("<words>")] | Annotated[dict[Language, list[Words]], Tag("<languages>")],
    Discriminator(
        _words_shape,
        custom_error_type="words_shape",
        custom_error_message="should be a list of words, or one for each language such as {en: [my boss], de: [mein Chef]}",
    ),
]
ValuesDoc = Annotated[
    Annotated[list[Words], Tag("<list>"), Field(min_length=1)]
    | Annotated[dict[Words, SaidAsDoc], Tag("<said as>"), Field(min_length=1)],
    Discriminator(
        _values_shape,
        custom_error_type="values_shape",
        custom_error_message="should be a list of values, or each value with what people say for it",
    ),
]


class Doc(BaseModel):
    """What all parts share: no unknown keys, and no value taken for another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class VoiceDoc(Doc):
    provider: Literal["elevenlabs"] = Field(default="elevenlabs", description="Whose voice it is.")
    voice_id: Words | None = Field(
        default=None, description="The id of the voice. Leave it out to use the voice the agent is set up with."
    )
    stability: float | None = Field(default=None, ge=0, le=1, description="0 is lively, 1 is even.")
    similarity_boost: float | None = Field(
        default=None, ge=0, le=1, description="How closely to keep to the original voice."
    )
    style: float | None = Field(default=None, ge=0, le=1, description="How much to exaggerate the style of the voice.")
    use_speaker_boost: bool | None = Field(
        default=None, description="Bring the voice closer to the speaker, at some delay."
    )
    speed: float | None = Field(default=None, ge=0.7, le=1.2, description="1.0 is the normal pace; from 0.7 to 1.2.")


class PersonaDoc(Doc):
    name: Words | None = Field(
        default=None,
        description="The name callers hear. Without it, the id in words: anita-bhargava is Anita Bhargava.",
    )
    style: TextDoc = Field(description="How this interviewer speaks, as a brief for Claude, or a file in prompts/.")
    voice: VoiceDoc = Field(default_factory=VoiceDoc, description="How the voice sounds.")


class TimeDoc(Doc):
    minutes: float = Field(
        default=15,
        gt=0,
        le=240,
        description=(
            "The length of the whole call. At its end the call ends, with the ending `out_of_time`; so does a call in "
            "which a `must` topic was passed by for want of time."
        ),
    )
    wrap_up_minutes: float = Field(
        default=2,
        ge=0,
        description=(
            "When no more than this is left, only what `enough` must have is still asked for, and then the talk goes "
            "straight to the topic called `summary`."
        ),
    )


class SafetyRuleDoc(Doc):
    say: TextDoc = Field(description="Spoken word for word, before anything else.")
    end: str | None = Field(default=None, description="The ending that follows. Without it the interview goes on.")


class SafetyDoc(Doc):
    distress: SafetyRuleDoc | None = Field(default=None, description="The caller seems to be in distress.")
    threat: SafetyRuleDoc | None = Field(
        default=None, description="The caller threatens to harm themselves or somebody."
    )


class HouseRulesDoc(Doc):
    asks: int = Field(
        default=2, ge=1, le=5, description="How often one fact may be asked for before we move on without it."
    )
    after_refusal: Literal["accept", "explain_once"] = Field(
        default="accept",
        description="What a refusal leads to. accept: it is taken at once. explain_once: the reason is given, and asked once more.",
    )
    silence_seconds: float = Field(
        default=8, gt=0, le=60, description="After this long the question is said again, gently."
    )
    holding_line: TextDoc | None = Field(
        default=None, description="Said when an answer cannot be understood in time; it must not ask anything."
    )
    bridge_line: TextDoc | None = Field(
        default=None,
        description="A few words that fill a short pause while Claude thinks; they take turns with the service's own.",
    )
    safety: SafetyDoc = Field(
        default_factory=SafetyDoc, description="What to say on a sign of danger, checked in every turn."
    )


class SlotDoc(Doc):
    type: Kind = Field(
        description=(
            "What kind of value this is. text: any words; yes_no; whole_number, number and money: an amount; "
            "choice: one of `values`; choices: several of them; list: several things."
        )
    )
    about: Words | None = Field(
        default=None, description="One line that tells Claude what counts as this fact, and what does not."
    )
    fallback: TextDoc | None = Field(
        default=None,
        description="One plain question for this fact, where its topic has several: spoken when Claude is late.",
    )
    min: float | None = Field(default=None, description="The least possible value of a number.")
    max: float | None = Field(default=None, description="The greatest possible value of a number.")
    values: ValuesDoc | None = Field(
        default=None,
        description=(
            "What a choice or choices may be, such as [rent, own, other]; conditions compare with these words. Or each "
            "with what people say for it: {boss: {en: [my manager], de: [mein Chef]}}; the first is said back to them."
        ),
    )
    of: ItemDoc | None = Field(
        default=None,
        description="What a list holds: a type such as text, or the parts of each thing: {service: text, price: money}.",
    )
    at_least: int | None = Field(
        default=None, ge=0, description="The fewest things in choices or a list; 0 where none is an answer."
    )
    at_most: int | None = Field(
        default=None, ge=1, description="The most things in choices or a list; more are left out."
    )
    per: Words | None = Field(default=None, description="The time or thing an amount is counted for, such as month.")
    private: bool = Field(
        default=False, description="true for what is nobody else's business: masked in logs and in shared reports."
    )
    read_back: bool = Field(
        default=False,
        description="true for what is easily misheard: said back once, so that the caller can put it right.",
    )
    may_refuse: bool = Field(
        default=True,
        description=(
            "With false it is asked once more after a refusal. It can still stay open, so for a consent let the road "
            "ask for the clear yes: `if: consent != true`."
        ),
    )


class TargetDoc(Doc):
    go_to: str | None = Field(
        default=None, description="The topic that comes next when this line is the first that holds."
    )
    end: str | None = Field(default=None, description="The ending that closes the call here.")


Target = Annotated[
    Annotated[str, Tag("<name>")] | Annotated[TargetDoc, Tag("<target>")],
    Discriminator(
        _target_shape,
        custom_error_type="target_shape",
        custom_error_message="should be the name of a topic, or {end: name of an ending}",
    ),
]


class IfDoc(TargetDoc):
    if_: Words = Field(
        alias="if",
        description=(
            'A condition over the facts: age < 18, or tenure == "rent", or ("music" in hobbies). Begin with a bracket '
            "where it would begin with a quote. `minutes_left` may be used as well."
        ),
    )


class ElseDoc(Doc):
    else_: Target = Field(alias="else", description="Where to go when no line above holds.")


Line = Annotated[
    Annotated[IfDoc, Tag("<if>")] | Annotated[ElseDoc, Tag("<else>")],
    Discriminator(
        _line_shape,
        custom_error_type="line_shape",
        custom_error_message="should be a line with `if` and `go_to` or `end`, or a line with `else`",
    ),
]
FollowUp = Annotated[
    Annotated[str, Tag("<name>")]
    | Annotated[TargetDoc, Tag("<target>")]
    | Annotated[list[Line], Tag("<lines>"), Field(min_length=1)],
    Discriminator(
        _road_shape,
        custom_error_type="road_shape",
        custom_error_message="should be the name of a topic, {end: name of an ending}, or a list of lines with `if`",
    ),
]


class TopicDoc(Doc):
    importance: Literal["must", "should", "could"] = Field(
        default="should", description="What may be dropped when time runs short: first could, then should, must never."
    )
    say: TextDoc | None = Field(default=None, description="Spoken word for word when the topic begins.")
    ask: TextDoc | None = Field(
        default=None,
        description="What to find out, as you would brief a colleague; Claude words it. Or a file in prompts/.",
    )
    fallback: TextDoc | None = Field(
        default=None, description="One plain question of at most 25 words, spoken as it stands when Claude is late."
    )
    required_info: dict[SlotName, SlotDoc] = Field(
        default_factory=dict,
        description="The facts this topic must settle: by a value, by a refusal, or because the caller does not know.",
    )
    nice_to_know: dict[SlotName, SlotDoc] = Field(
        default_factory=dict, description="Facts that are kept if they come up. They are not waited for."
    )
    probes: int = Field(
        default=0,
        ge=0,
        le=5,
        description="How many extra questions a thin answer may lead to. This is what researchers call a follow-up.",
    )
    probe_for: TextDoc | None = Field(default=None, description="What the extra questions should dig for.")
    follow_up: FollowUp = Field(
        description=(
            "The next topic, not an extra question (that is `probes`): a name, {end: ...}, or a list of `if` lines that "
            "ends in `else`. The first line that holds wins."
        )
    )


class EnoughDoc(Doc):
    must_have: list[str] = Field(
        default_factory=list, description="Facts that must be settled, by an answer or a refusal, before the summary."
    )
    at_least: int = Field(
        default=0, ge=0, description="How many of the facts listed under `of` must be settled as well."
    )
    of: list[str] = Field(default_factory=list, description="The facts that count for `at_least`.")


class EndingDoc(Doc):
    say: TextDoc | None = Field(
        default=None, description="The last words, spoken word for word. Without it, a plain goodbye."
    )


class ReportFieldDoc(Doc):
    from_: NamesDoc | None = Field(
        default=None,
        alias="from",
        description="A fact, or a list of facts, handed over as it is. Use either `from` or `write`.",
    )
    write: Words | None = Field(
        default=None,
        description="What Claude judges or sums up after the call, from the caller's words alone; a brief.",
    )
    type: Kind = Field(default="text", description="What kind of value is written.")
    values: list[Words] | None = Field(default=None, min_length=1, description="What a written choice may be.")
    of: ItemDoc | None = Field(default=None, description="What a written list holds.")
    evidence: int = Field(
        default=0,
        ge=0,
        le=10,
        description="How many quotes of the caller this needs; with fewer it becomes cannot_tell.",
    )


class ReportDoc(Doc):
    send_as: list[Literal["json", "markdown", "csv"]] = Field(default=["json"], description="The forms of the report.")
    fields: dict[SlotName, ReportFieldDoc] = Field(
        default_factory=dict, description="What the report holds, in this order."
    )


class FlowDoc(Doc):
    """One interview."""

    flow: Id = Field(description="The id of this interview, for ever: every report is filed under it.")
    version: int = Field(ge=1, description="Raise it when you publish; running calls keep the version they began with.")
    title: Words = Field(description="What people call this interview.")
    languages: list[Language] = Field(
        default=["en"],
        min_length=1,
        description="Languages spoken, such as [en, de]; the first is spoken unless the call asks for another.",
    )
    start: str = Field(description="The topic the call begins with.")
    persona: str = Field(description="The persona that speaks unless another is asked for.")
    personas: dict[Id, PersonaDoc] = Field(min_length=1, description="Who the interviewer can be.")
    time: TimeDoc = Field(default_factory=TimeDoc, description="The length of the call.")
    house_rules: HouseRulesDoc = Field(default_factory=HouseRulesDoc, description="What holds in every topic.")
    topics: dict[Id, TopicDoc] = Field(min_length=1, description="The subjects of the talk.")
    enough: EnoughDoc = Field(
        default_factory=EnoughDoc, description="What must be settled before the topic called `summary` may begin."
    )
    endings: dict[Id, EndingDoc] = Field(
        min_length=1,
        description="The ways the call can end. completed, stopped_by_caller and out_of_time are always there.",
    )
    report: ReportDoc = Field(default_factory=ReportDoc, description="What is handed over after the call.")
