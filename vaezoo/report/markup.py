"""A page as HTML: no script, no external resource."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from html import escape

from vaezoo.protocols import Array

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: {width}rem; margin: auto; padding: 1rem; }}
h1, h2 {{ line-height: 1.2; }} h2 {{ margin-top: 2.5rem; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
td, th {{ padding: .2rem .9rem .2rem 0; text-align: left; }}
td:not(:first-child), th:not(:first-child) {{ text-align: right; }}
tr {{ border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); }}
img {{ max-width: 100%; image-rendering: pixelated; }} figure {{ margin: 1.5rem 0; }}
figcaption, .note {{ opacity: .75; font-size: .9rem; }}
svg {{ max-width: 100%; height: auto; }} svg text {{ fill: currentColor; font-size: 14px; }}
svg line {{ stroke: currentColor; }}
.wide {{ overflow-x: auto; }} .best {{ font-weight: 700; }}
.wide table {{ font-size: .92rem; }} .wide td {{ white-space: nowrap; padding-right: .7rem; }}
.wide th {{ vertical-align: bottom; }} .wide th:not(:first-child) {{ min-width: 4rem; }}
.wide td:first-child {{ white-space: normal; min-width: 8rem; }}
.beside {{ display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }}
.beside:has(.chart) {{ grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); }}
.beside figure {{ margin: 0; }} .beside figcaption {{ overflow-wrap: anywhere; }}
.cards {{ display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }}
.cards figure {{ margin: 0; }} .cards img {{ width: 100%; }}
.cards figcaption {{ overflow-wrap: anywhere; }}
.chart {{ image-rendering: auto; }} .legend {{ margin: .5rem 0; overflow-wrap: anywhere; }}
.legend span {{ margin-right: 1.2rem; }}
.legend i {{ display: inline-block; width: 1.2rem; height: .25rem; margin: 0 .4rem .25rem 0; }}
</style>
<h1>{name}</h1>
<p>{facts}</p>
{sections}
</html>
"""


def page(title: str, facts: str, sections: Iterable[str], *, wide: bool = False) -> str:
    """The whole page.

    Args:
        title: of the page.
        facts: the paragraph below it.
        sections: HTML, those that are empty left out.
        wide: whether what stands side by side may take more than the width of a text.
    """
    body = "\n".join(filter(None, sections))
    facts, width = escape(facts), 90 if wide else 60
    return _PAGE.format(name=escape(title), facts=facts, sections=body, width=width)


def image(picture: Array, *, chart: bool = False) -> str:
    """A picture, uint8 [H, W, 1 or 3]; a chart is smoothed where it is scaled, pixels are not."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(content, "PNG")
    data, kind = base64.b64encode(content.getvalue()).decode(), ' class="chart"' if chart else ""
    return f'<img{kind} alt="" src="data:image/png;base64,{data}">'


def figure(title: str, content: str, *, above: bool = False) -> str:
    """Content with its caption below, or above."""
    caption = f"<figcaption>{escape(title)}</figcaption>"
    return f"<figure>{caption + content if above else content + caption}</figure>"


def beside(title: str, figures: Iterable[str], before: str = "") -> str:
    """Figures side by side, as many as the window takes, below a title and what comes before."""
    return f'<h2>{escape(title)}</h2>{before}<div class="beside">{"".join(figures)}</div>'


def legend(colours: Mapping[str, str]) -> str:
    """Names with their colours."""
    entries = (
        f'<span><i style="background: {colour}"></i>{escape(name)}</span>'
        for name, colour in colours.items()
    )
    return f'<div class="legend">{"".join(entries)}</div>'
