"""The checkpoints that the project ships, one folder each, and the command that trains them (train.py)."""

from vizlib.bundled.plans import PLANS, Plan

__all__ = ["PLANS", "Plan"]
