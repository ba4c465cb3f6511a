"""A device that does not work: the page says so in the sidebar, and goes on with the same network on the CPU."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from vizlib.models import devices
from vizlib.ui.shared import networks
from vizlib.ui.shared.words import plain


def opened(app: AppTest, **query: str) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    found = app.run()
    assert [each.message for each in found.exception] == []
    return found


def said(app: AppTest) -> list[str]:
    return [each.value for each in app.error]


def test_a_device_that_is_listed_and_fails_is_told_and_the_network_runs_on_the_cpu(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failure(device: torch.device) -> str:
        return "the driver is too old" if device.type == "cuda" else ""

    monkeypatch.setattr(networks, "available_devices", lambda: ["auto", "cuda:0", "cpu"])
    monkeypatch.setattr(devices, "_failure", failure)
    found = opened(app, device="cuda:0", network="bundled/scenes_vgg")
    sentence = plain("The device cuda:0 does not work (the driver is too old).")
    remedy = plain('Choose "cpu" or "auto" as the device.')
    assert said(found) == [f"**{sentence}**  \n{remedy}"]
    captions: list[Any] = [each.value for each in found.sidebar.caption]
    assert [each for each in captions if each.startswith("Runs on **CPU**")]
    assert not [each for each in captions if each.startswith("Still showing")]
    assert found.session_state["last good network"] == ("bundled/scenes_vgg", "cpu", "auto")
    found.sidebar.selectbox(key="device").select("cpu").run()
    assert said(found) == []


def test_a_link_that_names_a_device_of_another_machine_says_so_and_opens(app: AppTest) -> None:
    found = opened(app, device="cuda:7")
    unknown = plain("device=cuda:7")
    assert [each.value for each in found.toast] == [
        f"The page cannot use this part of the link: **{unknown}**. It uses another value."
    ]
    assert found.session_state["device"] == "auto"
