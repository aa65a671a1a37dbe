"""sketchrnn: draw the start of something, and a Sketch-RNN finishes it stroke by stroke.

Importing the package imports nothing heavy: no jax, no pygame. The parts, from what a drawing is to what is seen:
`sketch`, `data`, `model`, `weights`, `training`, `engine`, `app`, `window`, `cli`.
"""

__version__ = "0.1.0"
