"""Keras losses and metrics from the names and options that Lockstep takes."""

import keras
import numpy as np

from keras_models import snake

KERAS_LOSSES = {"kullbackLeiblerDivergence": "KLDivergence"}
KERAS_METRICS = {"auc": "AUC", "iou": "IoU", "kullbackLeiblerDivergence": "KLDivergence"}


def options_of(given) -> tuple[str, dict]:
    """A name, or {"name": …, options}."""
    if isinstance(given, str):
        return given, {}
    return given["name"], {snake(key): value for key, value in given.items() if key != "name"}


def loss_of(given, reduction: str):
    name, options = options_of(given)
    reduction = options.pop("reduction", reduction)
    if name == "categoricalGeneralizedCrossEntropy":
        return of_flat_classes(keras.losses.CategoricalGeneralizedCrossEntropy(reduction=reduction, **options))
    return getattr(keras.losses, KERAS_LOSSES.get(name, pascal(name)))(reduction=reduction, **options)


def of_flat_classes(loss):
    """The loss of class numbers [rows]: of [rows, 1] Keras 3.15.1 takes every row's class with every row's prediction."""
    return lambda target, output, sample_weight: loss(np.ravel(target), output, sample_weight=sample_weight)


def metric_of(given, loss, shape: list[int]):
    name, options = options_of(given)
    if name == "accuracy":
        name = accuracy_for(options_of(loss)[0], shape)
    if options.get("average") == "none":
        options["average"] = None
    return getattr(keras.metrics, KERAS_METRICS.get(name, pascal(name)))(**options)


def accuracy_for(loss: str, shape: list[int]) -> str:
    """The form that Keras chooses for `accuracy`: by the shapes, not by whether the loss is binary."""
    if loss == "sparseCategoricalCrossentropy":
        return "sparseCategoricalAccuracy"
    return "binaryAccuracy" if shape[-1] == 1 else "categoricalAccuracy"


def measure(metric, target: np.ndarray, output) -> list[float]:
    """The value of a metric, or each of several."""
    metric.update_state(target, output)
    return [float(value) for value in np.ravel(metric.result())]


def weights_for_classes(by_class: dict, target: np.ndarray) -> np.ndarray:
    """A weight a row, as Keras's class_weight gives it: by the label, or by the largest entry of a one-hot row."""
    labels = target.argmax(-1) if target.shape[-1] > 1 else target.reshape(-1)
    return np.array([by_class[str(int(label))] for label in labels])


def pascal(name: str) -> str:
    return name[0].upper() + name[1:]
