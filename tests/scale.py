"""How hard the tests try: one number scales all that is random, by hypothesis or by seed.

``FUZZ=100`` in the environment (what `make fuzz` sets) runs a hundred times as many examples of every
property test and as many pairs of every seeded loop; ``FUZZ_SEED`` begins the seeds elsewhere.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

SCALE = int(os.environ.get("FUZZ", "1"))
"""1 in `make test`."""
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "0"))


def sources(seed: int, rounds: int) -> Iterator[random.Random]:
    """One source of randomness for each round of a seeded loop; each can be made again by itself.

    ``rounds`` is what `make test` runs.
    """
    for number in range(rounds * SCALE):
        yield random.Random(f"{FIRST_SEED}/{seed}/{number}")
