"""The help: every command with its keys, in columns that fit the window, and pages where it is too small. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sketchrnn.app.commands import COMMANDS, GESTURES, SECTIONS, Command
from sketchrnn.app.dialogs import Help
from sketchrnn.app.events import Scrolled
from sketchrnn.window.cards import LINE, Desk, Panel, Words, wrap
from sketchrnn.window.layout import Box, Control, Kind
from sketchrnn.window.theme import BODY, CONTROL, SMALL, STRONG, TITLE, XL, XS, L, M, S


@dataclass(frozen=True)
class _Entry:
    keys: tuple[str, ...]  # key caps; none for a heading
    lines: tuple[str, ...]


def help_panel(desk: Desk, dialog: Help) -> Panel:
    """Where the help's words and key caps lie."""
    room = Box(0, 0, min(desk.size[0] - desk.px(2 * L), desk.px(1200)), desk.size[1] - desk.px(2 * L))
    columns = max(1, min(3, room.w // desk.px(350)))
    inner_width = room.w - desk.px(2 * XL)
    width = (inner_width - (columns - 1) * desk.px(XL)) // columns
    pages = _flow(desk, _entries(desk, width), columns, room.h - desk.px(2 * XL + TITLE * LINE + M))
    page = dialog.page % len(pages)
    tall = max(_height(desk, column) for flowed in pages for column in flowed)
    card = desk.card(room.w / desk.scale, (tall + desk.px(2 * XL + TITLE * LINE + M)) / desk.scale)
    inner = card.inset(desk.px(XL))
    title = "Keys" if len(pages) == 1 else f"Keys, page {page + 1} of {len(pages)}: the arrows turn it"
    words = [Words(desk.line(inner, inner.y, TITLE), title, TITLE, strong=True)]
    for i, column in enumerate(pages[page]):
        words += _column(desk, inner.x + i * (width + desk.px(XL)), words[0].box.bottom + desk.px(M), width, column)
    side = desk.px(CONTROL)
    close = Box(card.right - side - desk.px(M), card.y + desk.px(M), side, side)
    controls = [Control("close", close, Kind.ICON, Command.ESCAPE, "", "close")]
    if len(pages) > 1:
        wide = round(desk.measure(TURN, BODY)) + desk.px(2 * L)
        turn = Box(close.x - desk.px(S) - wide, close.y, wide, side)
        controls.append(Control("turn", turn, Kind.CHOICE, Scrolled(1), TURN))
    return Panel(desk.scale, card, True, tuple(words), controls=tuple(controls))


TURN = "Next page"
KEYS_WIDTH = 152  # points of a help column that hold key caps
CAP = 20  # height of a key cap, points


def _entries(desk: Desk, width: int) -> list[_Entry]:
    entries = []
    for section in SECTIONS:
        entries.append(_Entry((), (section,)))
        commands = [info for info in COMMANDS.values() if info.section == section and info.keys]
        named = [(tuple(key.text() for key in info.keys), info.text) for info in commands]
        for keys, text in named + [((how,), what) for how, what, where in GESTURES if where == section]:
            lines = wrap(text, width - desk.px(KEYS_WIDTH), SMALL, desk.measure)
            entries.append(_Entry(keys, tuple(lines)))
    return entries


def _caps(desk: Desk, entry: _Entry) -> list[tuple[int, int, int]]:
    # (row, x, width) of every key cap, from the column's left; a row is filled before the next begins
    caps, row, x = [], 0, 0
    for key in entry.keys:
        width = max(round(desk.measure(key, SMALL)) + desk.px(M), desk.px(CAP))
        if x and x + width > desk.px(KEYS_WIDTH - S):
            row, x = row + 1, 0
        caps.append((row, x, min(width, desk.px(KEYS_WIDTH - S))))
        x += width + desk.px(XS)
    return caps


def _entry_height(desk: Desk, entry: _Entry) -> int:
    if not entry.keys:
        return desk.px(STRONG * LINE + S)
    caps = (_caps(desk, entry)[-1][0] + 1) * desk.px(CAP + 2)
    return max(len(entry.lines) * round(desk.px(SMALL) * LINE), caps) + desk.px(XS)


def _height(desk: Desk, column: Sequence[_Entry]) -> int:
    headings = sum(not entry.keys for entry in column[1:])
    return sum(_entry_height(desk, entry) for entry in column) + headings * desk.px(S)


def _flow(desk: Desk, entries: list[_Entry], columns: int, height: int) -> list[list[list[_Entry]]]:
    # each section in one piece, in columns as short as can be, where that fits one page; else one column after another
    sections = _sections(entries)
    for limit in range(_height(desk, entries) // columns, height, desk.px(L)):
        flowed = _pack(desk, sections, limit)
        if len(flowed) <= columns and max(_height(desk, column) for column in flowed) <= height:
            return [flowed]
    flowed = _pack(desk, _pieces(entries), height)
    return [flowed[i : i + columns] for i in range(0, len(flowed), columns)]


def _pack(desk: Desk, blocks: list[list[_Entry]], height: int) -> list[list[_Entry]]:
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


def _column(desk: Desk, x: int, y: int, width: int, column: Sequence[_Entry]) -> list[Words]:
    words: list[Words] = []
    for i, entry in enumerate(column):
        if not entry.keys:
            y += desk.px(S) if i else 0
            words.append(Words(desk.line(Box(x, y, width, 0), y, STRONG), entry.lines[0], STRONG, strong=True))
        else:
            words += _help_entry(desk, Box(x, y, width, 0), entry)
        y += _entry_height(desk, entry)
    return words


def _help_entry(desk: Desk, at: Box, entry: _Entry) -> list[Words]:
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
