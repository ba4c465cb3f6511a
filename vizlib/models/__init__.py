"""Networks on a device: pixels in, logits out, and one door to the inside."""

from vizlib.models._passes import device_problems
from vizlib.models.batches import Batches, drop_traceback
from vizlib.models.class_names import alike, counterpart, spellings
from vizlib.models.classifier import Classifier
from vizlib.models.devices import (
    available_devices,
    device_label,
    memory_format,
    spread,
)
from vizlib.models.folding import folded
from vizlib.models.loading import load_model, to_pixels
from vizlib.models.outputs import LABELS
from vizlib.models.preprocessing import resized, visible

__all__ = [
    "LABELS",
    "Classifier",
    "Batches",
    "alike",
    "available_devices",
    "counterpart",
    "device_label",
    "device_problems",
    "folded",
    "drop_traceback",
    "load_model",
    "memory_format",
    "resized",
    "spellings",
    "spread",
    "to_pixels",
    "visible",
]
