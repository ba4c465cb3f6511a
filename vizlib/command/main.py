"""The command `filterscope`, which the package installs; python -m vizlib is the same.

    filterscope                        opens the dashboard (further words go to Streamlit: --server.port 9000)
    filterscope classify PICTURE ...   says what networks answer
    filterscope saliency PICTURE ...   draws which pixels an answer depends on
    filterscope fool PICTURE ...       looks for files that fool a network
    filterscope sweep PICTURE ...      changes pictures more and more, and says what the network answers
    filterscope maximize CLASS ...     draws what classes and channels look like to a network
    filterscope atlas                  draws one picture for each channel of a layer
    filterscope probe                  fits linear classifiers on the features of each layer
    filterscope finetune               trains a network further, and writes the new one
    filterscope rerun FILE.png ...     makes saved pictures again, and says whether they are the same to the bit

    filterscope batch PLAN             computes many results, here or on a cluster
    filterscope publish FOLDER         writes what the store holds as a static site
    filterscope mcp FOLDER             serves the engine to agents over the Model Context Protocol
    filterscope doctor                 says what this installation has and whether it works; the exit code is 1 if not
    filterscope --version              says which version this is

filterscope WORD --help says what a word takes, with an example. The dashboard needs the extra `app`, which
pip install ".[app]" in the folder of the source installs.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import MappingProxyType
from typing import Final

from vizlib import __version__

INTERRUPTED, UNREAD = 130, 141  # exit codes of processes that Ctrl+C or a closed pipe has ended, as a shell has them
DASHBOARD: Final = "vizlib.ui.command"
WORDS: Final = MappingProxyType(  # the module whose `main` does what a word says, loaded when it is called
    {
        "classify": "vizlib.command.classify",
        "saliency": "vizlib.command.saliency",
        "fool": "vizlib.command.fool",
        "sweep": "vizlib.command.sweep",
        "maximize": "vizlib.command.maximize",
        "atlas": "vizlib.command.atlas",
        "probe": "vizlib.command.probe",
        "finetune": "vizlib.command.finetune",
        "rerun": "vizlib.command.rerun",
        "batch": "vizlib.batch.command",
        "publish": "vizlib.batch.gallery.command",
        "mcp": "vizlib.command.mcp",
        "doctor": "vizlib.ui.doctor",
    }
)


def main(words: list[str] | None = None) -> int:
    """Does what the command line asks for (`words`, by default the process's own); returns the exit code."""
    words = sys.argv[1:] if words is None else words
    try:
        code = _done(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # what read the output has had enough, as `| head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it closes the stream
        return UNREAD
    return code


def _done(words: list[str]) -> int:
    first = words[0] if words else ""
    if words == ["--version"]:
        print(f"filterscope {__version__}")
        return 0
    if first in WORDS:
        return _called(WORDS[first], words[1:])
    if first in ("-h", "--help") or (first and not first.startswith("-")):
        print(__doc__)
        return 0 if first.startswith("-") else 2
    return _called(DASHBOARD, words)


def _called(module: str, words: list[str]) -> int:
    return int(import_module(module).main(words))
