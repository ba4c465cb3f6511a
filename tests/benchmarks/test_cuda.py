"""The benchmark of CUDA devices says when there is no device, and writes no figure that it did not measure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from benchmarks import results
from benchmarks.peers import cuda_speed
from benchmarks.peers.cuda_speed import TINY, Task, going, main, operations, product_rate
from vizlib import load_model, maximize
from vizlib.activation_maximization.passes import cuda_graph
from vizlib.models import Classifier


@pytest.fixture(autouse=True)
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in place of RESULTS.md."""
    file = tmp_path / "RESULTS.md"
    monkeypatch.setattr(results, "RESULTS", file)
    return file


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a text: rows of cells."""
    found: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            found[-1].append([each.strip() for each in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [each for each in found if each]


@pytest.mark.slow
def test_a_small_run_on_the_cpu_gives_whole_tables_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], written: Path
) -> None:
    main(["--device", "cpu", "--tiny"])
    said = capsys.readouterr().out
    steps, tiles = tables(said)
    for table in (steps, tiles):
        assert {len(row) for row in table} == {len(table[0])}
        assert set(table[1]) == {"---"}
        assert all(cell for row in table for cell in row)
    assert [row[:3] for row in steps[2:]] == [
        [str(batch), precision, "as it is"] for batch in TINY.batches for precision in ("float32", "bfloat16")
    ]
    for row in steps[2:]:
        assert float(row[3]) > 0
        assert float(row[4]) == pytest.approx(float(row[3]) * int(row[0]), abs=1)
        assert row[5].endswith("%")
    assert [row[1] for row in tiles[2:]] == ["float32", "bfloat16"]
    assert "TFLOP/s" in said
    assert not written.exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
@pytest.mark.parametrize("words", [[], ["--tiny"], ["--device", "cuda:1"]])
def test_without_a_cuda_device_it_says_so_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], written: Path, words: list[str]
) -> None:
    main(words)
    assert capsys.readouterr().out.startswith("There is no CUDA device here, so nothing was measured")
    assert not written.exists()


def test_with_one_the_section_is_written(monkeypatch: pytest.MonkeyPatch, written: Path) -> None:
    asked: list[tuple[str, Task]] = []

    def lines(device: str, task: Task) -> list[str]:
        asked.append((device, task))
        return ["| a |", "|---|", "| 1 |"]

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(cuda_speed, "measured", lines)
    main([])
    assert asked == [("cuda", Task())]
    assert "## Activation maximization on CUDA\n\n`python -m benchmarks.peers.cuda_speed`" in written.read_text()
    assert "| 1 |" in written.read_text()
    written.unlink()
    main(["--tiny"])
    assert not written.exists()


def test_operations_are_those_of_both_ways() -> None:
    class One(nn.Module):
        """One convolution: on 8 x 8 px it has 6 x 6 places, 5 outputs, and 27 products for each."""

        def __init__(self) -> None:
            super().__init__()
            self.num_classes, self.conv = 5, nn.Conv2d(3, 5, 3)
            self.pretrained_cfg = {"input_size": (3, 8, 8), "mean": (0.0,) * 3, "std": (1.0,) * 3}

        def forward(self, x: Any) -> Any:
            return self.conv(x).mean((2, 3))

    forward = 2 * 36 * 5 * 27
    assert operations(Classifier(One(), "one", torch.device("cpu")), 8) == pytest.approx(2 * forward)


def test_the_rate_of_a_product_is_that_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr(cuda_speed, "wait", lambda model: float(next(ticks)))
    model = load_model("bundled/digits", device="cpu")
    assert product_rate(model, "float32", 8) == pytest.approx(4 * 2 * 8**3)  # four products from tick to tick


def test_a_way_is_taken_and_left_again() -> None:
    before = cuda_graph.replayed, cuda_graph._faster
    model = load_model("bundled/digits", device="cpu")
    for how in ("as it is", "graph"):
        with going(how) as way:
            next(maximize(model, 1, 2))
            assert way.told == how
    assert (cuda_graph.replayed, cuda_graph._faster) == before
    failed = cuda_graph.Replayed(model.twin(), None)  # type: ignore[arg-type]
    failed._short = "OutOfMemoryError: CUDA out of memory"
    assert cuda_speed.Way("graph", [failed]).told == "graph (not recorded: OutOfMemoryError: CUDA out of memory)"
