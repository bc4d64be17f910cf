"""The agent as this service needs it: nothing that breaks a call is left out, and only what differs is sent."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from tests.fake_elevenlabs import DEFAULTS, at, merged
from webhook.errors import SettingsError
from webhook.interview.flow import Voice
from webhook.wire.agent import (
    Wishes,
    compare,
    differences,
    named,
    patch,
    post_call_webhook,
    public_base,
    wanted,
)
from webhook.wire.identity import derived_secret, strip_marker

WISHES = Wishes(
    url="https://talk.example.org",
    turn_secret_id="secret_turns",
    initiation_secret_id="secret_initiation",
    openings={"en": "Hello.", "nl": "Hallo.", "pt-BR": None},
    voice=Voice(voice_id="voice_1", speed=0.9),
    silence_s=8,
    longest_s=900,
)
WANTED = wanted(WISHES)
PROMPT = ("conversation_config", "agent", "prompt")
LLM = (*PROMPT, "custom_llm")
OVERRIDES = ("platform_settings", "overrides")


def changed(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The wanted agent, but for one thing."""
    document = copy.deepcopy(WANTED)
    at(document, path[:-1])[path[-1]] = value
    return document


def paths(found: dict[str, Any]) -> list[str]:
    return [difference.path for difference in differences(WANTED, found)]


def test_turns_come_to_the_base_url_with_the_stored_secret_and_the_conversations_id() -> None:
    llm = at(WANTED, LLM)
    assert at(WANTED, PROMPT)["llm"] == "custom-llm"
    assert llm["url"] == "https://talk.example.org/v1"
    assert llm["api_key"] == {"secret_id": "secret_turns"}
    assert llm["request_headers"] == {"X-Conversation-Id": {"variable_name": "system__conversation_id"}}


def test_no_variable_is_needed_that_a_call_may_not_bring() -> None:
    assert "secret__" not in str(WANTED)


def test_the_prompt_names_the_call_where_the_header_is_lost() -> None:
    prompt = at(WANTED, PROMPT)["prompt"]
    assert "CALL_ID={{system__conversation_id}}" in prompt
    assert "CALL_ID" not in strip_marker(prompt)


def test_no_other_model_may_speak_and_the_first_words_have_time() -> None:
    prompt = at(WANTED, PROMPT)
    assert prompt["backup_llm_config"] == {"preference": "disabled"}
    assert prompt["cascade_timeout_seconds"] == 8
    assert prompt["ignore_default_personality"] is True
    assert at(WANTED, ("platform_settings", "auth", "enable_auth")) is True


def test_both_tools_are_there_as_the_platform_writes_them() -> None:
    tools = at(WANTED, (*PROMPT, "built_in_tools"))
    assert tools["end_call"]["params"] == {"system_tool_type": "end_call"}
    assert tools["skip_turn"]["params"] == {"system_tool_type": "skip_turn", "wait_timeout_secs": 20}
    assert {(tool["type"], tool["name"]) for tool in tools.values()} == {
        ("system", "end_call"),
        ("system", "skip_turn"),
    }


def test_a_call_may_override_its_voice_opening_and_language_and_nothing_else() -> None:
    def flags(document: Any, place: str = "") -> dict[str, bool]:
        if isinstance(document, bool):
            return {place: document}
        return {k: v for name, inner in document.items() for k, v in flags(inner, f"{place}.{name}").items()}

    found = flags(at(WANTED, OVERRIDES))
    on = {place.removeprefix(".conversation_config_override") for place, flag in found.items() if flag}
    tts = {f".tts.{name}" for name in ("voice_id", "speed", "stability", "similarity_boost")}
    agent = {".agent.first_message", ".agent.language"}
    assert on == tts | agent | {
        ".custom_llm_extra_body",
        ".enable_conversation_initiation_client_data_from_webhook",
    }
    assert found[".conversation_config_override.agent.prompt.prompt"] is False
    assert found[".conversation_config_override.agent.prompt.tool_ids"] is False


def test_each_further_language_has_a_preset_and_an_opening_where_the_flow_has_one() -> None:
    assert at(WANTED, ("conversation_config", "agent", "first_message")) == "Hello."
    assert at(WANTED, ("conversation_config", "language_presets")) == {
        "nl": {"overrides": {"agent": {"first_message": "Hallo."}}},
        "pt-br": {"overrides": {}},
    }


def test_phone_calls_ask_this_service_with_a_secret_of_their_own() -> None:
    told = at(WANTED, ("platform_settings", "workspace_overrides", "conversation_initiation_client_data_webhook"))
    assert told["url"] == "https://talk.example.org/api/v1/webhooks/elevenlabs/initiation"
    assert told["request_headers"] == {"X-Initiation-Secret": {"secret_id": "secret_initiation"}}


@pytest.mark.parametrize(
    ("silence_s", "longest_s", "timeout", "duration"),
    [(8, 900, 8, 1020), (0.2, 1, 1, 121), (60, 14_400, 30, 7200), (7.6, 0, 8, 120)],
)
def test_times_stay_within_what_the_platform_takes(
    silence_s: float, longest_s: float, timeout: int, duration: int
) -> None:
    document = wanted(replace(WISHES, silence_s=silence_s, longest_s=longest_s))
    assert at(document, ("conversation_config", "turn", "turn_timeout")) == timeout
    assert at(document, ("conversation_config", "conversation", "max_duration_seconds")) == duration


def test_only_what_a_persona_says_of_its_voice_is_wanted() -> None:
    assert at(WANTED, ("conversation_config", "tts")) == {"voice_id": "voice_1", "speed": 0.9}
    assert "tts" not in wanted(replace(WISHES, voice=Voice()))["conversation_config"]


def test_an_agent_as_wanted_has_no_differences_and_needs_no_patch() -> None:
    found = merged(DEFAULTS, copy.deepcopy(WANTED)) | {"agent_id": "agent_1", "name": "Mine"}
    assert differences(WANTED, found) == ()
    assert patch(WANTED, found) == {}
    assert len(compare(WANTED, found)) > 60


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*OVERRIDES, "conversation_config_override", "agent", "prompt"), None),
        ((*OVERRIDES, "conversation_config_override", "turn"), {}),
        ((*PROMPT, "built_in_tools", "end_call", "assignments"), None),
        ((*PROMPT, "built_in_tools", "end_call", "description"), None),
        ((*PROMPT, "temperature"), 0.0),
        (("conversation_config", "turn", "turn_timeout"), 8.0),
        ((*LLM, "request_headers"), at(WANTED, LLM)["request_headers"] | {"User-Agent": "x"}),
        ((*PROMPT, "built_in_tools"), at(WANTED, (*PROMPT, "built_in_tools")) | {"language_detection": None}),
    ],
)
def test_off_and_absent_are_the_same_and_more_is_nobody_s_business(path: tuple[str, ...], value: Any) -> None:
    assert paths(changed(path, value)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*LLM, "url"), "https://other.example.org/v1"),
        ((*LLM, "api_key", "secret_id"), "secret_old"),
        ((*PROMPT, "llm"), None),
        ((*PROMPT, "backup_llm_config", "preference"), "default"),
        ((*OVERRIDES, "conversation_config_override", "agent", "prompt", "prompt"), True),
        ((*OVERRIDES, "custom_llm_extra_body"), False),
        ((*OVERRIDES, "custom_llm_extra_body"), 1),
        (("platform_settings", "auth", "enable_auth"), None),
        (("conversation_config", "language_presets", "pt-br", "overrides"), None),
    ],
)
def test_one_difference_is_found_and_told_by_its_path(path: tuple[str, ...], value: Any) -> None:
    (difference,) = differences(WANTED, changed(path, value))
    assert difference.path == ".".join(path)
    assert (difference.wanted, difference.found) == (at(WANTED, path), value)


def test_a_tool_that_is_not_there_and_a_thing_of_another_kind_are_differences() -> None:
    assert any("end_call" in path for path in paths(changed((*PROMPT, "built_in_tools", "end_call"), None)))
    assert paths(changed((*LLM, "api_key"), {"env_var_label": "KEY"})) == [".".join((*LLM, "api_key", "secret_id"))]
    assert paths(changed((*LLM, "request_headers"), "text"))
    assert len(differences(WANTED, {})) > 40


def test_a_patch_holds_what_differs_and_nothing_else() -> None:
    found = changed(("conversation_config", "turn", "speculative_turn"), True)
    assert patch(WANTED, found) == {"conversation_config": {"turn": {"speculative_turn": False}}}


def test_what_the_platform_takes_only_whole_is_sent_whole_over_what_was_there() -> None:
    mine = at(WANTED, LLM) | {"url": "https://old.example.org", "api_version": "7"}
    mine["request_headers"] = {"User-Agent": "x", "X-Conversation-Id": "fixed"}
    sent = at(patch(WANTED, changed(LLM, mine)), LLM)
    assert sent == at(WANTED, LLM) | {
        "api_version": "7",
        "request_headers": {"User-Agent": "x", **at(WANTED, LLM)["request_headers"]},
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*LLM, "api_key"), {"env_var_label": "KEY"}),
        ((*LLM, "request_headers", "X-Conversation-Id"), {"secret_id": "s"}),
        ((*PROMPT, "backup_llm_config"), {"preference": "override", "order": ["other"]}),
    ],
)
def test_what_is_one_of_several_kinds_is_replaced(path: tuple[str, ...], value: Any) -> None:
    assert at(patch(WANTED, changed(path, value)), path) == at(WANTED, path)


def test_a_patch_makes_the_agent_as_wanted_from_whatever_was_there() -> None:
    broken: dict[str, Any] = {"conversation_config": None, "platform_settings": []}
    found: dict[str, Any]
    for found in ({}, DEFAULTS, changed(LLM, None), broken):
        assert differences(WANTED, merged(found, patch(WANTED, found))) == ()


def test_a_chosen_post_call_webhook_gets_its_events_and_keeps_those_it_has() -> None:
    document = wanted(replace(WISHES, webhook_id="wh_1"))
    place = ("platform_settings", "workspace_overrides", "webhooks")
    found = merged(
        document, {"platform_settings": {"workspace_overrides": {"webhooks": {"events": ["transcript", "x"]}}}}
    )
    assert post_call_webhook(document) == "wh_1"
    assert post_call_webhook(WANTED) is None
    assert [difference.path for difference in differences(document, found)] == [".".join((*place, "events"))]
    sent = at(patch(document, found), place)
    assert sent["events"] == ["transcript", "x", "audio", "call_initiation_failure"]
    assert sent["post_call_webhook_id"] == "wh_1"


def test_people_read_names_of_secrets() -> None:
    shown = named(WANTED, {"secret_turns": "voice-interviewer turns 1"})
    assert at(shown, LLM)["api_key"] == {"secret_id": "voice-interviewer turns 1"}
    assert at(WANTED, LLM)["api_key"] == {"secret_id": "secret_turns"}


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://talk.example.org", "https://talk.example.org"),
        ("https://talk.example.org/", "https://talk.example.org"),
        ("https://example.org:8443/interviewer/", "https://example.org:8443/interviewer"),
    ],
)
def test_a_public_address_is_taken_without_its_last_slash(url: str, base: str) -> None:
    assert public_base(url) == base


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://talk.example.org", "https://"),
        ("talk.example.org", "https://"),
        ("", "https://"),
        ("https://", "a host"),
        ("https://[", "no address"),
        ("https://h:port", "no address"),
        ("https://me:pw@h", "a host"),
        ("https://h/?a=b", "nothing behind"),
        ("https://a b", "a host"),
        ("https://localhost:8080", "tunnel"),
        ("https://127.0.0.1", "tunnel"),
        ("https://h/v1", "leave out /v1"),
        ("https://h/v1/", "leave out /v1"),
        ("https://h/v1/chat/completions", "leave out /chat/completions"),
    ],
)
def test_an_address_nobody_could_call_is_refused_with_its_setting_and_remedy(url: str, told: str) -> None:
    with pytest.raises(SettingsError, match=r"^PUBLIC_URL: ") as caught:
        public_base(url)
    assert told in str(caught.value)
    assert "pw" not in str(caught.value)


def test_a_derived_secret_is_the_same_each_time_and_another_for_each_purpose_and_secret() -> None:
    """By another tool: `printf 'voice-interviewer initiation secret 1' | openssl dgst -sha256 -hmac s -binary | base64`."""
    made = {derived_secret(secret, purpose) for secret in ("s", "t") for purpose in ("initiation", "other")}
    assert len(made) == 4
    assert derived_secret("s", "initiation") == DERIVED
    assert {len(secret) for secret in made} == {43}


DERIVED = "UoV8mcRsbESoQeovGtlJGbWLjNWBtufOjFhxZ9PjDZ4"
