"""Models of Keras drawn at random: chains, graphs, and models within models."""

import keras
from keras import layers as L

from layers import Draw, of_shape

SHAPES = [(4,), (3,), (5, 3), (4, 2), (6, 4), (5, 5, 2), (4, 6, 3), (3, 4, 4, 1)]


def row(tensor):
    return tuple(tensor.shape[1:])


def follow(d: Draw, x, count):
    """`count` layers, one behind the other."""
    for _ in range(count):
        x = of_shape(d, row(x))(x)
    return x


def single(d: Draw):
    """One layer alone."""
    x = keras.Input(d.one(*SHAPES))
    return keras.Sequential([x, of_shape(d, row(x))])


def chain(d: Draw):
    """A Sequential model, now and then of models."""
    shape = d.one(*SHAPES[:-1])
    model = keras.Sequential([keras.Input(shape)])
    for _ in range(d.whole(2, 4)):
        layer = of_shape(d, shape)
        model.add(keras.Sequential([keras.Input(shape), layer]) if d.chance(0.2) else layer)
        shape = model.output_shape[1:]
    return model


def words(d: Draw):
    """Indices, embedded, with a mask or without."""
    vocabulary, steps = d.whole(4, 9), d.whole(3, 6)
    x = keras.Input((steps,), dtype=d.one("int32", "float32", "int64"))
    y = L.Embedding(vocabulary, d.whole(2, 4), mask_zero=d.chance(0.5), **d.rules("embeddings"))(x)
    return keras.Model(x, read_sequence(d, y))


def masked(d: Draw):
    x = keras.Input((5, 3))
    return keras.Model(x, read_sequence(d, L.Masking(mask_value=0.0)(x)))


def read_sequence(d: Draw, y):
    """What reads sequences, and masks of them."""
    size = d.whole(2, 4)
    cell = d.one(L.LSTM, L.GRU, L.SimpleRNN)
    y = d.one(
        lambda: cell(size, return_sequences=True)(y),
        lambda: L.Bidirectional(cell(size, return_sequences=True), merge_mode=d.one("concat", "sum"))(y),
        lambda: L.Dense(size)(y),
        lambda: L.TimeDistributed(L.Dense(size, activation="relu"))(y),
        lambda: L.MultiHeadAttention(2, size)(y, y, use_causal_mask=d.chance(0.3)),
    )()
    return d.one(
        lambda: L.GlobalAveragePooling1D()(y),
        lambda: cell(size)(y),
        lambda: L.Bidirectional(cell(size))(y),
        lambda: L.Dense(2)(cell(size, return_sequences=True)(y)),
        # What a masked query gives is another thing here (docs/layers.md), which a maximum over all steps would show.
        lambda: (L.GlobalMaxPooling1D, L.GlobalAveragePooling1D)[is_attention(y)]()(L.LayerNormalization()(y)),
    )()


def is_attention(made) -> bool:
    return isinstance(made._keras_history.operation, L.MultiHeadAttention)


def attention(d: Draw):
    """Attention to the sequence itself, or to another one."""
    x = keras.Input((4, 3))
    heads = dict(num_heads=d.whole(1, 3), key_dim=d.whole(1, 3), value_dim=d.one(None, 2), use_bias=d.chance(0.8))
    if d.chance(0.5):
        y = L.MultiHeadAttention(**heads, **d.rules("kernel"))(x, x, use_causal_mask=d.chance(0.5))
        return keras.Model(x, follow(d, L.LayerNormalization()(L.Add()([x, y])), 1))
    other = keras.Input((5, 2))
    y = L.MultiHeadAttention(**heads)(query=x, value=other, key=d.one(None, other))
    return keras.Model([x, other], follow(d, y, 1))


def merged(d: Draw):
    """Branches that meet again."""
    x = keras.Input(d.one((4,), (5, 3), (4, 4, 2)))
    size = d.whole(1, 3)
    branches = [L.Dense(size, activation=d.activation())(x) for _ in range(2)]
    if d.chance(0.4):
        branches.append(L.Dense(size)(branches[0]))
    merge = d.one(L.Add, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Subtract, L.Concatenate)
    if merge is L.Subtract:
        branches = branches[:2]
    return keras.Model(x, follow(d, merge()(branches), d.whole(0, 2)))


def dotted(d: Draw):
    a, b = keras.Input((4, 3)), keras.Input((5, 3))
    y = L.Dot(axes=2, normalize=d.chance(0.4))([a, b])
    return keras.Model([a, b], follow(d, y, 1))


def shared(d: Draw):
    """One layer, or one model, called twice."""
    a, b = keras.Input((4,)), keras.Input((4,))
    encoder = d.one(
        lambda: L.Dense(3, activation="tanh"),
        lambda: keras.Sequential([keras.Input((4,)), L.Dense(3, activation="relu"), L.Dense(2)]),
        lambda: L.BatchNormalization(),
    )()
    y = L.Concatenate()([encoder(a), encoder(b)])
    return keras.Model([a, b], follow(d, y, d.whole(0, 1)))


def nested(d: Draw):
    """A functional model of two outputs within another one."""
    inside = keras.Input((4,))
    trunk = L.Dense(5, activation=d.activation())(inside)
    encoder = keras.Model(inside, [L.Dense(3)(trunk), L.Dense(2, activation="tanh")(trunk)])
    encoder.trainable = d.chance(0.8)
    x = keras.Input((4,))
    left, right = encoder(L.Dense(4)(x))
    y = L.Concatenate()([left, keras.Sequential([L.Dense(3, activation="relu")])(right)])
    return keras.Model(x, y)


def heads(d: Draw):
    """Several outputs."""
    x = keras.Input(d.one((4,), (5, 3)))
    trunk = L.Dense(4, activation="relu")(x)
    return keras.Model(x, [L.Dense(2)(trunk), follow(d, trunk, 1)])


def states(d: Draw):
    """A recurrent layer that is given its state, and hands it on."""
    x, state = keras.Input((4, 3)), keras.Input((2,))
    if d.chance(0.5):
        y, h = L.GRU(2, return_state=True, return_sequences=True)(x, initial_state=state)
        return keras.Model([x, state], L.Concatenate()([L.Flatten()(y), h]))
    y, h, c = L.LSTM(2, return_state=True)(x, initial_state=[state, L.Dense(2)(state)])
    return keras.Model([x, state], L.Concatenate()([y, h, c]))


KINDS = {
    single: 11, chain: 6, words: 2, masked: 1, attention: 2, merged: 2, dotted: 1, shared: 2, nested: 1, heads: 1, states: 1,
}
"""The kinds of models, and how often each is drawn."""


def draw_model(d: Draw):
    """The kind of a model, and the model."""
    kind = d.one(*[kind for kind, often in KINDS.items() for _ in range(often)])
    return kind.__name__, kind(d)
