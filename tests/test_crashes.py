"""The short form of `python -m tests.crashes`, and that its judge can find a fault."""

from __future__ import annotations

from crashes import SHORT, Watcher, run
from systems import needs_kill


@needs_kill
def test_nothing_that_was_finished_is_lost(checkout, monkeypatch) -> None:
    monkeypatch.chdir(checkout)
    watcher = run(SHORT, seed=0, engine="fake")
    assert not watcher.faults
    assert watcher.lives == SHORT and watcher.offered > 0


def test_the_judge() -> None:
    """Between going and being there either is right; what was there has to come back, also in the life after."""
    life = ["offered", "goes autosave 1-a", "there autosave 1-a", "goes autosave 2-b"]
    for offered in ("1-a", "2-b"):
        watcher = Watcher()
        watcher.watch(life, 0)
        watcher.watch([f"offered {offered}"], 1)
        watcher.watch([f"offered 3-c {offered}"], 2)
        assert not watcher.faults and watcher.drawn == 2
    watcher = Watcher()
    watcher.watch(life, 0)
    watcher.watch(["offered 3-c"], 1)
    assert len(watcher.faults) == 1
    watcher = Watcher()
    watcher.watch([*life, "goes end 0-", "there end 0-"], 0)
    watcher.watch(["offered"], 1)
    assert not watcher.faults, "a drawing that was saved or let go is not offered"
    watcher.watch(["offered 2-b", "took 2-b", "goes autosave 2-b"], 2)
    watcher.watch(["offered 2-b", "took 2-b", "goes autosave 2-b", "there autosave 2-b", "goes file 2-b /a.svg"], 3)
    assert watcher.saved == {"/a.svg": ["2-b"]}
    watcher.watch(["offered"], 4)
    assert len(watcher.faults) == 1
