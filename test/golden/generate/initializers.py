"""
Makes test/golden/data/initializers.json: what Keras 3 says about each initializer of generate/initializers.json. Draws
of two generators cannot be compared, so it stores their mean, their standard deviation and their ends over many draws,
and the Gram matrix of orthogonal ones.

    python test/golden/generate/initializers.py
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

from keras_models import snake

GOLDEN = pathlib.Path(__file__).parent.parent
DRAWS = 400_000
"""Numbers drawn for an initializer, at least."""


def main() -> None:
    cases = json.loads((GOLDEN / "generate" / "initializers.json").read_text())
    made = {
        "made": {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__},
        "cases": [{**case, **observed(**case)} for case in cases],
    }
    (GOLDEN / "data" / "initializers.json").write_text(json.dumps(made, allow_nan=False) + "\n")
    print(f"initializers: {len(cases)} cases")


def observed(name: str, config: dict, shape: list[int]) -> dict:
    draws = np.array([draw(name, config, shape, seed) for seed in range(-(-DRAWS // int(np.prod(shape))))])
    found = {
        "mean": float(f"{draws.mean():.6g}"),
        "deviation": float(f"{draws.std():.6g}"),
        "low": float(f"{draws.min():.6g}"),
        "high": float(f"{draws.max():.6g}"),
    }
    return {**found, "gram": gram(draws[0])} if name == "orthogonal" else found


def draw(name: str, config: dict, shape: list[int], seed: int) -> np.ndarray:
    options = {snake(key): snake(value) if isinstance(value, str) else value for key, value in config.items()}
    kind = getattr(keras.initializers, name[0].upper() + name[1:])
    seeded = {} if name in ("zeros", "ones", "constant", "identity") else {"seed": seed}
    return np.asarray(kind(**options, **seeded)(shape), dtype=np.float64)


def gram(weight: np.ndarray) -> float:
    """The squared length that the shorter side's vectors share; they are at right angles."""
    matrix = weight.reshape(-1, weight.shape[-1])
    matrix = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    product = matrix.T @ matrix
    length = product[0, 0]
    assert np.abs(product - length * np.eye(len(product))).max() < 1e-5
    return float(f"{length:.6g}")


if __name__ == "__main__":
    main()
