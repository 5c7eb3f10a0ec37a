"""What an export says of its latent space, and edits by the name of an attribute."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vaezoo.protocols import Array, ArrayLike
from vaezoo.runtime.manifest import Manifest

if TYPE_CHECKING:  # loaded when they are used: a model that generates needs none of them
    from vaezoo.latent.directions import AttributeDirection
    from vaezoo.latent.spaces import LatentSpace

# By the posterior's name, the space that its z live in; real numbers for all others.
_SPACES: Mapping[str, Callable[[Mapping[str, float]], str]] = {
    "Dirichlet": lambda numbers: "simplex",
    "GumbelSoftmax": lambda numbers: f"simplex_{numbers['num_categories']:g}",
    "NormalAndCategorical": lambda numbers: f"real_and_simplex_{numbers['num_categories']:g}",
    "Poincare": lambda numbers: f"ball_{numbers['curvature']:g}",
    "PowerSpherical": lambda numbers: "sphere",
}


class LatentMethods(abc.ABC):
    """`latent_space`, `directions` and `edit`, for models with a manifest.

    Attributes:
        folder: of the export.
        manifest: of it.
    """

    folder: Path
    manifest: Manifest

    @cached_property
    def latent_space(self) -> LatentSpace:
        """What its z are: real numbers, points of a sphere, codes."""
        from vaezoo.latent.spaces import LatentSpace

        condition, graphs = self.manifest.condition, self.manifest.graphs
        has_labels = condition is not None and condition.kind == "labels"
        name = _space_name(self.manifest)
        return LatentSpace(
            name,
            name == "real" and not {"prior", "step"} & set(graphs),
            condition.dim if condition is not None and has_labels else None,
            condition.names if condition is not None and has_labels else (),
        )

    @property
    def directions(self) -> dict[str, AttributeDirection]:
        """Fitted directions of attributes by name: those that come with the export, and the
        user's own, which `vaezoo attributes` fits; of one name the user's own.

        Raises:
            DamagedFileError: a file is missing, or is not the one that was saved.
        """
        from vaezoo.latent.storage import FOLDER, load_directions

        return load_directions(self.folder / FOLDER) | load_directions(self.directions_folder)

    @property
    def directions_folder(self) -> Path:
        """Where the user's own directions are kept, for these weights alone."""
        from vaezoo.latent.storage import own_folder

        return own_folder(self.manifest.preset, self.manifest.weights_sha256)

    def edit(
        self,
        x: ArrayLike,
        attribute: str | AttributeDirection,
        amount: ArrayLike,
        *,
        condition: ArrayLike | None = None,
    ) -> Array:
        """Decodings of examples with an attribute changed, [N, *data_shape].

        Args:
            x: examples [N, *data_shape], or codes [N, D].
            attribute: the name of one of `directions`, or a direction.
            amount: in standard deviations of the attribute, for all or of each [N].
            condition: of each example, or of all.

        Raises:
            UnknownNameError: no direction of that name was fitted.
            DataError, ConfigError: as `vaezoo.latent.edit`.
        """
        from vaezoo.latent.editing import edit
        from vaezoo.latent.storage import named_direction

        if isinstance(attribute, str):
            attribute = named_direction(attribute, self.directions, self.manifest.preset)
        # mypy reads the protocol's attributes as writable, and a class with less than all of it
        return edit(self, x, attribute, amount, condition=condition)  # type: ignore[arg-type]


def _space_name(manifest: Manifest) -> str:
    if manifest.codebook_size is not None:
        return f"codes_{manifest.codebook_size}"
    family = manifest.families.get("encoder")
    if family is None or family.name not in _SPACES:
        return "real"
    return _SPACES[family.name](family.numbers)
