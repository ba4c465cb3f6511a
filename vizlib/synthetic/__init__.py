"""The drawn data sets: scenes with label, mask and parts, digits, and digits over textures, all by seeds."""

from vizlib.synthetic.digits import Digit, draw_digit
from vizlib.synthetic.drawing import Drawing, draw, draw_scene
from vizlib.synthetic.scenes import (
    BACKGROUNDS,
    HELD_OUT_SEED,
    INSECT_CLASSES,
    NOTHING,
    SCENE_CLASSES,
    TRAINING_SEED,
    Scene,
    scene,
)
from vizlib.synthetic.shapes import parts_of
from vizlib.synthetic.textured_digits import SHIFTS, draw_textured_digit

__all__ = [
    "BACKGROUNDS",
    "Digit",
    "Drawing",
    "HELD_OUT_SEED",
    "INSECT_CLASSES",
    "NOTHING",
    "SCENE_CLASSES",
    "SHIFTS",
    "Scene",
    "TRAINING_SEED",
    "draw",
    "draw_digit",
    "draw_scene",
    "draw_textured_digit",
    "parts_of",
    "scene",
]
