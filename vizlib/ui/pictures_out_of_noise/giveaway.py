"""What gives the fake away? Which pixels of fakes and of real pictures the discriminator's answer depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from vizlib.render import Array, Image8, contact_sheet, overlay, scale_of
from vizlib.saliency import MENU, Estimate, explaining
from vizlib.training import GanFrame
from vizlib.ui.pictures_out_of_noise.sheets import colored, levels
from vizlib.ui.shared import live, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain, share

_EACH, _TILE = 5, 96  # fakes, and real pictures; px of one
_STRENGTH = 0.75  # of a map over its picture
_FAKE, _REAL = 0, 1  # the discriminator's classes


def draw(frame: GanFrame, place: live.Place, recipe: Mapping[str, Any]) -> None:
    """Draws fakes and real pictures, each above its map. recipe: of the frame."""
    st.header("What gives the fake away?")
    methods = [each.key for each in MENU]
    method = str(
        linked().selectbox(
            "Method", methods, methods.index("integrated_gradients"), key="gan_method", width=260,
            format_func=lambda key: MENU[key].label,
        )
    )  # fmt: skip
    pixels = _pixels(frame)
    parts = {**recipe, "what": "gan saliency", "method": method}
    last = live.follow(
        place, parts, lambda: explaining(frame.discriminator, pixels, method, _FAKE), what=MENU[method].label
    )
    if last is not None:
        _show(frame, pixels, last, method)


def _pixels(frame: GanFrame) -> Tensor:
    """Some fakes, and the real picture nearest to each: (2 * _EACH, 3, H, W)."""
    nearest = torch.from_numpy(colored(frame.nearest[:_EACH])).permute(0, 3, 1, 2).float() / 255
    fakes = frame.pictures[:_EACH].expand(-1, 3, -1, -1)
    return torch.cat([fakes, nearest.to(fakes.device)])


def _show(frame: GanFrame, pixels: Tensor, last: Estimate, method: str) -> None:
    real = frame.discriminator.predict(pixels)[:, _REAL].tolist()
    maps = last.values.numpy()
    signed = MENU[method].signed or bool((maps < 0).any())
    limit = scale_of(maps)
    drawn = [
        (name, _sheet(levels(pixels[part]), maps[part], signed, limit), real[part])
        for name, part in (("Generated", slice(None, _EACH)), ("Real", slice(_EACH, None)))
    ]
    for (name, image, shares), column in zip(drawn, st.columns(2, gap="large")):
        words = ", ".join(share(each) for each in shares)
        show.figure(image, f"{name}. The discriminator says real: {words}", column)
    reading = "red pixels are evidence for fake, blue ones for real" if signed else "bright pixels matter more"
    means = [share(sum(shares) / len(shares)) for _, _, shares in drawn]
    st.markdown(
        f"Below each picture, {reading:s}; all maps have one scale. On average the discriminator gives the five fakes "
        f"**{means[0]:s}** to be real, and the five real pictures **{means[1]:s}**."
    )
    if last.doubt:
        st.caption(plain(last.doubt))


def _sheet(pictures: Image8, maps: Array, signed: bool, limit: float) -> Image8:
    over = np.stack([overlay(each, values, signed, _STRENGTH, limit) for each, values in zip(pictures, maps)])
    return contact_sheet(np.concatenate([pictures, over]), _EACH, _TILE, 4)[0]
