"""A torch.hub repository of our own with MiDaS's entry points and MiDaS's habits."""

dependencies = ["torch"]

from tinydepth.nets import Convolutional, Transformer  # noqa: E402


def DPT_Large(pretrained=True, **kwargs):  # noqa: N802
    if pretrained:
        raise RuntimeError("would download")
    return Transformer(width=24)


def DPT_Hybrid(pretrained=True, **kwargs):  # noqa: N802
    if pretrained:
        raise RuntimeError("would download")
    return Transformer(width=16)


def MiDaS_small(pretrained=True, **kwargs):  # noqa: N802
    if pretrained:
        raise RuntimeError("would download")
    return Convolutional()
