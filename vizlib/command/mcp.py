"""filterscope mcp: one network for agents, over the Model Context Protocol on the standard input and output.

    filterscope mcp FOLDER --network bundled/scenes

Agents read pictures in FOLDER and find their answers there. docs/agents.md says how a client starts the server. The
server needs the extra `agents`: pip install ".[agents]" in the folder of the source.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from vizlib.command.confined import Folder
from vizlib.errors import VizError
from vizlib.models import load_model


def main(words: Sequence[str]) -> int:
    """Does what the words after `filterscope mcp` say until the client leaves; returns the exit code."""
    kind = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("filterscope mcp", description=__doc__, formatter_class=kind)
    parser.add_argument("folder", help="the one folder that agents may read and write")
    parser.add_argument("--network", default="bundled/scenes", help="as vizlib.load_model takes it (bundled/scenes)")
    parser.add_argument("--weights", default="default", help="default, random, or the path of a checkpoint (default)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:1 ... (auto)")
    asked = parser.parse_args(words)
    try:
        if find_spec("mcp") is None:
            raise VizError("The package mcp is not installed here.", 'Install it with: pip install ".[agents]"')
        from vizlib.command.agents import server  # late: the package may be missing

        served = server(load_model(asked.network, asked.weights, asked.device), Folder(asked.folder))
    except VizError as problem:
        print(problem, file=sys.stderr)
        return 2
    served.run()
    return 0
