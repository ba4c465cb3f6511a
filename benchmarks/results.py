"""RESULTS.md, one section per command: running the command again replaces its section."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def write_section(title: str, command: str, text: str) -> None:
    """Replaces or appends the section `title`, with the command that makes it and today's date."""
    section = f"## {title}\n\n`{command}`, {date.today():%Y-%m-%d}.\n\n{text.strip()}\n"
    old = RESULTS.read_text() if RESULTS.exists() else "# Results\n\nEach section names the command that made it.\n"
    pattern = rf"## {re.escape(title)}\n.*?(?=\n## |\Z)"
    if re.search(pattern, old, re.DOTALL):
        new = re.sub(pattern, lambda _: section, old, flags=re.DOTALL)
    else:
        new = f"{old.rstrip()}\n\n{section}"
    RESULTS.write_text(new)
