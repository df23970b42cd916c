#!/usr/bin/python3
"""Writes what PyTorch computes, for the tests to compare with.

    apt-get install python3-torch
    /usr/bin/python3 tests/pytorch/make_fixtures.py

Writes tests/Model.Tests/fixtures/optimizers.json and tests/Model.Tests/fixtures/engine/*.json.
Every number comes from a fixed seed, so that a second run changes nothing.
"""

import base64
import json
import pathlib

import torch
from torch import nn
from torch.optim import lr_scheduler

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Model.Tests" / "fixtures"


def write(path, fixture):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in fixture.items())
    path.write_text("{\n" + lines + "\n}\n")
    print(f"{path.relative_to(FIXTURES)}: {path.stat().st_size} bytes")


# ---------------------------------------------------------------- optimizers and schedules

def optimizer_steps(weights, gradients, kind, clip_norm, **options):
    """The weights after each step, from given gradients."""
    parameter = nn.Parameter(weights.clone())
    optimizer = kind([parameter], **options)
    history = []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        if clip_norm:
            nn.utils.clip_grad_norm_([parameter], clip_norm)
        optimizer.step()
        history.append(parameter.detach().tolist())
    return history


def optimizers():
    torch.manual_seed(1)
    weights = torch.randn(37)
    gradients = [torch.randn(37) * scale for scale in (1.0, 0.1, 3.0)]
    gradients[1][5] = 0.0
    cases = []
    for weight_decay in (0.0, 0.01):
        for clip_norm in (0.0, 1.5):
            shared = {"weightDecay": weight_decay, "clipNorm": clip_norm}
            cases.append({
                "optimizer": "Adam", "learningRate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, **shared,
                "weights": optimizer_steps(weights, gradients, torch.optim.Adam, clip_norm,
                                           lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=weight_decay),
            })
            cases.append({
                "optimizer": "Sgd", "learningRate": 0.05, "momentum": 0.9, **shared,
                "weights": optimizer_steps(weights, gradients, torch.optim.SGD, clip_norm,
                                           lr=0.05, momentum=0.9, nesterov=True, weight_decay=weight_decay),
            })
    return {
        "torch": torch.__version__,
        "weights": weights.tolist(),
        "gradients": [gradient.tolist() for gradient in gradients],
        "cases": cases,
        "schedules": schedules(),
    }


def learning_rates(steps, rate, make):
    """The rate that each step is taken with."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate)
    scheduler = make(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < steps:
            scheduler.step()
    return rates


def warmed_up(optimizer, start_factor, warm_up, after):
    rise = lr_scheduler.LinearLR(optimizer, start_factor=start_factor, total_iters=warm_up)
    return lr_scheduler.SequentialLR(optimizer, [rise, after], milestones=[warm_up])


def schedules():
    steps, rate = 40, 0.01
    return [
        {"schedule": "Step", "learningRate": rate, "stepSize": 15, "factor": 0.1,
         "rates": learning_rates(steps, rate, lambda o: lr_scheduler.StepLR(o, step_size=15, gamma=0.1))},
        {"schedule": "Cosine", "learningRate": rate, "totalSteps": steps,
         "rates": learning_rates(steps, rate, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=steps))},
        {"schedule": "OneCycle", "learningRate": rate, "totalSteps": steps,
         "percentStart": 0.3, "divFactor": 25.0, "finalDivFactor": 1e4,
         "rates": learning_rates(steps, rate, lambda o: lr_scheduler.OneCycleLR(o, max_lr=rate, total_steps=steps))},
        {"schedule": "Constant", "learningRate": rate, "warmUpSteps": 8, "startFactor": 0.125,
         "rates": learning_rates(steps, rate, lambda o: lr_scheduler.LinearLR(o, start_factor=0.125, total_iters=8))},
        {"schedule": "Cosine", "learningRate": rate, "totalSteps": steps - 8, "warmUpSteps": 8, "startFactor": 0.125,
         "rates": learning_rates(steps, rate, lambda o: warmed_up(
             o, 0.125, 8, lr_scheduler.CosineAnnealingLR(o, T_max=steps - 8)))},
    ]


# ---------------------------------------------------------------- the network

def bits(tensor):
    """A tensor's elements in their order, little-endian, in base64."""
    return base64.b64encode(tensor.detach().contiguous().numpy().tobytes()).decode()


def network(conv1, conv2, hidden):
    """The default network, with widths of one's own; in evaluation there is no dropout."""
    model = nn.Module()
    model.conv1 = nn.Conv2d(1, conv1, 3)
    model.conv2 = nn.Conv2d(conv1, conv2, 3)
    model.dense1 = nn.Linear(conv2 * 25, hidden)
    model.dense2 = nn.Linear(hidden, 10)
    return model


def forward(model, images):
    x = torch.max_pool2d(torch.relu(model.conv1(images)), 2)
    x = torch.max_pool2d(torch.relu(model.conv2(x)), 2)
    return model.dense2(torch.relu(model.dense1(x.flatten(1))))


def engine(conv1, conv2, hidden, images):
    torch.manual_seed(2)
    model = network(conv1, conv2, hidden)
    # Strokes on an empty background, as digits are: pooling has ties to break.
    pixels = torch.zeros(images, 28, 28, dtype=torch.uint8)
    for image in pixels:
        for _ in range(4):
            y, x = torch.randint(2, 18, (2,)).tolist()
            height, width = torch.randint(2, 9, (2,)).tolist()
            image[y:y + height, x:x + width] = torch.randint(60, 256, (height, width), dtype=torch.uint8)
    labels = torch.randint(0, 10, (images,), dtype=torch.uint8)
    fixture = {
        "torch": torch.__version__,
        "network": [conv1, conv2, hidden],
        "parameters": {name: list(parameter.shape) for name, parameter in model.named_parameters()},
        "weights": bits(torch.cat([parameter.flatten() for parameter in model.parameters()])),
        "pixels": bits(pixels),
        "labels": labels.tolist(),
        "cases": [],
    }
    inputs = pixels.unsqueeze(1).float() / 255
    for label_smoothing in (0.0, 0.1):
        model.zero_grad()
        logits = forward(model, inputs)
        loss = nn.CrossEntropyLoss(reduction="sum", label_smoothing=label_smoothing)(logits, labels.long())
        loss.backward()
        fixture["logits"] = logits.flatten().tolist()
        fixture["cases"].append({
            "labelSmoothing": label_smoothing,
            "loss": loss.item(),
            "gradient": bits(torch.cat([parameter.grad.flatten() for parameter in model.parameters()])),
        })
    return fixture


if __name__ == "__main__":
    torch.set_num_threads(1)
    write(FIXTURES / "optimizers.json", optimizers())
    write(FIXTURES / "engine" / "narrow.json", engine(16, 16, 16, images=5))
    write(FIXTURES / "engine" / "uneven.json", engine(32, 16, 32, images=3))
