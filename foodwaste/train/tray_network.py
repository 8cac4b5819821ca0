"""The tray network: a U-Net that sees the whole rectified tray and what the site knows of it.

The picture is folded 2 x 2 into channels first and unfolded last, so that the whole net works
at half the resolution: a quarter of the work at full resolution, which is where a U-Net spends
most of it. One stage past the encoder keeps edges of single pixels. What is known beside the
picture comes at half the resolution: folded too, the net took 1.5 times as long. Imports torch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from foodwaste.depth.picture_planes import CHANGE_PLANES, CONTRAST_PLANES
from foodwaste.depth.tray_inputs import (
    FOLD,
    FOOD_PLANES,
    HEIGHT_SCALE_MM,
    SERVED_HEIGHT_FLAG,
    SERVED_HEIGHT_PLANE,
    SITE_PLANES,
)
from foodwaste.errors import ModelMissing
from foodwaste.models.residual import ResidualBlock
from foodwaste.train.tray_config import TrayNetworkConfig

#: Outputs: food (logit), residue (logit), height (mm), log error; of one that compares a fifth, how
#: far it is unchanged since serving (logit).
PLANES = 4
#: The height's raw output passes a softplus and is multiplied by this, mm.
_HEIGHT_UNIT_MM = 10.0
#: Range of the stated error, mm.
_ERROR_RANGE_MM = (0.2, 30.0)
#: Height of what was served, and its flag.
_SERVED_HEIGHT_PLANES = 2
#: A network that compares carries little over from the served tray before it has learned to.
CARRIED_AT_FIRST = -2.0


class TrayNetwork(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Answers with ``(N, 4, H, W)`` planes, or 5; :func:`readings` gives them their units."""

    def __init__(self, config: TrayNetworkConfig) -> None:
        super().__init__()
        try:
            import segmentation_models_pytorch as smp
        except ImportError as error:
            raise ModelMissing("this network needs pip install 'foodwaste[train]'") from error
        self.contrast, self.compares = config.contrast, config.compares
        # The picture, the probability of food, local contrast and change keep their pixels.
        made = CONTRAST_PLANES * config.contrast
        made += (CHANGE_PLANES + _SERVED_HEIGHT_PLANES) * config.compares
        sharp = 3 * FOLD**2 + FOOD_PLANES + made
        whole: Any = smp.Unet(
            encoder_name=config.encoder,
            encoder_weights=None,
            encoder_depth=4,
            decoder_channels=config.decoder_channels,
            in_channels=3 * FOLD**2 + SITE_PLANES + made,
            classes=1,
        )
        self.encoder, self.decoder = whole.encoder, whole.decoder
        for stage, (count, channels) in enumerate(
            zip(config.deeper, self.encoder.out_channels[2:], strict=True), start=1
        ):
            # A stage runs its children one after the other.
            for number in range(1, count + 1):
                self.encoder.model[f"s{stage}"].add_module(
                    f"deeper{number}", ResidualBlock(channels)
                )
        for block in self.decoder.blocks:
            block.register_forward_pre_hook(_with_plain_sizes)
        self.skip = _stage(sharp, config.skip_channels)
        joined = config.skip_channels + config.decoder_channels[-1]
        self.head = nn.Sequential(
            _stage(joined, config.decoder_channels[-1]),
            nn.Conv2d(config.decoder_channels[-1], (PLANES + config.compares) * FOLD**2, 1),
        )
        last = self.head[-1]
        with torch.no_grad():
            # Most pixels show no food: probabilities and heights start low.
            low = torch.tensor([-1.5, -2.5, -2.0, 0.0]).repeat_interleave(FOLD**2)
            last.bias[: len(low)].copy_(low)

    def forward(self, image: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
        """``image`` is ``(N, 3, H, W)``, ``known`` ``(N, 26, H / 2, W / 2)``; 32 divides H, W."""
        planes = self.folded(functional.pixel_unshuffle(image, FOLD), known)
        return functional.pixel_shuffle(planes, FOLD)

    def folded(self, folded: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
        """Planes ``(N, 16, H / 2, W / 2)``, from the folded picture ``(N, 12, H / 2, W / 2)``.

        Four channels of each plane, one for each place in a square of pixels.
        """
        made = self._made_of_pictures(known)
        decoded = self.decoder(self.encoder(torch.cat([folded, known[:, :SITE_PLANES], *made], 1)))
        sharp = self.skip(torch.cat([folded, known[:, :FOOD_PLANES], *made], 1))
        planes = self.head(torch.cat([sharp, decoded], 1))
        food, residue, raw, error, *unchanged = planes.chunk(PLANES + self.compares, dim=1)
        # A softplus in two steps that run vectorised; raw values stay far below overflow.
        height = torch.log(1.0 + torch.exp(raw)) * _HEIGHT_UNIT_MM
        if self.compares:
            height = _carried_over(height, unchanged[0], known)
        return torch.cat([food, residue, height, error, *unchanged], 1)

    def _made_of_pictures(self, known: torch.Tensor) -> list[torch.Tensor]:
        contrast, change = known[:, SITE_PLANES:].split([CONTRAST_PLANES, CHANGE_PLANES], 1)
        made = [contrast] if self.contrast else []
        if self.compares:
            # What changed and how high it was belong together: both are seen sharply.
            made += [change, known[:, SERVED_HEIGHT_PLANE : SERVED_HEIGHT_FLAG + 1]]
        return made


class TrayReadings(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """The network as it is shipped: millimetres and probabilities, folded as its picture is.

    Folding and unfolding take a quarter of the time within the graph and a tenth outside.
    Heights count where food is likely enough; whoever runs the network cuts them off there,
    because a step within it would turn rounding errors into millilitres.
    """

    def __init__(self, network: nn.Module) -> None:
        """``network`` has the method ``folded`` of :class:`TrayNetwork`."""
        super().__init__()
        self.network = network

    def forward(
        self, image: torch.Tensor, known: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Height mm, its standard deviation mm, food and residue, ``(N, 4, H / 2, W / 2)`` each.

        ``image`` is the folded picture.
        """
        planes = self.network.folded(image, known)
        food, residue, height, log_error = planes.split(FOLD**2, dim=1)[:PLANES]
        error = torch.exp(log_error).clamp(*_ERROR_RANGE_MM)
        # The error is trained as the scale of a Laplace distribution.
        return height, 2.0**0.5 * error, torch.sigmoid(food), torch.sigmoid(residue)


def _carried_over(
    height: torch.Tensor, unchanged: torch.Tensor, known: torch.Tensor
) -> torch.Tensor:
    """Heights in mm, those of the served tray as far as ``unchanged`` (raw) says so.

    Food that was not touched is then as high as before to the millilitre, however high it is.
    """
    served = known[:, SERVED_HEIGHT_PLANE : SERVED_HEIGHT_PLANE + 1] * HEIGHT_SCALE_MM
    share = torch.sigmoid(unchanged + CARRIED_AT_FIRST)
    share = share * known[:, SERVED_HEIGHT_FLAG : SERVED_HEIGHT_FLAG + 1]
    return height + share * (served - height)


def readings(
    planes: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Food logit, residue logit, height mm, error mm, each ``(N, H, W) float32``."""
    food, residue, height, error = planes.float().unbind(1)[:PLANES]
    low, high = _ERROR_RANGE_MM
    return (
        food,
        residue,
        height,
        torch.exp(error).clamp(low, high),
    )


def with_served_height(
    known: torch.Tensor, served: torch.Tensor, places: torch.Tensor | None = None
) -> torch.Tensor:
    """What is known ``(N, 26, H / 2, W / 2)``, with the heights seen on served trays where flagged.

    ``served`` is the output on these. It passes no gradient: the served tray is judged for itself,
    as the product does. ``places`` ``(N, H / 2, W / 2, 2)``: where on the served trays pixels are
    found, -1..1.
    """
    food, _, height, _ = readings(served.detach())
    seen = functional.avg_pool2d(height * torch.sigmoid(food), FOLD) / HEIGHT_SCALE_MM
    if places is not None:
        seen = functional.grid_sample(
            seen[:, None], places, padding_mode="border", align_corners=False
        )[:, 0]
    seen = seen * known[:, SERVED_HEIGHT_FLAG]
    first, last = known[:, :SERVED_HEIGHT_PLANE], known[:, SERVED_HEIGHT_PLANE + 1 :]
    return torch.cat([first, seen[:, None], last], 1)


def _with_plain_sizes(block: nn.Module, sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    """A decoder block's map with the size it is brought to as numbers.

    A traced graph would look the size up in the maps it comes from, and an int8 one turn these
    into floats for that: a tenth of its time.
    """
    del block
    seen, height, width = sizes
    return seen, int(height), int(width)


def _stage(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
