"""Names that fit what was typed."""

from __future__ import annotations

from sketchrnn.app.dialogs import AUTO_ROW


def matching(names: tuple[str, ...], search: str) -> tuple[str, ...]:
    """Names that fit the search, best first: those that begin with it, then a word of theirs, then hold it, then hold
    its letters in order. All of them in the alphabet's order, after `auto`, for an empty search.
    """
    wanted = " ".join(search.casefold().split())
    if not wanted:
        return (AUTO_ROW, *sorted(names))
    ranked = sorted((_rank(name.casefold(), wanted), name) for name in (AUTO_ROW, *names))
    return tuple(name for rank, name in ranked if rank < 4)


def _rank(name: str, wanted: str) -> int:
    if name.startswith(wanted):
        return 0
    if any(word.startswith(wanted) for word in name.split()):
        return 1
    if wanted in name:
        return 2
    letters = iter(name)
    return 3 if all(c in letters for c in wanted if c != " ") else 4
