"""Runs that one can leave, share, keep and restore, without a window: a notebook or a command does it in a few lines.

    import vizlib
    from vizlib.runs import Recipe, Runs

    runs = Runs(vizlib.FRAMES)
    model = runs.shelf.get("resnet18")
    recipe = Recipe({"what": "class", "weights": model.fingerprint, "class": 281, "steps": 256})
    objective = vizlib.activation_maximization.class_logit(281)
    start = lambda: vizlib.maximize(model, objective, steps=256)
    job = runs.job(recipe, start, str(model.device), keep=True)
    for frame in job:                                   # leave: the run stands still when nobody reads it
        if frame.step == 10:
            break
    runs.job(recipe, start, str(model.device), keep=True) is job        # share: one recipe, one job
    last = job.result()                                 # go on from step 10 to the end; the last frame is kept
    Runs(vizlib.FRAMES).job(recipe, start, str(model.device), keep=True).result()        # restore it from the disk

A run whose frames have checkpoints can last: `Keeper` keeps it going without a reader, over a restart too.
Jobs that share a device take turns. `limits` has what the operator allows.
"""

from vizlib.runs import limits
from vizlib.runs.job import Job
from vizlib.runs.kept import kept
from vizlib.runs.lasting import Keeper
from vizlib.runs.limits import Limits
from vizlib.runs.networks import Held, Shelf, size_of
from vizlib.runs.opening import open_store
from vizlib.runs.packing import CannotUnpack, NotListed, by_name, pack, unpack, weight
from vizlib.runs.process import Runs
from vizlib.runs.provenance import as_stored, source_digest, versions
from vizlib.runs.reading import READER, Kept, Reading
from vizlib.runs.recipe import Recipe
from vizlib.runs.shelter import Shelter, open_shelter
from vizlib.runs.store import Sharing, Store
from vizlib.runs.table import JobTable
from vizlib.runs.turns import Turns

__all__ = [
    "READER",
    "CannotUnpack",
    "Held",
    "Job",
    "JobTable",
    "Keeper",
    "Kept",
    "Limits",
    "NotListed",
    "Reading",
    "Recipe",
    "Runs",
    "Sharing",
    "Shelf",
    "Shelter",
    "Store",
    "Turns",
    "as_stored",
    "by_name",
    "kept",
    "limits",
    "open_shelter",
    "open_store",
    "pack",
    "size_of",
    "source_digest",
    "unpack",
    "versions",
    "weight",
]
