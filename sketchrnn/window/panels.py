"""Where the parts of an open dialog lie: a card with words, a field, a list, a picture and buttons. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sketchrnn.app.commands import COMMANDS, GESTURES, SECTIONS, Command
from sketchrnn.app.dialogs import (
    AUTO_ROW,
    VISIBLE_ROWS,
    Confirm,
    FilePanel,
    Help,
    Picker,
    Purpose,
    Records,
    Recovery,
)
from sketchrnn.app.events import Choose, Event, Key
from sketchrnn.app.state import AppState
from sketchrnn.sketch.types import Sketch
from sketchrnn.window.layout import TOP, Box, Control, Kind, Measure, field_points, scale_of
from sketchrnn.window.theme import BODY, CONTROL, SMALL, STRONG, TITLE, XL, XS, L, M, S

ROW = 28  # height of a list's row, points
LINE = 1.45  # line height over type size


@dataclass(frozen=True)
class Words:
    """One line of text in a box, left and middle."""

    box: Box
    text: str
    size: int = BODY
    muted: bool = False
    strong: bool = False
    danger: bool = False
    key: bool = False  # drawn as a key cap


@dataclass(frozen=True)
class Field:
    """A text field that always has the keyboard."""

    box: Box
    text: str
    hint: str
    icon: str = ""


@dataclass(frozen=True)
class Listing:
    """A list's frame and how far it is scrolled."""

    box: Box
    top: int
    count: int
    selected: int | None
    empty: str = ""


@dataclass(frozen=True)
class Panel:
    """An open dialog.

    Args:
        scale: px per point.
        card: the ground of it all; a click outside says `outside`.
        modal: whether the page behind is darkened.
        controls: rows and buttons.
        selected: the name of the control that ENTER presses, if it is a button.
        preview: where a row's drawing is shown, and the drawings, row by row; rows after them have none.
    """

    scale: float
    card: Box
    modal: bool = True
    words: tuple[Words, ...] = ()
    field: Field | None = None
    listing: Listing | None = None
    controls: tuple[Control, ...] = ()
    selected: str = ""
    preview: tuple[Box, tuple[Sketch, ...]] | None = None
    outside: Event | None = Command.ESCAPE

    def at(self, place: tuple[float, float]) -> Control | None:
        """The control at a place."""
        return next((c for c in reversed(self.controls) if c.box.holds(place)), None)


def panel(state: AppState, measure: Measure) -> Panel | None:
    """The open dialog's layout; None where none is open."""
    dialog = state.dialog
    if dialog is None:
        return None
    desk = _Desk(state.view.size, scale_of(state.view.size, state.settings.ui_scale), measure)
    if isinstance(dialog, Picker):
        return _picker(desk, dialog, state)
    if isinstance(dialog, FilePanel):
        return _files(desk, dialog)
    if isinstance(dialog, Confirm):
        return _confirm(desk, dialog)
    if isinstance(dialog, Recovery):
        return _recovery(desk, dialog)
    if isinstance(dialog, Records):
        return _records(desk, dialog)
    return _help(desk, dialog)


@dataclass(frozen=True)
class _Desk:
    size: tuple[int, int]
    scale: float
    measure: Measure

    def px(self, points: float) -> int:
        return round(points * self.scale)

    def card(self, width: float, height: float, y: int | None = None) -> Box:
        w, h = min(self.px(width), self.size[0] - self.px(L)), min(self.px(height), self.size[1] - self.px(L))
        return Box((self.size[0] - w) // 2, (self.size[1] - h) // 2 if y is None else y, w, h)

    def line(self, box: Box, y: int, size: float) -> Box:
        return Box(box.x, y, box.w, round(self.px(size) * LINE))


def wrap(text: str, width: float, size: float, measure: Measure) -> list[str]:
    """The text in lines no wider than `width` px, broken between words; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _rows(desk: _Desk, box: Box, labels: Sequence[str], top: int, icons: Sequence[str]) -> tuple[Control, ...]:
    height = desk.px(ROW)
    shown = range(top, min(top + VISIBLE_ROWS, len(labels)))
    return tuple(
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


def _buttons(desk: _Desk, right: int, y: int, named: Sequence[tuple[str, Event]]) -> tuple[Control, ...]:
    # in the order given, the last one at the right edge
    made: list[Control] = []
    for label, says in reversed(named):
        width = round(desk.measure(label, BODY)) + desk.px(2 * L)
        box = Box(right - width, y, width, desk.px(CONTROL))
        made.insert(0, Control(f"choice {label}", box, Kind.CHOICE, says, label))
        right = box.x - desk.px(S)
    return tuple(made)


def _picker(desk: _Desk, dialog: Picker, state: AppState) -> Panel:
    card = desk.card(
        field_points(state.view.size[0] / desk.scale) + XS + CONTROL,
        S + CONTROL + S + VISIBLE_ROWS * ROW + S,
        desk.px(TOP + XS),
    )
    inner = card.inset(desk.px(S))
    field = Field(Box(inner.x, inner.y, inner.w, desk.px(CONTROL)), dialog.search, "Search a category", "search")
    box = Box(inner.x, field.box.bottom + desk.px(S), inner.w, desk.px(VISIBLE_ROWS * ROW))
    current = AUTO_ROW if state.category is None else state.category
    labels = [_picker_label(row, dict(state.guess)) for row in dialog.rows]
    icons = ["check" if row == current else "blank" for row in dialog.rows]
    listing = Listing(box, dialog.top, len(dialog.rows), dialog.selected, "No category of this name")
    return Panel(desk.scale, card, False, (), field, listing, _rows(desk, box, labels, dialog.top, icons))


def _picker_label(row: str, guess: dict[str, float]) -> str:
    if row == AUTO_ROW:
        return "Auto: let the model guess"
    return f"{row}\t{100 * guess[row]:.0f} %" if row in guess else row


def _files(desk: _Desk, dialog: FilePanel) -> Panel:
    card = desk.card(560, L + 28 + 22 + S + VISIBLE_ROWS * ROW + M + CONTROL + 26 + S)
    inner = card.inset(desk.px(L))
    saving = dialog.purpose is Purpose.SAVE
    title = Words(desk.line(inner, inner.y, TITLE), "Save as" if saving else "Open", TITLE, strong=True)
    folder = Words(desk.line(inner, title.box.bottom, SMALL), str(dialog.folder), SMALL, muted=True)
    box = Box(inner.x, folder.box.bottom + desk.px(S), inner.w, desk.px(VISIBLE_ROWS * ROW))
    y = box.bottom + desk.px(M)
    named = [("Cancel", Command.ESCAPE), ("Save" if saving else "Open", Key.ENTER)]
    buttons = _buttons(desk, inner.right, y, named)
    hint = "Name: .svg, .png, .ndjson or .npz" if saving else "Click a file, or type a path"
    field = Field(Box(inner.x, y, buttons[0].box.x - desk.px(M) - inner.x, desk.px(CONTROL)), dialog.name, hint)
    under = desk.line(inner, field.box.bottom + desk.px(XS), SMALL)
    words = (title, folder) + ((Words(under, dialog.error, SMALL, danger=True),) if dialog.error else ())
    empty = "Nothing here that can be opened" if dialog.listed else "Reading the folder ..."
    listing = Listing(box, dialog.top, len(dialog.entries), dialog.selected, empty)
    icons = ["up" if e.name == ".." else "open" if e.is_folder else "file" for e in dialog.entries]
    rows = _rows(desk, box, [entry.name for entry in dialog.entries], dialog.top, icons)
    return Panel(desk.scale, card, True, words, field, listing, rows + buttons, buttons[-1].name)


def _confirm(desk: _Desk, dialog: Confirm) -> Panel:
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


def _paragraph(desk: _Desk, inner: Box, y: int, lines: Sequence[str], like: Words) -> tuple[list[Words], int]:
    words = []
    for text in lines:
        box = desk.line(inner, y, like.size)
        words.append(replace(like, box=box, text=text))
        y = box.bottom
    return words, y


def _recovery(desk: _Desk, dialog: Recovery) -> Panel:
    sketches = tuple(lost.sketch for lost in dialog.found)
    text = "The program ended before these were saved. They were kept; take one back?"
    return _gallery(desk, "Unsaved drawings", text, dialog.rows, dialog.selected, dialog.top, sketches)


def _records(desk: _Desk, dialog: Records) -> Panel:
    text = f"{len(dialog.sketches)} drawings" + (", and more that are not shown" if dialog.more else "")
    return _gallery(desk, dialog.path.name, text, dialog.rows, dialog.selected, dialog.top, dialog.sketches)


def _gallery(desk: _Desk, title: str, text: str, labels, selected: int, top: int, sketches) -> Panel:
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


# the help: sections of (keys, sentence) flow into columns, and columns into pages


@dataclass(frozen=True)
class _Entry:
    keys: tuple[str, ...]  # key caps; none for a heading
    lines: tuple[str, ...]


def _help(desk: _Desk, dialog: Help) -> Panel:
    room = Box(0, 0, min(desk.size[0] - desk.px(2 * L), desk.px(1200)), desk.size[1] - desk.px(2 * L))
    columns = max(1, min(3, room.w // desk.px(350)))
    inner_width = room.w - desk.px(2 * XL)
    width = (inner_width - (columns - 1) * desk.px(XL)) // columns
    pages = _flow(desk, _entries(desk, width), columns, room.h - desk.px(2 * XL + TITLE * LINE + M))
    page = dialog.page % len(pages)
    tall = max(_height(desk, column) for column in pages[0])
    card = desk.card(room.w / desk.scale, (tall + desk.px(2 * XL + TITLE * LINE + M)) / desk.scale)
    inner = card.inset(desk.px(XL))
    title = "Keys" if len(pages) == 1 else f"Keys, page {page + 1} of {len(pages)}: the arrows turn it"
    words = [Words(desk.line(inner, inner.y, TITLE), title, TITLE, strong=True)]
    for i, column in enumerate(pages[page]):
        words += _column(desk, inner.x + i * (width + desk.px(XL)), words[0].box.bottom + desk.px(M), width, column)
    side = desk.px(CONTROL)
    close = Box(card.right - side - desk.px(M), card.y + desk.px(M), side, side)
    controls = (Control("close", close, Kind.ICON, Command.ESCAPE, "", "close"),)
    return Panel(desk.scale, card, True, tuple(words), controls=controls)


KEYS_WIDTH = 152  # points of a help column that hold key caps
CAP = 20  # height of a key cap, points


def _entries(desk: _Desk, width: int) -> list[_Entry]:
    entries = []
    for section in SECTIONS:
        entries.append(_Entry((), (section,)))
        commands = [info for info in COMMANDS.values() if info.section == section and info.keys]
        named = [(tuple(key.text() for key in info.keys), info.text) for info in commands]
        for keys, text in named + [((how,), what) for how, what, where in GESTURES if where == section]:
            lines = wrap(text, width - desk.px(KEYS_WIDTH), SMALL, desk.measure)
            entries.append(_Entry(keys, tuple(lines)))
    return entries


def _caps(desk: _Desk, entry: _Entry) -> list[tuple[int, int, int]]:
    # (row, x, width) of every key cap, from the column's left; a row is filled before the next begins
    caps, row, x = [], 0, 0
    for key in entry.keys:
        width = max(round(desk.measure(key, SMALL)) + desk.px(M), desk.px(CAP))
        if x and x + width > desk.px(KEYS_WIDTH - S):
            row, x = row + 1, 0
        caps.append((row, x, min(width, desk.px(KEYS_WIDTH - S))))
        x += width + desk.px(XS)
    return caps


def _entry_height(desk: _Desk, entry: _Entry) -> int:
    if not entry.keys:
        return desk.px(STRONG * LINE + S)
    caps = (_caps(desk, entry)[-1][0] + 1) * desk.px(CAP + 2)
    return max(len(entry.lines) * round(desk.px(SMALL) * LINE), caps) + desk.px(XS)


def _height(desk: _Desk, column: Sequence[_Entry]) -> int:
    headings = sum(not entry.keys for entry in column[1:])
    return sum(_entry_height(desk, entry) for entry in column) + headings * desk.px(S)


def _flow(desk: _Desk, entries: list[_Entry], columns: int, height: int) -> list[list[list[_Entry]]]:
    # each section in one piece, in columns as short as can be, where that fits one page; else one column after another
    sections = _sections(entries)
    for limit in range(_height(desk, entries) // columns, height, desk.px(L)):
        flowed = _pack(desk, sections, limit)
        if len(flowed) <= columns and max(_height(desk, column) for column in flowed) <= height:
            return [flowed]
    flowed = _pack(desk, _pieces(entries), height)
    return [flowed[i : i + columns] for i in range(0, len(flowed), columns)]


def _pack(desk: _Desk, blocks: list[list[_Entry]], height: int) -> list[list[_Entry]]:
    packed: list[list[_Entry]] = [[]]
    for block in blocks:
        if packed[-1] and _height(desk, packed[-1] + block) > height:
            packed.append([])
        packed[-1] += block
    return packed


def _sections(entries: list[_Entry]) -> list[list[_Entry]]:
    starts = [i for i, entry in enumerate(entries) if not entry.keys]
    return [entries[start:end] for start, end in zip(starts, [*starts[1:], len(entries)], strict=True)]


def _pieces(entries: list[_Entry]) -> list[list[_Entry]]:
    # single entries, but a heading stays with what follows it
    pieces: list[list[_Entry]] = []
    for entry in entries:
        if pieces and not pieces[-1][-1].keys:
            pieces[-1].append(entry)
        else:
            pieces.append([entry])
    return pieces


def _column(desk: _Desk, x: int, y: int, width: int, column: Sequence[_Entry]) -> list[Words]:
    words: list[Words] = []
    for i, entry in enumerate(column):
        if not entry.keys:
            y += desk.px(S) if i else 0
            words.append(Words(desk.line(Box(x, y, width, 0), y, STRONG), entry.lines[0], STRONG, strong=True))
        else:
            words += _help_entry(desk, Box(x, y, width, 0), entry)
        y += _entry_height(desk, entry)
    return words


def _help_entry(desk: _Desk, at: Box, entry: _Entry) -> list[Words]:
    text_x, line = at.x + desk.px(KEYS_WIDTH), round(desk.px(SMALL) * LINE)
    caps = [
        Words(Box(at.x + x, at.y + row * desk.px(CAP + 2), width, desk.px(CAP)), key, SMALL, key=True)
        for key, (row, x, width) in zip(entry.keys, _caps(desk, entry), strict=True)
    ]
    lines = [
        Words(Box(text_x, at.y + desk.px(1) + i * line, at.w - desk.px(KEYS_WIDTH), line), text, SMALL, muted=True)
        for i, text in enumerate(entry.lines)
    ]
    return caps + lines
