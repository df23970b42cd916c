#!/usr/bin/env python3
"""PyTorch as a peer of ./mnist bench: the same network on resident tensors, batches gathered by index, and nothing but training.

Prints its figures as one line of JSON. DATA holds MNIST's four raw IDX files.
"""
import argparse
import json
import os
import resource
import tempfile
import time

import numpy as np
import torch
import torch.distributed
from torch.nn import functional as F

BATCH = 128
WARM_UP = 20
STEPS = 150
PASSES = 3


def load(folder, kind):
    images = np.fromfile(f"{folder}/{kind}-images-idx3-ubyte", np.uint8, offset=16).reshape(-1, 1, 28, 28)
    labels = np.fromfile(f"{folder}/{kind}-labels-idx1-ubyte", np.uint8, offset=8)
    return torch.from_numpy(images).float().div_(255), torch.from_numpy(labels).long()


def network(channels_last):
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 32, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(32, 64, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(1600, 128), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(128, 10))
    return model.to(memory_format=torch.channels_last) if channels_last else model


class Training:
    def __init__(self, model, images, labels, order, batch):
        self.model, self.images, self.labels = model, images, labels
        self.batches = iter(order.split(batch))
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def steps(self, count):
        for _ in range(count):
            chosen = next(self.batches)
            self.optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(self.model(self.images[chosen]), self.labels[chosen]).backward()
            self.optimizer.step()


@torch.no_grad()
def evaluate(model, images):
    for batch in images.split(1000):
        model(batch).argmax(1)


def speed(images, action):
    began = time.perf_counter()
    action()
    return images / (time.perf_counter() - began)


def train(arguments):
    torch.set_num_threads(arguments.threads)
    images, labels = load(arguments.data, "train")
    training = Training(network(arguments.channels_last), images, labels, torch.randperm(len(images)), BATCH)
    training.steps(1)
    first = time.time()
    training.steps(WARM_UP - 1)
    trained = speed(STEPS * BATCH, lambda: training.steps(STEPS))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    tests, _ = load(arguments.data, "t10k")
    training.model.eval()
    evaluate(training.model, tests[:2000])
    evaluated = sorted(speed(len(tests), lambda: evaluate(training.model, tests)) for _ in range(PASSES))[PASSES // 2]
    report(trainImagesPerSecond=trained, evaluationImagesPerSecond=evaluated, firstStepAt=first, peakBytes=peak)


def train_beside(rank, arguments, meeting):
    torch.distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=arguments.processes)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    images, labels = load(arguments.data, "train")
    model = torch.nn.parallel.DistributedDataParallel(network(arguments.channels_last))
    order = torch.randperm(len(images))[rank::arguments.processes]
    training = Training(model, images, labels, order, BATCH // arguments.processes)
    training.steps(WARM_UP)

    def steps():
        training.steps(STEPS)
        torch.distributed.barrier()

    torch.distributed.barrier()
    trained = speed(STEPS * BATCH, steps)
    if rank == 0:
        report(trainImagesPerSecond=trained)


def profile(arguments):
    """Microseconds an image of each layer, as a table: what docs/performance.md has beside our kernels."""
    torch.set_num_threads(arguments.threads)
    images, labels = load(arguments.data, "train")
    model = network(arguments.channels_last)
    order = torch.randperm(len(images))
    training = Training(model, images, labels, order, BATCH)
    training.steps(300)
    parts = {"conv1, ReLU, pool": model[0:3], "conv2, ReLU, pool": model[3:6], "flatten": model[6:7],
             "dense1, ReLU, dropout": model[7:10], "dense2": model[10:11]}
    print("| PyTorch, us an image | forward | backward |\n| --- | ---: | ---: |")
    value, chosen = images[order[:BATCH]], labels[order[:BATCH]]
    for name, part in parts.items():
        # Nobody asks for the gradient of the image.
        value = value.detach().requires_grad_(part is not parts["conv1, ReLU, pool"])
        output = part(value)
        gradient = torch.randn_like(output)
        wanted = [it for it in (value, *part.parameters()) if it.requires_grad]
        row(name, lambda: part(value), lambda: torch.autograd.grad(output, wanted, gradient, retain_graph=True))
        value = output
    value = value.detach().requires_grad_()
    loss = F.cross_entropy(value, chosen)
    row("softmax, loss", lambda: F.cross_entropy(value, chosen), lambda: torch.autograd.grad(loss, value, retain_graph=True))
    row("Adam", lambda: training.optimizer.step())
    row("a whole step", lambda: training.steps(1))


def row(name, *actions):
    cells = [f"{microseconds(action):.1f}" for action in actions]
    print(f"| {name} | {' | '.join(cells)} |{' |' if len(cells) == 1 else ''}")


def microseconds(action):
    times = []
    for _ in range(60):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return sorted(times[10:])[25] * 1e6 / BATCH


def report(**figures):
    print(json.dumps(figures | {"version": torch.__version__}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1, help="more than one: DistributedDataParallel with gloo, a thread each")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--profile", action="store_true", help="what each layer takes, instead")
    given = parser.parse_args()
    if given.profile:
        profile(given)
    elif given.processes == 1:
        train(given)
    else:
        with tempfile.TemporaryDirectory() as folder:
            torch.multiprocessing.spawn(train_beside, (given, os.path.join(folder, "meeting")), given.processes)
