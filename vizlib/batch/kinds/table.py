"""The kinds of results by their words in a plan. A new kind is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vizlib.batch.kinds import atlas, class_pictures, evidence, features, fine_tuning, fooling, saliency
from vizlib.batch.kinds.kind import Kind

_EVERY = atlas, class_pictures, evidence, features, saliency, fooling, fine_tuning
KINDS: Mapping[str, Kind] = MappingProxyType({each.KIND.what: each.KIND for each in _EVERY})
