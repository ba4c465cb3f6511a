"""scikit-learn on one thread, one fit at a time: its limits on threads and its warnings belong to the whole process."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_TURN = threading.RLock()


@contextmanager
def alone() -> Iterator[None]:
    """Within the block BLAS and OpenMP have one thread, and no other block of this kind runs.

    More threads spin while they wait for one another, so that a small fit takes many times as long on a busy machine.
    Whether a fit converged is read off the result, so its warning is not shown.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with _TURN, warnings.catch_warnings(), threadpool_limits(1):  # of the libraries that are loaded by now
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "The least populated class")  # a set's notes say so
        yield
