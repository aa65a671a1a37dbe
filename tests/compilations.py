"""Counts what jax compiles while something runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import jax

COMPILED = ("/jax/core/compile/jaxpr_trace_duration", "/jax/core/compile/backend_compile_duration")
"""What jax tells of each function that it traces, and of each that it compiles or finds compiled."""


class Count:
    """Tracings and compilations so far."""

    def __init__(self):
        self.now = 0


@contextmanager
def compilations() -> Iterator[Count]:
    """Their count, from here on."""
    count = Count()

    def listener(event: str, seconds: float, **about: object) -> None:
        count.now += event in COMPILED

    jax.monitoring.register_event_duration_secs_listener(listener)
    try:
        yield count
    finally:
        jax.monitoring.unregister_event_duration_listener(listener)
