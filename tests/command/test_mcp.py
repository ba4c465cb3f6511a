"""The server for agents, asked by the official client: its tools, their files, and what is outside of its folder."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import vizlib
from vizlib.command import mcp as command
from vizlib.synthetic import draw_digit

pytest.importorskip("mcp", reason="the package mcp is not installed")

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from vizlib.command.agents import server
from vizlib.command.confined import Folder

CALLS: dict[str, dict[str, Any]] = {
    "classify": {"picture": "seven.png", "count": 3},
    "saliency": {"picture": "in/two.png", "method": "grad_cam"},
    "fool": {"picture": "seven.png", "target": "3"},
    "maximize": {"target": 5, "steps": 8},
}
SERVE = "import sys; from vizlib.command.mcp import main; sys.exit(main(sys.argv[1:]))"
HERE = "There is no file"  # in the folder of this server


@pytest.fixture(scope="module")
def model() -> vizlib.Classifier:
    return vizlib.load_model("bundled/digits", device="cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with pictures, beside another one with a picture that is none of the agent's business."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "in").mkdir(parents=True)
    outside.mkdir()
    for label, path in ((7, inside / "seven.png"), (2, inside / "in" / "two.png"), (4, outside / "four.png")):
        Image.fromarray(draw_digit(5, label).image).save(path)
    return inside


def asked(target: Any, question: Callable[[Client], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with Client(target) as client:
            return await question(client)

    with ThreadPoolExecutor(1) as pool:  # the browser tests leave a loop in this thread
        return pool.submit(lambda: asyncio.run(run())).result()


def called(model: vizlib.Classifier, folder: Path, tool: str, **words: Any) -> Any:
    return asked(server(model, Folder(folder)), lambda client: client.call_tool(tool, words))


def said(result: Any) -> str:
    return str(result.content[0].text)


def test_the_client_lists_the_four_tools_with_what_they_take(model: vizlib.Classifier, folder: Path) -> None:
    found = asked(server(model, Folder(folder)), lambda client: client.list_tools()).tools
    assert {each.name for each in found} == set(CALLS)
    assert all(each.description and "context" not in each.input_schema["properties"] for each in found)


@pytest.mark.parametrize("tool", CALLS)
def test_each_tool_answers_with_a_file_its_sha256_and_its_recipe(
    model: vizlib.Classifier, folder: Path, tool: str
) -> None:
    before = set(folder.rglob("*"))
    result = called(model, folder, tool, **CALLS[tool])
    assert not result.is_error, said(result)
    answer = result.structured_content
    (made,) = set(folder.rglob("*")) - before
    assert made == folder / answer["file"]
    content = made.read_bytes()
    assert hashlib.sha256(content).hexdigest() == answer["sha256"]
    recipe = json.loads(content)["recipe"] if tool == "classify" else vizlib.read_recipe(content)
    assert recipe == answer["recipe"]
    assert recipe["network"] == model.name


def test_the_answers_are_those_of_the_engine(model: vizlib.Classifier, folder: Path) -> None:
    top = called(model, folder, "classify", picture="seven.png").structured_content["top"]
    assert top == [vars(each) for each in model.top(folder / "seven.png")]
    found = called(model, folder, "fool", picture="seven.png", target="3").structured_content
    assert found["success"]
    assert found["class"] == model.top(folder / found["file"])[0].label == "3"


@pytest.mark.parametrize("name", ["../outside/four.png", "in/../../outside/four.png", "linked.png", "away/four.png"])
def test_a_picture_outside_of_the_folder_is_refused(model: vizlib.Classifier, folder: Path, name: str) -> None:
    (folder / "linked.png").symlink_to(folder.parent / "outside" / "four.png")
    (folder / "away").symlink_to(folder.parent / "outside")
    for given in (name, str(folder.parent / "outside" / "four.png"), str(folder / "seven.png")):
        result = called(model, folder, "classify", picture=given)
        assert result.is_error
        assert HERE in said(result)


def test_what_is_refused_and_what_is_missing_are_told_alike(folder: Path) -> None:
    (folder / "ring").symlink_to(folder / "ring")
    for name in ("../outside/four.png", "../outside/five.png", "none.png", "in", "ring", "", "a\0b", "x" * 5000):
        with pytest.raises(vizlib.PictureError, match=HERE):
            Folder(folder).picture(name)


def test_a_file_is_not_written_through_a_link(folder: Path) -> None:
    inside, victim = Folder(folder), folder.parent / "outside" / "four.png"
    before = victim.read_bytes()
    name = inside.write("map", ".png", b"content")["file"]
    (folder / name).unlink()
    (folder / name).symlink_to(victim)
    assert inside.write("map", ".png", b"content")["file"] == name
    assert victim.read_bytes() == before
    assert (folder / name).read_bytes() == b"content"


@pytest.mark.parametrize(
    ("tool", "words", "sentence"),
    [
        ("fool", {"picture": "seven.png", "target": "zebra"}, "zebra"),
        ("saliency", {"picture": "seven.png", "method": "crystal"}, "crystal"),
        ("maximize", {"target": 3, "steps": 100_000}, "less than or equal to 512"),
        ("classify", {"picture": "seven.png", "count": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    model: vizlib.Classifier, folder: Path, tool: str, words: dict[str, Any], sentence: str
) -> None:
    result = called(model, folder, tool, **words)
    assert result.is_error
    assert sentence in said(result)
    assert "Traceback" not in said(result)


def test_the_client_hears_of_the_steps(model: vizlib.Classifier, folder: Path) -> None:
    heard: list[tuple[float, float | None]] = []

    async def listen(done: float, total: float | None, _: str | None) -> None:
        heard.append((done, total))

    asked(
        server(model, Folder(folder)),
        lambda client: client.call_tool("maximize", CALLS["maximize"], progress_callback=listen),
    )
    assert heard == [(step, 8) for step in range(1, 9)]


@pytest.mark.slow
def test_the_command_serves_over_the_standard_input_and_output(folder: Path) -> None:
    words = ["-c", SERVE, str(folder), "--network", "bundled/digits", "--device", "cpu"]
    target = stdio_client(StdioServerParameters(command=sys.executable, args=words))
    result = asked(target, lambda client: client.call_tool("classify", {"picture": "seven.png"}))
    assert result.structured_content["top"][0]["label"] == "7"


def test_a_missing_folder_and_a_missing_extra_are_said_before_anything_is_served(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([str(folder / "none"), "--network", "bundled/digits", "--device", "cpu"]) == 2
    assert "is no folder" in capsys.readouterr().err
    monkeypatch.setattr("vizlib.command.mcp.find_spec", lambda name: None)
    assert command.main([str(folder)]) == 2
    assert "pip install" in capsys.readouterr().err
