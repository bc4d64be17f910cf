"""The command line. `main` is the `webhook` script; each verb's work stands in a module of its own."""

from webhook.cli.commands import main

__all__ = ["main"]
