"""What mkdocstrings reads of the docstrings, in a form that it shows well.

The engine's docstrings are written for `help()`: a paragraph lists the arguments, one a line (`name: what it is`). Here
each of them becomes an item of a list, and `Example:` becomes the section that is shown as code.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

ITEM = re.compile(r"^((?:\w+, )*\w+): (.*)$")
FIELDS = "Attributes"
ERRORS = re.compile(
    r"\b(VizError|CheckpointMismatch|DeviceFailed|ModelUnavailable|NotShowable|PictureError|TooBig|UnknownName)\b"
)


class Arguments(griffe.Extension):
    """Rewrites the docstrings of functions and classes."""

    def on_function_instance(self, *, func: griffe.Function, **_: Any) -> None:
        self._rewrite(func, {each.name for each in func.parameters})

    def on_class_instance(self, *, cls: griffe.Class, **_: Any) -> None:
        self._rewrite(cls, None)

    def _rewrite(self, subject: griffe.Object, names: set[str] | None) -> None:
        if subject.docstring is not None:
            subject.docstring.value = shown(escaped(subject.docstring.value), names)


def escaped(text: str) -> str:
    """The docstring with "<name>" as text and not as a tag, and with links to the errors. Code stays as it is."""
    words, example, code = text.partition("\nExample:\n")
    parts = words.split("`")
    parts[::2] = [linked(part.replace("<", "&lt;")) for part in parts[::2]]
    return "`".join(parts) + example + code


def linked(words: str) -> str:
    return ERRORS.sub(r"[\1][vizlib.\1]", words)


def shown(text: str, names: set[str] | None) -> str:
    """The docstring with its arguments as a list. names: those that count; None: any (of a class)."""
    text = re.sub(r"^Example:$", "Examples:", text, flags=re.MULTILINE)
    first, *others = re.split(r"\n{2,}", text)
    return "\n\n".join([first, *(listed(paragraph, names) for paragraph in others)])


def listed(paragraph: str, names: set[str] | None) -> str:
    """The paragraph, as a list if it names arguments."""
    lines = paragraph.split("\n")
    first = ITEM.match(lines[0])
    if first is None or not known(first[1], names):
        return paragraph
    found: list[str] = []
    for line in lines:
        item = ITEM.match(line)
        if item is not None and known(item[1], names):
            found.append(f"- {', '.join(f'`{name}`' for name in item[1].split(', '))}: {item[2]}")
        elif line.startswith(" ") or not found or ends_open(found[-1]):
            found.append(f"    {line.strip()}")
        else:
            found += ["", line]  # the sentence after the last argument
    return "\n".join(found)


def known(words: str, names: set[str] | None) -> bool:
    named = words.split(", ")
    if names is None:
        return FIELDS not in named and all(name == name.lower() for name in named)
    return all(name in names for name in named)


def ends_open(line: str) -> bool:
    """Whether the sentence of the line goes on in the next one."""
    return not line.rstrip().endswith((".", ":", "?", "`"))
