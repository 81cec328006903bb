"""What Keras's TextVectorization makes of texts. Run from the root of the project: python test/golden/generate/text.py"""

import json
import os
from importlib.metadata import version

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras

TEXTS = [
    "The cat sat on the mat. The DOG sat, too!",
    "Don't stop: 3.14 isn't 22/7\tor is it?\nA new line\r\nand another",
    "ÉTÉ à la plage — naïve café; straße №5 日本語",
    "b a e d c b a e d c zz_top semi-final [x] {y} (z) `q` ~ ^ | \\ \"quoted\" 'single'",
    "",
    "   ",
    "a\u00a0b a\u2003b a\x0bb a\x0cb",
]
CASES = [
    {"level": "word", "standardize": "lower_and_strip_punctuation"},
    {"level": "word", "standardize": "lower"},
    {"level": "word", "standardize": "strip_punctuation"},
    {"level": "word", "standardize": None},
    {"level": "word", "standardize": "lower_and_strip_punctuation", "max_tokens": 12},
    {"level": "char", "standardize": None},
    {"level": "char", "standardize": "lower_and_strip_punctuation", "max_tokens": 20},
]


def case(level, standardize, max_tokens=None):
    split = {"word": "whitespace", "char": "character"}[level]
    layer = keras.layers.TextVectorization(
        max_tokens=max_tokens, standardize=standardize, split=split, output_sequence_length=9
    )
    layer.adapt(TEXTS)
    return {
        "level": level,
        "standardize": standardize,
        "maxTokens": max_tokens,
        "vocabulary": [str(token) for token in layer.get_vocabulary()],
        "numbers": layer(TEXTS).numpy().tolist(),
    }


with open(os.path.join("test", "golden", "data", "text.json"), "w") as file:
    json.dump({"versions": {name: version(name) for name in ("keras", "tensorflow-cpu")}, "texts": TEXTS, "length": 9, "cases": [case(**one) for one in CASES]}, file)
