"""What a call is started with: only what the agent allows, in both forms."""

from __future__ import annotations

from typing import Any

from webhook.interview.flow import Persona, Text, Voice
from webhook.wire.overrides import allowed_overrides, extra_body, for_client, initiation, overrides

AGENT = {
    "platform_settings": {
        "overrides": {
            "conversation_config_override": {
                "agent": {"first_message": True, "language": True, "prompt": {"prompt": False, "llm": True}},
                "tts": {"voice_id": True, "speed": True, "stability": False, "similarity_boost": "yes"},
            },
            "custom_llm_extra_body": True,
            "enable_conversation_initiation_client_data_from_webhook": False,
        }
    }
}
ALL = {"agent.first_message", "agent.language", "tts.voice_id", "tts.speed", "tts.stability", "tts.similarity_boost"}


def persona(**voice: object) -> Persona:
    return Persona(id="p", name="P", style=Text.plain("Calm."), voice=Voice(**voice))  # type: ignore[arg-type]  # a test's short way


def test_what_an_agent_allows_is_what_it_says_is_true() -> None:
    allowed = {"agent.first_message", "agent.language", "agent.prompt.llm", "tts.voice_id", "tts.speed"}
    assert allowed_overrides(AGENT) == allowed | {"custom_llm_extra_body"}


def test_an_agent_that_says_nothing_or_nonsense_allows_nothing() -> None:
    agents: tuple[dict[str, Any], ...] = ({}, {"platform_settings": None}, {"platform_settings": {"overrides": []}})
    for agent in agents:
        assert allowed_overrides(agent) == frozenset()


def test_a_persona_s_voice_language_and_first_words_are_given_where_they_are_allowed() -> None:
    voice = persona(voice_id="v1", stability=0.4, similarity_boost=0.7, speed=0.95)
    made = overrides(voice, language="de", first_message="Hallo.", allowed=ALL)
    assert made == {
        "agent": {"first_message": "Hallo.", "language": "de"},
        "tts": {"voice_id": "v1", "stability": 0.4, "similarity_boost": 0.7, "speed": 0.95},
    }
    few = overrides(voice, language="de", first_message="Hallo.", allowed={"agent.language", "tts.speed"})
    assert few == {"agent": {"language": "de"}, "tts": {"speed": 0.95}}
    assert overrides(voice, language="de", first_message="Hallo.", allowed=()) == {}


def test_what_a_persona_leaves_open_is_left_out_not_sent_as_null() -> None:
    made = overrides(persona(), language="en", first_message="Hello.", allowed=ALL)
    assert made == {"agent": {"first_message": "Hello.", "language": "en"}}


def test_the_form_of_the_javascript_sdk_has_its_own_names() -> None:
    made = overrides(persona(voice_id="v", similarity_boost=1.0), language="en", first_message="Hi.", allowed=ALL)
    assert for_client(made) == {
        "agent": {"firstMessage": "Hi.", "language": "en"},
        "tts": {"voiceId": "v", "similarityBoost": 1.0},
    }


def test_the_session_s_token_travels_as_a_secret_variable_and_where_allowed_in_the_extra_body() -> None:
    assert extra_body("t.t", allowed_overrides(AGENT)) == {"session_token": "t.t"}
    assert extra_body("t.t", ()) == {}
    answer = initiation({}, session_token="t.t", allowed=())
    assert answer == {
        "type": "conversation_initiation_client_data",
        "dynamic_variables": {"secret__session_token": "t.t"},
    }
    made = overrides(persona(voice_id="v"), language="en", first_message="Hi.", allowed=ALL)
    full = initiation(made, session_token="t.t", allowed={"custom_llm_extra_body"})
    assert full["conversation_config_override"] == made
    assert full["custom_llm_extra_body"] == {"session_token": "t.t"}
