"""Keras models from cases, which are written as a Lockstep user writes them."""

import re

import keras
import tensorflow as tf
from keras.src.applications import convnext

NAMES_IN_VALUES = {"activation", "recurrent_activation", "data_format", "merge_mode", "interpolation", "padding"}
SERVING = {"activation", "recurrent_activation"}
"""Arguments that may be a layer, or the name of a layer class, which Keras 3 does not take."""
RENAMED = {("LeakyReLU", "alpha"): "negative_slope", ("ThresholdedReLU", "theta"): "threshold"}
"""Arguments whose name Keras 3 changed."""
CLASSES = {"ThresholdedReLU": "ReLU"}
"""Layers that Keras 3 has under another name."""
ARGUMENTS_OF_CALLS = {"useCausalMask"}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])", lambda found: "_" + found[0].lower(), name)


@keras.saving.register_keras_serializable("golden")
def hard_sigmoid_of_keras_2(x):
    """clip(0.2·x + 0.5, 0, 1), the formula of Keras 2 and TensorFlow.js; Keras 3 has x / 6 + 0.5 under the same name."""
    return tf.clip_by_value(0.2 * x + 0.5, 0, 1)


@keras.saving.register_keras_serializable("golden")
def gelu_by_tanh(x):
    return keras.activations.gelu(x, approximate=True)


ACTIVATIONS = {
    "hardSigmoid": hard_sigmoid_of_keras_2,
    "hardSigmoid6": "hard_sigmoid",
    "geluNew": gelu_by_tanh,
    "leakyRelu": "leaky_relu",
    "logSoftmax": "log_softmax",
}


def arguments(kind: str, given: dict) -> dict:
    made = {}
    for name, value in given.items():
        key = RENAMED.get((kind, name), snake(name))
        if key == "layer":
            value = layer(value)
        elif key in SERVING and isinstance(value, dict):
            value = layer(value)
        elif key in SERVING and hasattr(keras.layers, value):
            value = layer({"type": value})
        elif isinstance(value, str) and key in NAMES_IN_VALUES:
            value = ACTIVATIONS.get(value, snake(value))
        made[key] = value
    return made


def class_of(kind: str):
    """A class of keras.layers, or one that only the models of keras.applications have."""
    return getattr(keras.layers, kind) if hasattr(keras.layers, kind) else getattr(convnext, kind)


def layer(given: dict):
    """The layer of a flat config such as {"type": "Dense", "units": 3}."""
    kind = given["type"]
    others = {name: value for name, value in given.items() if name not in ("type", "inputShape")}
    return class_of(CLASSES.get(kind, kind))(**arguments(kind, others))


class Built:
    """A Keras model, and its layers in the order in which a case lists them, with their names there."""

    def __init__(self, case: dict):
        self.named: list[tuple[str | None, keras.Layer]] = []
        self.model = self._functional(case) if "nodes" in case else self._sequential(case)

    def weights(self):
        """(name of the layer in the case or None, variable), layer by layer."""
        return [(name, weight) for name, made in self.named for weight in made.weights]

    def _sequential(self, case: dict) -> keras.Model:
        self.named = [(None, layer(given)) for given in case["layers"]]
        return keras.Sequential([keras.Input(case["layers"][0]["inputShape"]), *(made for _, made in self.named)])

    def _functional(self, case: dict) -> keras.Model:
        tensors, layers = {}, {}
        for node in case["nodes"]:
            name = node["name"]
            if node.get("type") == "Input":
                tensors[name] = keras.Input(node["args"]["shape"], name=name)
                continue
            given, called = split(node.get("args", {}))
            if "shared" not in node:
                layers[name] = layer({"type": node["type"], "name": name, **given})
                self.named.append((name, layers[name]))
            made = layers[node.get("shared", name)]
            outputs = apply(made, [tensors[source] for source in node["inputs"]], called)
            outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
            tensors |= {name if i == 0 else f"{name}:{i}": output for i, output in enumerate(outputs)}
        inputs = [tensors[node["name"]] for node in case["nodes"] if node.get("type") == "Input"]
        return keras.Model(inputs, [tensors[name] for name in case["outputs"]])


def split(given: dict) -> tuple[dict, dict]:
    """Arguments of a layer, and those that Keras takes when the layer is called."""
    called = {snake(name): given[name] for name in given if name in ARGUMENTS_OF_CALLS}
    return {name: value for name, value in given.items() if name not in ARGUMENTS_OF_CALLS}, called


def apply(made, inputs: list, called: dict):
    if isinstance(made, keras.layers.MultiHeadAttention):
        return made(*inputs, **called)
    if isinstance(made, keras.layers.Attention):
        return made(inputs, **called)
    if isinstance(made, (keras.layers.RNN, keras.layers.Bidirectional)) and len(inputs) > 1:
        # Keras 3 forgets the mask of a sequence where initial states are given beside it, unless it is passed by hand.
        return made(inputs[0], initial_state=inputs[1:], mask=getattr(inputs[0], "_keras_mask", None))
    return made(inputs if len(inputs) > 1 else inputs[0])
