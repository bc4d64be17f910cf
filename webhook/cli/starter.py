"""`webhook init`: a first interview to change, written where somebody wants to work on it."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import typer

import webhook
from webhook.errors import SettingsError

FOLDERS = ("flows", "prompts")


def init(target: Path) -> None:
    """Copy the starter files and say of each what became of it. Raises `SettingsError` when that cannot be done."""
    source = starter_dir()
    for name in starter_files(source):
        try:
            written = _write(target / name, (source / name).read_bytes())
        except OSError as error:
            raise SettingsError(f"{target / name} cannot be written ({error.strerror})") from error
        typer.echo(f"{'wrote' if written else 'kept '}  {target / name}")
    typer.echo(next_steps(target, sys.argv[0]))


def next_steps(target: Path, called: str) -> str:
    """What to type now. `called` is how this program was started (`sys.argv[0]`), for it need not be on PATH."""
    program = _program(Path(called).absolute())
    return f"\nNext:\n  cd {shlex.quote(str(target))}\n  {program} check\n  {program} talk"


def _program(script: Path) -> str:
    if script.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m webhook"
    found = shutil.which(script.name)
    return script.name if found and Path(found).absolute() == script else shlex.quote(str(script))


def starter_dir(package: Path | None = None) -> Path:
    """Where `flows/` and `prompts/` are: inside an installed package, else in the checkout round it."""
    package = package or Path(webhook.__file__).parent
    inside = package / "starter"
    return inside if inside.is_dir() else package.parent


def guide() -> Path:
    """What designers read, the only page about the checks that is there wherever this program is."""
    return starter_dir() / "flows" / "README.md"


def starter_files(source: Path) -> list[Path]:
    """The files to copy, relative to `source`."""
    found = (path for folder in FOLDERS for path in (source / folder).rglob("*") if path.is_file())
    return sorted(path.relative_to(source) for path in found)


def _write(path: Path, content: bytes) -> bool:
    """False when there is something by that name already: it is left alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True
