"""How jax is set up for the engine: what was compiled is kept for the next start."""

from __future__ import annotations

import hashlib
import os
import platform
import warnings
from pathlib import Path

import jax
import jaxlib.version

from sketchrnn.engine.crew import cores
from sketchrnn.paths import cache_folder


def prepare_jax() -> None:
    """Keep compiled functions in the user's cache folder, and answer small calls without a detour.

    Where the folder cannot be written the functions are compiled at every start; nothing else changes. A folder that
    the user set (`JAX_COMPILATION_CACHE_DIR`) is left alone.
    """
    # dispatching to another thread costs more than a small step takes (jax issue 18608; measured: 0.25 -> 0.09 ms)
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    keep_compiled()


def keep_compiled() -> None:
    """Keep compiled functions in the user's cache folder, and change nothing else.

    What is damaged there, or does not fit onto the disk, is compiled anew without a word: a person can do nothing with
    jax's warnings of it, which would stand beside a verb's one line.
    """
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache entry")
    if jax.config.jax_compilation_cache_dir:  # pyright: ignore[reportAttributeAccessIssue]
        return
    folder = compilation_cache()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(folder, os.W_OK):
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
        # caches of XLA's own are told where they lie, which is then part of every key: none of it is found elsewhere
        jax.config.update("jax_persistent_cache_enable_xla_caches", "none")


def compilation_cache() -> Path:
    """The folder: one for each jaxlib and processor, since code compiled for another one may crash, and for each number
    of threads: XLA deals the work over as many as there are when it compiles, and its own key does not tell them apart.
    """
    threads = os.environ.get("NPROC", "") or str(cores())
    return cache_folder() / f"jax-{jaxlib.version.__version__}-{processor_fingerprint()}-{threads}"


def processor_fingerprint() -> str:
    """Eight digits that differ where the processor's model or abilities do."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        known = sorted({line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))})
    except OSError:
        known = [platform.processor()]
    return hashlib.blake2b("\n".join([platform.machine(), *known]).encode(), digest_size=4).hexdigest()
