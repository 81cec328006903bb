"""Writes small models as Keras saves them into test/golden/files, with what Keras makes of them.

    python test/golden/generate/keras_files.py [NAME …]

Each model is compiled, trained for three batches and saved: `NAME.keras`. `NAME.json` holds its inputs and targets, what it
predicts, and its weights after 20 more steps.
"""

import gzip
import json
import os
import pathlib
import sys
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
from keras import layers, optimizers

FILES = pathlib.Path(__file__).parent.parent / "files"
ROWS = 8
BATCHES = 3
MORE_STEPS = 20


def mlp():
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(3, activation="softmax")], name="mlp"
    )


def cnn():
    return keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(3, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(2, 2, strides=2, activation="elu"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def shared():
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    both = layers.Dense(4, activation="tanh")
    deep = layers.Dense(4, activation="relu")(both(left))
    joined = layers.Concatenate()([deep, both(right), layers.Dense(4)(right)])
    return keras.Model([left, right], layers.Dense(2)(joined))


def nested():
    inner = keras.Input((4,))
    encoder = keras.Model(inner, layers.Dense(3, activation="tanh")(layers.Dense(4)(inner)), name="encoder")
    head = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(2)], name="head")
    given = keras.Input((4,))
    return keras.Model(given, head(encoder(layers.Dense(4)(given))))


def bidirectional():
    return keras.Sequential(
        [
            keras.Input((5, 3)),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(2), merge_mode="sum"),
            layers.Dense(2),
        ]
    )


def masked_gru():
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    words = layers.Embedding(9, 4, mask_zero=True)(tokens)
    read = layers.GRU(3, return_sequences=True)(words)
    return keras.Model(tokens, layers.Dense(2)(layers.GRU(3)(read)))


def attention():
    steps = keras.Input((4, 6))
    attended = layers.MultiHeadAttention(2, 3)(steps, steps)
    x = layers.LayerNormalization()(layers.Add()([steps, attended]))
    more = layers.Dense(6)(layers.Dense(8, activation="gelu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, more]))
    return keras.Model(steps, layers.Dense(2)(layers.GlobalAveragePooling1D()(x)))


def depthwise():
    return keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
            layers.ReLU(max_value=6),
            layers.SeparableConv2D(4, 2),
            layers.LeakyReLU(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )


def two_embeddings():
    user, item = keras.Input((1,), name="user"), keras.Input((1,), name="item")
    vectors = [layers.Flatten()(layers.Embedding(9, 3)(one)) for one in (user, item)]
    return keras.Model([user, item], layers.Dense(1, activation="sigmoid")(layers.Dot(1)(vectors)))


def two_outputs():
    given = keras.Input((4,))
    base = layers.Dense(5, activation="relu")(given)
    return keras.Model(given, [layers.Dense(2, name="place")(base), layers.Dense(1, activation="sigmoid", name="sure")(base)])


def normalized():
    return keras.Sequential(
        [keras.Input((5,)), layers.LayerNormalization(), layers.Dense(4, activation="silu"), layers.PReLU(), layers.Dense(2)]
    )


def distributed():
    return keras.Sequential(
        [keras.Input((4, 3)), layers.TimeDistributed(layers.Dense(3, activation="relu")), layers.SimpleRNN(3), layers.Dense(2)]
    )


def transposed():
    return keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Conv2D(2, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(1, 3, strides=2, padding="same"),
        ]
    )


def half_frozen():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(3), layers.Dense(2)])
    model.layers[0].trainable = False
    model.layers[1].trainable = False
    return model


def half_precision():
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(5, activation="relu", dtype="float16"), layers.Dense(2, dtype="bfloat16")]
    )


def mixed():
    layer = dict(dtype="mixed_float16")
    return keras.Sequential([keras.Input((4,)), layers.Dense(5, activation="relu", **layer), layers.Dense(2, **layer)])


def mobile():
    return keras.applications.MobileNet(input_shape=(32, 32, 3), alpha=0.05, weights=None, classes=2, dropout=0)


def rectified():
    return keras.Sequential([keras.Input((4,)), layers.Dense(6, activation="hard_sigmoid"), layers.Dense(2)])


RMSPROP = dict(learning_rate=0.01, momentum=0.8, centered=True)

MODELS = {
    "mlp": (mlp, lambda: optimizers.Adam(0.01), "categorical_crossentropy"),
    "cnn": (cnn, lambda: optimizers.SGD(0.05, momentum=0.9), "mse"),
    "shared": (shared, lambda: optimizers.Adam(0.01, amsgrad=True), "mse"),
    "nested": (nested, lambda: optimizers.RMSprop(0.01, momentum=0.9), "mse"),
    "bidirectional": (bidirectional, lambda: optimizers.Nadam(0.01), "mse"),
    "masked-gru": (masked_gru, lambda: optimizers.SGD(0.1, momentum=0.9), "mse"),
    "averaged": (rectified, lambda: optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=7), "mse"),
    "attention": (attention, lambda: optimizers.AdamW(0.01, epsilon=0.01), "mse"),
    "depthwise": (depthwise, lambda: optimizers.RMSprop(**RMSPROP), "mae"),
    "two-embeddings": (two_embeddings, lambda: optimizers.Adagrad(0.1), "binary_crossentropy"),
    "two-outputs": (two_outputs, lambda: optimizers.Adamax(0.01), ["mse", "binary_crossentropy"]),
    "normalized": (normalized, lambda: optimizers.Adadelta(1.0), "huber"),
    "distributed": (distributed, lambda: optimizers.Lion(0.001), "mse"),
    "transposed": (transposed, lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True), "mse"),
    "half-frozen": (half_frozen, lambda: optimizers.Adam(0.01, gradient_accumulation_steps=2), "mse"),
    "scheduled": (
        rectified,
        lambda: optimizers.Adam(optimizers.schedules.CosineDecay(0.0, 20, warmup_target=0.05, warmup_steps=10)),
        "mse",
    ),
    "stepped": (
        mlp,
        lambda: optimizers.SGD(optimizers.schedules.PiecewiseConstantDecay([5, 12], [0.1, 0.05, 0.01])),
        "categorical_crossentropy",
    ),
    "half-precision": (half_precision, lambda: optimizers.SGD(0.01), "mse"),
    "mixed": (mixed, lambda: optimizers.LossScaleOptimizer(optimizers.Adam(0.01)), "mse"),
    "mobile": (mobile, lambda: optimizers.SGD(0.01), "categorical_crossentropy"),
}

# Computed in fewer bits, or too large: what comes of more steps is not kept, and numbers are coarse.
COARSE = {"half-precision", "mixed", "mobile"}

# Also kept in the older form and as weights alone, gzipped.
OLDER = {"cnn", "nested", "half-frozen"}


def numbers(shape, seed, low=-1.0, high=1.0):
    return np.random.default_rng(seed).uniform(low, high, shape).astype("float32")


def inputs_of(model):
    def one(tensor, seed):
        if tensor.name in ("tokens", "user", "item"):
            return np.floor(numbers((ROWS, *tensor.shape[1:]), seed, 0, 9)).astype("float32")
        return numbers((ROWS, *tensor.shape[1:]), seed)

    return [one(tensor, 10 + i) for i, tensor in enumerate(model.inputs)]


def targets_of(model, loss):
    losses = loss if isinstance(loss, list) else [loss]

    def one(tensor, own, seed):
        shape = (ROWS, *tensor.shape[1:])
        if own == "categorical_crossentropy":
            return np.eye(shape[1], dtype="float32")[np.arange(ROWS) % shape[1]]
        if own == "binary_crossentropy":
            return (numbers(shape, seed) > 0).astype("float32")
        return numbers(shape, seed)

    return [one(tensor, own, 20 + i) for i, (tensor, own) in enumerate(zip(model.outputs, losses))]


def plain(arrays):
    return [{"shape": list(np.shape(a)), "values": [float(f"{v:.9g}") for v in np.ravel(a)]} for a in arrays]


def compress(path):
    """Members deflated, which Keras reads too: files of HDF5 are mostly zeros."""
    with zipfile.ZipFile(path) as given:
        members = [(name, given.read(name)) for name in given.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as taken:
        for name, content in members:
            taken.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def make(name):
    build, optimizer, loss = MODELS[name]
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = build()
    # No bias stands at zero, so that none is taken for another.
    weights = model.get_weights()
    moved = [w + numbers(w.shape, 30 + i, 0.0, 0.1) for i, w in enumerate(weights)]
    is_coarse = name in COARSE
    model.set_weights([np.round(w * 8) / 8 for w in moved] if is_coarse else moved)
    model.compile(optimizer(), loss)
    x, y = inputs_of(model), targets_of(model, loss)
    if name == "mobile":
        x, y = [np.round(x[0][:1] * 4) / 4], [y[0][:1]]
    for _ in range(0 if name == "mobile" else BATCHES):
        model.train_on_batch(x, y)
    path = FILES / f"{name}.keras"
    model.save(path)
    # One is left as Keras has written it.
    if name != "mlp":
        compress(path)
    if name in OLDER:
        for ending, save in ((".h5", model.save), (".weights.h5", model.save_weights)):
            save(FILES / f"{name}{ending}")
            content = (FILES / f"{name}{ending}").read_bytes()
            (FILES / f"{name}{ending}.gz").write_bytes(gzip.compress(content, mtime=0))
            (FILES / f"{name}{ending}").unlink()
    predicted = model.predict_on_batch(x)
    predictions = predicted if isinstance(predicted, list) else [predicted]
    for _ in range(0 if is_coarse else MORE_STEPS):
        model.train_on_batch(x, y)
    told = {
        "versions": {"keras": keras.__version__, "backend": keras.backend.backend()},
        "x": plain(x),
        "y": plain(y),
        "predictions": plain(predictions),
        "steps": MORE_STEPS,
        "after": [] if is_coarse else plain(model.get_weights()),
    }
    text = json.dumps(told)
    (FILES / f"{name}.json").write_text(text)
    print(name, (FILES / f"{name}.keras").stat().st_size, len(text))


FILES.mkdir(exist_ok=True)
for name in sys.argv[1:] or MODELS:
    make(name)
