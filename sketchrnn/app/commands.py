"""Everything a person can tell the program, with its label, keys and words: one table for buttons, help and keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Command(Enum):
    """Said by a key, a button or a menu; an event for `update`."""

    KEEP = "keep"
    KEEP_STROKE = "keep stroke"
    KEEP_HERE = "keep here"
    PLAY = "play"
    POINT_BACK = "point back"
    POINT_ON = "point on"
    STROKE_BACK = "stroke back"
    STROKE_ON = "stroke on"
    ANOTHER = "another"
    NINE = "nine"
    AGAIN = "again"
    BETWEEN = "between"
    ONE = "one"
    EARLIER = "earlier"
    LATER = "later"
    CONTINUE = "continue"
    ESCAPE = "escape"
    TOGGLE_MODEL = "toggle model"
    PICKER = "picker"
    RANDOM_CATEGORY = "random category"
    AUTO_CATEGORY = "auto category"
    TAKE_GUESS = "take guess"
    TOGGLE_GHOST = "toggle ghost"
    TOGGLE_HEAT = "toggle heat"
    HOTTER = "hotter"
    COOLER = "cooler"
    FASTER = "faster"
    SLOWER = "slower"
    PAUSE_LONGER = "pause longer"
    PAUSE_SHORTER = "pause shorter"
    PEN = "pen"
    ERASER = "eraser"
    SELECT = "select"
    SELECT_ALL = "select all"
    THICKER = "thicker"
    THINNER = "thinner"
    NEXT_INK = "next ink"
    EVEN_INK = "even ink"
    DELETE = "delete"
    MOVE_LEFT = "move left"
    MOVE_RIGHT = "move right"
    MOVE_UP = "move up"
    MOVE_DOWN = "move down"
    GROW = "grow"
    SHRINK = "shrink"
    UNDO = "undo"
    REDO = "redo"
    CLEAR = "clear"
    NEW = "new"
    OPEN = "open"
    SAVE = "save"
    SAVE_AS = "save as"
    EXPORT = "export"
    BROWSE = "browse"
    COPY = "copy"
    ADD_TO_DATA = "add to data"
    QUIT = "quit"
    FIT = "fit"
    ZOOM_IN = "zoom in"
    ZOOM_OUT = "zoom out"
    FULL_SCREEN = "full screen"
    TOGGLE_THEME = "toggle theme"
    UI_LARGER = "ui larger"
    UI_SMALLER = "ui smaller"
    TOGGLE_MOTION = "toggle motion"
    HELP = "help"


@dataclass(frozen=True)
class Shortcut:
    """A key by the character it gives, not by its place on the board.

    Args:
        key: a character as typed without Ctrl ("z", "?", "]"; letters in lower case), or a key's name: "tab", "escape",
            "delete", "backspace", "up", "down", "left", "right", "page up", "page down", "f1", "f11".
        ctrl: with Ctrl (Cmd on a Mac).
        shift: with Shift; where the character itself needs Shift ("?", "+"), it is False and Shift is not looked at.
    """

    key: str
    ctrl: bool = False
    shift: bool = False

    def text(self, mac: bool = False) -> str:
        """As shown: "Ctrl+Shift+Z"."""
        words = [("Cmd" if mac else "Ctrl") if self.ctrl else "", "Shift" if self.shift else "", self.key.capitalize()]
        return "+".join(word for word in words if word)


@dataclass(frozen=True)
class CommandInfo:
    """How a command is shown and reached.

    Args:
        label: for a button or a menu, a word or two.
        text: one sentence for the tooltip and the help.
        section: the help's heading.
        keys: each of them says the command; the first is the one shown.
        selected: whether its keys say it only while strokes are selected; they then say nothing else.
    """

    label: str
    text: str
    section: str
    keys: tuple[Shortcut, ...] = ()
    selected: bool = False

    def key_text(self, mac: bool = False) -> str:
        """The first shortcut as shown; empty where there is none."""
        return self.keys[0].text(mac) if self.keys else ""


def _key(key: str, *, ctrl: bool = False, shift: bool = False) -> Shortcut:
    return Shortcut(key, ctrl, shift)


_OFFER, _MODEL, _DRAW = "A completion", "The model", "Drawing"
_SELECT, _FILE, _VIEW = "Selected strokes", "Files", "Window"

COMMANDS: dict[Command, CommandInfo] = {
    Command.KEEP: CommandInfo(
        "Keep", "Keep the whole completion (one step to undo)", _OFFER, (_key("tab"), _key("return"))
    ),
    Command.KEEP_STROKE: CommandInfo(
        "Keep stroke",
        "Keep only the completion's next stroke; the rest stays offered",
        _OFFER,
        (_key("tab", shift=True), _key("k")),
    ),
    Command.KEEP_HERE: CommandInfo(
        "Keep to here", "Keep the completion as far as it is shown; the rest goes", _OFFER, (_key("u"),)
    ),
    Command.PLAY: CommandInfo("Play", "Hold the completion where it is, or go on; play it again", _OFFER, (_key(","),)),
    Command.POINT_BACK: CommandInfo("Point back", "Show one point less of it", _OFFER, (_key("left", ctrl=True),)),
    Command.POINT_ON: CommandInfo("Point on", "Show one point more of it", _OFFER, (_key("right", ctrl=True),)),
    Command.STROKE_BACK: CommandInfo(
        "Stroke back", "Show it to the end of the stroke before", _OFFER, (_key("left", ctrl=True, shift=True),)
    ),
    Command.STROKE_ON: CommandInfo(
        "Stroke on", "Show it to the end of the next stroke", _OFFER, (_key("right", ctrl=True, shift=True),)
    ),
    Command.ANOTHER: CommandInfo("Another", "Ask for another ending (the next seed)", _OFFER, (_key("r"),)),
    Command.NINE: CommandInfo(
        "Nine", "Nine endings side by side; a click or 1 to 9 takes one, again brings nine others", _OFFER, (_key("n"),)
    ),
    Command.AGAIN: CommandInfo(
        "Mine again",
        "Your drawing, or what is selected, nine times anew; again brings nine others",
        _OFFER,
        (_key("l"),),
    ),
    Command.BETWEEN: CommandInfo(
        "Between",
        "What lies between it and another drawing: what is selected and the rest, or a file's",
        _OFFER,
        (_key("x"),),
    ),
    Command.ONE: CommandInfo("One", "From nine endings back to one (Esc does it, too)", _OFFER, (_key("o"),)),
    Command.EARLIER: CommandInfo(
        "Earlier",
        "Bring back the completion seen before, until the drawing changes",
        _OFFER,
        (_key("page up"), _key("r", shift=True)),
    ),
    Command.LATER: CommandInfo("Later", "Bring back the completion seen after it", _OFFER, (_key("page down"),)),
    Command.CONTINUE: CommandInfo(
        "Continue", "Draw on where the model was cut off before its end", _OFFER, (_key("."),)
    ),
    Command.ESCAPE: CommandInfo(
        "Stop",
        "Close what is open; from nine endings to one; stop the model and drop its completion; leave full screen",
        _MODEL,
        (_key("escape"),),
    ),
    Command.TOGGLE_MODEL: CommandInfo("Model", "Turn the model on or off; off means off", _MODEL, (_key("m"),)),
    Command.PICKER: CommandInfo(
        "Category", "Say what it is, or let the model guess", _MODEL, (_key("c"), _key("/"), _key("f", ctrl=True))
    ),
    Command.RANDOM_CATEGORY: CommandInfo("Random", "Pick a category by chance", _MODEL, (_key("d"),)),
    Command.AUTO_CATEGORY: CommandInfo("Auto", "Let the model guess what it is", _MODEL, (_key("a"),)),
    Command.TAKE_GUESS: CommandInfo(
        "Take guess", "Yes, it is what it is taken for; again: the next guess, then auto", _MODEL, (_key("y"),)
    ),
    Command.TOGGLE_GHOST: CommandInfo(
        "Ghost", "Show the likeliest next stroke when the pen lifts, faintly; K keeps it", _MODEL, (_key("g"),)
    ),
    Command.TOGGLE_HEAT: CommandInfo(
        "Heat map", "Show where the next stroke may start: dark 50 %, light 90 %", _MODEL, (_key("h"),)
    ),
    Command.HOTTER: CommandInfo("Bolder", "Raise the temperature: wilder endings", _MODEL, (_key("up"),)),
    Command.COOLER: CommandInfo("Calmer", "Lower the temperature: safer endings", _MODEL, (_key("down"),)),
    Command.FASTER: CommandInfo("Faster", "Draw completions faster", _MODEL, (_key("right"),)),
    Command.SLOWER: CommandInfo("Slower", "Draw completions slower", _MODEL, (_key("left"),)),
    Command.PAUSE_LONGER: CommandInfo(
        "Longer pause", "Wait longer after the pen lifts before asking", _MODEL, (_key("right", shift=True),)
    ),
    Command.PAUSE_SHORTER: CommandInfo(
        "Shorter pause", "Ask sooner after the pen lifts", _MODEL, (_key("left", shift=True),)
    ),
    Command.PEN: CommandInfo("Pen", "Draw", _DRAW, (_key("b"),)),
    Command.ERASER: CommandInfo("Eraser", "Remove whole strokes that it touches", _DRAW, (_key("e"),)),
    Command.SELECT: CommandInfo("Select", "Select strokes: click on one, or draw around some", _DRAW, (_key("v"),)),
    Command.SELECT_ALL: CommandInfo("Select all", "Select all strokes", _DRAW, (_key("a", ctrl=True),)),
    Command.DELETE: CommandInfo(
        "Delete", "Take them away", _SELECT, (_key("delete"), _key("backspace")), selected=True
    ),
    Command.MOVE_LEFT: CommandInfo("Left", "Move them to the left", _SELECT, (_key("left"),), selected=True),
    Command.MOVE_RIGHT: CommandInfo("Right", "Move them to the right", _SELECT, (_key("right"),), selected=True),
    Command.MOVE_UP: CommandInfo("Up", "Move them up", _SELECT, (_key("up"),), selected=True),
    Command.MOVE_DOWN: CommandInfo("Down", "Move them down", _SELECT, (_key("down"),), selected=True),
    Command.GROW: CommandInfo("Grow", "Make them larger", _SELECT, (_key("up", ctrl=True),), selected=True),
    Command.SHRINK: CommandInfo("Shrink", "Make them smaller", _SELECT, (_key("down", ctrl=True),), selected=True),
    Command.THICKER: CommandInfo("Thicker", "Thicker ink, on the page and in files", _DRAW, (_key("]"),)),
    Command.THINNER: CommandInfo("Thinner", "Thinner ink, on the page and in files", _DRAW, (_key("["),)),
    Command.NEXT_INK: CommandInfo("Ink", "The next of six inks; the model's stays its own", _DRAW, (_key("i"),)),
    Command.EVEN_INK: CommandInfo(
        "Even ink", "Ink as wide as the pen, however fast; else fast is thin", _DRAW, (_key("w"),)
    ),
    Command.UNDO: CommandInfo(
        "Undo", "Take back the last step; a completion not yet kept goes first", _DRAW, (_key("z", ctrl=True),)
    ),
    Command.REDO: CommandInfo(
        "Redo",
        "Bring back what was undone, a dismissed completion too",
        _DRAW,
        (_key("z", ctrl=True, shift=True), _key("y", ctrl=True)),
    ),
    Command.CLEAR: CommandInfo(
        "Clear", "Empty the page (can be undone)", _DRAW, (_key("delete"), _key("backspace", ctrl=True))
    ),
    Command.NEW: CommandInfo("New", "Begin a new drawing", _FILE, (_key("n", ctrl=True),)),
    Command.OPEN: CommandInfo("Open", "Open an SVG, .ndjson, .npz or .bin file", _FILE, (_key("o", ctrl=True),)),
    Command.SAVE: CommandInfo("Save", "Save the drawing as SVG", _FILE, (_key("s", ctrl=True),)),
    Command.SAVE_AS: CommandInfo(
        "Save as", "Save under another name, as SVG", _FILE, (_key("s", ctrl=True, shift=True),)
    ),
    Command.EXPORT: CommandInfo(
        "Export", "Export: SVG, animated or for a plotter, PNG, GIF, ndjson, npz", _FILE, (_key("e", ctrl=True),)
    ),
    Command.BROWSE: CommandInfo(
        "Browse ...", "In the file panel: the system's own dialog, where there is one", _FILE, (_key("b", ctrl=True),)
    ),
    Command.COPY: CommandInfo("Copy", "Copy the drawing as SVG", _FILE, (_key("c", ctrl=True),)),
    Command.ADD_TO_DATA: CommandInfo(
        "Add to my data set", "Add the drawing to your data set, to train on", _FILE, (_key("d", ctrl=True),)
    ),
    Command.QUIT: CommandInfo("Quit", "Leave; asks first if something is not saved", _FILE, (_key("q", ctrl=True),)),
    Command.FIT: CommandInfo("Fit", "Show the whole page and all ink", _VIEW, (_key("0", ctrl=True),)),
    Command.ZOOM_IN: CommandInfo("Zoom in", "Look closer (also with the wheel)", _VIEW, (_key("+"), _key("="))),
    Command.ZOOM_OUT: CommandInfo("Zoom out", "Look from farther away (also with the wheel)", _VIEW, (_key("-"),)),
    Command.FULL_SCREEN: CommandInfo("Full screen", "Fill the screen, and back", _VIEW, (_key("f11"),)),
    Command.TOGGLE_THEME: CommandInfo("Theme", "Light or dark", _VIEW, (_key("t"),)),
    Command.UI_LARGER: CommandInfo(
        "Larger", "Larger buttons and text", _VIEW, (_key("+", ctrl=True), _key("=", ctrl=True))
    ),
    Command.UI_SMALLER: CommandInfo("Smaller", "Smaller buttons and text", _VIEW, (_key("-", ctrl=True),)),
    Command.TOGGLE_MOTION: CommandInfo(
        "Motion", "Show completions at once instead of drawing them, and back", _VIEW, (_key("p"),)
    ),
    Command.HELP: CommandInfo("Help", "All keys", _VIEW, (_key("f1"), _key("?"))),
}

GESTURES: tuple[tuple[str, str, str], ...] = (
    ("R, N, C", "Finish them alone, nine times, as something of their own", _SELECT),
    ("Shift+click", "Add a stroke, or those drawn around; or let one go", _SELECT),
    ("Drag, handles", "Move them, scale them", _SELECT),
    ("1 to 9", "Keep that ending of those shown", _OFFER),
    ("Left, Right", "Between two drawings: go along the row", _OFFER),
    ("Wheel", "Zoom at the pointer", _VIEW),
    ("Space or middle button", "Move the page", _VIEW),
    ("Two fingers", "Zoom and move the page", _VIEW),
    ("Ctrl+Tab or F6", "Go through all buttons and sliders; arrows and Enter move and press them", _VIEW),
)
"""What the help shows besides commands: (how, what it does, section)."""

SECTIONS = (_OFFER, _MODEL, _DRAW, _SELECT, _FILE, _VIEW)

BY_KEY: dict[Shortcut, Command] = {
    key: command for command, info in COMMANDS.items() for key in info.keys if not info.selected
}
"""Which command a shortcut says."""
BY_KEY_SELECTED: dict[Shortcut, Command] = {
    key: command for command, info in COMMANDS.items() for key in info.keys if info.selected
}
"""Which it says instead while strokes are selected."""
BY_KEY_BETWEEN: dict[Shortcut, Command] = {_key("left"): Command.POINT_BACK, _key("right"): Command.POINT_ON}
"""Which it says instead while the way between two drawings is shown."""
