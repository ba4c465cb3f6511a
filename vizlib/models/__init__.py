"""Networks on a device: pixels in, logits out, and one door to the inside."""

from vizlib.models.batches import Batches, drop_traceback
from vizlib.models.classifier import Classifier, device_problems, load_model, to_pixels
from vizlib.models.devices import (
    available_devices,
    device_error,
    device_label,
    full_precision,
    memory_format,
    pick_device,
    spread,
)
from vizlib.models.folding import folded
from vizlib.models.preprocessing import resized, visible

__all__ = [
    "Classifier",
    "Batches",
    "available_devices",
    "device_error",
    "device_label",
    "device_problems",
    "folded",
    "full_precision",
    "drop_traceback",
    "load_model",
    "memory_format",
    "pick_device",
    "resized",
    "spread",
    "to_pixels",
    "visible",
]
