"""Can a map be believed? Every map is examined against the truth, against scrambled weights and against deletion."""

from vizlib.faithfulness.asked import Asked, Mapped, Methods, mapping
from vizlib.faithfulness.comparing import WITHOUT_TRUTH, comparing
from vizlib.faithfulness.criteria import CRITERIA, Criterion, scores, shares_of, true_shares
from vizlib.faithfulness.deleted import Deleted, Deletion
from vizlib.faithfulness.deletion import deleting
from vizlib.faithfulness.examining import Examination, examine
from vizlib.faithfulness.filling import FILLS, Fill
from vizlib.faithfulness.judged import CHANCE, TRUTH, Judged, Mean, Scored
from vizlib.faithfulness.judging import judging
from vizlib.faithfulness.known_scenes import Located, locating, share_inside
from vizlib.faithfulness.scrambled import SIMILARITIES, Scrambled, Scrambling, Verdict, survives
from vizlib.faithfulness.scrambling import scrambling
from vizlib.faithfulness.sheep import GROUNDS, SETTINGS, held_out, lesson
from vizlib.faithfulness.things import known
from vizlib.faithfulness.truth import Known, Thing, Variant, truth_map
from vizlib.synthetic import Scene

__all__ = [
    "CHANCE",
    "CRITERIA",
    "FILLS",
    "FRAMES",
    "GROUNDS",
    "SETTINGS",
    "SIMILARITIES",
    "TRUTH",
    "WITHOUT_TRUTH",
    "Asked",
    "Criterion",
    "Deleted",
    "Deletion",
    "Examination",
    "Fill",
    "Judged",
    "Known",
    "Located",
    "Mapped",
    "Mean",
    "Methods",
    "Scored",
    "Scrambled",
    "Scrambling",
    "Thing",
    "Variant",
    "Verdict",
    "comparing",
    "deleting",
    "examine",
    "held_out",
    "judging",
    "known",
    "lesson",
    "locating",
    "mapping",
    "scores",
    "scrambling",
    "share_inside",
    "shares_of",
    "survives",
    "true_shares",
    "truth_map",
]

FRAMES = (  # the classes of results that may be kept on disk
    Deleted, Deletion, Examination, Judged, Known, Located, Mapped, Scene, Scored, Scrambled, Scrambling, Thing,
    Variant,
)  # fmt: skip
