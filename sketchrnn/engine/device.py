"""What a verb computes on: a graphics card where one works, or the processor; the window's engine: the processor."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal

Wanted = Literal["auto", "cpu", "gpu"]
CHOICES: tuple[Wanted, ...] = ("auto", "cpu", "gpu")


def use_device(wanted: Wanted, say: Callable[[str], None] | None = None) -> None:
    """Choose the device; called before anything is computed.

    Args:
        wanted: "auto" takes what jax finds, "cpu" never looks for a card. Where a card is not there or does not
            start, the processor is used instead.
        say: told so in one line; default: on stderr.
    """
    import jax

    if wanted == "cpu":
        jax.config.update("jax_platforms", "cpu")
        return
    try:
        found = jax.devices()
        if wanted == "auto" or any(device.platform != "cpu" for device in found):
            return
        reason = "none was found"
    except (RuntimeError, AssertionError) as error:  # one was named in JAX_PLATFORMS and cannot be started
        reason = " ".join(str(error).split())[:200] or "the one in JAX_PLATFORMS does not start"
        jax.config.update("jax_platforms", "cpu")
    (say or _say)(f"no graphics card is used ({reason}); the processor is")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
