"""Recipe -> trained, evaluated and exported model."""

from typing import TYPE_CHECKING

from vaezoo._lazy import lazy

if TYPE_CHECKING:
    from vaezoo.training.auto import Choice as Choice
    from vaezoo.training.auto import choose as choose
    from vaezoo.training.recipe import Recipe as Recipe
    from vaezoo.training.recipe import load_recipe as load_recipe
    from vaezoo.training.run import train as train

__all__ = ["Choice", "Recipe", "choose", "load_recipe", "train"]
__getattr__, __dir__ = lazy(
    __name__,
    {
        "Choice": ".auto",
        "Recipe": ".recipe",
        "choose": ".auto",
        "load_recipe": ".recipe",
        "train": ".run",
    },
)
