"""The notebook of the manual runs, and every cell shows what it should."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import nbformat
import numpy as np
import pytest
from PIL import Image

from benchmarks.service.tour import MOST, TOUR, executed, pictures, shown
from tests.shown import whole

CELLS = 10
PICTURES = [0, 1, 1, 3, 3, 6, 3, 6, 12, 1]  # in the outputs of each code cell
CURVES = {8: 2, 10: 2}  # drawings in the outputs of a code cell, counted from 1


@pytest.fixture(scope="module")
def run() -> tuple[list[Any], list[float]]:
    book, seconds = executed()
    return [cell for cell in book.cells if cell.cell_type == "code"], seconds


def test_the_notebook_is_committed_without_outputs_and_with_prose_before_each_cell() -> None:
    book = nbformat.read(TOUR, as_version=4)
    nbformat.validate(book)
    kinds = [cell.cell_type for cell in book.cells]
    assert kinds == ["markdown", "code"] * CELLS + ["markdown"]
    assert not any(cell.outputs or cell.execution_count for cell in book.cells if cell.cell_type == "code")
    prose = " ".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    assert not re.search(r"\d %|\d\.\d", prose)  # numbers are those of the outputs


@pytest.mark.slow
def test_every_cell_runs_in_time_and_warns_of_nothing(run: tuple[list[Any], list[float]]) -> None:
    cells, seconds = run
    assert [cell.execution_count for cell in cells] == [*range(1, CELLS + 1)]
    assert sum(seconds) < MOST
    streams = [output for cell in cells for output in cell.outputs if output.output_type == "stream"]
    assert not any("Warning" in each.text or "rror" in each.text for each in streams)
    bars = [each.text.count("100%") for each in streams if each.name == "stderr"]  # the bar that was asked for
    kinds = [[each.get("name", each.output_type) for each in cell.outputs] for cell in cells]
    assert bars == [1], kinds


@pytest.mark.slow
def test_every_picture_is_there_decodes_and_is_not_blank(run: tuple[list[Any], list[float]]) -> None:
    cells, _ = run
    assert [len(pictures(cell)) for cell in cells] == PICTURES
    for number, cell in enumerate(cells, 1):
        for content in pictures(cell):
            assert np.asarray(Image.open(BytesIO(content)).convert("RGB")).std() > 3, number


@pytest.mark.slow
def test_every_cell_ends_with_a_result_that_shows_itself(run: tuple[list[Any], list[float]]) -> None:
    cells, _ = run
    for number, cell in enumerate(cells, 1):
        (last,) = (output for output in cell.outputs if output.output_type == "execute_result")
        assert {"text/html", "image/png"} & set(last.data), number
        html = "".join(shown(cell))
        assert whole(html), number
        assert html.count("<svg") == CURVES.get(number, 0), number
