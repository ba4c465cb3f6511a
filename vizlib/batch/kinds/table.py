"""The kinds of results by their words in a plan. A new kind is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vizlib.batch.kinds import atlas
from vizlib.batch.kinds.kind import Kind

KINDS: Mapping[str, Kind] = MappingProxyType({each.what: each for each in (atlas.KIND,)})
