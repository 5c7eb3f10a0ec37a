"""Sub-modules and names that are imported when they are first used (PEP 562)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence


def lazy(
    package: str, names: Mapping[str, str], submodules: Sequence[str] = ()
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package whose names come from its sub-modules.

    Args:
        package: its `__name__`.
        names: the module that each name comes from, relative to the package: ".model".
        submodules: modules of the package that are attributes too.
    """

    # Python would put the module in the name's place as soon as it is imported.
    assert not any(module == f".{name}" for name, module in names.items())

    def get(name: str) -> object:
        if name in names:
            return getattr(importlib.import_module(names[name], package), name)
        if name in submodules:
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def listing() -> list[str]:
        return sorted([*names, *submodules])

    return get, listing
