"""HTML pages: no script, no external resource."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable

from vaezoo.protocols import Array

_HTML = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: auto; padding: 1rem; }}
h1, h2 {{ line-height: 1.2; }} h2 {{ margin-top: 2.5rem; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
td, th {{ padding: .2rem .9rem .2rem 0; text-align: left; }}
td:not(:first-child), th:not(:first-child) {{ text-align: right; }}
tr {{ border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); }}
img {{ max-width: 100%; image-rendering: pixelated; }} figure {{ margin: 1.5rem 0; }}
.cards {{ display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }}
.cards figure {{ margin: 0; }} .cards img {{ width: 100%; }}
figcaption {{ overflow-wrap: anywhere; }} figcaption, .note {{ opacity: .75; font-size: .9rem; }}
svg {{ max-width: 100%; height: auto; }} svg text {{ fill: currentColor; font-size: 14px; }}
svg line {{ stroke: currentColor; }}
</style>
<h1>{name}</h1>
<p>{facts}</p>
{sections}
</html>
"""


def document(title: str, facts: str, sections: Iterable[str]) -> str:
    """A page: a title and a sentence of facts, as text, and sections of HTML, of which some may be
    empty."""
    return _HTML.format(
        name=html.escape(title),
        facts=html.escape(facts),
        sections="\n".join(filter(None, sections)),
    )


def table(title: str, header: list[str], rows: list[list[str]], note: str = "") -> str:
    """A table under a title, of cells that are text."""

    def line(cells: list[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    paragraph = f'<p class="note">{html.escape(note)}</p>' if note else ""
    return f"<h2>{html.escape(title)}</h2><table>{line(header, 'th')}{body}</table>{paragraph}"


def image(picture: Array) -> str:
    """A picture, uint8 [H, W, 1 or 3], within the page."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(content, "PNG")
    return (
        f'<img alt="" src="data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}">'
    )


def figure(title: str, content: str) -> str:
    """HTML with a caption of text below."""
    return f"<figure>{content}<figcaption>{html.escape(title)}</figcaption></figure>"
