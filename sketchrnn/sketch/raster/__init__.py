"""Sketches as pictures without a window: smooth lines, PNG, GIF, contact sheets. numpy and zlib only."""

from sketchrnn.sketch.raster.gif import animation_frames, gif_bytes, write_gif
from sketchrnn.sketch.raster.lines import rasterise
from sketchrnn.sketch.raster.png import png_bytes, write_png
from sketchrnn.sketch.raster.sheet import contact_sheet

__all__ = ["animation_frames", "contact_sheet", "gif_bytes", "png_bytes", "rasterise", "write_gif", "write_png"]
