"""Recipe -> trained, measured and exported model."""

from typing import TYPE_CHECKING

from vaezoo._lazy import lazy

if TYPE_CHECKING:
    from vaezoo.training.recipe import Recipe as Recipe
    from vaezoo.training.recipe import load_recipe as load_recipe
    from vaezoo.training.run import train as train

__all__ = ["Recipe", "load_recipe", "train"]
__getattr__, __dir__ = lazy(
    __name__, {"Recipe": ".recipe", "load_recipe": ".recipe", "train": ".run"}
)
