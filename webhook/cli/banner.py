"""What `webhook serve` says before it serves: where to connect what, with which secret, and what answers there."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from webhook import __version__
from webhook.settings import doubts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webhook.services import Services
    from webhook.settings import Settings

_LABEL_WIDTH = 24
_TRY = '{"messages": [{"role": "user", "content": "Hello?"}], "variables": {}}'


@dataclass(frozen=True)
class Banner:
    """`settings` as they were read, before missing secrets were made; `port` is the one that is open."""

    settings: Settings
    services: Services
    port: int

    def text(self) -> str:
        lines = [f"voice interviewer {__version__}", ""]
        lines += [f"  {label:<{_LABEL_WIDTH}}{value}" for label, value in self._rows()]
        if found := doubts(self.services.settings):
            lines += ["", "Look at these settings:", *(f"  {doubt}" for doubt in found)]
        warnings = self.services.library.contents.findings
        if self.services.library.contents.refused:
            lines += ["", "NOT IN SERVICE: what the files say now. The last good version is, until these are mended:"]
        lines += ["", *(str(warning) for warning in warnings)] if warnings else []
        return "\n".join([*lines, "", "Try it:", f"  {self._curl()}", ""])

    def _rows(self) -> Iterator[tuple[str, str]]:
        public = (self.settings.public_url or self._local()).rstrip("/")
        yield "ElevenLabs custom LLM", f"{public}/v1"
        yield "JSON webhook", f"{public}/api/elevenlabs-webhook"
        if self.settings.public_url is None:
            yield "", "(PUBLIC_URL is not set; a voice platform needs an address it can reach)"
        yield "WEBHOOK_SECRET", self._secret("webhook_secret")
        yield "API_TOKEN", self._secret("api_token")
        yield "store", self._store()
        yield from self._interviewer()
        flows = self.services.library.contents.flows.values()
        yield "flows", ", ".join(f"{flow.id} (version {flow.version})" for flow in flows)

    def _secret(self, name: str) -> str:
        """Only a secret we made ourselves is shown; whoever set one knows it."""
        if getattr(self.settings, name):
            return "set by the environment"
        made = getattr(self.services.settings, name)[0].get_secret_value()
        return f"{made}  (made for you, kept in {self.settings.data_dir / name})"

    def _store(self) -> str:
        if self.settings.redis_url is None:
            return f"SQLite in {self.settings.data_dir}"
        return f"Redis, {without_secrets(self.settings.redis_url.get_secret_value())}"

    def _interviewer(self) -> Iterator[tuple[str, str]]:
        if self.settings.is_scripted:
            yield "interviewer", "scripted: ANTHROPIC_API_KEY is not set, the flow's own lines are spoken"
            return
        settings = self.settings
        models = [(settings.claude_model, "speaks"), (settings.listen_model, "listens")]
        models += [(settings.claude_report_model, "writes reports")]
        if settings.claude_fallback_model:
            models.append((settings.claude_fallback_model, "steps in"))
        yield "interviewer", ", ".join(f"{model} {does}" for model, does in models)

    def _curl(self) -> str:
        given = bool(self.settings.webhook_secret)
        secret = "$WEBHOOK_SECRET" if given else self.services.settings.webhook_secret[0].get_secret_value()
        return f"curl -s {self._local()}/api/elevenlabs-webhook -H \"Authorization: Bearer {secret}\" -d '{_TRY}'"

    def _local(self) -> str:
        return f"http://{_reachable(self.settings.host)}:{self.port}"


def _reachable(host: str) -> str:
    """The host as this machine would call it: nobody connects to `0.0.0.0`."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "localhost"
    return f"[{host}]" if address.version == 6 else host  # noqa: PLR2004 - the version is its name


def without_secrets(url: str) -> str:
    """A store's URL without user, password and options."""
    scheme, _, rest = url.partition("://")
    place, _, options = rest.partition("?")
    if "@" in options and "@" not in place:
        return f"{scheme}://..."  # a password may have a question mark in it
    return f"{scheme}://{place.rpartition('@')[2]}"
