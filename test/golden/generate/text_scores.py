"""What a plain Keras pipeline reaches on the texts of test/helpers/reviews.ts, split as a run of seed 0 splits them.

Run from the root of the project after npm run compile: python test/golden/generate/text_scores.py
"""

import json
import os
import subprocess
import tempfile
from importlib.metadata import version

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CLASSES = ["bad", "good", "mixed"]


def load(folder, names):
    texts = [open(os.path.join(folder, name)).read() for name in names]
    return tf.constant(texts), np.array([CLASSES.index(name.split("/")[0]) for name in names])


def main():
    with tempfile.TemporaryDirectory() as folder:
        held = json.loads(subprocess.check_output(["node", "dist/test/golden/generate/reviews.js", folder]))
        every = [f"{label}/{name}" for label in CLASSES for name in sorted(os.listdir(os.path.join(folder, label)))]
        train, labels = load(folder, [name for name in every if name not in set(held)])
        held_texts, held_labels = load(folder, held)
        scores = []
        for seed in range(3):
            keras.utils.set_random_seed(seed)
            vectorize = layers.TextVectorization(max_tokens=10_000, output_sequence_length=26)
            vectorize.adapt(train)
            model = keras.Sequential([
                keras.Input((26,), dtype="int32"),
                layers.Embedding(vectorize.vocabulary_size(), 32),
                layers.GlobalAveragePooling1D(),
                layers.Dense(32, activation="relu"),
                layers.Dropout(0.3),
                layers.Dense(3, activation="softmax"),
            ])
            model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
            keep = keras.callbacks.EarlyStopping(patience=1000, restore_best_weights=True)
            validation = (vectorize(held_texts), held_labels)
            model.fit(vectorize(train), labels, batch_size=16, epochs=67, verbose=0, validation_data=validation, callbacks=[keep])
            scores.append(model.evaluate(*validation, verbose=0)[1])
    made = {"versions": {name: version(name) for name in ("keras", "tensorflow-cpu")}, "held": held, "accuracy": scores}
    with open(os.path.join("test", "golden", "data", "textScores.json"), "w") as file:
        json.dump(made, file)


main()
