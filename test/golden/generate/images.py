"""Small pictures of every kind, written by Pillow (or byte by byte where Pillow cannot), and what Keras makes of them.

Run from the root of the project, with Pillow beside Keras: python test/golden/generate/images.py
"""

import base64
import json
import os
import shutil
import struct
import tempfile
import zlib
from importlib.metadata import version

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
from PIL import Image

FOLDER = os.path.join("test", "golden", "data", "images")


def picture(height, width, channels, top=255, seed=0):
    """A slope with noise on it, in which every channel goes another way."""
    draws = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    ways = [x / max(1, width - 1), y / max(1, height - 1), 1 - x / max(1, width - 1), (x + y) / (width + height)]
    planes = np.stack(ways[:channels], -1)
    return np.clip(planes * top * 0.8 + draws.random(planes.shape) * top * 0.2, 0, top).astype(
        np.uint16 if top > 255 else np.uint8
    )


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(pixels, kind, bits, extra=b"", unfiltered=None):
    """A PNG of a colour type and depth that Pillow does not write."""
    height, width = pixels.shape[:2]
    rows = unfiltered
    if rows is None:
        kept = pixels.astype(">u2") if bits == 16 else pixels.astype(np.uint8)
        rows = [kept[y].tobytes() for y in range(height)]
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def packed(values, bits):
    """Rows of values below 2^bits, as PNG packs them."""
    return [np.packbits(np.unpackbits(row[:, None], axis=1)[:, 8 - bits :].ravel()).tobytes() for row in values]


def save(name, image, **options):
    image.save(os.path.join(FOLDER, name), **options)


def write(name, content):
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(content)


def make():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    rgb, gray = picture(9, 13, 3), picture(9, 13, 1)[..., 0]
    rgba = picture(9, 13, 4)
    image = Image.fromarray(rgb)
    save("rgb.png", image)
    save("gray.png", Image.fromarray(gray))
    save("rgba.png", Image.fromarray(rgba))
    save("gray-alpha.png", Image.fromarray(np.stack([gray, rgba[..., 3]], -1), "LA"))
    palette = image.quantize(7)
    save("palette.png", palette)
    save("palette-transparent.png", palette, transparency=3)
    save("one-bit.png", Image.fromarray(gray).convert("1"))
    write("two-bits.png", png(gray, 0, 2, unfiltered=packed(gray >> 6, 2)))
    write("four-bits.png", png(gray, 0, 4, unfiltered=packed(gray >> 4, 4)))
    write("gray-16.png", png(picture(9, 13, 1, 65535), 0, 16))
    write("gray-alpha-16.png", png(picture(9, 13, 2, 65535), 4, 16))
    write("rgb-16.png", png(picture(9, 13, 3, 65535), 2, 16))
    write("rgba-16.png", png(picture(9, 13, 4, 65535), 6, 16))
    write("gray-transparent.png", png(gray, 0, 8, chunk(b"tRNS", struct.pack(">H", int(gray[4, 4])))))
    write("rgb-gamma.png", png(rgb, 2, 8, chunk(b"gAMA", struct.pack(">I", 100000))))
    large = Image.fromarray(picture(21, 26, 3, seed=1))
    save("small.jpg", image, quality=90)
    save("420.jpg", large, quality=80, subsampling=2)
    save("444.jpeg", large, quality=95, subsampling=0)
    save("progressive.jpg", large, progressive=True, quality=75)
    save("gray.jpg", large.convert("L"), quality=85)
    save("cmyk.jpg", large.convert("CMYK"), quality=90)
    exif = Image.Exif()
    exif[0x0112] = 6
    save("turned.jpg", large, quality=90, exif=exif)
    save("rgb.bmp", image)
    save("gray.bmp", Image.fromarray(gray))
    save("frames.gif", palette, save_all=True, append_images=[image.rotate(180).quantize(7)])
    save("lossy.webp", large, quality=80)
    save("lossless.webp", Image.fromarray(rgba), lossless=True)
    save("rgb.tiff", image)
    save("gray.tif", Image.fromarray(gray), compression="tiff_lzw")
    save("tall.png", Image.fromarray(picture(40, 11, 3, seed=2)))
    save("tiny.png", Image.fromarray(picture(2, 3, 3, seed=3)))
    save("point.png", Image.fromarray(picture(1, 1, 3, seed=4)))


def decoded(path, channels):
    """What TensorFlow reads, and what of it: TIFF, which it does not, as Pillow reads it."""
    if path.endswith((".tif", ".tiff")):
        pixels = np.asarray(Image.open(path).convert({1: "L", 3: "RGB"}[channels]))
        return pixels.reshape(*pixels.shape[:2], channels)
    try:
        return tf.io.decode_image(tf.io.read_file(path), channels=channels, expand_animations=False).numpy()
    except tf.errors.InvalidArgumentError:
        return None


def stored(pixels):
    """Bytes in base64."""
    if pixels is None:
        return None
    return {"shape": list(pixels.shape), "values": base64.b64encode(pixels.tobytes()).decode()}


SIZES = [
    {"size": [5, 7]},
    {"size": [16, 20]},
    {"size": [5, 7], "interpolation": "nearest"},
    {"size": [16, 20], "interpolation": "nearest"},
    {"size": [8, 8], "crop_to_aspect_ratio": True},
    {"size": [8, 8], "pad_to_aspect_ratio": True},
    {"size": [24, 6], "crop_to_aspect_ratio": True},
    {"size": [24, 6], "pad_to_aspect_ratio": True},
]
RESIZED = ["rgb.png", "gray.png", "420.jpg", "tall.png", "tiny.png", "point.png"]


def resized(name, mode, size, **options):
    """One picture as image_dataset_from_directory gives it."""
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "a"))
        shutil.copy(os.path.join(FOLDER, name), os.path.join(folder, "a"))
        data = keras.utils.image_dataset_from_directory(
            folder, color_mode=mode, image_size=size, batch_size=1, shuffle=False, verbose=False, **options
        )
        return next(iter(data))[0].numpy()[0]


def transformed():
    """What Keras's layers make of a picture where their draws are given."""
    image = np.asarray(Image.open(os.path.join(FOLDER, "rgb.png"))).astype(np.float32)
    layers = keras.layers
    turns = [
        {"rotation": 0.1, "layer": lambda fill: layers.RandomRotation((0.1, 0.1), fill_mode=fill)},
        {"rotation": -0.37, "layer": lambda fill: layers.RandomRotation((-0.37, -0.37), fill_mode=fill)},
        {"zoom": 1.4, "layer": lambda fill: layers.RandomZoom((0.4, 0.4), fill_mode=fill)},
        {"zoom": 0.6, "layer": lambda fill: layers.RandomZoom((-0.4, -0.4), fill_mode=fill)},
        {
            "translation": [0.25, -0.9],
            "layer": lambda fill: layers.RandomTranslation((0.25, 0.25), (-0.9, -0.9), fill_mode=fill),
        },
    ]
    made = [
        {"fill": fill, **{key: value for key, value in turn.items() if key != "layer"}, "image": turn["layer"](fill)(image, training=True)}
        for turn in turns
        for fill in ("reflect", "nearest", "constant")
    ]
    contrast = layers.RandomContrast(0.5, value_range=(0, 255))
    made.append({"contrast": 1.4, "image": contrast.transform_images(image, {"contrast_factor": 1.4})})
    made.append({"contrast": 0.3, "image": contrast.transform_images(image, {"contrast_factor": 0.3})})
    for value in (0.3, -0.2):
        layer = layers.RandomBrightness((value, value), value_range=(0, 255))
        made.append({"brightness": value, "image": layer(image, training=True)})
    return [
        {**case, "image": np.round(np.asarray(case["image"]).ravel().astype(float), 2).tolist()} for case in made
    ]


def main():
    make()
    names = sorted(os.listdir(FOLDER))
    made = {
        "versions": {name: version(name) for name in ("keras", "tensorflow-cpu", "pillow", "numpy")},
        "decoded": {
            name: {mode: stored(decoded(os.path.join(FOLDER, name), c)) for mode, c in (("rgb", 3), ("gray", 1))}
            for name in names
        },
        "transformed": transformed(),
        "resized": [
            {
                "file": name,
                "channels": mode,
                **case,
                "values": np.round(
                    resized(name, {"rgb": "rgb", "gray": "grayscale"}[mode], **case).ravel().astype(float), 1
                ).tolist(),
            }
            for name in RESIZED
            for mode in ("rgb", "gray")
            for case in SIZES
            if mode == "rgb" or name == "rgb.png"
        ],
    }
    with open(os.path.join("test", "golden", "data", "images.json"), "w") as file:
        json.dump(made, file)


main()
