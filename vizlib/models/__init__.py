"""Networks on a device: pixels in, logits out, and one door to the inside."""

from vizlib.models._checks import check_pixels, check_range, path_of
from vizlib.models._foreign import foreign
from vizlib.models._passes import device_problems, one_pass
from vizlib.models.batches import Batches, drop_traceback, usual_batches
from vizlib.models.class_names import alike, called, counterpart, spellings
from vizlib.models.classifier import Classifier
from vizlib.models.context import in_own_context, once, own_context
from vizlib.models.design import Design
from vizlib.models.devices import (
    available_devices,
    device_label,
    memory_format,
    spread,
)
from vizlib.models.folding import folded
from vizlib.models.given import in_parts, joined, pixels_of
from vizlib.models.input_units import Units
from vizlib.models.loading import load_model, opened_files, to_pixels
from vizlib.models.outputs import LABELS, Outputs, best_names, logits_of
from vizlib.models.preprocessing import before_crop, border_color, middle_start, resized, visible
from vizlib.models.wrapping import wrap

__all__ = [
    "LABELS",
    "Outputs",
    "Units",
    "Classifier",
    "Batches",
    "alike",
    "before_crop",
    "available_devices",
    "best_names",
    "border_color",
    "called",
    "check_pixels",
    "check_range",
    "counterpart",
    "Design",
    "device_label",
    "device_problems",
    "drop_traceback",
    "folded",
    "foreign",
    "in_own_context",
    "in_parts",
    "joined",
    "load_model",
    "logits_of",
    "memory_format",
    "middle_start",
    "once",
    "one_pass",
    "opened_files",
    "own_context",
    "path_of",
    "pixels_of",
    "resized",
    "spellings",
    "spread",
    "usual_batches",
    "to_pixels",
    "visible",
    "wrap",
]
