"""Does what `update` wants done with files, and says what came of it as events: failures too, never an exception."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sketchrnn.app.dialogs import Entry
from sketchrnn.app.documents import Codecs, exported_page, read_document, write_document
from sketchrnn.app.effects import (
    AddToData,
    Autosave,
    Copy,
    Effect,
    EndAutosave,
    ListFolder,
    ReadFile,
    RememberFile,
    SetAsideLost,
    StoreRecent,
    StoreSettings,
    WriteFile,
)
from sketchrnn.app.events import CopyMade, Event, FileFailed, FileWritten, FolderListed, Notice, Recovered
from sketchrnn.app.recent import store_recent
from sketchrnn.app.session import SET_ASIDE, Session, digest_of
from sketchrnn.app.settings import store_settings
from sketchrnn.errors import SketchRNNError
from sketchrnn.paths import my_data_folder
from sketchrnn.sketch.kinds import KNOWN, Options
from sketchrnn.sketch.types import Sketch

DEFAULT = Options()
MOST_PUT_AWAY = 256 << 20
"""Bytes of discarded drawings, of some kilobytes each, from which on the person is told of them."""
Events = tuple[Event, ...]


def run_effect(effect: Effect, session: Session, codecs: Codecs) -> Events:
    """Do one effect that has to do with files; others are passed over.

    Args:
        effect: what is to be done.
        session: this window's autosave.
        codecs: readers and writers of data sets.

    Returns:
        What came of it.
    """
    do = _DO.get(type(effect))
    return () if do is None else do(effect, session, codecs)


def find_lost(session: Session) -> Events:
    """What is to be said at the start about runs that did not end well."""
    try:
        found, notices = session.lost_drawings()
    except OSError as error:
        return (Notice(f"Autosaved drawings could not be looked for: {_reason(error)}", error=True),)
    told = tuple(Notice(text, error=True) for text in notices)
    if (size := session.put_away()) > MOST_PUT_AWAY:
        folder = session.folder / SET_ASIDE
        told += (Notice(f"Discarded drawings take {size >> 20} MB; delete what you do not miss in {folder}"),)
    return (*told, Recovered(found)) if found else told


def svg_text(sketch: Sketch, ink_width: float = 3.0, options: Options = DEFAULT) -> str:
    """The drawing as an SVG document, for the clipboard; of the options only those of an SVG count."""
    return str(exported_page(sketch, replace(options, format="svg"), ink_width))


def _autosave(effect: Autosave, session: Session, codecs: Codecs) -> Events:
    return _or_notice(lambda: session.save(effect.sketch), "The drawing cannot be autosaved, save it yourself")


def _end_autosave(effect: EndAutosave, session: Session, codecs: Codecs) -> Events:
    return _or_notice(lambda: session.end(effect.saved), "The autosaved drawing could not be moved")


def _set_aside(effect: SetAsideLost, session: Session, codecs: Codecs) -> Events:
    return _or_notice(lambda: session.set_aside(effect.paths), "The autosaved drawing could not be moved")


def _store(effect: StoreSettings, session: Session, codecs: Codecs) -> Events:
    return _or_notice(lambda: store_settings(effect.settings), "Settings are not remembered")


def _store_recent(effect: StoreRecent, session: Session, codecs: Codecs) -> Events:
    return _or_notice(lambda: store_recent(effect.files), "Recent files are not remembered")


def _add_to_data(effect: AddToData, session: Session, codecs: Codecs) -> Events:
    folder = _absolute(Path(effect.folder)) if effect.folder else my_data_folder()
    try:
        path, count, new = codecs.add(effect.sketch, folder)
    except (SketchRNNError, OSError) as error:
        return (Notice(f"The drawing was not added: {_reason(error)}", error=True),)
    held = f"{count} drawing{'' if count == 1 else 's'} in {path}"
    return (Notice(f"Added to your data set: {held}" if new else f"It is in your data set already: {held}"),)


def _read(effect: ReadFile, session: Session, codecs: Codecs) -> Events:
    path = _absolute(effect.path)
    try:
        digest = digest_of(path)  # before it is read: what is written meanwhile is another program's
        return (replace(read_document(path, codecs), beside=effect.beside, digest=digest),)
    except (SketchRNNError, OSError) as error:
        return (FileFailed(path, _reason(error), reads=True),)


def _remember(effect: RememberFile, session: Session, codecs: Codecs) -> Events:
    session.remember(effect.path, effect.digest)
    return ()


def _write(effect: WriteFile, session: Session, codecs: Codecs) -> Events:
    path = _absolute(effect.path)
    if not effect.overwrite and os.path.lexists(path):
        return (FileFailed(path, f"{path.name} is there already", exists=True),)
    if effect.unchanged and session.changed_elsewhere(path):
        return (FileFailed(path, f"{path.name} was changed by another program", changed=True),)
    try:
        write_document(path, effect.sketch, effect.ink_width, effect.export, codecs)
    except (SketchRNNError, OSError) as error:
        return (FileFailed(path, _reason(error)),)
    session.remember(path, digest_of(path))
    return (FileWritten(path, effect.sketch, exported=effect.export is not None),)


def _copy(effect: Copy, session: Session, codecs: Codecs) -> Events:
    # here and not in the window: a plotter's order of a thousand strokes takes half a second
    return (CopyMade(svg_text(effect.sketch, effect.ink_width, effect.export)),)


def _list(effect: ListFolder, session: Session, codecs: Codecs) -> Events:
    folder = _nearest_folder(_absolute(effect.folder))
    above = (Entry("..", True),) if folder.parent != folder else ()
    try:
        found = [_entry(item) for item in os.scandir(folder) if not item.name.startswith(".")]
    except OSError as error:
        return (FolderListed(effect.folder, folder, above, f"{folder} cannot be listed: {_reason(error)}"),)
    rows = sorted((row for row in found if row is not None), key=lambda row: (not row.is_folder, row.name.casefold()))
    return (FolderListed(effect.folder, folder, (*above, *rows)),)


def _entry(item: os.DirEntry) -> Entry | None:
    if _is_folder(item):
        return Entry(item.name, True)
    return Entry(item.name, False) if item.name.lower().endswith(KNOWN) else None


def _is_folder(item: os.DirEntry) -> bool:
    try:
        return item.is_dir()
    except OSError:
        return False


def _or_notice(do: Callable[[], None], what: str) -> Events:
    try:
        do()
    except (SketchRNNError, OSError) as error:
        return (Notice(f"{what}: {_reason(error)}", error=True),)
    return ()


def _absolute(path: Path) -> Path:
    try:
        path = path.expanduser()
    except RuntimeError:  # there is no home
        path = Path(*path.parts[1:])
    return Path(os.path.abspath(path))


def _nearest_folder(path: Path) -> Path:
    """The path, or the nearest folder above it that is there: a remembered folder may be gone."""
    for folder in (path, *path.parents):
        if os.path.isdir(folder):  # Path.is_dir raises where it may not look
            return folder
    return path


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)


_DO = {
    Autosave: _autosave,
    EndAutosave: _end_autosave,
    SetAsideLost: _set_aside,
    StoreSettings: _store,
    StoreRecent: _store_recent,
    AddToData: _add_to_data,
    ReadFile: _read,
    RememberFile: _remember,
    WriteFile: _write,
    Copy: _copy,
    ListFolder: _list,
}
