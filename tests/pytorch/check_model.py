#!/usr/bin/env python3
"""Loads a trained model into PyTorch and compares its logits with ours: the same predictions, logits within 1e-4.

  ./mnist evaluate --model runs/ID/model.safetensors --logits logits.csv
  /usr/bin/python3 tests/pytorch/check_model.py runs/ID/model.safetensors logits.csv DIR

DIR holds the raw t10k IDX files. Needs PyTorch (Debian: python3-torch). Exits with 1 where they differ.
"""
import csv
import json
import struct
import sys

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F


class Cnn(nn.Module):
    def __init__(self, shapes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, shapes["conv1.weight"][0], 3)
        self.conv2 = nn.Conv2d(shapes["conv2.weight"][1], shapes["conv2.weight"][0], 3)
        self.dense1 = nn.Linear(shapes["dense1.weight"][1], shapes["dense1.weight"][0])
        self.dense2 = nn.Linear(shapes["dense2.weight"][1], shapes["dense2.weight"][0])

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.dense2(F.relu(self.dense1(x.flatten(1))))


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: torch.from_numpy(np.frombuffer(data[slice(*t["data_offsets"])], dtype="<f4").reshape(t["shape"]).copy())
            for name, t in header.items()}


def main(model, logits, folder):
    state = read_safetensors(model)
    network = Cnn({name: tensor.shape for name, tensor in state.items()})
    print(network.load_state_dict(state))
    with open(f"{folder}/t10k-images-idx3-ubyte", "rb") as file:
        count = struct.unpack(">iiii", file.read(16))[1]
        images = np.frombuffer(file.read(), dtype=np.uint8).reshape(count, 1, 28, 28).astype(np.float32) / 255
    with open(logits, newline="") as file:
        ours = np.array([[float(value) for value in row[1:]] for row in list(csv.reader(file))[1:]], dtype=np.float32)
    with torch.no_grad():
        theirs = torch.cat([network(torch.from_numpy(images[i:i + 1000])) for i in range(0, count, 1000)]).numpy()
    different = int((ours.argmax(1) != theirs.argmax(1)).sum())
    largest = float(np.abs(ours - theirs).max())
    print(f"{count} images: {different} predictions differ, largest difference of a logit {largest:.2e}")
    return 1 if different or largest > 1e-4 or len(ours) != count else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
