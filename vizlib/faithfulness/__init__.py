"""Can a map be believed? Drawn scenes, in which the place of the object is known."""

from vizlib.faithfulness.known_scenes import Located, locating, share_inside
from vizlib.faithfulness.sheep import GROUNDS, SETTINGS, held_out, lesson

__all__ = ["FRAMES", "GROUNDS", "Located", "SETTINGS", "held_out", "lesson", "locating", "share_inside"]

FRAMES = (Located,)  # the classes of results that may be kept on disk
