"""Weights and data by formula, so that no file has to hold them; test/golden/formula.ts repeats it bit by bit."""

import numpy as np

INPUTS, TARGETS, SAMPLE_WEIGHTS = 1000, 2000, 3000
"""Streams of draws; weight k of a model has stream k."""


def uniform(seed: int, stream: int, size: int) -> np.ndarray:
    """Numbers in [0, 1), float64: MurmurHash3's finalizer of the position, mixed with seed and stream."""
    mask = np.uint64(0xFFFFFFFF)
    start = (seed * 0x85EBCA6B + (stream + 1) * 0x9E3779B9) % 2**32
    h = (np.arange(size, dtype=np.uint64) + np.uint64(start)) & mask
    h ^= h >> np.uint64(16)
    h = (h * np.uint64(0x85EBCA6B)) & mask
    h ^= h >> np.uint64(13)
    h = (h * np.uint64(0xC2B2AE35)) & mask
    h ^= h >> np.uint64(16)
    return h / 2.0**32


def between(low: float, high: float, draws: np.ndarray) -> np.ndarray:
    """low … high, rounded to float32 as Lockstep will hold them."""
    return (low + (high - low) * draws).astype(np.float32)


def tensor(kind: dict, shape: list[int], seed: int, stream: int) -> np.ndarray:
    """A tensor of `shape`, rows first, of one of the kinds a case may ask for."""
    draws = uniform(seed, stream, int(np.prod(shape)))
    return KINDS[kind.get("kind", "values")](kind, draws, shape).reshape(shape)


def values(kind: dict, draws: np.ndarray, shape: list[int]) -> np.ndarray:
    made = between(kind.get("low", -1), kind.get("high", 1), draws)
    return padded(made, shape, kind["padded"]) if "padded" in kind else made


def indices(kind: dict, draws: np.ndarray, shape: list[int]) -> np.ndarray:
    low = kind.get("low", 0)
    made = np.floor(low + (kind["classes"] - low) * draws).astype(np.float32)
    return padded(made, shape, kind["padded"]) if "padded" in kind else made


def padded(made: np.ndarray, shape: list[int], which: bool | str) -> np.ndarray:
    """Zeros at the time steps that are left out."""
    made = made.reshape(shape).copy()
    for row in range(shape[0]):
        for step in range(shape[1]):
            if not keeps(which, row, step, shape[1]):
                made[row, step] = 0
    return made


def keeps(which: bool | str, row: int, step: int, steps: int) -> bool:
    if which == "left":
        return steps - 1 - step <= row % steps
    if which == "holes":
        return row % 4 != 3 and (row + 2 * step) % 3 != 0
    return step <= row % steps


def binary(_: dict, draws: np.ndarray, __: list[int]) -> np.ndarray:
    return (draws < 0.5).astype(np.float32)


def signs(_: dict, draws: np.ndarray, __: list[int]) -> np.ndarray:
    return np.where(draws < 0.5, -1, 1).astype(np.float32)


def classes(kind: dict, draws: np.ndarray, _: list[int]) -> np.ndarray:
    return np.floor(draws * kind["classes"]).astype(np.int32)


def one_hot(_: dict, draws: np.ndarray, shape: list[int]) -> np.ndarray:
    """The first draw of a group chooses its class."""
    size = shape[-1]
    chosen = np.floor(draws.reshape(-1, size)[:, 0] * size).astype(int)
    return np.eye(size, dtype=np.float32)[chosen]


def probabilities(_: dict, draws: np.ndarray, shape: list[int]) -> np.ndarray:
    """Groups over the last axis that add up to 1; the sum runs from left to right."""
    groups = 0.1 + draws.reshape(-1, shape[-1])
    return np.array([group / sum(group.tolist()) for group in groups]).astype(np.float32)


KINDS = {
    "values": values,
    "indices": indices,
    "binary": binary,
    "signs": signs,
    "classes": classes,
    "oneHot": one_hot,
    "probabilities": probabilities,
}
