"""The tools of `filterscope mcp`: four questions to one network, each answered by a file, its SHA-256 and recipe."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, closing
from functools import partial
from typing import Annotated, Any

from anyio import Lock
from anyio.to_thread import run_sync
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from PIL import Image
from pydantic import Field

from vizlib.batch.kinds import class_pictures, saliency
from vizlib.batch.pictures import picture_key
from vizlib.batch.saved import saliency_map
from vizlib.batch.saved.kind import in_file
from vizlib.batch.saved.saliency_map import MapView
from vizlib.command.confined import Folder
from vizlib.errors import VizError
from vizlib.fooling import fooling
from vizlib.layers import last_maps
from vizlib.models import Classifier
from vizlib.pictures import encode_png, read_recipe
from vizlib.render import to_image
from vizlib.saliency import MENU, explaining

Answer = dict[str, Any]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


class Tools:
    """What agents may ask of a network; one question at a time."""

    def __init__(self, model: Classifier, folder: Folder) -> None:
        self.model, self.folder, self._lock = model, folder, Lock()

    async def classify(self, picture: str, count: Annotated[int, Field(ge=1, le=50)] = 5) -> Answer:
        """The most probable classes of a picture file, the best first: here, and as a JSON file."""
        async with self._alone():
            opened = self.folder.picture(picture)
            found = {"top": [vars(each) for each in await run_sync(partial(self.model.top, opened, count))]}
            found["recipe"] = self._recipe(opened) | {"what": "answers", "count": count}  # type: ignore[assignment]
            return found | self.folder.write("classify", ".json", json.dumps(found, indent=1).encode())

    async def saliency(
        self, picture: str, context: Context, method: str = "guided", target: str | int | None = None
    ) -> Answer:
        """Which pixels of a picture file the score of a class (its name or number; by default the answer) depends on:
        a map over the picture, as PNG. method: gradient, guided, smoothgrad, integrated_gradients or grad_cam."""
        async with self._alone():
            opened, entry, model = self.folder.picture(picture), MENU[method], self.model
            pixels = model.prepare(opened)
            aim = model.top(pixels)[0].index if target is None else model.class_index(target)
            knobs, layer = entry.knobs(), last_maps(model).path if entry.needs_layer else None
            found = await self._last(explaining(model, pixels, entry.key, aim, layer=layer, knobs=knobs), context)
            values, view = found.values[0].numpy(), MapView()
            image = saliency_map.draw(to_image(pixels)[0], values, saliency_map.is_signed(entry, values), view)
            recipe = in_file(saliency.recipe(self._recipe(opened), entry, aim, knobs, layer), **view.parts)
            return self._png(entry.key, encode_png(image, recipe)) | {"class": self._name(aim), "note": found.note}

    async def fool(
        self,
        picture: str,
        target: str | int,
        context: Context,
        method: str = "lattice",
        goal: Annotated[float, Field(ge=0, le=0.99)] = 0.9,
    ) -> Answer:
        """A PNG that looks like a picture file and that the network takes for the target (a class's name or number)
        with the goal as its probability (0: with the highest score), or the best try."""
        async with self._alone():
            opened, aim = self.folder.picture(picture), self.model.class_index(target)
            result = (await self._last(fooling(self.model, opened, aim, method, goal), context)).result
            said = {"success": result.success, "class": self._name(result.label), "note": result.note}
            said |= {"probability": float(result.probabilities_after.max()), "l2": result.l2}
            return self._png("fooling", result.png) | said | {"linf_levels": result.linf_levels}

    async def maximize(
        self, target: str | int, context: Context, steps: Annotated[int, Field(ge=4, le=512)] = 128, seed: Seed = 0
    ) -> Answer:
        """What a class (its name or number) looks like to the network: noise, optimized for its score, as PNG."""
        async with self._alone():
            model, plan = self.model, class_pictures.ClassPictures((self.model.name,), (target,), steps, (seed,))
            recipe = next(iter(class_pictures.KIND.tasks(plan, model, model.device.type))).recipe
            given = {"start": "noise", "size": model.input_size, **recipe["settings"]}
            reel = await self._last(class_pictures.start(model, recipe["target"], steps, seed, given), context)
            said = {"class": self._name(recipe["target"]), "logit": float(reel.frame.scores[0])}
            return self._png("class", encode_png(to_image(reel.frame.pixels)[0], in_file(recipe))) | said

    def _recipe(self, picture: Image.Image) -> Answer:
        return {"network": self.model.name, "weights": self.model.fingerprint, "picture": picture_key(picture)}

    def _name(self, index: int) -> str:
        return self.model.class_names[index]

    def _png(self, kind: str, content: bytes) -> Answer:
        return self.folder.write(kind, ".png", content) | {"recipe": read_recipe(content)}

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        async with self._lock:
            try:
                yield
            except VizError as problem:
                raise ToolError(str(problem)) from None  # other errors are bugs, and the client gets no details of them

    async def _last(self, run: Generator[Any, None, None], context: Context) -> Any:
        """The last frame of a run. The client hears of each step, and the run ends where the client gives up."""
        with closing(run):
            while (frame := await run_sync(next, run, None)) is not None:
                found = frame
                await context.report_progress(frame.step, frame.total)
        return found


def server(model: Classifier, folder: Folder) -> MCPServer:
    """The server of a network's tools."""
    about = f"Asks the image classifier {model.name} what it sees in pictures, why, and what fools it."
    served, tools = MCPServer("filterscope", instructions=about, log_level="WARNING"), Tools(model, folder)
    for tool in (tools.classify, tools.saliency, tools.fool, tools.maximize):
        served.add_tool(tool)
    return served
