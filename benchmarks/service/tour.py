"""The notebook of the manual, executed: how long each cell takes, and what it shows.

    python -m benchmarks.service.tour --out tour

Executes docs/notebooks/tour.ipynb in a kernel of its own, with one thread unless OMP_NUM_THREADS says otherwise.
Writes into a folder: the executed notebook, a page for a browser (light, or dark where the browser prefers it), and
every picture of the outputs.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from benchmarks.results import write_section

TOUR = Path(__file__).resolve().parents[2] / "docs" / "notebooks" / "tour.ipynb"
MOST = 90  # seconds for the whole notebook
STYLE = """:root{color-scheme:light dark}body{max-width:960px;margin:24px auto;padding:0 16px;font:15px/1.5 sans-serif}
pre{overflow-x:auto;padding:10px;border:1px solid rgba(127,127,127,.4);border-radius:4px;font-size:13px}"""


def executed(path: Path = TOUR) -> tuple[Any, list[float]]:
    """The notebook with its outputs, and the seconds of each code cell. Raises CellExecutionError where one fails."""
    book = nbformat.read(path, as_version=4)
    client = NotebookClient(
        book,
        timeout=MOST,
        kernel_name="python3",
        coalesce_streams=True,
        resources={"metadata": {"path": str(TOUR.parents[2])}},
    )
    seconds = []
    usual = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    with client.setup_kernel(env={**usual, **os.environ, "PYTHONPATH": str(TOUR.parents[2])}):
        for number, cell in enumerate(book.cells):
            began = time.monotonic()
            client.execute_cell(cell, number)
            if cell.cell_type == "code":
                seconds.append(time.monotonic() - began)
    return book, seconds


def shown(cell: Any) -> Iterator[str]:
    """What a browser shows of each output of a cell, as HTML."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "text/html" in data:
            yield data["text/html"]
        elif "image/png" in data:
            yield f'<img src="data:image/png;base64,{data["image/png"].strip()}" alt="output">'
        else:
            yield f"<pre>{escape(output.get('text', '') or data.get('text/plain', ''))}</pre>"


def pictures(cell: Any) -> list[bytes]:
    """The PNG files in the outputs of a cell."""
    found = re.findall(r"data:image/png;base64,([^\"]+)", "".join(shown(cell)))
    return [base64.b64decode(each) for each in found]


def page(book: Any) -> str:
    """The notebook as a page for a browser."""
    parts = []
    for cell in book.cells:
        if cell.cell_type == "markdown":
            parts.append(_prose(cell.source))
        else:
            parts.append(f"<pre>{escape(cell.source)}</pre>{''.join(shown(cell))}")
    head = f'<!doctype html><meta charset="utf-8"><title>A tour of the engine</title><style>{STYLE}</style>'
    return head + "".join(parts)


def _prose(source: str) -> str:
    """The few marks of Markdown that the notebook uses: a heading, bold words and code."""
    text = escape(source)
    text = re.sub(r"^# (.*)$", r"<h1>\1</h1>", text, flags=re.MULTILINE)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"`(.+?)`", r"<code>\1</code>", text)
    return f"<p>{text}</p>"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("tour"), help="the folder for what is written (tour)")
    out = parser.parse_args().out
    began = time.monotonic()
    book, seconds = executed()
    whole = time.monotonic() - began
    out.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, out / "tour.ipynb")
    (out / "tour.html").write_text(page(book), encoding="utf-8")
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    rows = []
    for number, (cell, took) in enumerate(zip(cells, seconds, strict=True), 1):
        files = pictures(cell)
        for at, content in enumerate(files):
            (out / f"cell_{number:02d}_{at:02d}.png").write_bytes(content)
        rows.append(f"| {number} | {took:.1f} | {len(files)} | `{cell.source.splitlines()[-1].strip()}` |")
    table = "\n".join(["| cell | seconds | pictures | its last line |", "|---|---|---|---|", *rows])
    size = (out / "tour.html").stat().st_size / 1e6
    text = f"{whole:.0f} s with the start of the kernel; the page has {size:.1f} MB.\n\n{table}"
    write_section("The tour in a notebook", "python -m benchmarks.service.tour", text)
    print(text)


if __name__ == "__main__":
    main()
