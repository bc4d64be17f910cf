"""YAML as designers mean it, and as attackers write it."""

from __future__ import annotations

import pytest

from webhook.content.source import LARGEST_BYTES, MOST_FINDINGS, Source, read_source


def read(text: str) -> Source:
    source, findings = read_source(text.encode(), "x.yaml")
    assert findings == ()
    assert source is not None
    return source


def refused(raw: bytes) -> list[str]:
    source, findings = read_source(raw, "x.yaml")
    assert source is None
    return [str(finding) for finding in findings]


@pytest.mark.parametrize(
    "text",
    ["yes", "no", "on", "off", "NO", "True", "12:30", "22:10", "1e3", "0x10", "0o10", "010", "1_000", "+5", ".5"],
)
def test_what_other_readers_take_for_something_else_is_text(text: str) -> None:
    assert read(f"{text}: {text}\n").data == {text: text}


@pytest.mark.parametrize("text", ["2026-11-20", "null", "~", ".inf", "1.2.3", "1" * 16, '"5"', "'true'"])
def test_dates_words_for_nothing_and_quoted_values_are_text(text: str) -> None:
    assert read(f"a: {text}\n").data == {"a": text.strip("'\"")}


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("false", False), ("0", 0), ("-12", -12), ("1.10", 1.1), ("-0.5", -0.5), ("", None)],
)
def test_booleans_and_plain_decimals_are_what_they_look_like(text: str, value: object) -> None:
    data = read(f"a: {text}\n").data

    assert data == {"a": value}
    assert type(data["a"]) is type(value)


def test_blocks_of_text_are_folded_without_the_last_line_end() -> None:
    assert read("a: >\n  one\n  two\n\nb: |\n  one\n  two\n").data == {"a": "one two", "b": "one\ntwo"}


def test_every_value_has_its_place_in_the_file() -> None:
    source = read("a:\n  - b: one\n  - c: [two, three]\n")

    assert source.text[source.key_offset(("a", 0, "b")) :].startswith("b: one")
    assert source.text[source.value_offset(("a", 0, "b")) :].startswith("one")
    assert source.text[source.value_offset(("a", 1, "c", 1)) :].startswith("three")


def test_a_place_that_is_not_there_is_the_nearest_one_above() -> None:
    source = read("a:\n  b: one\n")

    assert source.value_offset(("a", "x", "y")) == source.value_offset(("a",))


@pytest.mark.parametrize(
    "value", ["one age two", '"one age two"', "'one age two'", ">\n    one\n    age two", "|\n    one\n    age two"]
)
def test_a_word_inside_a_text_is_found_however_the_text_is_written(value: str) -> None:
    source = read(f"page: age\na:\n  b: {value}\n")

    offset = source.offset_in(("a", "b"), source.data["a"]["b"], source.data["a"]["b"].index("age"), "age")

    assert source.text[offset:].startswith("age two")


def test_a_key_written_twice_is_told_with_the_line_of_the_first() -> None:
    source, findings = read_source(b"a: 1\nb: 2\na: 3\n", "x.yaml")

    assert source is not None
    assert [str(finding) for finding in findings] == ["x.yaml:3:1: key `a` is written twice, first on line 1"]


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))

    assert refused(bomb.encode()) == ["x.yaml:1:4: `&a` is an anchor: anchors are not part of this format"]


def test_a_merge_of_another_block_is_refused() -> None:
    assert refused(b"<<: *base\n") == ["x.yaml:1:5: `*base` is an alias: write the value out instead"]


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system [ls]", "!!int 1", "! x", "!mine {a: 1}", "!!binary aGk="]
)
def test_tags_are_refused(tag: str) -> None:
    assert refused(f"a: {tag}\n".encode()) == ["x.yaml:1:4: tags (words after `!`) are not part of this format"]


def test_deep_nesting_is_refused_early() -> None:
    assert refused(b"a: " + b"[" * 200_000) == ["x.yaml:1:36: nested more than 32 levels deep"]


def test_a_file_of_a_great_many_values_is_refused() -> None:
    assert refused(b"a: [" + b"x," * 12_000 + b"]")[-1].endswith("more than 10000 keys and values in one file")


def test_a_large_file_is_refused_unread() -> None:
    assert refused(b"a: " + b"x" * 300 * 1024) == ["x.yaml:1:1: the file is larger than 256 KB"]


def test_a_file_of_just_the_size_is_read() -> None:
    assert read("a: " + "x" * (LARGEST_BYTES - 3)).data["a"].startswith("xxx")


@pytest.mark.parametrize("raw", [b"\x89PNG\r\n\x1a\n\xff\x00", b"\xff\xfea\x00:\x00", b"a: \xc3\x28"])
def test_a_binary_file_is_refused(raw: bytes) -> None:
    assert refused(raw) == ["x.yaml:1:1: the file is not UTF-8 text: save it again with the encoding UTF-8"]


def test_the_line_that_another_encoding_shows_in_is_named() -> None:
    (said,) = refused("a: 1\nb: für\n".encode("latin-1"))

    assert said.startswith("x.yaml:2:1: the file is not UTF-8 text")


@pytest.mark.parametrize("value", ["'What's this?'", '"Rolls" or bread?', "[Ella] What now?", "{b: one}}"])
def test_a_text_that_goes_on_behind_its_end_is_not_told_as_indentation(value: str) -> None:
    (said,) = refused(f"a: {value}\n".encode())

    assert "put the whole text in quotes" in said


@pytest.mark.parametrize("after", ['b: "later one"', 'b: {c: "later one"}'])
def test_a_missing_quote_is_told_where_it_opens(after: str) -> None:
    assert refused(f'a: "one\n{after}\n'.encode()) == [
        "x.yaml:1:4: the quote that opens here is closed only in line 2: is its closing quote missing?"
    ]


def test_control_characters_are_refused_also_when_they_are_written_as_escapes() -> None:
    assert refused(b"a: 1\nb: \x00") == [
        "x.yaml:2:1: this line holds a control character, which editors do not show: write it anew"
    ]
    assert refused(b'a: 1\nb: "x\\0y"') == ["x.yaml:2:4: this text holds a control character"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "just words\n", "[a, b]\n"])
def test_what_is_no_block_of_keys_is_refused(text: str) -> None:
    assert refused(text.encode()) == ["x.yaml:1:1: a flow is a block of keys, such as `flow: my_interview`"]


def test_a_key_that_is_no_text_is_refused() -> None:
    assert refused(b"? [a]\n: b\n") == ["x.yaml:1:3: a key must be plain text"]


def test_the_list_of_findings_has_an_end() -> None:
    assert len(refused(b"a: 1\n" * 500)) == MOST_FINDINGS
