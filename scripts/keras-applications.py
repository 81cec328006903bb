"""
Prints keras.applications as `model.to_json()` has them, without weights, one a line: what keras-applications.js reads.

    python scripts/keras-applications.py [name ...]
"""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras

NAMES = (
    "MobileNet MobileNetV2 MobileNetV3Small MobileNetV3Large ResNet50 ResNet50V2 ResNet101 DenseNet121 EfficientNetB0 "
    "EfficientNetV2B0 EfficientNetV2S ConvNeXtTiny ConvNeXtSmall InceptionV3 InceptionResNetV2 NASNetMobile Xception VGG16 VGG19"
).split()

for name in sys.argv[1:] or NAMES:
    keras.backend.clear_session()
    made = getattr(keras.applications, name)
    try:
        model = made(weights=None)
        print(json.dumps({"name": name, "keras": keras.__version__, "model": json.loads(model.to_json())}), flush=True)
    except Exception as error:
        print(json.dumps({"name": name, "error": str(error).split("\n")[0]}), flush=True)
