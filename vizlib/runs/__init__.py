"""Runs that one can leave, share and keep: jobs, whose turn it is, finished results on disk, networks in memory.

Nothing here knows Streamlit: a notebook, a command or another window shares, leaves, keeps and restores runs by it.
"""

from vizlib.runs.job import Job, JobTable
from vizlib.runs.networks import Held, Shelf, size_of
from vizlib.runs.packing import CannotUnpack, pack, unpack, weight
from vizlib.runs.store import Store, open_store
from vizlib.runs.turns import Turns

__all__ = [
    "CannotUnpack",
    "Held",
    "Job",
    "JobTable",
    "Shelf",
    "Store",
    "Turns",
    "open_store",
    "pack",
    "size_of",
    "unpack",
    "weight",
]
