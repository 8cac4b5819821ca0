"""The second repository, which the first one loads at no revision and with weights."""

dependencies = ["torch"]

from tinyencoder.net import build  # noqa: E402


def tiny_encoder(pretrained=True, **kwargs):
    if pretrained:
        raise RuntimeError("would download")
    return build()
