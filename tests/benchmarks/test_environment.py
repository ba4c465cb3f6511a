"""Benchmarks that are imported leave the environment of the process as it is: other tests start programs in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PEERS = sorted(f"benchmarks.peers.{path.stem}" for path in (ROOT / "benchmarks" / "peers").glob("*_peers.py"))
CHANGED = (
    "import os; before = set(os.environ); import {}; print(sorted(n for n in set(os.environ) - before if 'TQDM' in n))"
)


@pytest.mark.slow
@pytest.mark.parametrize("name", PEERS)
def test_no_peer_silences_the_bars_of_other_programs(name: str) -> None:
    env = {key: value for key, value in os.environ.items() if "TQDM" not in key}
    found = subprocess.run(
        [sys.executable, "-c", CHANGED.format(name)], cwd=ROOT, env=env, check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == "[]"
