"""Take one guard out of the code at a time, and see whether the tests that hold it turn red.

A test that stays green without the guard it is there for proves nothing. `make mutants` runs all of them, two at a
time, in copies of the tree; `python -m tests.mutants NAME...` runs some. Exit code 1 if one survives.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
AT_ONCE = 2
LIMIT_S = 300


@contextmanager
def copied_tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        yield tree


def run(tree: Path, tests: Iterable[str]) -> tuple[int | None, str]:
    """The exit code of pytest over the code of that tree (None: out of time), and the end of what it said."""
    words = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *tests]
    env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(words, cwd=tree, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, f"{done.stdout[-2000:]}{done.stderr[-500:]}"


@dataclass(frozen=True)
class Mutant:
    """`old` stands once in `file`; with `new` in its place, one of the `tests` must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def survives(self) -> str | None:
        """What the tests said, if they found nothing."""
        with copied_tree() as tree:
            target = tree / self.file
            target.write_text(self.mutated(target.read_text()))
            code, said = run(tree, self.tests)
        # 1: a test failed; None: what hangs is noticed, too. Everything else is no verdict.
        return None if code in (1, None) else f"exit code {code}\n{said}"

    def mutated(self, text: str) -> str:
        assert text.count(self.old) == 1, f"{self.name}: {self.file} holds it {text.count(self.old)} times"
        return text.replace(self.old, self.new)


TURNS, HISTORY, MOVES = "webhook/interview/turns.py", "webhook/interview/history.py", "webhook/interview/moves.py"
SIMULATED = ("tests/interview/test_simulation.py", "tests/interview/test_any_order.py")
BY_HAND = ("tests/interview/test_turns.py",)
HEARING = ("tests/hearing/test_bar.py", "tests/interview/reading/test_remarks.py")
DICTATED = ("tests/interview/test_dictation.py",)
SAID = ("tests/interview/test_reading.py", "tests/hearing")
SAID_NUMBERS = ("tests/interview/reading/test_numbers.py",)
RECORDED = ("tests/recorded/test_recorded.py",)
MUTANTS = (
    # The turn protocol
    Mutant(
        "fence at the decision",
        TURNS,
        """    if head is None or head.generation != generation or session.is_over:  # ended meanwhile: an end stays
        return None
    head = replace(
        head,
        status=HeadStatus.DECIDED,""",
        """    if head is None or session.is_over:
        return None
    head = replace(
        head,
        status=HeadStatus.DECIDED,""",
        SIMULATED,
    ),
    Mutant(
        "fence at the end",
        TURNS,
        """    if head is None or head.generation != generation:
        return None
    if head.status is HeadStatus.BEGUN:""",
        """    if head is None:
        return None
    if head.status is HeadStatus.BEGUN:""",
        SIMULATED,
    ),
    Mutant(
        "numbers nobody else has",
        TURNS,
        """    generation = max(session.generation + 1, number)
    head = Head""",
        """    generation = session.generation + 1
    head = Head""",
        SIMULATED,
    ),
    Mutant(
        "the history wins at the seal",
        TURNS,
        "if said == head.utterance and head.state is not None and not",
        "if head.state is not None and not",
        SIMULATED,
    ),
    Mutant("missed turns are healed", TURNS, "missed = tuple(utterances[known:-1])", "missed = ()", SIMULATED),
    Mutant(
        "undecided words wait",
        TURNS,
        "pending=(*session.pending, said), log=(*session.log, turn), late=late",
        "pending=session.pending, log=(*session.log, turn), late=late",
        SIMULATED,
    ),
    Mutant(
        "a takeover runs all that waits",
        TURNS,
        """    utterances = (*session.pending, head.utterance)
""",
        """    utterances = (head.utterance,)
""",
        SIMULATED,
    ),
    Mutant(
        "late copies are stale",
        TURNS,
        "if slot <= session.sealed or (head is not None and slot < head.slot):",
        "if False:",
        BY_HAND,
    ),
    Mutant("late prefixes are stale", TURNS, "if head.utterance.startswith(newest):", "if False:", BY_HAND),
    Mutant(
        "one conversation a session",
        TURNS,
        "if conversation_id == session.conversation_id:",
        "if True:",
        (*BY_HAND, *SIMULATED),
    ),
    Mutant(
        "an answered turn is replayed",
        TURNS,
        "    if is_answered:\n        begun",
        "    if False:\n        begun",
        BY_HAND,
    ),
    Mutant("a turn in the making is joined", TURNS, "    if is_alive:", "    if False:", BY_HAND),
    Mutant("a decision is only spoken again", TURNS, "if head.status is HeadStatus.DECIDED:", "if False:", BY_HAND),
    Mutant(
        "what was not heard was not asked",
        TURNS,
        "return state if is_heard else take_back(state, head.move)",
        "return state",
        ("tests/interview/test_heard.py",),
    ),
    Mutant(
        "silence is no answer",
        TURNS,
        "    if silences and (session.nudges or not session.is_over):",
        "    if False:",
        ("tests/interview/test_nudges.py", *BY_HAND),
    ),
    Mutant(
        "a tool's result is no turn",
        TURNS,
        "    if tool_ran and (is_answered or silences):",
        "    if False:",
        ("tests/interview/test_continuing.py",),
    ),
    Mutant(
        "the result of a hang-up begins nothing",
        "webhook/runner.py",
        "        if request.is_after_hanging_up:",
        "        if False:",
        ("tests/routes/test_openai_fields.py", "-k", "hang_up or hung_up"),
    ),
    Mutant(
        "a hang-up that failed is offered once",
        "webhook/runner.py",
        " or _was_offered_again(result):",
        ":",
        ("tests/routes/test_openai_fields.py", "-k", "failed or own"),
    ),
    Mutant(
        "an id of a response opens a session only where we signed it",
        "webhook/wire/responses.py",
        'claims = verified(previous_response_id.removeprefix(_PREFIX), secrets, now, "response")',
        'claims = verified(previous_response_id.removeprefix(_PREFIX), ["secret", *secrets], now, "response")',
        ("tests/wire/test_responses.py",),
    ),
    Mutant(
        "what is known of another session is not told in this one",
        "webhook/interview/continued.py",
        "if known is not None and known.session_id == session.session_id:",
        "if known is not None:",
        ("tests/interview/test_continued.py",),
    ),
    Mutant(
        "a poisoned call ends",
        TURNS,
        "    return _broken(session) if session.failures >= MOST_FAILURES else session",
        "    return session",
        ("tests/interview/test_continuing.py",),
    ),
    Mutant(
        "a trimmed history is lined up",
        HISTORY,
        "        range(len(known) + 1), key",
        "        range(1), key",
        ("tests/interview/test_history.py", *SIMULATED),
    ),
    Mutant(
        "a later release is left alone",
        "webhook/interview/session.py",
        "    if isinstance(schema, int) and schema > SCHEMA:",
        "    if False:",
        (
            "tests/faults/test_store_rows.py::test_row_46_a_record_of_a_later_release_is_left_alone_and_the_call_goes_on_beside_it",
        ),
    ),
    # Compare-and-set, and the store that is away
    Mutant(
        "compare and set in SQLite",
        "webhook/store/sqlite_statements.py",
        "AND version = :expect",
        "AND :expect = :expect",
        ("tests/store/test_contract.py", "-k", "sqlite"),
    ),
    Mutant(
        "compare and set in Redis",
        "webhook/store/redis_scripts.py",
        "if version ~= expected then",
        "if version == -1 then",
        ("tests/store/test_contract.py", "-k", "fakeredis"),
    ),
    Mutant(
        "the standby serves",
        "webhook/store/standby.py",
        "        return await self._keep(session_id, record, expect, ttl_s)",
        "        raise StoreError",
        ("tests/store/test_standby.py",),
    ),
    Mutant(
        "what was kept is put back",
        "webhook/store/standby.py",
        "            await self._put_all_back()\n        except",
        "            pass\n        except",
        ("tests/store/test_standby.py",),
    ),
    Mutant(
        "the further record is kept",
        "webhook/interview/session.py",
        "    return other if _progress(other) > _progress(one) and not _is_cut_short(other, one) else one",
        "    return one",
        ("tests/interview/test_session.py",),
    ),
    Mutant(
        "leases go by the store's clock",
        "webhook/sessions.py",
        "        return self.clock() if at is None else at",
        "        return self.clock()",
        ("tests/faults/test_store_rows.py::test_row_48_a_worker_whose_clock_is_wrong_takes_no_turn_from_another",),
    ),
    # Generations and whoever reads them
    Mutant(
        "a hang-up undoes nothing",
        "webhook/routes/llm.py",
        "await asyncio.shield(self.answering)",
        "await self.answering",
        ("tests/routes/test_llm.py", "-k", "row_14"),
    ),
    Mutant(
        "a lease is renewed",
        "webhook/relay.py",
        "                if time.monotonic() - alive_at > lease_s / 3:",
        "                if False:",
        ("tests/test_runner.py", "-k", "lease"),
    ),
    Mutant(
        "a dead owner is taken over by its reader",
        "webhook/runner.py",
        "            if owner_lives:",
        "            if True:",
        ("tests/test_runner.py", "-k", "row_43_44"),
    ),
    Mutant(
        "whoever takes over is not stopped by its own reply",
        "webhook/generations.py",
        " and number < newer.number and task is not ours:",
        " and number < newer.number:",
        ("tests/test_runner.py", "-k", "row_43_44"),
    ),
    Mutant(
        "whoever takes over does not ask the old question",
        "webhook/runner.py",
        "            ask_again.cancel()  # the reply of our own is sure to come, and has deadlines of its own\n",
        "",
        ("tests/test_runner.py", "-k", "row_43_44"),
    ),
    Mutant(
        "whoever has to stop lets go",
        "webhook/maker.py",
        "                await self._let_go(generation)",
        "                pass",
        ("tests/test_runner.py", "-k", "row_45"),
    ),
    Mutant(
        "followers are not left with a bridge alone",
        "webhook/asides.py",
        "            if not followed.has_words:",
        "            if False:",
        ("tests/test_runner.py", "-k", "silent_owner"),
    ),
    # Deadlines
    Mutant(
        "a bridge is said",
        "webhook/generations.py",
        "            self.add(words)\n",
        "            pass\n",
        ("tests/faults/test_claude_rows.py", "-k", "row_01"),
    ),
    Mutant(
        "the bridge counts from the turn's first request",
        "webhook/asides.py",
        "            waited_s = max(waited_s, at - session.head.asked_at)",
        "            pass",
        ("tests/test_runner.py", "-k", "first_request"),
    ),
    Mutant(
        "no bridge goes before a goodbye",
        "webhook/maker.py",
        "        if not job.is_decided and self._is_likely_last(job):",
        "        if False:",
        ("tests/test_runner.py", "-k", "goes_before_the_words"),
    ),
    Mutant(
        "a worker is warm before it takes turns",
        "webhook/app.py",
        "            await services.claude.load()",
        "            pass",
        ("tests/test_app.py", "-k", "not_warm"),
    ),
    Mutant(
        "no turn is drafted in a backlog",
        "webhook/maker.py",
        "or len(begun.utterances) != 1 or is_backlog:",
        "or len(begun.utterances) != 1:",
        ("tests/test_speaking.py", "-k", "in_a_backlog"),
    ),
    Mutant(
        "silence inside a reply is timed",
        "webhook/dialogue.py",
        "                async with asyncio.timeout(self.deadlines.gap_s):",
        "                async with asyncio.timeout(60.0):",
        ("tests/faults/test_claude_rows.py", "-k", "pings"),
    ),
    Mutant(
        "an end without a message_stop is none",
        "webhook/claude.py",
        "        if not self.is_complete or self._stop_reason is None:",
        "        if False:",
        ("tests/faults/test_claude_rows.py", "-k", "ended or closed"),
    ),
    Mutant(
        "what does not mend is left alone",
        "webhook/breaker.py",
        "    if isinstance(error, ModelUnavailable):\n        return PERMANENT_S",
        "    if isinstance(error, ModelUnavailable):\n        return 0.0",
        ("tests/faults/test_claude_rows.py", "-k", "row_07"),
    ),
    Mutant(
        "extra calls have a budget",
        "webhook/breaker.py",
        "        if len(self._hedges) >= max(self._at_least, int(self._share * len(self._calls))):",
        "        if False:",
        ("tests/test_breaker.py", "tests/test_dialogue.py", "-k", "budget"),
    ),
    Mutant(
        "all workers know of a cooldown",
        "webhook/cooldowns.py",
        "                self.breaker.leave_alone(model, reasons[0], until=now + 2 * ROUND_S)",
        "                pass",
        ("tests/test_cooldowns.py",),
    ),
    # Edges
    Mutant(
        "half a head is not waited for",
        "webhook/edge.py",
        "            self._patience = self.loop.call_later(seconds, self.transport.close)",
        "            pass",
        ("tests/test_edge.py",),
    ),
    Mutant(
        "a head has a size",
        "webhook/edge.py",
        "        if self._parsed > HEAD_BYTES:",
        "        if False:",
        ("tests/test_edge.py",),
    ),
    Mutant(
        "a body has a size",
        "webhook/routes/common.py",
        "        if size > limit:",
        "        if False:",
        ("tests/test_edge.py",),
    ),
    Mutant(
        "there is room for so many calls",
        "webhook/limits.py",
        "        return session_id in self._seen or len(self._seen) < self._most",
        "        return True",
        ("tests/test_limits.py",),
    ),
    Mutant(
        "a call may ask so much",
        "webhook/limits.py",
        "        if not all(quota.has_room(key, now) for quota, key in quotas):",
        "        if False:",
        ("tests/test_limits.py",),
    ),
    # Who is who
    Mutant(
        "callers without an id part where their words do",
        "webhook/admission.py",
        "    return fit(session, ask.told) is None",
        "    return False",
        ("tests/routes/test_whose_call.py", "-k", "same_moment"),
    ),
    Mutant(
        "a session that is over is nobody's",
        "webhook/interview/recognising.py",
        "    if session.is_over:\n        return _fit_of_the_end(session, turns, told)\n",
        "",
        ("tests/interview/test_recognising.py", "tests/routes/test_whose_call.py", "-k", "over or silence"),
    ),
    Mutant(
        "what is known by an id is not found by words",
        "webhook/interview/recognising.py",
        'session.known_by == "id" or ',
        "",
        ("tests/interview/test_recognising.py",),
    ),
    Mutant(
        "what somebody took up by words is not another's by its id",
        "webhook/admission.py",
        'session.known_by == "words" and not says_all(session, ask.words)',
        "False",
        ("tests/routes/test_whose_call.py", "-k", "echo"),
    ),
    Mutant(
        "the newest of several that are alike",
        "webhook/admission.py",
        "default=(0, 0.0, None))[2]",
        "default=(0, 0.0, None), key=lambda found: (found[0], -found[1]))[2]",
        ("tests/routes/test_whose_call.py", "-k", "hung_up"),
    ),
    Mutant(
        "a bare id takes over no line",
        "webhook/runner.py",
        "        if ask.is_signed and ask.session_id == session.session_id:",
        "        if ask.session_id == session.session_id:",
        ("tests/routes/test_whose_call.py", "tests/test_runner.py", "-k", "bare_id or row_25"),
    ),
    Mutant(
        "the line before is over",
        TURNS,
        "    if conversation_id in session.past_conversations:",
        "    if False:",
        ("tests/interview/test_turns.py",),
    ),
    Mutant(
        "only what we signed counts",
        "webhook/wire/identity.py",
        "    if not any([hmac.compare_digest(mac, candidate) for candidate in expected]):",
        "    if False:",
        ("tests/wire/test_identity.py",),
    ),
    # Never spoken, never steering
    Mutant(
        "the instructions are not quoted",
        "webhook/interview/speech.py",
        "        if self._secret and self._quotes(text):",
        "        if False:",
        ("tests/faults/test_claude_rows.py", "-k", "row_13"),
    ),
    Mutant(
        "nothing is said in marks",
        "webhook/interview/speech.py",
        "        if self.done or _is_invisible(c) or self._is_bracketed(c):",
        "        if self.done or _is_invisible(c):",
        ("tests/interview/test_speech.py",),
    ),
    Mutant(
        "nobody agrees to what they have not heard",
        MOVES,
        "            locked=_locked(self.flow, self.state) - self.declined(),",
        "            locked=frozenset(),",
        ("tests/interview/test_moves.py", "tests/interview/test_guards.py"),
    ),
    Mutant(
        "a wish leads nowhere new",
        MOVES,
        "            topic=topic if topic in self.road().topics else self.state.topic,",
        "            topic=topic,",
        ("tests/interview/test_moves.py",),
    ),
    Mutant(
        "a consent needs two witnesses",
        "webhook/interview/guards.py",
        "return any(_agrees(flow, pieces, words, no_is_yes=no_is_yes) for pieces in said)",
        "return True",
        ("tests/interview/test_consent.py",),
    ),
    Mutant(
        "all that was said to the question counts",
        "webhook/interview/guards.py",
        "return not any(consent.is_doubtful(piece, flow.languages, no_is_yes=no_is_yes) for piece in left)",
        "return not consent.is_doubtful(pieces[first], flow.languages, no_is_yes=no_is_yes)",
        ("tests/interview/test_consent.py",),
    ),
    Mutant(
        "a no is none where the words agree",
        "webhook/interview/guards.py",
        'return not any(consent.says_yes_too(" ".join(pieces), flow.languages) for pieces in said)',
        "return True",
        ("tests/interview/test_consent.py",),
    ),
    Mutant(
        "an offer to stop needs two witnesses",
        "webhook/interview/listening.py",
        "heard.signals - {Signal.STOP}) if denied else heard",
        "heard.signals)",
        ("tests/interview/test_guards.py",),
    ),
    Mutant(
        "danger is looked for in every turn",
        "webhook/interview/guards.py",
        ", signals=heard.signals | danger.signals)",
        ")",
        ("tests/interview/test_danger.py",),
    ),
    Mutant(
        "words of danger are no value",
        "webhook/interview/guards.py",
        "if not danger.touches(f.words) and not danger.touches(str(f.value)))",
        ")",
        ("tests/interview/test_danger.py",),
    ),
    Mutant(
        "a second sign of danger is not asked about",
        MOVES,
        "        if sign in self.danger.plain or alarm is not None:",
        "        if sign in self.danger.plain:",
        ("tests/interview/test_danger.py",),
    ),
    Mutant(
        "only a plain yes says that somebody is safe",
        MOVES,
        "        if sign is None and says_safe(self.utterance):",
        "        if sign is None:",
        ("tests/interview/test_danger.py",),
    ),
    Mutant(
        "silence does not say so either",
        TURNS,
        "    if pending is not None and pending.kind is MoveKind.SAFETY_CHECK and state.alarm is not None:",
        "    if False:",
        ("tests/interview/test_danger.py",),
    ),
    Mutant(
        "what ended for safety stays ended",
        MOVES,
        "        if asked is not None and asked.kind is MoveKind.SAFETY and asked.signal and asked.ending:",
        "        if False:",
        ("tests/interview/test_danger.py",),
    ),
    Mutant(
        "danger that Claude hears late is asked about",
        MOVES,
        "return replace(state, danger_due=late[0]) if late and not is_known else state",
        "return state",
        ("tests/interview/test_danger.py",),
    ),
    Mutant(
        "a thing is in a list once",
        "webhook/interview/facts.py",
        "    return fold(item), signs",
        "    return item, signs",
        ("tests/interview/test_facts.py",),
    ),
    Mutant(
        "what Claude hears replaces what code read in a list",
        MOVES,
        "grown_from=_lists_without(flow, state, utterance, turn))",
        ")",
        ("tests/interview/test_relistening.py",),
    ),
    Mutant(
        "a value needs the caller's words",
        "webhook/interview/facts.py",
        "        if start >= 0:\n            end",
        "        if True:\n            end",
        ("tests/interview/test_facts.py",),
    ),
    Mutant(
        "a stop is confirmed",
        MOVES,
        "        if self.before.pending is not None and self.before.pending.kind is MoveKind.OFFER_STOP:",
        "        if True:",
        ("tests/interview/test_moves.py",),
    ),
    Mutant(
        "a draft of other words is not spoken",
        "webhook/speaking.py",
        "        return request == self.request and not is_lost",
        "        return not is_lost",
        ("tests/test_speaking.py", "-k", "stored_and_said"),
    ),
    Mutant(
        "a draft that is not spoken is hung up on",
        "webhook/maker.py",
        '        job.drafted = "dropped"\n        job.speaking.drop()',
        '        job.drafted = "dropped"',
        ("tests/test_speaking.py", "-k", "another_move"),
    ),
    Mutant(
        "nobody listens, and Claude is hung up on",
        "webhook/generations.py",
        "        if self._stop is not None and not self._readers and not self.is_done:",
        "        if False:",
        ("tests/test_speaking.py", "-k", "nobody"),
    ),
    Mutant(
        "words that may be more than an answer wait for Claude",
        "webhook/interview/foresight.py",
        "    if not is_plain(utterance, language):",
        "    if False:",
        ("tests/interview/test_foresight.py",),
    ),
    Mutant(
        "a consent waits for Claude",
        "webhook/interview/foresight.py",
        " or pending.slot in consents(flow):",
        ":",
        ("tests/interview/test_foresight.py",),
    ),
    Mutant(
        "a road that forks waits for Claude",
        "webhook/interview/foresight.py",
        " or _forks(flow, decision, pending, now):",
        ":",
        ("tests/interview/test_foresight.py",),
    ),
    Mutant(
        "a webhook from the future is refused",
        "webhook/wire/webhook_signature.py",
        "if not -FUTURE_S <= now - int(time) <= PAST_S:",
        "if not now - int(time) <= PAST_S:",
        ("tests/wire/test_webhook_signature.py",),
    ),
    Mutant(
        "every digest of a signature is tried",
        "webhook/wire/webhook_signature.py",
        "for given in self._given for digest",
        "for given in self._given[:1] for digest",
        ("tests/wire/test_webhook_signature.py",),
    ),
    Mutant(
        "a body is verified before it is read",
        "webhook/routes/webhooks.py",
        "        check.finish()\n",
        "",
        ("tests/routes/test_webhooks.py",),
    ),
    Mutant(
        "an older event replaces no newer one",
        "webhook/interview/told.py",
        "(known is not None and known.at >= event.at)",
        "(known is not None and known.at == event.at)",
        ("tests/test_joining.py",),
    ),
    Mutant(
        "the same event has one effect",
        "webhook/interview/told.py",
        "(known is not None and known.at >= event.at)",
        "(known is not None and known.at > event.at)",
        ("tests/test_joining.py",),
    ),
    Mutant(
        "an end that came while a turn was decided stays an end",
        TURNS,
        " or session.is_over:  # ended meanwhile: an end stays",
        ":",
        ("tests/routes/test_call_attacks.py",),
    ),
    Mutant(
        "an interview that is over is not taken up",
        TURNS,
        "return Action.CLOSED if session.is_over or is_used_up else",
        "return Action.CLOSED if is_used_up else",
        ("tests/routes/test_call_attacks.py", "tests/routes/test_webhook_attacks.py"),
    ),
    Mutant(
        "whoever was invited to one interview holds one",
        "webhook/starts.py",
        "if only_one and session.has_turns:",
        "if False:",
        ("tests/test_starts.py",),
    ),
    Mutant(
        "another conversation ends no session",
        "webhook/interview/told.py",
        """    if session.conversation_id not in (None, told.conversation_id):
        return _with_part(session, told, own_models)
""",
        "",
        ("tests/test_joining.py",),
    ),
    Mutant(
        "a forgotten conversation stays forgotten",
        "webhook/interview/told.py",
        "told.status is ToldStatus.DELETED or ",
        "",
        ("tests/test_joining.py", "tests/routes/test_webhooks.py"),
    ),
    Mutant(
        "what comes of an erased call begins no session",
        "webhook/runner.py",
        "(found.version == 0 or has_past) and await self._is_erased(session_id, ask)",
        "False",
        ("tests/test_erasures.py", "tests/routes/test_call_attacks.py"),
    ),
    Mutant(
        "a standby puts nothing back that was erased",
        "webhook/store/standby.py",
        " and not await self._was_erased(session_id, kept.record)",
        "",
        ("tests/test_erasures.py",),
    ),
    Mutant(
        "what is erased is written down before it is gone",
        "webhook/privacy/erasures.py",
        "erasure, version = found, await self._saved(found, version)",
        "erasure = found",
        ("tests/test_erasures.py",),
    ),
    Mutant(
        "who has an erased id by now is somebody else",
        "webhook/privacy/erasures.py",
        """            if not await self.holdings.is_another(session_id, than=erasure.asked_at):
                await self._erase_session(session_id, erasure.interviews)
""",
        "            await self._erase_session(session_id, erasure.interviews)\n",
        ("tests/test_erasures.py",),
    ),
    Mutant(
        "an erasure is looked after once more when all has come",
        "webhook/privacy/erasure.py",
        "if now < last_look_at:",
        "if False:",
        ("tests/test_erasures.py",),
    ),
    Mutant(
        "only that it is not found there counts",
        "webhook/privacy/erasures.py",
        "        return AtElevenLabs.GONE if is_gone else AtElevenLabs.NOT_YET",
        "        return AtElevenLabs.GONE",
        ("tests/test_erasures.py",),
    ),
    Mutant(
        "a job is set before its record",
        "webhook/calls.py",
        """        await self._jobs.schedule(key, due_at=self.clock() + _AGAIN_S)
""",
        "",
        ("tests/test_joining.py",),
    ),
    Mutant(
        "a token must have been good when the call began",
        "webhook/calls.py",
        "verify_token(token, self.token_secrets, told.started_at)",
        "verify_token(token, self.token_secrets, 0.0)",
        ("tests/routes/test_webhooks.py",),
    ),
    Mutant(
        "a broken round moves no watermark",
        "webhook/reconciler.py",
        "            raise  # the others would fare no better",
        "            return False",
        ("tests/test_reconciling.py",),
    ),
    Mutant(
        "calls that began before the last round are looked at again",
        "webhook/reconciler.py",
        "since - OVERLAP_S",
        "since",
        ("tests/test_reconciling.py",),
    ),
    Mutant(
        "what was written for nothing is removed",
        "webhook/recordings.py",
        """                self.drop(part)
            if isinstance(error, OSError):""",
        "            if isinstance(error, OSError):",
        (
            "tests/routes/test_webhooks.py",
            "tests/faults/test_webhook_rows.py::test_row_49_a_full_disk_refuses_a_recording_and_nothing_of_it_stays",
        ),
    ),
    # Reports, by the recorded interviews
    Mutant(
        "a quote stands in what was said",
        "webhook/interview/evidence.py",
        "        told = ((turn.slot, verbatim(quote, turn.utterance)) for turn in turns)",
        "        told = ((turn.slot, quote) for turn in turns)",
        RECORDED,
    ),
    Mutant(
        "the words of a fact are the caller's own",
        "webhook/interview/facts.py",
        "verbatim(new.words, place.answer.text) or new.words",
        "new.words",
        RECORDED,
    ),
    Mutant(
        "a fact has the turn it was said in",
        "webhook/interview/facts.py",
        "words, first + place.line, heard.source",
        "words, turn, heard.source",
        RECORDED,
    ),
    Mutant(
        "a fact that was learnt is reported",
        "webhook/interview/report.py",
        'for name, fact in left.items() if fact["status"] != NOT_REACHED',
        "for name, fact in left.items() if False",
        RECORDED,
    ),
    Mutant(
        "a private fact is masked",
        "webhook/interview/masking.py",
        "_hidden_fact(fact) if slot in self.slots else",
        "_hidden_fact(fact) if slot in () else",
        RECORDED,
    ),
    Mutant(
        "a name is masked in the genitive",
        "webhook/interview/masking.py",
        """        yield (*bare[:-1], f"{bare[-1]}s")""",
        "        pass",
        RECORDED,
    ),
    Mutant(
        "of whoever did not agree nothing is written",
        "webhook/interview/report.py",
        "written if has_agreed else None",
        "written",
        RECORDED,
    ),
    Mutant(
        "a road that the clock chose is told as it went",
        "webhook/interview/report.py",
        "if held != holds and (arrow.go_to in been or",
        "if held != holds and (",
        RECORDED,
    ),
    Mutant(
        "last words count in a flow without written fields too",
        "webhook/reports.py",
        "is_unheard(await self._with_missed(session))",
        "is_unheard(session)",
        RECORDED,
    ),
    Mutant(
        "who refuses after the last question has refused",
        "webhook/interview/relistening.py",
        ", is_over=True)",
        ")",
        RECORDED,
    ),
    # Numbers that code reads
    Mutant(
        "a number is read from the whole answer",
        "webhook/interview/reading/numbers.py",
        "if found := grammar.number.fullmatch(part):",
        "if found := grammar.number.search(part):",
        SAID_NUMBERS,
    ),
    Mutant(
        "a number said again must be the same",
        "webhook/interview/reading/numbers.py",
        "        return value if all(float(other) == value for other in again) else None",
        "        return value",
        SAID_NUMBERS,
    ),
    Mutant(
        "a number that may be said in pieces is not taken for one said again",
        "webhook/interview/reading/numbers.py",
        "    if _may_be_dictated(said, slot):",
        "    if False:",
        SAID_NUMBERS,
    ),
    Mutant(
        "of a correction the last number counts",
        "webhook/interview/reading/numbers.py",
        "    return None if None in values else values[-1]",
        "    return None if None in values else values[0]",
        SAID_NUMBERS,
    ),
    Mutant(
        "a denied number is not taken",
        "webhook/interview/reading/numbers.py",
        """        said = denied["right"]""",
        """        said = denied[0].removesuffix(denied["right"])""",
        SAID_NUMBERS,
    ),
    Mutant(
        "an amount for another period is none",
        "webhook/interview/reading/question.py",
        """ if per in (f"{period} ", *_last_words(names)))""",
        ")",
        SAID_NUMBERS,
    ),
    Mutant(
        "another unit is none, even in words of the question",
        "webhook/interview/reading/question.py",
        " and (at > 0 or word not in question.dependent)",
        "",
        SAID_NUMBERS,
    ),
    Mutant(
        "about says nothing of an age",
        "webhook/interview/reading/numbers.py",
        "    if asked.roughly:",
        "    if True:",
        SAID_NUMBERS,
    ),
    Mutant(
        "an amount may be short for another",
        "webhook/interview/reading/numbers.py",
        "if value is None or (not is_price and _is_doubtful(value, meant.asked, figures, numbers)):",
        "if value is None:",
        SAID_NUMBERS,
    ),
    Mutant(
        "a question is no yes and no no",
        "webhook/interview/reading/assent.py",
        """    if "?" in tokens:
        return ""
""",
        "",
        SAID,
    ),
    Mutant(
        "yes to a change, and all is well, is neither",
        "webhook/interview/reading/assent.py",
        "    if patterns.both_ways.fullmatch(said):",
        "    if False:",
        SAID,
    ),
    Mutant(
        "a consent is nothing but phrases of consent",
        "webhook/interview/reading/assent.py",
        "    if agrees.fullmatch(said):",
        "    if agrees.match(said):",
        SAID,
    ),
    Mutant(
        "what is no choice and no small word blocks the reading of a choice",
        "webhook/interview/reading/choices.py",
        "        if piece is None:",
        "        if piece is None and (piece := _Piece(1)) is None:",
        SAID,
    ),
    Mutant(
        "a choice that is denied is not meant",
        "webhook/interview/reading/choices.py",
        "            if piece.value and (is_denied or before.denies_next):",
        "            if False:",
        SAID,
    ),
    Mutant(
        "the word of a value within an idiom is no value",
        "webhook/interview/reading/choices.py",
        "    if compiled(any_of(choosing.idioms)).match(rest):",
        "    if False:",
        SAID,
    ),
    Mutant(
        "a value beside words that are not understood is not taken",
        "webhook/interview/reading/__init__.py",
        "    if value is None and rest:",
        "    if False:",
        SAID,
    ),
    Mutant(
        "a wish is the whole of what is said",
        "webhook/interview/reading/wishes.py",
        "any(pattern.fullmatch(form) for form in forms)",
        "any(pattern.match(form) for form in forms)",
        SAID,
    ),
    Mutant(
        "a name is a few words",
        "webhook/interview/reading/texts.py",
        "    return core if core and not has_break and len(core.split()) <= _WORDS_OF_A_NAME else None",
        "    return core or None",
        SAID,
    ),
    Mutant(
        "long things of a list are not cut",
        "webhook/interview/reading/texts.py",
        "len(items) == 1 or all(len(item.split()) <= _WORDS_OF_AN_ITEM for item in items)",
        "True",
        SAID,
    ),
    Mutant(
        "a figure that is no number blocks the reading",
        "webhook/interview/reading/figures.py",
        """            figures.append(f"#{said[at]}" if said[at][0].isdecimal() else said[at])""",
        """            figures.append(said[at])""",
        ("tests/interview/reading/test_figures.py",),
    ),
    Mutant(
        "a remark that may change the answer is none",
        "webhook/interview/reading/remarks.py",
        'or compiled(rf"\\b{any_of(remarks.never, *nor)}").search(said)',
        "or False",
        HEARING,
    ),
    Mutant(
        "a remark begins as remarks do",
        "webhook/interview/reading/remarks.py",
        "if not compiled(any_of(remarks.begin)).match(said) or",
        "if",
        HEARING,
    ),
    Mutant(
        "a remark speaks of something else than the question",
        "webhook/interview/reading/remarks.py",
        "return asked.isdisjoint(word[:_STEM] for word in tokens) and not has_number(clause, numbers)",
        "return not has_number(clause, numbers)",
        HEARING,
    ),
    Mutant(
        "a remark holds no number",
        "webhook/interview/reading/remarks.py",
        " and not has_number(clause, numbers)",
        "",
        HEARING,
    ),
    Mutant(
        "a part of a number that is said again is no other number",
        "webhook/interview/reading/__init__.py",
        "    if now in before:\n        return None",
        "    if False:\n        return None",
        DICTATED,
    ),
    Mutant(
        "a number that is told in several turns is said back as often",
        "webhook/interview/moves.py",
        "sum(not _goes_on(*pair) for pair in pairwise(values)) < READ_BACKS",
        "len(values) <= READ_BACKS",
        DICTATED,
    ),
    Mutant(
        "a private number is hidden as it is dictated",
        "webhook/interview/masking.py",
        "        spans += self._dictated(text)\n",
        "",
        DICTATED,
    ),
    Mutant(
        "a dictated number is the whole answer",
        "webhook/interview/reading/dictation.py",
        "    if len(found) != 1 or not _is_all(text, found[0], words):",
        "    if not found:",
        DICTATED,
    ),
    Mutant(
        "who has told anything is no machine",
        "webhook/interview/moves.py",
        "        if has_told or not is_announcement(self.utterance):",
        "        if not is_announcement(self.utterance):",
        ("tests/interview/reading/test_announcements.py",),
    ),
    Mutant(
        "an answer that nobody can find is not gone back to",
        "webhook/interview/reading/going_back.py",
        "            return meant[0] if len(meant) == 1 else None\n    return None",
        "            return meant[0] if len(meant) == 1 else None\n    return answered[-1]",
        ("tests/test_going_back.py",),
    ),
    Mutant(
        "a consent is not gone back to",
        "webhook/interview/listening.py",
        "    return tuple(e.slot for e in answers if e.slot not in consents(flow))",
        "    return tuple(e.slot for e in answers)",
        ("tests/test_going_back.py",),
    ),
    Mutant(
        "letters keep their marks",
        "webhook/interview/letters.py",
        "MARKS = _marks()",
        'MARKS = "\\u0300"',
        ("tests/interview/test_letters.py",),
    ),
    Mutant(
        "a gate lets nobody pass of whom nothing is known",
        "webhook/content/gates.py",
        "next_arrow(topic, _unknown(flow)).condition is not None",
        "True",
        ("tests/content/test_gates.py",),
    ),
    Mutant(
        "nobody speaks faster than one can speak",
        "webhook/interview/turns.py",
        "0 <= now - head.asked_at < SPOKEN_S",
        "False",
        ("tests/test_histories.py",),
    ),
    Mutant(
        "the emergency number is named",
        "webhook/interview/wording.py",
        "    if move.problem == MEDICAL:",
        "    if False:",
        ("tests/interview/test_danger.py",),
    ),
)


_SIMULATED = ("tests/interview/test_history.py", "tests/interview/test_alignment.py")
#: `python -m tests.interview.alignment --guards` tells how many talks go wrong without each of these.
ALIGNMENT: tuple[Mutant, ...] = (
    Mutant(
        "all that is compared must agree",
        "webhook/interview/history.py",
        "return self.agree + self.ours_agree - _MANY * (self.against + self.ours_against)",
        "return self.agree + self.ours_agree",
        _SIMULATED,
    ),
    Mutant(
        "what we said tells one answer from the same answer",
        "webhook/interview/history.py",
        "    if not sides.asked or not sides.heard:\n        return 0, 0\n",
        "    if True:\n        return 0, 0\n",
        _SIMULATED,
    ),
    Mutant(
        "what a history has shown once it goes on showing",
        "webhook/interview/history.py",
        "    if asked.heard is not None:\n",
        "    if False:\n",
        _SIMULATED,
    ),
    Mutant(
        "the newest known utterance may be revised",
        "webhook/interview/history.py",
        "elif not (is_newest_known or (is_newest_told and _is_guess(ours, theirs))):",
        "elif not (is_newest_told and _is_guess(ours, theirs)):",
        _SIMULATED,
    ),
    Mutant(
        "a late copy may hold a guess",
        "webhook/interview/history.py",
        "elif not (is_newest_known or (is_newest_told and _is_guess(ours, theirs))):",
        "elif not is_newest_known:",
        _SIMULATED,
    ),
    Mutant(
        "the newest of the history counts for no offset",
        "webhook/interview/history.py",
        "agree += not is_newest_told",
        "agree += 1",
        _SIMULATED,
    ),
    Mutant(
        "words of ours are enough to know a talk by",
        "webhook/interview/history.py",
        "(self.is_newest_known_same or self.ours_agree > self.ours_against)",
        "self.is_newest_known_same",
        _SIMULATED,
    ),
    Mutant(
        "as expected is only what agrees in all",
        "webhook/interview/history.py",
        "match is None or match.score < _most(sides) or not",
        "match is None or match.against or not",
        _SIMULATED,
    ),
    Mutant(
        "what was answered long ago is said, not sent, again",
        "webhook/interview/turns.py",
        "now - session.updated_at >= ANSWERED_S",
        "now < 0",
        _SIMULATED,
    ),
    Mutant(
        "what was just answered is sent, not said, again",
        "webhook/interview/turns.py",
        "now - session.updated_at >= ANSWERED_S",
        "now > 0",
        _SIMULATED,
    ),
    Mutant(
        "a shorter history is a late copy",
        "webhook/interview/history.py",
        "    is_shorter = len(sides.incoming) < len(sides.known) - trimmed\n",
        "    is_shorter = False\n",
        _SIMULATED,
    ),
    Mutant(
        "nothing comes back that was trimmed",
        "webhook/interview/history.py",
        "    return not is_shorter, offset >= trimmed, -new",
        "    return not is_shorter, True, -new",
        _SIMULATED,
    ),
    Mutant(
        "of a client that sends the last words alone each request is new",
        "webhook/interview/turns.py",
        "    look = _trimmed if keeps_ours or len(utterances) > 1 else _trimmed_of_one\n",
        "    look = _trimmed\n",
        ("tests/test_histories.py",),
    ),
)


ALL = (*MUTANTS, *ALIGNMENT)


def untouched(mutants: Iterable[Mutant]) -> str | None:
    """What the tests said of code that nobody touched, if they were not green."""
    with copied_tree() as tree:
        code, said = run(tree, sorted({test for mutant in mutants for test in mutant.tests if ".py" in test}))
    return None if code == 0 else f"exit code {code}\n{said}"


def main(names: list[str]) -> int:
    chosen = [mutant for mutant in ALL if not names or mutant.name in names]
    if (said := untouched(chosen)) is not None:
        print(f"the tests are red with every guard in its place\n{said}")  # noqa: T201 - its output
        return 1
    with ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = zip(chosen, pool.map(Mutant.survives, chosen), strict=True)
        survivors = 0
        for mutant, said in verdicts:
            survivors += said is not None
            print(f"{'SURVIVES' if said is not None else 'found':9} {mutant.name}", flush=True)  # noqa: T201 - its output
            if said is not None:
                print(said)  # noqa: T201 - its output
    print(f"{len(chosen)} guards taken out, {len(chosen) - survivors} found")  # noqa: T201 - its output
    return min(survivors, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
