"""Pictures: lines against exact areas, PNG and GIF against Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest

from sketchrnn.errors import SketchRNNError
from sketchrnn.sketch.raster import (
    animation_frames,
    contact_sheet,
    gif_bytes,
    png_bytes,
    rasterise,
    write_gif,
    write_png,
)
from sketchrnn.sketch.raster.lettering import lettering
from sketchrnn.sketch.raster.lines import coverage, painted
from sketchrnn.sketch.types import Sketch, Stroke

CROSS = Sketch((Stroke([(0, 0), (100, 100)]), Stroke([(100, 0), (0, 100)], "model")))


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0, 5.0, 40.0])
@pytest.mark.parametrize("end", [(150, 60), (60, 150), (150, 150), (60, 60)])
def test_a_line_covers_the_area_of_a_capsule(width, end):
    starts = np.array([60.0, 60.0]) + np.random.default_rng(0).uniform(0, 1, (40, 2))
    move = np.array(end, float) - 60
    covered = [coverage([np.array([start, start + move])], (200, 200), width) for start in starts]
    thick = max(width, 1.0)  # thinner ones are fainter
    # the soft edge, one pixel wide, adds pi / 12 where the line is round
    area = (np.hypot(*move) * thick + np.pi * (thick**2 / 4 + 1 / 12)) * min(width, 1.0)
    assert np.mean([one.sum() for one in covered]) == pytest.approx(area, rel=0.01)
    assert 0 <= np.min(covered) and np.max(covered) <= 1


def test_coverage_is_the_distance_to_the_whole_line():
    line = np.random.default_rng(0).uniform(-30, 90, (12, 2))
    covered = coverage([line], (60, 40), 3.0)
    y, x = np.mgrid[:40, :60] + 0.5
    pixels = np.stack([x, y], -1)
    distances = np.full((40, 60), np.inf)
    for start, end in zip(line[:-1], line[1:], strict=True):
        along = end - start
        part = np.clip((pixels - start) @ along / (along @ along), 0, 1)
        distances = np.minimum(distances, np.linalg.norm(pixels - start - part[..., None] * along, axis=-1))
    assert np.abs(covered - np.clip(2 - distances, 0, 1)).max() < 1e-3


@pytest.mark.parametrize("factors", [[0.1, 1.0], [1.0, 0.1], [0.2, 0.3, 1.5], [0.5, 0.5, 0.5, 2.5]], ids=str)
def test_a_line_that_ends_wide_is_as_wide_as_one_that_begins_so(factors):
    line = np.array([(30, 40), (150, 60), (60, 110), (160, 150)], float)[-len(factors) :]
    factors = np.array(factors, np.float32)
    covered = coverage([line], (200, 200), 8.0, [factors])
    backwards = coverage([line[::-1]], (200, 200), 8.0, [factors[::-1]])
    assert covered.sum() == pytest.approx(backwards.sum()) and np.abs(covered - backwards).max() < 1e-3
    y, x = np.mgrid[:200, :200] + 0.5
    inside = np.full((200, 200), -np.inf)  # the discs all along the line, by how far each reaches beyond a pixel
    at = np.linspace(0, len(line) - 1, 1201)
    places = (np.interp(at, np.arange(len(line)), values) for values in (*line.T, 4 * factors))
    for place_x, place_y, radius in zip(*places, strict=True):
        inside = np.maximum(inside, radius - np.hypot(x - place_x, y - place_y))
    assert np.abs(covered - np.clip(inside + 0.5, 0, 1)).max() < 0.05


def test_who_drew_it_and_what_lies_above_can_be_seen():
    picture = rasterise(CROSS, 101, line_width=6, colours={"hand": (255, 0, 0), "model": (0, 0, 255)}, margin=10)
    assert picture.shape == (101, 101, 3)
    assert picture[50, 50].tolist() == [0, 0, 255]  # the later stroke lies above
    assert picture[30, 30].tolist() == [255, 0, 0]
    assert picture[2, 2].tolist() == [255, 255, 255]


def test_a_transparent_background_has_straight_alpha():
    picture = rasterise(
        CROSS, (101, 101), line_width=6, colours={"hand": (9, 99, 199), "model": (9, 99, 199)}, background=None
    )
    assert picture.shape == (101, 101, 4)
    seen = picture[..., 3] > 0
    assert seen.any() and not seen.all()
    assert (np.abs(picture[seen][:, :3].astype(int) - (9, 99, 199)) <= 1).all()


def test_a_page_keeps_the_place_and_cuts_what_lies_outside():
    dot = Sketch((Stroke([(10, 10)]), Stroke([(1e30, 1e30), (-1e30, 1e29)])))
    picture = rasterise(dot, (40, 20), page=(0, 0, 40, 20), margin=0, line_width=4)
    ys, xs = np.nonzero((picture < 255).any(2))
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == (8, 11, 8, 11) or (ys.max() - ys.min()) <= 5


@pytest.mark.parametrize(
    "points", [None, [(3, 4)], [(3, 4)] * 2, [(3, 4)] * 300, [(0, 0), (0, 9)], [(-3e38, 0), (3e38, 0)]]
)
def test_degenerate_sketches(points):
    sketch = Sketch() if points is None else Sketch((Stroke(points),))
    picture = rasterise(sketch, 64)
    ink = (picture < 200).any(2).sum()
    assert ink == 0 if points is None else 1 <= ink < 300
    assert len(animation_frames(sketch, 16, frames=3)) == 3


def test_a_drawing_lies_wholly_within_its_picture_and_a_dot_does_not_fill_it():
    for width in (None, 9.0):
        ink = (rasterise(CROSS, 64, line_width=width) < 255).any(2)
        assert ink.any() and not (ink[0].any() or ink[-1].any() or ink[:, 0].any() or ink[:, -1].any())
    trembled = (rasterise(Sketch((Stroke([(3, 4), (3.1, 4)]),)), 64) < 200).any(2)
    assert 0 < trembled.any(0).sum() < 12


@pytest.mark.parametrize("size", [0, -1, (10, 0), 100_000])
def test_sizes_that_cannot_be_are_refused(size):
    with pytest.raises(ValueError, match="size"):
        rasterise(CROSS, size)
    with pytest.raises(ValueError, match="line width"):
        rasterise(CROSS, 10, line_width=0)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (5, 7, 4), (1, 1, 3), (300, 2, 3)])
def test_png_is_read_by_pillow(shape):
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    with image_module.open(io.BytesIO(png_bytes(image))) as opened:
        opened.load()
        assert np.array_equal(np.asarray(opened), image)


@pytest.mark.parametrize("image", [np.zeros((2, 2)), np.zeros((2, 2, 2), np.uint8), np.zeros((0, 2), np.uint8)])
def test_no_picture_is_refused(image):
    with pytest.raises(ValueError, match="expected uint8"):
        png_bytes(image)


@pytest.mark.parametrize("colours", [1, 2, 3, 5, 17, 129, 256])
@pytest.mark.parametrize("size", [(1, 1), (3, 7), (150, 140)])
def test_gif_of_few_colours_is_exact(colours, size):
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    rng = np.random.default_rng(colours)
    palette = rng.integers(0, 256, (colours, 3), dtype=np.uint8)
    frames = [palette[rng.integers(0, colours, size)] for _ in range(3)]  # noise fills the code table
    frames.insert(1, frames[0])
    _compare(image_module, gif_bytes(frames), frames, 0)


def test_gif_of_many_colours_is_close_and_keeps_the_page():
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    frames = animation_frames(CROSS, 80, frames=5)
    _compare(image_module, gif_bytes(frames), frames, 8)
    noise = list(np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3), dtype=np.uint8))
    _compare(image_module, gif_bytes(noise), noise, 127)


def test_gif_shows_each_picture_as_long_as_said_and_begins_anew():
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    with image_module.open(
        io.BytesIO(gif_bytes(animation_frames(CROSS, 20, frames=3), frame_ms=70, last_ms=900))
    ) as gif:
        shown = [gif.seek(index) or gif.info["duration"] for index in range(gif.n_frames)]
        assert shown == [70, 70, 900] and gif.info["loop"] == 0


def _compare(image_module, data: bytes, frames: list[np.ndarray], tolerance: int) -> None:
    with image_module.open(io.BytesIO(data)) as opened:
        shown = opened.n_frames
        for index in range(shown):
            opened.seek(index)
            picture = np.asarray(opened.convert("RGB")).astype(int)
            expected = frames[index] if shown == len(frames) else frames[-1]
            if shown == len(frames) or index == shown - 1:  # Pillow joins equal frames
                assert np.abs(picture - expected).max() <= tolerance
                paper = (expected == 255).all(2)
                assert tolerance > 100 or (picture[paper] == 255).all()


def test_an_animation_begins_with_what_the_hand_drew_and_ends_with_all():
    sketch = Sketch((Stroke([(0, 0), (100, 0)]), Stroke([(0, 50), (100, 50)], "model")))
    frames = animation_frames(sketch, 60, frames=4)
    ink = [(frame < 200).any(2) for frame in frames]
    assert all((after | ~before).all() for before, after in zip(ink[:-1], ink[1:], strict=True)), "nothing moves"
    assert 0 < ink[0].sum() < 0.6 * ink[-1].sum()
    assert np.array_equal(frames[-1], rasterise(sketch, 60))
    by_hand = animation_frames(Sketch(sketch.strokes[:1]), 60, frames=4)
    assert (by_hand[0] == 255).all()


@pytest.mark.parametrize(
    "frames", [[], [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3, 3), np.uint8)], [np.zeros((2, 2, 3))]]
)
def test_frames_that_do_not_fit_are_refused(frames):
    with pytest.raises(ValueError, match="expected at least one frame"):
        gif_bytes(frames)


def test_files_and_streams_are_written(tmp_path):
    picture = rasterise(CROSS, 20)
    write_png(tmp_path / "a.png", picture)
    write_gif(str(tmp_path / "a.gif"), [picture])
    stream = io.BytesIO()
    write_png(stream, picture)
    assert stream.getvalue() == (tmp_path / "a.png").read_bytes() == png_bytes(picture)
    with pytest.raises(SketchRNNError, match="could not be written"):
        write_png(tmp_path / "none" / "a.png", picture)


def test_a_contact_sheet_has_a_cell_for_each():
    sheet = contact_sheet([CROSS, Sketch(), CROSS], 2, 60, ["cross", "", "The Eiffel Tower (12 %) ü"])
    assert sheet.shape == (120, 120, 3)
    inked = [(cell < 200).any() for cell in (sheet[:60, :60], sheet[:60, 60:], sheet[60:, :60], sheet[60:, 60:])]
    assert inked == [True, False, True, False]
    assert contact_sheet([], 3, 10).shape == (10, 30, 3)
    caption = (contact_sheet([Sketch()], 1, 60, ["a caption far wider than its cell"]) < 250).any((0, 2))
    assert caption.any() and not (caption[0] or caption[-1])
    with pytest.raises(ValueError, match="3 titles"):
        contact_sheet([CROSS] * 3, 2, titles=["one"])
    with pytest.raises(ValueError, match="sheet"):
        contact_sheet([CROSS], 0)


def test_letters_stand_in_line():
    for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'\"-+=_/()<>%*#ü":
        lines, width = lettering(letter, 6)
        points = np.concatenate(lines)
        assert points.min() >= 0 and points[:, 0].max() <= width + 1e-9 and points[:, 1].max() <= 8
    assert lettering("", 6) == ([], 0)
    assert lettering("ab", 6)[1] > lettering("a", 6)[1] + lettering("b", 6)[1]
    assert lettering("a b", 6)[1] > lettering("ab", 6)[1]


def test_layers_without_a_page_lie_over_each_other_as_pillow_has_it():
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    parts = np.random.default_rng(0).uniform(0, 1, (3, 9, 7)).astype(np.float32)
    parts[:, 0] = 0
    colours = [(255, 0, 0), (0, 255, 0), (30, 60, 90)]
    expected = image_module.new("RGBA", (7, 9))
    for colour, part in zip(colours, parts, strict=True):
        layer = np.concatenate([np.broadcast_to(np.uint8(colour), (9, 7, 3)), np.rint(255 * part[..., None])], axis=2)
        expected.alpha_composite(image_module.fromarray(layer.astype(np.uint8), "RGBA"))
    picture = painted(zip(colours, parts, strict=True), (7, 9), None).astype(int)
    expected = np.asarray(expected).astype(int)
    assert np.abs(picture[..., 3] - expected[..., 3]).max() <= 2
    seen = expected[..., 3] > 60
    assert np.abs(picture - expected)[seen].max() <= 4 and seen.sum() > 40


def _strict_lzw(data: bytes) -> list[int]:
    """The pixels of a GIF with one frame, by the words of the GIF89a specification; every code must have its width."""
    at = data.index(b"\x2c", 13 + 3 * (2 << (data[10] & 7))) + 10
    bits, at, packed = data[at], at + 1, b""
    while data[at]:
        packed, at = packed + data[at + 1 : at + 1 + data[at]], at + 1 + data[at]
    assert data[at:] == b"\0\x3b"
    stream, place = int.from_bytes(packed, "little"), 0
    clear, width, table, before, pixels = 1 << bits, bits + 1, [], [], []
    while True:
        code, place = stream >> place & (1 << width) - 1, place + width
        if code == clear + 1:
            assert 0 <= 8 * len(packed) - place < 8
            return pixels
        if code == clear:
            table, width, before = [[i] for i in range(clear)] + [[], []], bits + 1, []
            continue
        assert code < len(table) + bool(before)
        entry = table[code] if code < len(table) else [*before, before[0]]
        if before and len(table) < 4096:
            table.append([*before, entry[0]])
        width += len(table) == 1 << width and width < 12
        before = entry
        pixels += entry


@pytest.mark.parametrize("colours", [2, 4, 200])
def test_gif_codes_have_the_width_that_the_format_says_wherever_the_picture_ends(colours):
    rng = np.random.default_rng(colours)
    palette = np.stack([np.arange(colours)] * 3, axis=1).astype(np.uint8)
    for pixels in (*range(1, 400), 5000, 9000):
        picture = rng.integers(0, colours, pixels)
        picture[:colours] = np.arange(colours)[:pixels]
        values = _strict_lzw(gif_bytes([palette[picture][None]]))
        assert len(values) == pixels and np.array_equal(values, picture)


def test_gif_of_more_colours_than_it_holds_keeps_those_that_are_most_frequent():
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (60, 60, 3), dtype=np.uint8)
    frame[:, :30] = (250, 248, 241)  # paper, whose bin other colours share
    frame[0] = (255, 255, 255)
    assert len(np.unique(frame.reshape(-1, 3), axis=0)) > 256
    with image_module.open(io.BytesIO(gif_bytes([frame]))) as opened:
        shown = np.asarray(opened.convert("RGB"))
    assert (shown[1:, :30] == (250, 248, 241)).all()
