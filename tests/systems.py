"""What a test needs of the system that some have not: it is skipped there, and says why."""

from __future__ import annotations

import sys

import pytest

needs_stopping = pytest.mark.skipif(sys.platform == "win32", reason="no signal there makes a process stand still")
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="there a signal to a process only ends it")
needs_kill = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL whose name is told")
needs_links = pytest.mark.skipif(sys.platform == "win32", reason="not everyone may make symbolic links there")
