"""`sketchrnn train` as typed: presets, files, flags, going on, beginning with another's weights, being refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_training import CONFIG, POINTS, corpus_of, write_corpus

from sketchrnn.cli.main import main
from sketchrnn.training.fields import to_toml
from sketchrnn.training.folder import RunFolder, read_metrics
from sketchrnn.training.loop import Outcome
from sketchrnn.weights import load_bundle


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with drawings and a config file."""
    folder = tmp_path_factory.mktemp("training")
    write_corpus(corpus_of([POINTS] * 200), folder / "drawings.npz")
    (folder / "mine.toml").write_text(to_toml(CONFIG))
    return folder


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place


def run(*words: str) -> int:
    return main(["train", *words])


TINY = ("--preset", "tiny", "--config", "mine.toml", "--data", "drawings.npz")


def test_trained_gone_on_with_and_begun_from(here: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(*TINY, "--run", "one", "--steps", "4", "--categories", "owl", "cat", "dog") == 0
    said = capsys.readouterr().out
    for words in ("200 drawings read", "3 categories to learn from", "done. The model:"):
        assert words in said
    folder = RunFolder(here / "one")
    assert load_bundle(folder.model).categories == ("owl", "cat", "dog")
    assert folder.read_config().data == (str(here / "drawings.npz"),)

    assert run("--run", "one", "--resume", "--steps=8") == 0
    assert [line["step"] for line in read_metrics(folder.metrics) if "loss" in line] == [2, 4, 6, 8]

    assert run(*TINY, "--run", "two", "--steps", "2", "--from", "one") == 0
    bundle = load_bundle(here / "two" / "model.safetensors")
    assert bundle.scale_factor == load_bundle(folder.model).scale_factor
    assert bundle.categories == ("cat", "dog", "owl")
    assert "--from one" in bundle.card["command"] or bundle.card["command"].startswith("sketchrnn")


def test_a_network_that_rows_of_many_cannot_hold_gets_a_recogniser_all_the_same(here: Path, capsys) -> None:
    other = ("--conditional", "true", "--encoder-size", "4", "--encoder-cell", "layer_norm")
    assert run(*TINY, "--run", "coded", "--steps", "1", *other) == 0
    accelerated = ("--preset", "accelerated", "--data", "drawings.npz", "--batch-size", "4", "--steps", "1")
    capsys.readouterr()
    assert run(*accelerated, "--run", "no", "--from", "coded") == 2
    assert "expected encoder_cell lstm with row_points" in capsys.readouterr().err
    seen = ("--learn", "recogniser", "--recogniser-size", "4")
    assert run(*accelerated, "--run", "seen", "--from", "coded", *seen) == 0
    bundle, before = (load_bundle(here / name / "model.safetensors") for name in ("seen", "coded"))
    assert bundle.config.recogniser_size == 4
    assert all((bundle.params[name] == value).all() for name, value in before.params.items())


def test_what_was_interrupted_ends_so(here: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    stopped = Outcome(step=1, best=None, interrupted=True, model=here / "model.safetensors")
    monkeypatch.setattr("sketchrnn.cli.train._train", lambda *_: stopped)
    assert run(*TINY, "--run", "stopped") == 130
    assert capsys.readouterr().err == "sketchrnn: interrupted\n"


def test_hosts_are_those_that_are_named(here: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def found(*given: object) -> None:
        raise ValueError(f"asked for {given}")

    monkeypatch.setattr("sketchrnn.training.hosts.find_hosts", found)
    named = ("--hosts", "alpha:12321", "--host-index", "1", "--host-count", "2", "--host-timeout", "7")
    assert run(*TINY, "--run", "many", *named) == 2
    assert capsys.readouterr().err == "sketchrnn: asked for ('alpha:12321', 1, 2, 7)\n"


def test_runs_get_names_of_their_own(here: Path) -> None:
    assert run(*TINY, "--steps", "2") == 0
    assert run(*TINY, "--steps", "2", "--evaluate-every", "50") == 0
    assert sorted(path.name for path in (here / "runs").iterdir()) == ["tiny-1", "tiny-2"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("--decodersize 3", 2, "did you mean --decoder_size?"),
        ("--steps many", 2, "expected INT for steps, got 'many'"),
        ("--batch-size 0", 2, "expected batch_size of at least 1"),
        ("--seed 99999999999999999999", 2, "expected seed below 2^32"),
        ("--data drawings.npz --categories cat cat", 2, "expected categories all different"),
        ("--resume", 2, "--run"),
        ("--resume --run nowhere", 1, "no training to go on with"),
        ("--resume --run x --preset small", 2, "--preset"),
        ("--resume --run x --from y", 2, "--from"),
        ("--resume --run x --config mine.toml", 2, "--config"),
        ("--config missing.toml", 1, "missing.toml"),
        ("--config drawings.npz", 1, "no TOML"),
        ("--data drawings.npz --categories yak", 1, "yak"),
        ("--data drawings.npz --from missing", 1, "missing: there is no such model. Models known by name: "),
        ("--data drawings.npz --batch-size 1000", 1, "fewer than a batch of 1000"),
        ("", 1, "--data"),
    ],
)
def test_what_cannot_be_is_refused(words: str, code: int, says: str, here: Path, capsys) -> None:
    assert run(*words.split()) == code
    assert says in capsys.readouterr().err


def test_a_folder_that_holds_a_training_is_not_begun_anew(here: Path, capsys: pytest.CaptureFixture) -> None:
    RunFolder(here / "taken").begin(CONFIG, {})
    assert run(*TINY, "--run", "taken") == 1
    assert "--resume" in capsys.readouterr().err
    assert run("--resume", "--run", "taken", "--decoder-size", "16") == 1
    assert "cannot be resumed with another decoder_size" in capsys.readouterr().err


def test_other_sizes_than_the_bundles_are_refused(here: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(*TINY, "--run", "first", "--steps", "2") == 0
    assert run(*TINY, "--run", "second", "--from", "first/model.safetensors", "--decoder-size", "16") == 1
    assert "decoder_size is 8 there and 16 here" in capsys.readouterr().err
    assert not (here / "second").exists()
