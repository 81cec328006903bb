"""
Makes test/golden/data/configs.json: what Keras 3 serialises for a layer of each class, and of each class with another layer for its
activation, with the case that it is the first of.

    python test/golden/generate/configs.py
"""

import json

import keras
import tensorflow as tf

from keras_models import Built
from models import GOLDEN, listed

SERIALIZED = ("class_name", "config")


def main() -> None:
    found = {}
    for path in sorted((GOLDEN / "cases").glob("*.json")):
        for case in json.loads(path.read_text()):
            if "layers" in case:
                add(found, case)
    made = {"keras": keras.__version__, "tensorflow": tf.__version__}
    path = GOLDEN / "data" / "configs.json"
    path.write_text(json.dumps({"made": made, "layers": list(found.values())}, allow_nan=False) + "\n")
    print(f"configs: {len(found)} layers")


def add(found: dict, case: dict) -> None:
    """Adds the layers of a Sequential model whose class is not there yet."""
    keras.backend.clear_session()
    keras.config.set_floatx("float32")
    built = Built(case)
    _, *layers = json.loads(built.model.to_json())["config"]["layers"]
    for given, layer, (_, made) in zip(case["layers"], layers, built.named):
        kind = title(given)
        if kind not in found and "golden>" not in json.dumps(layer):
            shape = list(listed(made.input)[0].shape[1:])
            entrance = json.loads(json.dumps(keras.saving.serialize_keras_object(keras.layers.InputLayer(shape))))
            keras_layers = [{name: one[name] for name in SERIALIZED} for one in (entrance, layer)]
            found[kind] = {"title": kind, "given": {**given, "inputShape": shape}, "keras": keras_layers}


def title(given: dict) -> str:
    activation = given.get("activation")
    return f'{given["type"]} with {activation["type"]}' if isinstance(activation, dict) else given["type"]


if __name__ == "__main__":
    main()
