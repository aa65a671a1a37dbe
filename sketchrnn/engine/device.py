"""What a verb computes on: a graphics card where one works, or the processor; the window's engine: the processor."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal

Wanted = Literal["auto", "cpu", "gpu"]
PROBE = 256 << 20
"""Bytes that a card is asked for before anything is computed or written: a model and its batches take about as much."""


def use_device(wanted: Wanted, say: Callable[[str], None] | None = None) -> None:
    """Choose the device; called before anything is computed.

    Args:
        wanted: "auto" takes what jax finds, "cpu" never looks for a card. Where a card is not there, does not start,
            or has no memory left, the processor is used instead.
        say: told so in one line; default: on stderr.
    """
    import jax

    if wanted == "cpu":
        jax.config.update("jax_platforms", "cpu")
        return
    try:
        cards = [device for device in jax.devices() if device.platform != "cpu"]
        if cards:
            jax.numpy.zeros(PROBE, "uint8").block_until_ready()
        if cards or wanted == "auto":
            return
        reason = "none was found"
    except (RuntimeError, AssertionError) as error:  # one was named in JAX_PLATFORMS and cannot be started, or is full
        reason = " ".join(str(error).split())[:200] or "the one in JAX_PLATFORMS does not start"
        if "RESOURCE_EXHAUSTED" in reason:
            reason = "other programs have all its memory"
            _forget_devices()
        jax.config.update("jax_platforms", "cpu")
    (say or _say)(f"no graphics card is used ({reason}); the processor is")


def _forget_devices() -> None:
    """Let jax look for devices anew."""
    from jax.extend.backend import clear_backends

    clear_backends()


def _say(text: str) -> None:
    print(text, file=sys.stderr)
