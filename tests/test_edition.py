"""`assets/make_edition.py`: a model part by part, at a tiny size; `assets/make_card.py`: its card is of one model."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tiny_training import CONFIG, POINTS, corpus_of, write_corpus

from sketchrnn.cli.main import build_parser, main
from sketchrnn.training.config import ACCELERATED, EVERYTHING
from sketchrnn.training.fields import to_toml
from sketchrnn.weights import load_bundle


@pytest.fixture
def edition(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(checkout / "assets"))
    return importlib.import_module("make_edition")


def test_each_part_is_learnt_on_top_of_the_others_and_only_once(
    tmp_path: Path, edition: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, asked = importlib.import_module("runs"), []
    (tmp_path / "mine.toml").write_text(to_toml(CONFIG))
    write_corpus(corpus_of([POINTS] * 200), tmp_path / "drawings.npz")

    def here(*words: str) -> None:
        asked.append(words)
        assert main(list(words)) == 0

    tiny = ("--config", str(tmp_path / "mine.toml"), "--conditional", "false")
    for module in (edition, runs):
        monkeypatch.setattr(module, "sketchrnn", here)
    monkeypatch.setattr(edition, "COMMON", (*tiny, "--prefix-prior-size", "0", "--latent-optional", "false"))
    smaller = {"256": "16", "64": "4"}
    parts = {
        part: (max(1, steps // 5000), "tiny", tuple(smaller.get(w, w) for w in flags))
        for part, (steps, _, flags) in edition.PARTS.items()
    }
    monkeypatch.setattr(edition, "PARTS", parts)
    out = tmp_path / "out"
    monkeypatch.setattr("sys.argv", ["make_edition.py", str(tmp_path / "drawings.npz"), str(out), "--share", "1"])
    edition.main()
    assert [words[0] for words in asked] == ["train"] * 3 + ["evaluate"] and (out / "evaluated.json").exists()
    decoder, recogniser, whole = (
        load_bundle(path)
        for path in (
            out / "decoder" / "model.safetensors",
            out / "recogniser" / "model.safetensors",
            out / "everything.safetensors",
        )
    )
    assert not decoder.config.recognises and whole.config.viewer_channels and whole.config.recogniser_size
    for before in (decoder, recogniser):
        for name, values in before.params.items():
            np.testing.assert_array_equal(whole.params[name], values, err_msg=name)
    asked.clear()
    edition.main()
    assert [words[0] for words in asked] == ["evaluate"], "what is done is not done again"
    monkeypatch.setattr("sys.argv", ["make_edition.py", str(tmp_path / "drawings.npz"), str(out), "--share", "2"])
    with pytest.raises(SystemExit, match=f"a training of {parts['decoder'][0]} steps, not {2 * parts['decoder'][0]}"):
        edition.main()


def test_the_parts_are_those_of_the_bundled_model(edition: ModuleType, checkout: Path) -> None:
    sizes = {"recogniser_size": EVERYTHING.model.recogniser_size, "viewer_channels": EVERYTHING.model.viewer_channels}
    sizes |= {name: getattr(ACCELERATED.model, name) for name in ("decoder_cell", "decoder_size", "lower_size")}
    bundled = load_bundle(checkout / "weights" / "everything.safetensors").config
    assert sizes == {name: getattr(bundled, name) for name in sizes}
    parser = build_parser("train")
    for steps, preset, flags in edition.PARTS.values():
        words = ["--preset", preset, *edition.COMMON, *flags, "--steps", str(steps)]
        parser.parse_args(["train", "--data", "x", *words])
    assert edition.PARTS["decoder"][:2] == (ACCELERATED.steps, "accelerated")


def test_a_card_is_of_one_model_and_of_what_was_judged(edition: ModuleType, checkout: Path) -> None:
    """Each figure comes from a file of its own, and the page does not show where that is from."""
    card, model = importlib.import_module("make_card"), checkout / "weights" / "everything.safetensors"

    def required(evaluated: str = "everything", completed: str = "everything", judged: int = 3) -> None:
        report = {"model": completed, "prefixes": {card.FRACTION: {"drawings": 3}}}
        card.require_one_model(model, {"model": evaluated}, report, {"overall": {"drawings": judged}})

    required()
    for other, said in (
        ({"evaluated": "small"}, "evaluated: is of the model small, not of everything"),
        ({"completed": "small"}, "completed: is of the model small, not of everything"),
        ({"judged": 4}, "judged: is of 4 drawings, and 3 were completed"),
    ):
        with pytest.raises(SystemExit, match=said):
            required(**other)
