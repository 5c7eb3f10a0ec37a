"""A page that shows a model in a browser, without a server: map, sliders, drawing, walks, samples.

`write_page` writes one file with ONNX Runtime Web and the graphs inside; `write_site` writes a
gallery of presets for a web server.
"""

from vaezoo.explorer.examples import Examples, known_examples
from vaezoo.explorer.page import write_page
from vaezoo.explorer.site import write_site

__all__ = ["Examples", "known_examples", "write_page", "write_site"]
