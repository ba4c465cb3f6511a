"""filterscope mcp: one network for agents, over the Model Context Protocol on the standard input and output.

    filterscope mcp FOLDER --network bundled/scenes

Agents read pictures in FOLDER and find their answers there (docs/agents.md). It needs the extra `agents`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from vizlib.command import words
from vizlib.command.confined import Folder
from vizlib.errors import VizError


def main(given: Sequence[str]) -> int:
    """Does what the words after `filterscope mcp` say until the client leaves; returns the exit code."""
    made = words.bare("mcp", str(__doc__))
    made.add_argument("folder", metavar="FOLDER", help="the one folder that agents may read and write")
    words.add_network(made)
    asked = made.parse_args(given)
    try:
        if find_spec("mcp") is None:
            raise VizError("The package mcp is not installed here.", 'Install it with: pip install ".[agents]"')
        from vizlib.command.agents import server  # late: the package may be missing

        served = server(words.network(asked), Folder(asked.folder))
    except VizError as problem:
        print(problem, file=sys.stderr)
        return 2
    served.run()
    return 0
