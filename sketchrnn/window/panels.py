"""Where the parts of an open dialog lie: one function a dialog. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sketchrnn.app.commands import COMMANDS, Command
from sketchrnn.app.dialogs import (
    AUTO_ROW,
    VISIBLE_ROWS,
    Confirm,
    Entry,
    Export,
    FilePanel,
    Picker,
    Purpose,
    Records,
    Recovery,
)
from sketchrnn.app.events import Choose, Event, Key
from sketchrnn.app.selection import said_category
from sketchrnn.app.settings import scale_of
from sketchrnn.app.state import AppState
from sketchrnn.sketch.kinds import FORMATS, SUFFIXES
from sketchrnn.window.cards import BAR, LINE, Desk, Field, Listing, Panel, Words, wrap
from sketchrnn.window.help import help_panel
from sketchrnn.window.layout import TOP, Box, Control, Kind, Measure, field_points
from sketchrnn.window.theme import BODY, CONTROL, SMALL, STRONG, TITLE, XL, XS, L, M, S

ROW = 28  # height of a list's row, points
WIDTH = 560  # of a file panel, points
_VERBS = {Purpose.OPEN: "Open", Purpose.SAVE: "Save", Purpose.EXPORT: "Export", Purpose.BETWEEN: "Take"}
_TITLES = {Purpose.SAVE: "Save as", Purpose.BETWEEN: "Between your drawing and ..."}


def panel(state: AppState, measure: Measure) -> Panel | None:
    """The open dialog's layout; None where none is open."""
    dialog = state.dialog
    if dialog is None:
        return None
    desk = Desk(state.view.size, scale_of(state.view.size, state.settings.ui_scale), measure)
    if isinstance(dialog, Picker):
        return _picker(desk, dialog, state)
    if isinstance(dialog, FilePanel):
        return _files(desk, dialog, state.system_dialogs)
    if isinstance(dialog, Confirm):
        return _confirm(desk, dialog)
    if isinstance(dialog, Recovery):
        return _recovery(desk, dialog)
    if isinstance(dialog, Records):
        return _records(desk, dialog)
    if isinstance(dialog, Export):
        return _export(desk, dialog, state)
    return help_panel(desk, dialog)


def _rows(desk: Desk, box: Box, labels: Sequence[str], top: int, icons: Sequence[str]) -> tuple[Control, ...]:
    height, edge = desk.px(ROW), Box(box.right, box.y, desk.px(S), box.h)
    bar = (Control(BAR, edge, Kind.BAR),) if len(labels) > VISIBLE_ROWS else ()
    shown = range(top, min(top + VISIBLE_ROWS, len(labels)))
    rows = tuple(
        Control(
            f"row {i}",
            Box(box.x, box.y + (i - top) * height, box.w, height),
            Kind.ROW,
            Choose(i),
            labels[i],
            icons[i] if icons else "",
        )
        for i in shown
    )
    return rows + bar


def _buttons(desk: Desk, right: int, y: int, named: Sequence[tuple[str, Event]]) -> tuple[Control, ...]:
    # in the order given, the last one at the right edge
    made: list[Control] = []
    for label, says in reversed(named):
        width = round(desk.measure(label, BODY)) + desk.px(2 * L)
        box = Box(right - width, y, width, desk.px(CONTROL))
        made.insert(0, Control(f"choice {label}", box, Kind.CHOICE, says, label))
        right = box.x - desk.px(S)
    return tuple(made)


def _picker(desk: Desk, dialog: Picker, state: AppState) -> Panel:
    card = desk.card(
        field_points(state.view.size[0] / desk.scale) + XS + CONTROL,
        S + CONTROL + S + VISIBLE_ROWS * ROW + S,
        desk.px(TOP + XS),
    )
    inner = card.inset(desk.px(S))
    hint = "What is it? A category, or a word of yours" if dialog.adding else "Search a category"
    field = Field(Box(inner.x, inner.y, inner.w, desk.px(CONTROL)), dialog.search, hint, "search")
    box = Box(inner.x, field.box.bottom + desk.px(S), inner.w, desk.px(VISIBLE_ROWS * ROW))
    current = said_category(state) or AUTO_ROW
    labels = [_picker_label(row, dict(state.guess)) for row in dialog.rows]
    icons = ["check" if row == current else "blank" for row in dialog.rows]
    # before the model is there no category is, but a word of one's own can be typed
    empty = "Type what it is, in a word of yours" if dialog.adding else "No category of this name"
    listing = Listing(box, dialog.top, len(dialog.rows), dialog.selected, empty)
    return Panel(desk.scale, card, False, (), field, listing, _rows(desk, box, labels, dialog.top, icons))


def _picker_label(row: str, guess: dict[str, float]) -> str:
    if row == AUTO_ROW:
        return "Auto: let the model guess"
    return f"{row}\t{100 * guess[row]:.0f} %" if row in guess else row


def _files(desk: Desk, dialog: FilePanel, system: bool) -> Panel:
    lines = _under_name(desk, dialog, desk.card(WIDTH, 0).inset(desk.px(L)).w)
    below = 26 + S + (len(lines) > 1) * SMALL * LINE
    card = desk.card(WIDTH, L + 28 + 22 + S + VISIBLE_ROWS * ROW + M + CONTROL + below)
    inner = card.inset(desk.px(L))
    verb = _VERBS[dialog.purpose]
    title = Words(desk.line(inner, inner.y, TITLE), _TITLES.get(dialog.purpose, verb), TITLE, strong=True)
    folder = Words(desk.line(inner, title.box.bottom, SMALL), str(dialog.folder), SMALL, muted=True)
    box = Box(inner.x, folder.box.bottom + desk.px(S), inner.w, desk.px(VISIBLE_ROWS * ROW))
    y = box.bottom + desk.px(M)
    browse = [(COMMANDS[Command.BROWSE].label, Command.BROWSE)] if system else []
    named = [*browse, ("Cancel", Command.ESCAPE), (verb, Key.ENTER)]
    buttons = _buttons(desk, inner.right, y, named)
    hint = "Click a file, or type a path" if dialog.purpose.reads else f"Name: {', '.join(SUFFIXES)}"
    place = Box(inner.x, y, buttons[0].box.x - desk.px(M) - inner.x, desk.px(CONTROL))
    field = Field(place, dialog.name, hint, chosen=dialog.proposed)
    like = Words(inner, "", SMALL, muted=dialog.writing, danger=not dialog.writing)
    under, _ = _paragraph(desk, inner, field.box.bottom + desk.px(XS), lines, like)
    words = (title, folder, *under)
    empty = "Nothing here that can be opened" if dialog.listed else "Reading the folder ..."
    listing = Listing(box, dialog.top, len(dialog.entries), dialog.selected, empty)
    icons = ["up" if e.name == ".." else "open" if e.is_folder else "file" for e in dialog.entries]
    rows = _rows(desk, box, [_entry_label(entry) for entry in dialog.entries], dialog.top, icons)
    return Panel(desk.scale, card, True, words, field, listing, rows + buttons, buttons[-1].name)


def _under_name(desk: Desk, dialog: FilePanel, width: float) -> list[str]:
    # what goes on, or what went wrong, in two lines at most: a long path would take the room of the reason
    if dialog.writing:
        return ["Writing ..."]
    first, *more = wrap(dialog.error, width, SMALL, desk.measure) or [""]
    return [line for line in (first, " ".join(more)) if line]


def _entry_label(entry: Entry) -> str:
    # of a file opened lately the folder's name stands at the right
    return f"{entry.name}\t{entry.path.parent.name or entry.path.anchor}" if entry.path else entry.name


def _export(desk: Desk, dialog: Export, state: AppState) -> Panel:
    card = desk.card(632, L + 28 + S + VISIBLE_ROWS * ROW + M + CONTROL + L)
    inner = card.inset(desk.px(L))
    title = Words(desk.line(inner, inner.y, TITLE), "Export", TITLE, strong=True)
    y, height = title.box.bottom + desk.px(S), desk.px(VISIBLE_ROWS * ROW)
    box = Box(inner.x, y, desk.px(330), height)
    shown = Box(box.right + desk.px(L), y, inner.right - box.right - desk.px(L), height)
    labels = dialog.rows
    icons = ["check" if name == dialog.options.format else "blank" for name in FORMATS] + ["blank"] * len(labels)
    first = len(labels)
    named = [(label, Choose(first + i)) for i, label in enumerate(dialog.buttons)]
    buttons = _buttons(desk, inner.right, box.bottom + desk.px(M), named)
    on_button = dialog.selected >= first
    pressed = buttons[dialog.selected - first] if on_button else buttons[-1]
    listing = Listing(box, 0, len(labels), None if on_button else dialog.selected)
    rows = _rows(desk, box, labels, 0, icons)
    preview = (shown, (state.sketch,) * len(labels))
    return Panel(desk.scale, card, True, (title,), None, listing, rows + buttons, pressed.name, preview)


def _confirm(desk: Desk, dialog: Confirm) -> Panel:
    buttons = _buttons(desk, 0, 0, [(label, Choose(i)) for i, label in enumerate(dialog.choices)])
    needed = (buttons[-1].box.right - buttons[0].box.x) / desk.scale + 2 * XL
    width = max(400, needed)
    lines = wrap(dialog.text, desk.px(width - 2 * XL), STRONG, desk.measure)
    height = XL + len(lines) * STRONG * LINE + XL + CONTROL + XL
    card = desk.card(width, height)
    inner = card.inset(desk.px(XL))
    words, y = _paragraph(desk, inner, inner.y, lines, Words(inner, "", STRONG, strong=True))
    buttons = _buttons(desk, inner.right, y + desk.px(XL), [(c, Choose(i)) for i, c in enumerate(dialog.choices)])
    chosen = buttons[min(dialog.selected, len(buttons) - 1)].name if buttons else ""
    return Panel(desk.scale, card, True, tuple(words), controls=buttons, selected=chosen)


def _paragraph(desk: Desk, inner: Box, y: int, lines: Sequence[str], like: Words) -> tuple[list[Words], int]:
    words = []
    for text in lines:
        box = desk.line(inner, y, like.size)
        words.append(replace(like, box=box, text=text))
        y = box.bottom
    return words, y


def _recovery(desk: Desk, dialog: Recovery) -> Panel:
    sketches = tuple(lost.sketch for lost in dialog.found)
    text = "The program ended before these were saved. They were kept; take one back?"
    return _gallery(desk, "Unsaved drawings", text, dialog.rows, dialog.selected, dialog.top, sketches)


def _records(desk: Desk, dialog: Records) -> Panel:
    text = f"{len(dialog.sketches)} drawings" + (", and more that are not shown" if dialog.more else "")
    return _gallery(desk, dialog.path.name, text, dialog.rows, dialog.selected, dialog.top, dialog.sketches)


def _gallery(desk: Desk, title: str, text: str, labels, selected: int, top: int, sketches) -> Panel:
    # a list at the left, a row's drawing at the right
    card = desk.card(632, L + 28 + 24 + S + VISIBLE_ROWS * ROW + L)
    inner = card.inset(desk.px(L))
    first = Words(desk.line(inner, inner.y, TITLE), title, TITLE, strong=True)
    second = Words(desk.line(inner, first.box.bottom, BODY), text, BODY, muted=True)
    y, height = second.box.bottom + desk.px(S), desk.px(VISIBLE_ROWS * ROW)
    box = Box(inner.x, y, desk.px(300), height)
    shown = Box(box.right + desk.px(L), y, inner.right - box.right - desk.px(L), height)
    rows = _rows(desk, box, labels, top, ())
    listing = Listing(box, top, len(labels), selected)
    return Panel(desk.scale, card, True, (first, second), None, listing, rows, preview=(shown, sketches))
