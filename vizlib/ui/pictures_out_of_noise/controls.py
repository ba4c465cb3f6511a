"""The controls of the page: the pictures, a preset, and how the two networks are trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from vizlib.runs import limits
from vizlib.training import PRESETS, GanSettings
from vizlib.ui.pictures_out_of_noise import presets
from vizlib.ui.pictures_out_of_noise.plan import Plan
from vizlib.ui.pictures_out_of_noise.presets import COUNTS
from vizlib.ui.shared import picture_set
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.words import plain

_TESTS: Final = 50  # held-out pictures of each class of a drawn set
_SIZES: Final = {"as usual": None, "28 px": 28, "32 px": 32, "64 px": 64}
_RATES: Final = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2)
_LATENTS: Final = (2, 8, 16, 32, 64, 128)
_BATCHES: Final = (16, 32, 64, 128)
_LOSSES: Final = ("non-saturating", "minimax", "hinge")
_TRAINED: Final = {"both": None, "only the generator": "generator", "only the discriminator": "discriminator"}
_RESTARTS: Final = (
    "Any change here starts another run at step 0. The run before it waits where it is: set the control back, and it "
    "goes on."
)
_MOST_STEPS: Final = 4000
_DEFAULT: Final = GanSettings(**PRESETS["default"].settings)
_USUAL: Final[Mapping[str, Any]] = {  # the defaults of all controls that a preset sets, but for the steps
    "gan_per_class": 400,
    "gan_only": next(iter(_TRAINED)),
    **{
        f"gan_{name}": getattr(_DEFAULT, name)
        for name in ("rate_g", "rate_d", "latent", "batch", "loss", "d_steps", "spectral_norm")
    },
}


def choose() -> Plan:
    """Draws the controls; returns what they say."""
    what, how = (st.container(horizontal=True, vertical_alignment="bottom") for _ in range(2))
    below = st.container()
    with what:
        boxes = [st.container(width=width) for width in (185, 150)]
        named = st.container(width="content")
    with boxes[1]:
        per_class = int(_box("Pictures per class", "gan_per_class", COUNTS))
    with boxes[0]:
        pictures = _pictures(per_class, below)
    with how:
        settings = _settings()
    st.caption(_RESTARTS)
    usual = {**_USUAL, "gan_steps": limits.steps(_MOST_STEPS, _DEFAULT.steps)[1]}
    preset = presets.choose(usual, len(pictures.classes), named)
    return Plan(pictures, settings | presets.beyond(usual, preset), preset)


def _pictures(per_class: int, below: Any) -> Choice:
    found = picture_set.choose("gan_", "Pictures", "digits", (per_class, _TESTS), files=below)
    assert found is not None  # there is no option for none
    return found


def _settings() -> dict[str, Any]:
    """Draws how the networks are trained; returns the settings of `train_gan`."""
    rates = {
        "rate_g": float(_box("Rate of the generator", "gan_rate_g", _RATES, width=180)),
        "rate_d": float(_box("Rate of the discriminator", "gan_rate_d", _RATES, width=200)),
    }
    most, usual = limits.steps(_MOST_STEPS, _DEFAULT.steps)
    steps = int(linked().number_input("Steps", 4, most, usual, 100, key="gan_steps", width=140))
    size = _SIZES[str(linked().selectbox("Size", list(_SIZES), key="gan_size", width=130))]
    with st.popover("Settings", icon=":material/tune:"):
        return {**rates, "steps": steps, "size": size, **_more()}


def _more() -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        only = linked().selectbox("Train", list(_TRAINED), key="gan_only")
        words = "The numbers from which the generator makes a picture. With two, all its pictures lie on a plane."
        latent = int(_box("Latent size", "gan_latent", _LATENTS, help=words))
        words = (
            "What the generator lowers. Minimax is the original: it has hardly a gradient while the discriminator "
            "sees through every fake, and the non-saturating loss has its largest one there."
        )
        loss = linked().selectbox("Loss", _LOSSES, key="gan_loss", help=words)
        batch = int(_box("Batch", "gan_batch", _BATCHES))
    with right:
        words = "How often the discriminator learns before the generator learns once."
        d_steps = int(
            linked().number_input("D steps per G step", 1, 5, _USUAL["gan_d_steps"], key="gan_d_steps", help=words)
        )
        words = "Each layer of the discriminator is divided by its largest singular value, which bounds its slope."
        norm = linked().toggle("Spectral normalization", key="gan_spectral_norm", help=words)
        seed = int(linked().number_input("Seed", 0, 999_999, 0, key="gan_seed"))
    return {
        "only": _TRAINED[str(only)], "latent": latent, "loss": str(loss), "batch": batch, "d_steps": d_steps,
        "spectral_norm": bool(norm), "seed": seed,
    }  # fmt: skip


def _box(label: str, key: str, values: Sequence[float], **more: Any) -> float:
    """Draws a choice among numbers."""
    usual = values.index(_USUAL[key])
    return float(linked().selectbox(plain(label), values, usual, key=key, format_func=written, **more))


def written(value: float) -> str:
    """A number without a power of ten, so that it stands like this in the link, too."""
    return f"{value:f}".rstrip("0").rstrip(".")
