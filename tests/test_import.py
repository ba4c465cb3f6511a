"""Importing the engine takes little time beyond torch and timm, brings no window with it and changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

MOST_SECONDS = 1.0  # of the processor, for the engine's own files and what only they import
WINDOWS = ("streamlit", "plotly", "matplotlib", "skimage", "sklearn", "tqdm.notebook", "IPython", "vizlib.ui")
SCRIPT = """
import json, locale, logging, os, random, signal, sys, time, warnings
import numpy, PIL.Image, PIL.ImageFile, timm, torch, torchvision, tqdm.auto

def state():
    flags = torch.backends
    return {
        "threads": [torch.get_num_threads(), torch.get_num_interop_threads()],
        "types": [str(torch.get_default_dtype()), str(torch.get_default_device()), torch.is_grad_enabled()],
        "flags": [
            flags.cudnn.deterministic, flags.cudnn.benchmark, flags.cudnn.allow_tf32, flags.cuda.matmul.allow_tf32,
            flags.mkldnn.enabled, torch.get_float32_matmul_precision(), torch.get_deterministic_debug_mode(),
        ],
        "torch's generator": torch.get_rng_state().sum().item(),
        "numpy's generator": repr(numpy.random.get_state()),
        "Python's generator": repr(random.getstate()),
        "warnings": repr(warnings.filters),
        "Pillow": [PIL.Image.MAX_IMAGE_PIXELS, PIL.ImageFile.LOAD_TRUNCATED_IMAGES, PIL.ImageFile.MAXBLOCK],
        "environment": dict(os.environ),
        "logging": [logging.root.level, len(logging.root.handlers)],
        "hooks": [repr(sys.excepthook), repr(sys.displayhook), repr(signal.getsignal(signal.SIGINT))],
        "locale": locale.setlocale(locale.LC_ALL),
        "path": [*sys.path],
    }

before, begin = state(), time.process_time()
import vizlib
seconds, after = time.process_time() - begin, state()
changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
print(json.dumps([changed, [*sys.modules], seconds]))
"""


@pytest.fixture(scope="module")
def imported() -> tuple[dict[str, Any], list[str], float]:
    """What the import changed, all modules after it, and its time."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    changed, modules, seconds = json.loads(done.stdout)
    return changed, modules, seconds


@pytest.mark.slow
def test_the_import_takes_less_than_a_second_beyond_torch_and_timm(imported: Any) -> None:
    assert 0 < imported[2] < MOST_SECONDS


@pytest.mark.slow
def test_the_import_brings_no_window_and_no_plotting(imported: Any) -> None:
    assert not [name for name in imported[1] if name.startswith(WINDOWS)]


@pytest.mark.slow
def test_the_import_changes_nothing_in_the_process(imported: Any) -> None:
    assert imported[0] == {}
