"""What a room offers: a Menu of Methods, each with its Knobs.

A method is one file with `METHOD = Method(...)` and one line in its room: `Menu("attack", lattice.METHOD, ...)`.
Knobs are the fields of a frozen dataclass, annotated for the widget that shows them:

    @dataclass(frozen=True)
    class Knobs:
        samples: Annotated[int, Knob("noisy copies", 4, 200, 1)] = 50
"""

from vizlib.method.knobs import Knob, NoKnobs, knob_fields, settings_of, turn
from vizlib.method.menu import Menu, Method
from vizlib.method.names import key_of
from vizlib.method.options import Option, Options, options

__all__ = [
    "Knob",
    "Menu",
    "Method",
    "NoKnobs",
    "Option",
    "Options",
    "key_of",
    "knob_fields",
    "options",
    "settings_of",
    "turn",
]
