"""Makes pictures, or reads them as PyTorch's DataLoader does: python pictures.py make|read FOLDER [WORKERS]"""

import os
import sys
import time

import numpy as np
from PIL import Image

SIZE = (64, 64)


def make(folder, kind, count):
    draws = np.random.default_rng(1)
    for i in range(count):
        name = os.path.join(folder, "ab"[i % 2])
        os.makedirs(name, exist_ok=True)
        if kind == "png":
            y, x = np.mgrid[0:64, 0:64]
            tone = np.stack([x * draws.random() * 4, y * draws.random() * 4, (x + y) * draws.random() * 2], -1)
            Image.fromarray((tone + draws.random((64, 64, 3)) * 8).clip(0, 255).astype(np.uint8)).save(f"{name}/{i:05}.png")
        else:
            small = Image.fromarray((draws.random((12, 16, 3)) * 255).astype(np.uint8)).resize((500, 375), Image.BICUBIC)
            noisy = np.asarray(small) + draws.normal(0, 6, (375, 500, 3))
            Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(f"{name}/{i:05}.jpg", quality=90)


def read(folder, workers):
    import torch
    from torch.utils.data import DataLoader, Dataset

    paths = sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names)

    class Pictures(Dataset):
        def __len__(self):
            return len(paths)

        def __getitem__(self, i):
            image = Image.open(paths[i]).convert("RGB")
            if image.size != SIZE:
                image = image.resize(SIZE, Image.BILINEAR)
            return torch.from_numpy(np.array(image))

    loader = DataLoader(Pictures(), batch_size=64, num_workers=workers, persistent_workers=True)
    for _ in range(2):
        began = time.perf_counter()
        rows = sum(len(batch) for batch in loader)
        rate = rows / (time.perf_counter() - began)
    print(rate)


if sys.argv[1] == "make":
    make(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    read(sys.argv[2], int(sys.argv[3]))
