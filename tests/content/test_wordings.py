"""Leading and double questions in fixed lines, in English and German."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.conftest import Check
from webhook.content.wordings import problems_in


@pytest.mark.parametrize(
    ("language", "text", "rule", "words"),
    [
        ("en", "Don't you think rents are high?", "leading-question", "Don't you"),
        ("en", "You would like more room, wouldn\u2019t you?", "leading-question", "wouldn\u2019t you"),
        ("en", "It is a nice town, isn't it?", "leading-question", "isn't it"),
        ("en", "Surely you cook?", "leading-question", "Surely"),
        ("en", "You must like music?", "leading-question", "You must"),
        ("en", "You rent, right?", "leading-question", "right"),
        ("en-GB", "What do you pay, and how often?", "double-question", "and how"),
        ("en", "Do you rent, and do you like it?", "double-question", "and do you"),
        ("en", "When and where do you eat?", "double-question", "When and where"),
        ("de", "Das ist teuer, nicht wahr?", "leading-question", "nicht wahr"),
        ("de", "Finden Sie nicht auch, dass es teuer ist?", "leading-question", "Finden Sie nicht auch"),
        ("de", "Sie wohnen gern hier, oder nicht?", "leading-question", "oder nicht"),
        ("de", "Was zahlen Sie und warum?", "double-question", "und warum"),
        ("de-AT", "Wohnen Sie allein und mögen Sie das?", "double-question", "und mögen Sie"),
    ],
)
def test_a_poor_question_is_told_with_its_words(language: str, text: str, rule: str, words: str) -> None:
    (problem,) = problems_in(text, language)

    assert (problem.rule, problem.snippet, problem.severity) == (rule, words, "warning")
    assert text[problem.offset :].startswith(words)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "How do you like to be entertained, at home or when you go out?"),
        ("en", "Do you live with friends and family?"),
        ("en", "Why don't you cook?"),
        ("en", "You must be eighteen for this. Are you?"),
        ("en", "I will ask what you like and why. Shall we start?"),
        ("de", "Mieten Sie, oder gehört Ihnen die Wohnung?"),
        ("de", "Was kochen und essen Sie gern?"),
        ("fr", "Don't you think so?"),
    ],
)
def test_a_plain_question_is_left_alone(language: str, text: str) -> None:
    assert list(problems_in(text, language)) == []


def test_the_place_is_told_in_each_language_and_in_prompt_files(check: Check) -> None:
    Path("prompts/hello.md").write_text("Hello.\nThis is fine, isn't it?\n")
    _, findings = check(
        ("say: Hello, this is {{ persona.name }}.", "say: {en: prompts/hello.md, de: Guten Tag.}"),
        ("fallback: May I begin?", "fallback: {en: May I begin?, de: 'Darf ich, oder nicht?'}"),
        ("[en]", "[en, de]"),
    )

    assert [f for f in findings if "warning" in f and "leads" in f] == [
        'flows/x.yaml:13:49: warning: "oder nicht" leads the caller to an answer: ask so that any answer is as easy',
        'prompts/hello.md:2:15: warning: "isn\'t it" leads the caller to an answer: ask so that any answer is as easy',
    ]
