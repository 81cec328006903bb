"""
Prints every public class of some modules of Keras, with the further names that it has there, as JSON: what keras-surface.js reads.

    python scripts/keras-surface.py
"""

import inspect
import json
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

MODULES = (
    "layers",
    "losses",
    "metrics",
    "optimizers",
    "callbacks",
    "activations",
    "initializers",
    "regularizers",
    "constraints",
)
HELPERS = {"get", "serialize", "deserialize"}


def names_in(module: str) -> list[list[str]]:
    found: dict[int, list[str]] = {}
    space = getattr(keras, module)
    for name in sorted(dir(space)):
        value = getattr(space, name)
        is_wanted = inspect.isclass(value) or (module == "activations" and inspect.isfunction(value))
        if not name.startswith("_") and name not in HELPERS and is_wanted:
            found.setdefault(id(value), []).append(name)
    return list(found.values())


print(json.dumps({"keras": keras.__version__, "modules": {module: names_in(module) for module in MODULES}}))
