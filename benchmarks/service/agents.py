"""The server for agents, asked by the official client over the standard input and output, as an agent asks it.

    python -m benchmarks.service.agents

Lists the tools, calls each on bundled/scenes, compares the SHA-256 of each file with what the answer says, and asks for
pictures outside of the folder: by "..", by an absolute path, and through a link.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from PIL import Image

from benchmarks.results import write_section
from vizlib.synthetic import draw_scene

SERVE = "import sys; from vizlib.command.mcp import main; sys.exit(main(sys.argv[1:]))"  # filterscope mcp
CALLS: dict[str, dict[str, Any]] = {
    "classify": {"picture": "scene.png"},
    "saliency": {"picture": "scene.png", "method": "smoothgrad"},
    "fool": {"picture": "scene.png", "target": "cat"},
    "maximize": {"target": "sheep", "steps": 64},
}


async def asked(folder: Path, outside: Path) -> list[str]:
    """The rows of the table."""
    words = ["-c", SERVE, str(folder), "--network", "bundled/scenes", "--device", "cpu"]
    target = stdio_client(StdioServerParameters(command=sys.executable, args=words, env=dict(os.environ)))
    began = time.monotonic()
    async with Client(target) as client:
        tools = sorted(each.name for each in (await client.list_tools()).tools)
        rows = [f"| start, and the list of tools | {time.monotonic() - began:.1f} | {', '.join(tools)} |"]
        for tool, given in CALLS.items():
            rows.append(await _called(client, folder, tool, given))
        refused = []
        for name in (f"../{outside.parent.name}/{outside.name}", str(outside), "link.png"):
            refused.append((await client.call_tool("classify", {"picture": name})).is_error)
    return [*rows, f"| outside: `..`, an absolute path, a link | - | {sum(refused)} of {len(refused)} refused |"]


async def _called(client: Client, folder: Path, tool: str, given: dict[str, Any]) -> str:
    began = time.monotonic()
    answer: Any = (await client.call_tool(tool, given)).structured_content
    seconds = time.monotonic() - began
    content = (folder / answer["file"]).read_bytes()
    same = hashlib.sha256(content).hexdigest() == answer["sha256"]
    return f"| {tool} | {seconds:.1f} | {len(content) / 1000:.0f} kB, SHA-256 {'as said' if same else 'DIFFERS'} |"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="filterscope_") as made:
        folder, outside = Path(made) / "inside", Path(made) / "outside" / "other.png"
        folder.mkdir()
        outside.parent.mkdir()
        Image.fromarray(draw_scene(1_000_020).image).save(folder / "scene.png")
        Image.fromarray(draw_scene(1_000_021).image).save(outside)
        (folder / "link.png").symlink_to(outside)
        rows = asyncio.run(asked(folder, outside))
    table = "\n".join(["| what | seconds | result |", "|---|---|---|", *rows])
    write_section("A server for agents", "python -m benchmarks.service.agents", table)
    print(table)


if __name__ == "__main__":
    main()
