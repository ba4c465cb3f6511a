"""The drawn data set: scenes with label, object mask and background, and digits. Each seed gives one picture."""

from vizlib.synthetic.drawing import (
    BACKGROUNDS,
    HELD_OUT_SEED,
    SCENE_CLASSES,
    TRAINING_SEED,
    Digit,
    Scene,
    draw_digit,
    draw_scene,
)

__all__ = [
    "BACKGROUNDS",
    "Digit",
    "HELD_OUT_SEED",
    "SCENE_CLASSES",
    "Scene",
    "TRAINING_SEED",
    "draw_digit",
    "draw_scene",
]
