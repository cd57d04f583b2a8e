"""AlexNet, ResNet-50 and VGG-16 of torchvision: whole, and with every width but that of the image divided.

The whole models are those of the published counts. The narrow ones run the same forward code, and AlexNet and
VGG-16 at the published image size; they are small enough to run anywhere. Images are not stored but hashed.
"""

from functools import partial

import torchvision
from torch import nn
from torchvision.models import alexnet, resnet50, vgg16

from equations import module_case

BATCH_NORM = [["*.bn*.weight", 1, 1], ["bn*.weight", 1, 1], ["*.downsample.1.weight", 1, 1],
              ["*.running_var", 1, 1]]
IMAGE = ["input.*", 0, 2]
NARROW = ["widths are a sixteenth of the published, classes 10"]
STATISTICS = "running statistics are stored too"
ADAPTIVE = "the adaptive pooling has fewer cells than it must give here, and repeats them"


def cases():
    for name, make, side, rules, notes in (
        ("alexnet", alexnet, 224, [IMAGE, ["features.*", 0, 0.15], ["*", 0, 0.05]], []),
        ("resnet50", resnet50, 64, [IMAGE, *BATCH_NORM, ["*", 0, 0.1]], [STATISTICS]),
        ("vgg16", vgg16, 32, [IMAGE, ["features.*", 0, 0.1], ["*", 0, 0.05]], [ADAPTIVE]),
    ):
        yield one(name, make, side, rules, notes)
    for name, make, side, rules in (
        ("alexnet-narrow", alexnet, 224, [IMAGE, ["*", 0, 0.5]]),
        ("resnet50-narrow", resnet50, 64, [IMAGE, *BATCH_NORM, ["*", 0, 0.4]]),
        ("vgg16-narrow", vgg16, 224, [IMAGE, ["*", 0, 0.4]]),
    ):
        yield one(name, partial(narrowed, make, 16), side, rules, NARROW)


def one(name, make, side, rules, notes):
    return module_case(
        name,
        make,
        lambda m, image: {"logits": m(image)},
        {},
        rules,
        notes,
        {"image": (1, 3, side, side)},
        {"image": side},
        torchvision,
    )


def narrowed(make, factor: int) -> nn.Module:
    """The model with each width divided: channels of the image stay 3, classes become 10."""
    model = make()
    for path, child in list(model.named_modules()):
        if small := narrow(child, factor):
            model.set_submodule(path, small)
    return model


def narrow(m: nn.Module, factor: int) -> nn.Module | None:
    if isinstance(m, nn.Conv2d):
        wide = m.in_channels if m.in_channels == 3 else m.in_channels // factor
        sizes = (m.kernel_size, m.stride, m.padding)
        return nn.Conv2d(wide, m.out_channels // factor, *sizes, bias=m.bias is not None)
    if isinstance(m, nn.BatchNorm2d):
        return nn.BatchNorm2d(m.num_features // factor)
    if isinstance(m, nn.Linear):
        return nn.Linear(m.in_features // factor, 10 if m.out_features == 1000 else m.out_features // factor)
    return None
