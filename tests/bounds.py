"""The bound that grading keeps on any text: a promise to whoever runs it, not a speed."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Processor seconds that one text may take of a grader.
MOST_SECONDS = 0.25


@contextmanager
def at_once() -> Iterator[None]:
    """Fail when the body takes more of the processor than a grader may spend on one text.

    The collector is off meanwhile: a round over all that the other tests have left alive takes as long.
    """
    gc.disable()
    began = time.process_time()
    try:
        yield
        taken = time.process_time() - began
    finally:
        gc.enable()
    assert taken < MOST_SECONDS
