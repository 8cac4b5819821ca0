"""Random numbers: one stream per named part of a scene.

Every part draws from its own child of the scene's seed, keyed by the part's name. Adding a part
or drawing one number more inside a part therefore leaves every other part as it was.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np


def part_rng(seed: int, *part: str | int) -> np.random.Generator:
    """Generator of the part named ``part`` (names and indices) of the scene ``seed``."""
    key = tuple(crc32(p.encode()) if isinstance(p, str) else p for p in part)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def part_seed(seed: int, *part: str | int) -> int:
    """A 32-bit seed for the part, for what takes an integer instead of a generator."""
    key = tuple(crc32(p.encode()) if isinstance(p, str) else p for p in part)
    return int(np.random.SeedSequence(seed, spawn_key=key).generate_state(1)[0])
