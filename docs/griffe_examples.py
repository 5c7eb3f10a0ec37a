"""Shows the `Example:` of docstrings as code: griffe knows the section by its plural only."""

from __future__ import annotations

import re

import griffe


class Examples(griffe.Extension):
    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring:
            text = obj.docstring.value
            obj.docstring.value = re.sub(r"^Example:$", "Examples:", text, flags=re.MULTILINE)
