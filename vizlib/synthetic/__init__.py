"""The drawn data set: scenes with label, object mask and background, and digits. Each seed gives one picture."""

from vizlib.synthetic.drawing import (
    BACKGROUNDS,
    DIGIT_SIZE,
    HELD_OUT_SEED,
    SCENE_CLASSES,
    SCENE_SIZE,
    TRAINING_SEED,
    Digit,
    Scene,
    draw_digit,
    draw_scene,
)

__all__ = [
    "BACKGROUNDS",
    "DIGIT_SIZE",
    "Digit",
    "HELD_OUT_SEED",
    "SCENE_CLASSES",
    "SCENE_SIZE",
    "Scene",
    "TRAINING_SEED",
    "draw_digit",
    "draw_scene",
]
