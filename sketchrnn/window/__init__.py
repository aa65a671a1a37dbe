"""What is seen. Whichever module comes first: what pygame and SDL are to know is said before they are imported."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
# SDL would send every frame through OpenGL: 12 ms where that is done in software, against 0.2 ms for shared memory
os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
# what desktops group windows by
os.environ.setdefault("SDL_VIDEO_X11_WMCLASS", "sketchrnn")
os.environ.setdefault("SDL_VIDEO_WAYLAND_WMCLASS", "sketchrnn")
# px are px: the system would enlarge the picture and blur it
os.environ.setdefault("SDL_WINDOWS_DPI_AWARENESS", "permonitorv2")
