"""Arrows point down only, and the engine knows nothing of the world."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "webhook"
#: From the bottom up; each may import what is below it, and its own layer where it stands in `TOGETHER`.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors"}),
    frozenset({"interview"}),
    frozenset({"wire", "folders"}),
    frozenset(
        {"claude", "elevenlabs", "store", "content", "documents", "log", "machine", "settings", "metrics", "outbound"}
    ),
    frozenset(
        {
            "breaker",
            "race",
            "dialogue",
            "speaking",
            "generations",
            "sessions",
            "reports",
            "reading_back",
            "admission",
            "allowed",
            "asides",
            "asks",
            "bindings",
            "calls",
            "reconciler",
            "recordings",
            "callers",
            "costs",
            "deliveries",
            "delivery",
            "cooldowns",
            "jobs",
            "limits",
            "maker",
            "openings",
            "phone_calls",
            "refusals",
            "relay",
            "runner",
            "starts",
            "summaries",
        }
    ),
    frozenset({"privacy"}),
    frozenset({"ground"}),
    frozenset({"parts"}),
    frozenset({"services"}),
    frozenset({"routes", "middleware", "edge"}),
    frozenset({"app"}),
    frozenset({"flowtest"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
TOGETHER = LAYERS[4]
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
#: What the engine must never load: it does no I/O, reads no clock, and starts in no time.
WORLDLY = (
    *("asyncio", "anyio", "threading", "socket", "ssl", "subprocess", "logging", "sqlite3", "random", "secrets"),
    *("redis", "starlette", "uvicorn", "anthropic", "httpx2", "openai", "structlog", "ruamel", "liquid"),
    *("rule_engine", "pydantic", "orjson", "tenacity", "typer", "rich", "prometheus_client", "fpdf", "docx"),
)


def unit_of(path: Path) -> str:
    """The part of the package a file belongs to: a folder, or a module at the top."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules_under(*folders: str) -> list[str]:
    found = [p for folder in folders for p in sorted((PACKAGE / folder).rglob("*.py"))]
    return [".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for p in found]


def imports_of(path: Path) -> Iterator[str]:
    """The units of the package a file imports, for types only or for use."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("webhook."))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            if node.module == "webhook":
                yield from (alias.name for alias in node.names if alias.name != "__version__")
            elif node.module and node.module.startswith("webhook."):
                yield node.module.split(".")[1]


def loaded_by(code: str, names: tuple[str, ...]) -> list[str]:
    """Which of these are loaded in a fresh interpreter that has run the code."""
    check = f"{code}\nimport sys\nprint(*[n for n in {names!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-I", "-c", check], check=True, capture_output=True, text=True, cwd=ROOT)
    return done.stdout.split()


def importing(modules: list[str]) -> str:
    return f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + "\n".join(f"import {m}" for m in modules)


SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    unit = unit_of(path)
    assert unit in HEIGHT, f"say in LAYERS where {unit} stands"
    for other in set(imports_of(path)) - {unit}:
        together = unit in TOGETHER and other in TOGETHER
        assert HEIGHT[other] < HEIGHT[unit] or together, f"{unit} imports {other}"


def test_the_engine_and_the_codecs_load_nothing_of_the_world() -> None:
    modules = modules_under("interview", "wire")
    assert len(modules) > 20
    assert loaded_by(importing(modules), WORLDLY) == []


def test_the_look_into_a_fresh_interpreter_sees_what_is_loaded() -> None:
    assert loaded_by(importing(["webhook.store.redis"]), WORLDLY)[:1] == ["asyncio"]


def test_the_application_loads_no_model_client_and_no_redis_client_before_it_needs_one() -> None:
    assert loaded_by(importing(["webhook.app"]), ("anthropic", "redis", "openai", "fpdf", "docx")) == []


def test_the_package_itself_imports_nothing() -> None:
    assert not [n for n in ast.walk(ast.parse((PACKAGE / "__init__.py").read_text())) if isinstance(n, ast.Import)]
