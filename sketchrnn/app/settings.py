"""What is remembered between runs, and its file: TOML in the config folder."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

from sketchrnn.engine.messages import DEFAULT_CLOSENESS, DEFAULT_TEMPERATURE, TEMPERATURES
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.paths import config_folder
from sketchrnn.sketch.files import put_in_place, write_atomically
from sketchrnn.sketch.toml import read_toml

SPEEDS = (5.0, 500.0)
PAUSES = (0.0, 3.0)
CLOSENESSES = (0.0, 1.0)
UI_SCALES = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
INK_WIDTHS = (1.0, 16.0)
SMALLEST = (640, 480)
"""Points that everything fits into; a smaller window gets a smaller scale."""
Window = tuple[int, ...]


@dataclass(frozen=True)
class Settings:
    """What a person sets once and finds again.

    Args:
        temperature: of the model, within `TEMPERATURES`.
        speed: points per second of a completion's playback, within `SPEEDS`.
        pause: seconds between the pen's lift and the question, within `PAUSES`.
        model_on: whether the model is asked at all.
        dark: dark theme instead of the light one.
        ui_scale: size of buttons and text, one of `UI_SCALES`.
        follow_display: whether `ui_scale` is set anew at each start, and for each display that the window comes to, to
            what suits it; ended by setting it.
        window: where the window was, (x, y, width, height), px; empty where it never was.
        ink_width: of a stroke, page units, within `INK_WIDTHS`.
        ink: the pen's ink, one of `INK_NAMES`; empty for the plain one.
        even_ink: every stroke is as wide as the ink, however fast the hand.
        reduced_motion: completions are shown at once instead of being drawn.
        welcomed: whether the hint of the first run has been seen; not where there are no settings yet.
        data_set: the folder of "add to my data set"; empty for the one under the user's data folder.
        folder: where open and save begin; empty for the home folder.
        ghost: whether the likeliest next stroke is shown as soon as the pen lifts. Off by default: after the usual
            pause the completion, which is drawn by chance, would take its place with another stroke.
        heat: whether it is shown where the next stroke may start.
        closeness: of "mine again" to the drawing, within `CLOSENESSES`.
    """

    temperature: float = DEFAULT_TEMPERATURE
    speed: float = 60.0
    pause: float = 0.4
    model_on: bool = True
    dark: bool = False
    ui_scale: float = 1.0
    follow_display: bool = True
    window: Window = ()
    ink_width: float = 3.0
    ink: str = ""
    even_ink: bool = False
    reduced_motion: bool = False
    welcomed: bool = True
    data_set: str = ""
    folder: str = ""
    ghost: bool = False
    heat: bool = False
    closeness: float = DEFAULT_CLOSENESS


def scale_of(size: tuple[int, int], ui_scale: float) -> float:
    """Px per point in a window of this size: the UI scale, or less where everything would not fit."""
    return max(0.4, min(ui_scale, size[0] / SMALLEST[0], size[1] / SMALLEST[1]))


def clamp(value: float, span: tuple[float, float]) -> float:
    """The value within the span; the lower end for NaN."""
    return min(max(value, span[0]), span[1]) if value == value else span[0]


_SPANS = {
    "temperature": TEMPERATURES,
    "speed": SPEEDS,
    "pause": PAUSES,
    "closeness": CLOSENESSES,
    "ui_scale": (UI_SCALES[0], UI_SCALES[-1]),
    "ink_width": INK_WIDTHS,
}


def settings_file() -> Path:
    return config_folder() / "settings.toml"


def load_settings(path: Path | None = None) -> tuple[Settings, str | None]:
    """The settings in the file; defaults where there is none.

    Returns:
        The settings, and one line to show if the file was damaged: it is then set aside as `settings.toml.damaged`.
    """
    path = settings_file() if path is None else path
    try:
        return from_table(read_toml(path)), None
    except BadFile as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return Settings(welcomed=False), None
        return Settings(), _set_aside(path, error.what)


def from_table(table: dict[str, object]) -> Settings:
    """Settings from a TOML table: unknown names and values of a wrong type are passed over, numbers are clamped."""
    known = {f.name: f.default for f in fields(Settings)}
    taken = {}
    for name, value in table.items():
        default = known.get(name)
        if isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
            taken[name] = float(clamp(value, _SPANS[name]))  # a whole number may be too large for a float
        elif name == "window":
            taken[name] = _window(value)
        elif name in known and type(value) is type(default):
            taken[name] = value
    return replace(Settings(), **taken)


def to_toml(settings: Settings) -> str:
    """The settings as a TOML document."""
    lines = ["# settings of sketchrnn; written by the program when one of them changes"]
    return "\n".join(lines + [f"{f.name} = {_value(getattr(settings, f.name))}" for f in fields(settings)]) + "\n"


def store_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the file, whole or not at all.

    Raises:
        SketchRNNError: the folder cannot be written to.
    """
    path = settings_file() if path is None else path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SketchRNNError(f"the settings could not be stored: {error.strerror or error}", file=path) from error
    write_atomically(path, to_toml(settings))


def _window(value: object) -> Window:
    if not isinstance(value, list) or len(value) != 4:
        return ()
    return tuple(value) if all(type(item) is int and abs(item) < 1e6 for item in value) else ()


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else _quoted(_writable(str(value)))


def _writable(text: str) -> str:
    # a folder's name need not be UTF-8, which TOML is: it is not remembered, and all else is
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return ""
    return text


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'


def _set_aside(path: Path, reason: str) -> str:
    reason = " ".join(reason.split())
    try:
        put_in_place(path, path.with_name(path.name + ".damaged"))
    except OSError:
        return f"The settings could not be read ({reason}); the usual ones are used"
    return f"The settings were damaged ({reason}); the usual ones are used, the old file is {path.name}.damaged"
