"""Layers of Keras with arguments drawn at random: for each number of axes of a row, what may follow."""

import keras
from keras import layers as L

PLAIN = ["linear", "relu", "tanh", "sigmoid", "elu", "selu", "softplus", "softsign", "hard_sigmoid", "leaky_relu", "relu6"]
"""Activations that cells of recurrent layers take in Lockstep too."""
ACTIVATIONS = [*PLAIN, "swish", "silu", "gelu", "mish", "exponential", "softmax", "log_softmax"]


class Draw:
    """A source of choices; every drawn layer is new."""

    def __init__(self, rng):
        self.rng = rng

    def one(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def chance(self, share):
        return bool(self.rng.random() < share)

    def whole(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def number(self, low=0.0, high=1.0):
        return round(float(self.rng.uniform(low, high)), 3)

    def numbers(self, count, low=0.0, high=1.0):
        return [self.number(low, high) for _ in range(count)]

    def activation(self, names=ACTIVATIONS):
        """A name, a layer with arguments of its own, or none."""
        if self.chance(0.15):
            return self.activation_layer()
        return self.one(*names) if self.chance(0.65) else None

    def activation_layer(self):
        return self.one(
            lambda: L.LeakyReLU(negative_slope=self.number(0, 0.5)),
            lambda: L.ReLU(max_value=self.one(None, 1.0, 6.0), negative_slope=self.one(0.0, 0.1), threshold=self.one(0.0, 0.2)),
            lambda: L.ELU(alpha=self.number(0.5, 1.5)),
            lambda: L.Softmax(),
        )()

    def rules(self, *weights):
        """Regularizers and constraints of some weights of a layer."""
        found = {}
        for weight in weights:
            if self.chance(0.15):
                found[f"{weight}_regularizer"] = self.one(
                    keras.regularizers.L1(0.01), keras.regularizers.L2(0.02), keras.regularizers.L1L2(0.01, 0.02), "l2"
                )
            if self.chance(0.1):
                found[f"{weight}_constraint"] = self.one(
                    keras.constraints.NonNeg(), keras.constraints.MaxNorm(1.5), keras.constraints.UnitNorm(axis=0)
                )
        if self.chance(0.07):
            found["activity_regularizer"] = keras.regularizers.L2(0.01)
        return found

    def windows(self, rank, room, transposed=False):
        """Kernel size, strides, dilation and padding of a convolution over `room` places along the shortest axis."""
        size = self.whole(1, min(3, room))
        found = {"kernel_size": size if self.chance(0.5) else (size,) * rank, "padding": self.one("valid", "same")}
        if self.chance(0.5):
            found["strides"] = self.whole(1, 2)
        elif not transposed and self.chance(0.4) and (size - 1) * 2 < room:
            found["dilation_rate"] = 2
        return found


def any_rank(d, shape):
    """Layers that take rows of any shape."""
    channels = shape[-1]
    return d.one(
        lambda: L.Dense(d.whole(1, 5), activation=d.activation(), use_bias=d.chance(0.8), **d.rules("kernel", "bias")),
        lambda: L.Activation(d.one(*ACTIVATIONS)),
        lambda: L.ReLU(d.one(None, 1.0), negative_slope=d.one(0.0, 0.1), threshold=d.one(0.0, 0.2)),
        lambda: L.LeakyReLU(negative_slope=d.number(0, 0.5)),
        lambda: L.ELU(alpha=d.number(0.5, 1.5)),
        lambda: L.PReLU(**({} if len(shape) == 1 else {"shared_axes": list(range(1, len(shape)))})),
        lambda: L.Softmax(),
        lambda: L.BatchNormalization(
            axis=d.whole(1, len(shape)) if d.chance(0.4) else -1,
            momentum=d.number(0.5, 0.99), epsilon=d.one(1e-3, 1e-2), center=d.chance(0.8), scale=d.chance(0.8),
        ),
        lambda: L.LayerNormalization(axis=d.whole(1, len(shape)) if d.chance(0.4) else -1, center=d.chance(0.8)),
        lambda: L.UnitNormalization(axis=-1 if d.chance(0.6) else d.whole(1, len(shape))),
        lambda: L.Rescaling(d.number(-2, 2), offset=d.number(-1, 1)),
        lambda: L.Rescaling(d.numbers(channels, -2, 2), offset=d.one(0.5, d.numbers(channels))),
        lambda: L.Normalization(mean=d.number(), variance=d.number(0.5, 2), axis=d.one(None, -1), invert=d.chance(0.2)),
        lambda: L.Normalization(mean=d.numbers(channels), variance=d.numbers(channels, 0.5, 2)),
        lambda: L.Normalization(),
        lambda: L.Identity(),
        lambda: L.Dropout(d.number(0, 0.6), seed=d.one(None, 3)),
        lambda: L.GaussianNoise(d.number(0.1, 1)),
        lambda: L.GaussianDropout(d.number(0.1, 0.6)),
        lambda: L.AlphaDropout(d.number(0.1, 0.6)),
        lambda: L.Flatten(),
    )()


def vector(d, shape):
    (size,) = shape
    if d.chance(0.7):
        return any_rank(d, shape)
    return d.one(
        lambda: L.RepeatVector(d.whole(2, 4)), lambda: L.Reshape((-1, 1)), lambda: L.Reshape((1, size)), lambda: L.Flatten()
    )()


def cell_arguments(d):
    return dict(
        activation=d.one("tanh", *PLAIN), use_bias=d.chance(0.8), return_sequences=d.chance(0.6),
        unroll=d.chance(0.2), **d.rules("kernel", "recurrent", "bias"),
    )


def recurrent(d, **given):
    arguments = {**cell_arguments(d), **given}
    units = d.whole(1, 4)
    gated = {**arguments, "recurrent_activation": d.one("sigmoid", "hard_sigmoid")}
    return d.one(
        lambda: L.SimpleRNN(units, **arguments),
        lambda: L.GRU(units, reset_after=d.chance(0.7), **gated),
        lambda: L.LSTM(units, unit_forget_bias=d.chance(0.7), **gated),
    )()


def inner(d, shape):
    """A layer for every time step; normalization over the batch has a meaning of its own there."""
    while True:
        layer = of_shape(d, shape)
        if not isinstance(layer, (L.BatchNormalization, L.Normalization, L.Dropout)) and "noise" not in layer.name:
            layer.activity_regularizer = None
            return layer


def sequence(d, shape):
    steps, channels = shape
    if d.chance(0.3):
        return any_rank(d, shape)
    plain = lambda: {"activation": d.activation(), "use_bias": d.chance(0.8)}
    return d.one(
        lambda: L.Conv1D(d.whole(1, 4), **{**d.windows(1, steps), **d.one({}, {"padding": "causal"})}, **plain(), **d.rules("kernel")),
        lambda: L.SeparableConv1D(d.whole(1, 4), depth_multiplier=d.whole(1, 2), **d.windows(1, steps), **plain()),
        lambda: L.DepthwiseConv1D(depth_multiplier=d.whole(1, 2), **d.windows(1, steps), **plain()),
        lambda: d.one(L.MaxPooling1D, L.AveragePooling1D)(min(2, steps), padding=d.one("valid", "same")),
        lambda: d.one(L.GlobalMaxPooling1D, L.GlobalAveragePooling1D)(keepdims=d.chance(0.4)),
        lambda: recurrent(d, go_backwards=d.chance(0.3)),
        lambda: recurrent(d, go_backwards=d.chance(0.3)),
        lambda: L.Bidirectional(recurrent(d, activity_regularizer=None), merge_mode=d.one("concat", "sum", "ave", "mul")),
        lambda: L.Bidirectional(recurrent(d, activity_regularizer=None, return_sequences=True)),
        lambda: L.TimeDistributed(inner(d, (channels,))),
        lambda: L.Permute((2, 1)),
        lambda: L.Cropping1D((1, 0) if steps > 1 else 0),
        lambda: L.ZeroPadding1D(d.one(1, (1, 2))),
        lambda: L.UpSampling1D(d.whole(1, 3)),
        lambda: L.SpatialDropout1D(0.3),
        lambda: L.Reshape((channels, steps)),
        lambda: L.Softmax(axis=d.one(1, -1)),
    )()


def image(d, shape):
    height, width, _ = shape
    room = min(height, width)
    if d.chance(0.3):
        return any_rank(d, shape)
    plain = lambda: {"activation": d.activation(), "use_bias": d.chance(0.8)}
    return d.one(
        lambda: L.Conv2D(d.whole(1, 4), **d.windows(2, room), **plain(), **d.rules("kernel", "bias")),
        lambda: L.Conv2DTranspose(d.whole(1, 3), **d.windows(2, room, transposed=True), **plain()),
        lambda: L.DepthwiseConv2D(depth_multiplier=d.whole(1, 2), **d.windows(2, room), **plain()),
        lambda: L.SeparableConv2D(d.whole(1, 4), depth_multiplier=d.whole(1, 2), **d.windows(2, room), **plain()),
        lambda: d.one(L.MaxPooling2D, L.AveragePooling2D)(min(2, room), strides=d.one(None, 1), padding=d.one("valid", "same")),
        lambda: d.one(L.GlobalMaxPooling2D, L.GlobalAveragePooling2D)(keepdims=d.chance(0.4)),
        lambda: L.Cropping2D(((1, 0), (0, 1)) if room > 1 else 0),
        lambda: L.ZeroPadding2D(d.one(1, (1, 2), ((0, 1), (2, 0)))),
        lambda: L.UpSampling2D(d.one(2, (1, 2)), interpolation=d.one("nearest", "bilinear")),
        lambda: L.SpatialDropout2D(0.3),
        lambda: L.Permute((2, 1, 3)),
        lambda: L.TimeDistributed(inner(d, shape[1:])),
        lambda: L.Reshape((height * width, -1)),
    )()


def volume(d, shape):
    room = min(shape[:-1])
    return d.one(
        lambda: L.Conv3D(d.whole(1, 3), **d.windows(3, room), activation=d.activation(), **d.rules("kernel")),
        lambda: d.one(L.MaxPooling3D, L.AveragePooling3D)(min(2, room), padding=d.one("valid", "same")),
        lambda: L.Flatten(),
    )()


def of_shape(d, shape):
    """A layer for rows of a shape."""
    return {1: vector, 2: sequence, 3: image, 4: volume}[len(shape)](d, shape)
