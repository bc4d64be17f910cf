"""English, as code reads it."""

from __future__ import annotations
