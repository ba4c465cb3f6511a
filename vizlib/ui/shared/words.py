"""Numbers and names as people read them: percentages, short labels, strangers' names as they are."""

from __future__ import annotations

import re

from vizlib.models.class_names import short as short

_APART = ":small[]"  # an empty directive: it shows nothing, and Streamlit replaces no text that it divides
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # lines end; what follows is turned around
_TIMES_TEN = "\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}10"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MARKS = re.compile(
    r"(?P<arrow>(?<![^\s:])(?:<->|->|<-|--|>=|<=|~=)(?!\S))"
    r"|(?P<number>^\d{1,9}(?=[.)](?:\s|$)))"
    r"|(?P<colon>:(?=\S))"  # emoji, icons, colors, addresses
    r"|(?P<address>@(?=\w)|(?i:www)(?=\.))"
    r"|^[#>=+-]|[\\`*\[<$~|]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])"
)


def plain(text: str) -> str:
    """A name that a stranger chose, as Markdown that shows it as it is: no links, emoji, formulas or HTML.

    Letters that control the text, such as line ends, become spaces.
    """
    return _MARKS.sub(_escaped, _CONTROL.sub(" ", text).strip())


def _escaped(mark: re.Match[str]) -> str:
    """The mark so that neither Markdown nor what Streamlit adds to it finds a meaning in it.

    Streamlit replaces arrows, emoji codes and addresses after it has read the backslashes, so these are divided.
    """
    found = mark.group()
    if mark["arrow"]:
        return _APART.join(f"\\{each}" for each in found)
    if mark["number"]:
        return f"{found}\\"
    if mark["address"]:
        return found + _APART
    return f"\\{found}{_APART if mark['colon'] else ''}"


_WRITTEN = re.compile(r"\\(?P<kept>[^\w\s])|:small\[\]|:material/\w+:|\*+(?=\S)|(?<=\S)\*+|`")


def unmarked(markdown: str) -> str:
    """A sentence of ours in Markdown, with names that `plain` has written, as plain text."""
    return " ".join(_WRITTEN.sub(lambda mark: mark["kept"] or "", markdown).split())


def percent(probability: float) -> str:
    """Probabilities as they can be told apart: 12.3 %, 99.9 %, < 0.1 %, > 99.9 %."""
    if probability < 0.001:
        return with_unit("< 0.1", "%")
    return share(probability) if probability < 0.9995 else with_unit("> 99.9", "%")


def share(part: float) -> str:
    """A counted or measured part of a whole, where 0.0 % and 100.0 % are meant as they stand."""
    return with_unit(f"{100 * part:.1f}", "%")


def number(value: float) -> str:
    """A number to three digits, thousands apart: 0.0246, 12.3, 1,234, or a power of ten."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    digits, _, power = text.partition("e")
    shown = digits.replace("-", "\N{MINUS SIGN}")
    return f"{shown}{_TIMES_TEN}{str(int(power)).translate(_RAISED)}" if power else shown


def size(count: float) -> str:
    """A number of bytes: 378 kB, 12.3 MB, 1,234 MB."""
    if count < 1e6:
        return with_unit(f"{count / 1e3:,.0f}", "kB")
    return with_unit(f"{count / 1e6:,.1f}" if count < 1e8 else f"{count / 1e6:,.0f}", "MB")


def with_unit(text: str, unit: str) -> str:
    """A number and its unit, which stay on one line."""
    return f"{text}\N{NO-BREAK SPACE}{unit}"
