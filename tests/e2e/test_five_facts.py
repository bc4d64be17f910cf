"""A caller as they are: five things at once, a correction, a refusal, a question of theirs, a change of mind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.callers import is_speak, shown
from tests.fake_claude import FakeClaude
from tests.live_server import Live, assistant, live_server, user
from webhook.interview.moves import Move

FIVE = "Yes, that's fine. I'm Sam, 34, from Leeds, I rent and I mostly cook."
WITHDRAWN = "Mostly budget trips. Actually, no longer streaming, just reading."
TALK = (
    FIVE,
    "Chess. Sorry, I'm 35 actually.",
    "I'd rather not say.",
    "What is your favourite sport?",
    "I swim.",
    "Streaming and reading.",
    "Netflix for 12 a month.",
    WITHDRAWN,
    "Yes, that's right.",
)


async def held(live: Live, session_id: str, talk: tuple[str, ...]) -> list[Move]:
    """The moves that answered each of these utterances."""
    opening = (await live.post("/api/first-message", {})).json()["message"]
    messages = [assistant(opening)]
    made = []
    for words in talk:
        messages.append(user(words))
        answer = await live.talk({"messages": messages, "variables": {"session_id": session_id}})
        messages.append(assistant(answer["content"]))
        head = (await live.session(session_id)).head
        assert head is not None
        assert head.move is not None
        made.append(head.move)
    await live.settle()
    return made


async def report_of(live: Live, session_id: str) -> dict[str, Any]:
    report: dict[str, Any] = (await live.get(f"/api/sessions/{session_id}/report", private="show")).json()
    return report


async def test_nothing_is_asked_twice_and_a_withdrawn_branch_leaves_the_report(
    fake: FakeClaude, tmp_path: Path
) -> None:
    async with live_server(tmp_path, claude_url=fake.base_url) as live:
        made = await held(live, "s-five", TALK)
        asks = (await live.session("s-five")).state.asks
        report = await report_of(live, "s-five")

    assert [(move.kind.value, move.slot) for move in made] == [
        ("ask", "interests"),
        ("ask", "transport"),
        ("ask", "fitness"),
        ("answer", "fitness"),  # the question that is still open, after theirs
        ("ask", "entertainment"),
        ("ask", "subscriptions"),
        ("ask", "travel_style"),
        ("summary", "summary_ok"),
        ("end", None),
    ]
    assert set(asks.values()) == {1}
    assert report["ending"] == "completed"

    facts = report["facts"]
    assert facts["name"]["value"] == "Sam"
    assert facts["age"]["value"] == 35
    (before,) = facts["age"]["corrected"]
    assert (before["value"], before["status"], before["turn"]) == (34, "filled", 1)
    assert "34" in before["words"]
    assert (facts["transport"]["status"], facts["transport"]["value"]) == ("refused", None)
    assert facts["entertainment"]["value"] == ["reading"]

    assert "subscriptions_preference" not in report["topics"]
    assert (facts["subscriptions"]["status"], facts["subscriptions"]["value"]) == ("off_the_road", None)
    assert report["fields"]["subscriptions"] is None


async def test_a_branch_that_dies_while_it_is_being_asked_is_left(fake: FakeClaude, tmp_path: Path) -> None:
    talk = (*TALK[:6], "Actually, no longer streaming, just reading.")
    async with live_server(tmp_path, claude_url=fake.base_url) as live:
        *_, before, after = await held(live, "s-dies", talk)
    assert (before.slot, after.slot) == ("subscriptions", "travel_style")


async def test_claude_is_told_of_the_correction_and_of_the_refusal_and_never_of_other_topics(
    fake: FakeClaude, tmp_path: Path
) -> None:
    async with live_server(tmp_path, claude_url=fake.base_url) as live:
        await held(live, "s-told", TALK[:3])
        flow = live.services.library.flow("financial_lifestyle")
    corrected, refused = [shown(body) for body in fake.bodies if is_speak(body)][1:]
    assert "age is 35" in corrected
    assert "do not ask it again" in corrected
    assert "would not or could not say: transport (do not ask again)" in refused
    for topic in flow.topics.values():
        told = topic.ask is not None and topic.ask.render("en", {}) in refused
        assert told == (topic.id == "fitness_preference"), topic.id
