"""A network as a notebook shows it: what it is called, what it takes and what it answers."""

from __future__ import annotations

from typing import Any

from vizlib.render import notebook

_SOME = 12  # classes that are named


def card(model: Any) -> str:
    """The card of a Classifier, as HTML. No picture passes through the network for it."""
    height, width = model.input_size
    count = sum(each.numel() for each in model.network.parameters())
    names = ", ".join(model.class_names[:_SOME]) + (", ..." if len(model.class_names) > _SOME else "")
    classes = f"{len(model.class_names)}, {model.labels}: {names}" if model.has_classes else "none: it is a backbone"
    said = [
        ("architecture", type(model.network).__name__),
        ("parameters", f"{count:,}"),
        ("input", f"{height} x {width} px, {'gray' if model.preprocessing.channels == 1 else 'RGB'}"),
        ("classes", classes),
        ("device", str(model.device)),
        ("fingerprint", model.fingerprint),
    ]
    return notebook.shown(model.name, notebook.facts(said), note=model.notice)
