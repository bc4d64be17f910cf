#!/usr/bin/env bash
# text2num 3.1.0: single words that are an article, a plural or a letter come back as numbers, and some numerals that
# people write every day are refused. Whoever turns an answer such as "unos" (Spanish: some) or "o" into a value gets 1
# and 0 without an error; whoever hears "eine Million" (German: a million) gets one.
# Fails if that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check text2num==3.1.0
"$work/venv/bin/python" - <<'PYTHON'
from text_to_num import text2num

read = [("o", "en", 0), ("thousands", "en", 1000), ("unos", "es", 1), ("twenty and four", "en", 24)]
refused = [("eine Million", "de"), ("fuenf", "de"), ("zero", "fr"), ("veintidos", "es"), ("a hundred", "en")]
for words, language, value in read:
    found = text2num(words, language)
    print(f"{language} {words!r} is read as {found}")
    assert found == value, (words, found)
for words, language in refused:
    try:
        found = text2num(words, language)
    except ValueError as error:
        print(f"{language} {words!r} is refused: {type(error).__name__}")
    else:
        raise SystemExit(f"{language} {words!r} is read as {found} now")
print("as it was")
PYTHON
