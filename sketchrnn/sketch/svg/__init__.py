"""SVG out and in: ours without loss, from other programs flattened."""

from sketchrnn.sketch.svg.read import read_svg
from sketchrnn.sketch.svg.sheet import contact_sheet_svg
from sketchrnn.sketch.svg.write import write_svg

__all__ = ["contact_sheet_svg", "read_svg", "write_svg"]
