"""What a plain Keras pipeline reaches on the pictures of test/helpers/digitPictures.ts, split as a run of seed 0 splits them.

Run from the root of the project after npm run compile: python test/golden/generate/image_scores.py
"""

import json
import os
import subprocess
import tempfile
from importlib.metadata import version

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from keras import layers


def load(folder, names):
    images = [keras.utils.img_to_array(keras.utils.load_img(os.path.join(folder, name))) for name in names]
    return np.stack(images) / 255, np.array([int(name.split("/")[0]) for name in names])


def main():
    with tempfile.TemporaryDirectory() as folder:
        train = json.loads(subprocess.check_output(["node", "dist/test/golden/generate/digitPictures.js", folder]))
        every = [f"{label}/{name}" for label in sorted(os.listdir(folder)) for name in sorted(os.listdir(os.path.join(folder, label)))]
        held = [name for name in every if name not in set(train)]
        scores = []
        for seed in range(3):
            keras.utils.set_random_seed(seed)
            model = keras.Sequential([
                keras.Input((8, 8, 3)),
                layers.Conv2D(16, 3, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Conv2D(32, 3, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dropout(0.3),
                layers.Dense(10, activation="softmax"),
            ])
            model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
            keep = keras.callbacks.EarlyStopping(patience=1000, restore_best_weights=True)
            model.fit(*load(folder, train), batch_size=16, epochs=30, verbose=0, validation_data=load(folder, held), callbacks=[keep])
            scores.append(model.evaluate(*load(folder, held), verbose=0)[1])
    made = {
        "versions": {name: version(name) for name in ("keras", "tensorflow-cpu", "numpy", "pillow")},
        "trained": len(train),
        "held": held,
        "accuracy": scores,
    }
    with open(os.path.join("test", "golden", "data", "imageScores.json"), "w") as file:
        json.dump(made, file)


main()
