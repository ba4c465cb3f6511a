"""A real server, and visitors that talk to it over a websocket as a browser does, without drawing anything."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.service.processes import HERE, Server, free_port, launch, running

MOST = 64 * 2**20  # the most bytes of one message


def start(**environment: str) -> Server:
    """Starts the dashboard on a free port and waits until it is healthy."""
    port = free_port()
    command = [sys.executable, "-m", "vizlib.ui.command", "--server.port", str(port)]
    return launch(command, port, **environment).wait("/_stcore/health")


@contextmanager
def serving(**environment: str) -> Iterator[Server]:
    """A dashboard that is asked to end after the block, and killed if it does not."""
    with running(start(**environment)) as server:
        yield server


@dataclass
class Visitor:
    """One tab: its widgets, what is on screen, and how long the last run of the page took."""

    server: Server
    page: str = ""
    query: str = ""
    elements: dict[tuple[int, ...], Any] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)
    runs: int = 0  # finished runs of the page
    messages: int = 0
    session: str = ""  # the server's name for it
    headers: dict[str, str] = field(default_factory=dict)  # of the request that opens the websocket
    _known: dict[str, ForwardMsg] = field(default_factory=dict)
    _socket: ClientConnection | None = None

    async def __aenter__(self) -> Visitor:
        self._socket = await connect(
            f"ws://{self.server.address}/_stcore/stream",
            host=HERE,
            max_size=MOST,
            open_timeout=60,
            ping_interval=None,
            additional_headers=self.headers,
            subprotocols=["streamlit"],  # type: ignore[list-item]
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def open(self, page: str, seconds: float = 120, **query: str) -> float:
        """Opens the page by its link and waits until its script has finished; returns the seconds."""
        self.page = page
        self.query = "&".join(f"{key}={value}" for key, value in query.items())
        return await self.run(seconds)

    async def act(self, seconds: float = 120, **values: Any) -> float:
        """Turns controls, by key, and waits until the script has finished; "click" takes a button's key."""
        clicked = []
        for key, value in values.items():
            state = self.state(value if key == "click" else key, True if key == "click" else value)
            self.states[state.id] = state
            clicked += [state.id] if key == "click" else []
        try:
            return await self.run(seconds)
        finally:
            for each in clicked:
                self.states.pop(each, None)

    async def run(self, seconds: float = 120) -> float:
        """Runs the page again with the controls as they are."""
        await self.ask()
        return await self.settle(seconds)

    async def ask(self) -> None:
        """Sends what a browser sends at a click."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = self.page
        message.rerun_script.widget_states.widgets.extend(self.states.values())
        assert self._socket is not None
        await self._socket.send(message.SerializeToString())

    async def settle(self, seconds: float = 120) -> float:
        """Reads until the script has finished; returns the seconds."""
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            while not await self.read():
                pass
        self.runs += 1
        return time.monotonic() - began

    async def read(self) -> bool:
        """Reads one message; returns whether it says that the script has finished."""
        assert self._socket is not None
        message = ForwardMsg.FromString(bytes(await self._socket.recv(decode=False)))
        self.messages += 1
        if message.WhichOneof("type") == "ref_hash":
            known = self._known.get(message.ref_hash)
            if known is None:
                return False
            known.metadata.CopyFrom(message.metadata)
            message = known
        elif message.hash and message.metadata.cacheable:
            self._known[message.hash] = message
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.elements, self.session = {}, message.new_session.initialize.session_id
        elif kind == "delta":
            path = tuple(message.metadata.delta_path)
            if message.delta.WhichOneof("type") == "new_element":
                self.elements[path] = message.delta.new_element
            else:
                for each in [each for each in self.elements if each[: len(path)] == path]:
                    del self.elements[each]
        return kind == "script_finished" and message.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
        )

    def all(self, kind: str) -> list[Any]:
        """The elements of a kind ("markdown", "alert", "imgs", "button") that are on the page now."""
        return [getattr(each, kind) for each in self.elements.values() if each.WhichOneof("type") == kind]

    def texts(self) -> list[str]:
        """The texts on the page."""
        return [each.body for kind in ("markdown", "alert", "heading") for each in self.all(kind)]

    def complaints(self) -> list[str]:
        """Errors and tracebacks on screen."""
        wrong = [each.body for each in self.all("alert") if each.format == each.ERROR]
        return wrong + [each.message for each in self.all("exception")]

    def pictures(self) -> list[str]:
        """The addresses of the pictures on screen."""
        return [image.url for each in self.all("imgs") for image in each.imgs]

    def control(self, key: str) -> tuple[str, Any]:
        """The kind and the element of the control of that key."""
        for element in self.elements.values():
            kind = element.WhichOneof("type")
            found = getattr(element, kind) if kind else None
            if str(getattr(found, "id", "")).endswith(f"-{key}"):
                return kind, found
        raise LookupError(f"there is no control {key!r} on {self.page or 'the first page'}")

    def state(self, key: str, value: Any) -> WidgetState:
        """The control's state with a new value, as the browser sends it."""
        kind, element = self.control(key)
        state = WidgetState(id=element.id)
        if kind == "button":
            state.trigger_value = True
        elif kind == "checkbox":
            state.bool_value = bool(value)
        elif kind == "slider":
            state.double_array_value.data[:] = [float(value)]
        elif kind == "number_input":
            state.double_value = float(value)
        elif kind in ("multiselect", "button_group"):
            state.string_array_value.data[:] = [value] if isinstance(value, str) else list(value)
        else:
            state.string_value = str(value)
        return state


def environment(store: Path | str, **more: str) -> Mapping[str, str]:
    """A server's environment with a store of its own."""
    return {"VIZLIB_STORE": str(store), **more}
