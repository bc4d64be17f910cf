"""Templates: names filled in, nothing else done."""

from __future__ import annotations

import pytest

from webhook.content.findings import Problem
from webhook.content.templates import compile_template
from webhook.errors import ContentError
from webhook.interview.flow import PlainTemplate

NAMES = {"slots.name", "slots.age", "slots.hobbies", "slots.bills", "time.minutes_left", "persona.name", "language"}
EMPTY: dict[str, object] = {
    "slots": {"name": None, "age": None, "hobbies": [], "bills": []},
    "time": {"minutes_left": 3.5},
    "persona": {"name": "Mia"},
    "language": "en",
}
FULL: dict[str, object] = {
    **EMPTY,
    "slots": {
        "name": "Sam",
        "age": 34,
        "hobbies": ["chess", "tea"],
        "bills": [{"who": "Netflix", "cost": 11}, {"who": "gym"}],
    },
}


@pytest.mark.parametrize(
    ("source", "when_empty", "when_full"),
    [
        ("I'm {{ persona.name }}, {{ language }}, {{ time.minutes_left }}.", "I'm Mia, en, 3.5.", "I'm Mia, en, 3.5."),
        ("Thanks, {{ slots.name }}.", "Thanks, .", "Thanks, Sam."),
        ("{{ slots['name'] }}", "", "Sam"),
        ("{% if slots.name %}Hi {{ slots.name }}{% else %}Hi{% endif %}", "Hi", "Hi Sam"),
        ("{% unless slots.hobbies %}none{% endunless %}", "none", ""),
        ("{% if slots.age < 40 %}young{% else %}other{% endif %}", "other", "young"),
        ("{% if slots.age == null %}?{% endif %}", "?", ""),
        ("{% if slots.hobbies contains 'tea' %}tea{% endif %}", "", "tea"),
        ("{{ slots.hobbies }}; {{ slots.bills }}", "; ", "chess, tea; Netflix 11, gym"),
        ("{{ slots.hobbies | join: ' and ' }}", "", "chess and tea"),
        ("{{ slots.hobbies.first }} {{ slots.hobbies[1] }} {{ slots.hobbies.size }}", "  ", "chess tea 2"),
        ("{% for b in slots.bills %}{{ b.who }} {{ b.cost }};{% endfor %}", "", "Netflix 11;gym ;"),
        ("{{ slots.name | default: 'friend' | upcase }}", "FRIEND", "SAM"),
        ("{% case slots.name %}{% when 'Sam' %}S{% else %}?{% endcase %}", "?", "S"),
        ("{% comment %}{{ nobody }}{% endcomment %}x", "x", "x"),
    ],
)
def test_what_a_template_says(source: str, when_empty: str, when_full: str) -> None:
    template = compile_template(source, NAMES)

    assert template.render(EMPTY) == when_empty
    assert template.render(FULL) == when_full


def test_what_is_not_known_at_all_is_empty_too() -> None:
    assert compile_template("a{{ slots.name }}{% if slots.age %}b{% endif %}", NAMES).render({}) == "a"


def test_text_without_markup_is_plain() -> None:
    source = "100% sure? {0.__class__} %s ${x} {x} }}"

    assert compile_template(source, NAMES) == PlainTemplate(source=source)


def test_what_a_caller_said_is_never_taken_for_a_template() -> None:
    said = {"slots": {"name": "{{ slots.age }}{% include 'x' %}", "age": 34}}

    assert compile_template("Hi {{ slots.name }}", NAMES).render(said) == "Hi {{ slots.age }}{% include 'x' %}"


def test_words_are_said_even_when_a_value_does_not_fit() -> None:
    template = compile_template("Well, {% if slots.age > 'x' %}so{% endif %} then?", NAMES)

    assert template.render(FULL).split() == ["Well,", "so", "then?"]


def test_loops_within_loops_come_to_an_end() -> None:
    """Nothing is written inside, so only the count of rounds can stop it."""
    source = "{% for a in slots.hobbies %}" * 3 + "{% if slots.age %}x{% endif %}" + "{% endfor %}" * 3 + " done"
    template = compile_template(source, NAMES)

    assert template.render({"slots": {"hobbies": ["h"] * 40}}).split() == ["x", "done"]


def test_what_a_template_writes_has_an_end() -> None:
    template = compile_template("{% for a in slots.hobbies %}{{ slots.name }}{% endfor %} done", NAMES)

    assert template.render({"slots": {"hobbies": ["h"] * 400, "name": "Sam" * 100}}).split() == ["done"]


@pytest.mark.parametrize(
    ("source", "offset", "message"),
    [
        ("a {{ slots.nmae }}", 5, "unknown name `slots.nmae` in a template (did you mean `slots.name`?)"),
        ("{{ name }}", 3, "unknown name `name` in a template (did you mean `slots.name`?)"),
        ("{{ persona.voice }}", 3, "unknown name `persona.voice` in a template (did you mean `persona.name`?)"),
        ("{% if slots.agee %}{% endif %}", 6, "unknown name `slots.agee` in a template (did you mean `slots.age`?)"),
        ("{% for x in slots.hobies %}{% endfor %}", 12, "unknown name `slots.hobies` in a template (did you mean `slots.hobbies`?)"),
        ("{{ slots.name | upper }}", 16, "unknown filter `upper` in a template"),
        ("{{ slots.name", 0, "in the template: expected `}}`, found end of file"),
        ("x {% if slots.age = 3 %}{% endif %}", 18, "in the template: expected end of expression, found `=`"),
        ("{% if slots.age %}x", 0, "in the template: expected tag endif, found end of expression"),
    ],
)  # fmt: skip
def test_a_wrong_template_is_told_at_load(source: str, offset: int, message: str) -> None:
    problem = problems(source)[0]

    assert (problem.offset, str(problem)) == (offset, message)


@pytest.mark.parametrize(
    "source",
    [
        "{% include 'secrets' %}",
        "{% render 'secrets' %}",
        "{% extends 'secrets' %}",
        "{% assign x = 'a' %}",
        "{% capture x %}a{% endcapture %}",
        "{% increment x %}",
        "{% cycle 'a', 'b' %}",
        "{% tablerow x in slots.hobbies %}{% endtablerow %}",
        "{% liquid echo 'a' %}",
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{{ (1..1000000000) | join: 'x' }}",
        "{% if true %}{% for i in (1..9) %}x{% endfor %}{% endif %}",
        "{{ slots.name | append: 'x' }}",
        "{{ slots.age | times: 1000000 }}",
        "{{ slots.name.__class__ }}",
        "{{ slots.name.__class__.__mro__ }}",
        "{{ slots['__class__'] }}",
        "{{ slots[slots.name] }}",
        "{{ slots }}",
        "{{ persona }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__ }}",
        "{{ ''.__class__ }}",
        "{{{{ slots.name }}}}",
        "{{ }}",
        "{% %}",
        "{% nonsense %}",
        "{% if slots.age %}" * 40 + "{% endif %}" * 40,
    ],
)
def test_what_is_not_of_the_language_is_refused_at_load(source: str) -> None:
    assert problems(source)


def test_every_unknown_name_is_told_in_the_order_of_the_text() -> None:
    assert [problem.snippet for problem in problems("{{ a }}{{ slots.name }}{{ b.c }}")] == ["a", "b.c"]


def problems(source: str) -> list[Problem]:
    with pytest.raises(ContentError) as raised:
        compile_template(source, NAMES)
    found = [each for each in raised.value.findings if isinstance(each, Problem)]
    assert len(found) == len(raised.value.findings)
    return found
