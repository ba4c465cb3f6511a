"""The benchmark of fooling images reads back the very file that it judges."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from benchmarks.accuracy.thin_ice import pairs
from benchmarks.peers.fooling_peers import LEAST, OWN_SIZE, Answer, kept, of_ours, verdict
from vizlib import open_picture
from vizlib.models import Classifier, load_model


@pytest.fixture(scope="module")
def model() -> Classifier:
    return load_model("bundled/scenes", device="cpu")


def answer(l2: float, survives: bool = True) -> Answer:
    return Answer(True, l2, survives, l2, 100, 1.0)


@pytest.mark.slow
def test_a_run_that_goes_on_meanwhile_does_not_change_what_is_read(
    model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pairs(model, 2, 0, True)
    others: list[Answer | None] = []

    def interrupted(file: Any) -> Image.Image:
        if not others:  # just before the file is read, another run saves and reads its own
            others.append(None)
            others.append(of_ours({"steps": 40}, model, other))
        return open_picture(file)

    monkeypatch.setattr("benchmarks.peers.fooling_peers.open_picture", interrupted)
    found = of_ours({"steps": 40}, model, one)
    assert len(others) == 2
    assert found.fools
    assert found.survives


def test_answers_are_kept_by_all_that_made_them(model: Classifier) -> None:
    def at(seed: int, bundled: bool, name: str, words: Any) -> Path:
        return kept(Namespace(cache=Path("/nowhere"), seed=seed, bundled=bundled), model, name, words)

    same = at(0, True, "a", {"steps": 1})
    assert at(0, True, "a", {"steps": 1}) == same
    others = [at(1, True, "a", {"steps": 1}), at(0, False, "a", {"steps": 1}), at(0, True, "a", {"steps": 2})]
    assert same not in others
    assert len(set(others)) == 3


def test_the_verdict_is_among_files_that_all_survive_at_one_size() -> None:
    said = verdict(
        {
            LEAST: [answer(2.0), answer(2.0)],
            "sometimes": [answer(1.0), answer(1.0, survives=False)],
            OWN_SIZE: [answer(0.5), answer(0.5)],
            "peer": [answer(1.5), answer(1.5)],
        }
    )
    assert said.split(": ", 1)[1] == f"peer, 1.500, 100 gradients; then {LEAST}, 2.000, 100 gradients."
    assert verdict({"sometimes": [answer(1.0, survives=False)]}) == "No method's files survive for all pairs."
