"""Networks, by name: functions that return built functional Keras models.

`NETWORKS` holds encoders with their decoders, `HIERARCHIES` the networks of models with several
latent groups, `GRIDS` those of models with discrete codes.
"""

from __future__ import annotations

from collections.abc import Callable

from vaezoo import _training  # noqa: F401
from vaezoo.networks.base import Network, apply
from vaezoo.networks.causal import causal_transformer
from vaezoo.networks.conv import conv_decoder, conv_encoder
from vaezoo.networks.grid import Grid, conv_grid, mlp_grid
from vaezoo.networks.hierarchy import Group, Hierarchy
from vaezoo.networks.ladder import ladder
from vaezoo.networks.mlp import mlp
from vaezoo.networks.residual import residual
from vaezoo.networks.resnet import resnet_decoder, resnet_encoder
from vaezoo.networks.rules import ObeyRules
from vaezoo.networks.two_level import conv_two_level, two_level
from vaezoo.networks.wide_resnet import wide_resnet_decoder, wide_resnet_encoder

__all__ = [
    "GRIDS",
    "HIERARCHIES",
    "NETWORKS",
    "Grid",
    "Group",
    "Hierarchy",
    "Network",
    "ObeyRules",
    "apply",
    "causal_transformer",
    "conv_decoder",
    "conv_encoder",
    "conv_grid",
    "conv_two_level",
    "ladder",
    "mlp",
    "mlp_grid",
    "residual",
    "resnet_decoder",
    "resnet_encoder",
    "two_level",
    "wide_resnet_decoder",
    "wide_resnet_encoder",
]


NETWORKS: dict[str, Network] = {
    "mlp": Network(mlp, mlp),
    "conv": Network(conv_encoder, conv_decoder),
    "resnet": Network(resnet_encoder, resnet_decoder),
    "wide_resnet": Network(wide_resnet_encoder, wide_resnet_decoder),
}


# All networks of a model with several latent groups.
HIERARCHIES: dict[str, Callable[..., Hierarchy]] = {
    "two_level": two_level,
    "conv_two_level": conv_two_level,
    "ladder": ladder,
    "residual": residual,
}

# Networks of models with discrete codes.
GRIDS: dict[str, Callable[..., Grid]] = {"conv": conv_grid, "mlp": mlp_grid}
