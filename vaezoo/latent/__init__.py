"""Moving in latent space: paths, traversals, attributes, edits. No TensorFlow.

Everything takes a model that keeps `vaezoo.protocols.GenerativeModel`, as exports and Keras
models do: arrays in, arrays out.
"""

from typing import TYPE_CHECKING

from vaezoo._lazy import lazy

if TYPE_CHECKING:
    from vaezoo.latent.balance import balanced as balanced
    from vaezoo.latent.directions import AttributeDirection as AttributeDirection
    from vaezoo.latent.editing import edit as edit
    from vaezoo.latent.editing import relabel as relabel
    from vaezoo.latent.geodesics import Geodesic as Geodesic
    from vaezoo.latent.interpolation import PATHS as PATHS
    from vaezoo.latent.interpolation import interpolate as interpolate
    from vaezoo.latent.interpolation import latent_path as latent_path
    from vaezoo.latent.spaces import LatentSpace as LatentSpace
    from vaezoo.latent.storage import load_directions as load_directions
    from vaezoo.latent.storage import save_directions as save_directions
    from vaezoo.latent.traversal import Ranking as Ranking
    from vaezoo.latent.traversal import rank_dimensions as rank_dimensions
    from vaezoo.latent.traversal import traversal_values as traversal_values
    from vaezoo.latent.traversal import traverse as traverse

__all__ = [
    "PATHS",
    "AttributeDirection",
    "Geodesic",
    "LatentSpace",
    "Ranking",
    "balanced",
    "edit",
    "interpolate",
    "latent_path",
    "load_directions",
    "rank_dimensions",
    "relabel",
    "save_directions",
    "traversal_values",
    "traverse",
]
__getattr__, __dir__ = lazy(
    __name__,
    {
        "PATHS": ".interpolation",
        "AttributeDirection": ".directions",
        "Geodesic": ".geodesics",
        "LatentSpace": ".spaces",
        "Ranking": ".traversal",
        "balanced": ".balance",
        "edit": ".editing",
        "interpolate": ".interpolation",
        "latent_path": ".interpolation",
        "load_directions": ".storage",
        "rank_dimensions": ".traversal",
        "relabel": ".editing",
        "save_directions": ".storage",
        "traversal_values": ".traversal",
        "traverse": ".traversal",
    },
)
