"""Fields of a training by name: from flags and TOML, refused with the nearest name, kept in the run folder."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from sketchrnn.cli.main import main
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.training.config import ACCELERATED, EVERYTHING, PAPER, PRESETS, SMALL, TINY, TrainConfig
from sketchrnn.training.fields import differences, read_config, settable, to_toml, with_fields
from sketchrnn.training.folder import RunFolder, forget_metrics_after, read_metrics
from sketchrnn.training.resume import fixed_digest, resumed_config


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_its_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(to_toml(replace(PRESETS[name], data=('a "b"\\c', "ä"), categories=("The Mona Lisa",))))
    read = with_fields(TrainConfig(), read_config(path))
    assert differences(read, PRESETS[name]) == ["data", "categories"]
    assert read.data == ('a "b"\\c', "ä") and read.categories == ("The Mona Lisa",)


def test_flags_are_read_as_their_fields_type() -> None:
    flags = {
        "steps": "7",
        "learning-rate": "1e-3",
        "use_categories": "no",
        "decoder-size": "32",
        "clip": "value",
        "categories": "cat, dog",
    }
    config = with_fields(SMALL, flags)
    assert (config.steps, config.learning_rate, config.use_categories) == (7, 1e-3, False)
    assert (config.model.decoder_size, config.clip, config.categories) == (32, "value", ("cat", "dog"))
    assert config.model.mixtures == SMALL.model.mixtures


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"batchsize": "3"}, "Did you mean 'batch_size'"),
        ({"lerning_rate": 0.1}, "Did you mean 'learning_rate'"),
        ({"zzzzz": 1}, "there is no field 'zzzzz'"),
        ({"steps": "many"}, "expected INT for steps, got 'many'"),
        ({"steps": 1.5}, "expected INT for steps"),
        ({"steps": True}, "expected INT for steps"),
        ({"learning_rate": "fast"}, "expected NUMBER for learning_rate"),
        ({"use_categories": "maybe"}, "true|false"),
        ({"use_categories": 1}, "true|false"),
        ({"decay": "cubic"}, "linear|exponential"),
        ({"categories": [1]}, "NAME"),
        ({"steps": "0"}, "expected steps of at least 1, got 0"),
        ({"steps": str(2**31)}, "expected steps below 2^31"),
        ({"warm_up": str(2**31)}, "expected warm_up below 2^31"),
        ({"learning_rate": "nan"}, "learning_rate"),
        ({"learning_rate": 10**400}, "expected NUMBER for learning_rate"),
        ({"kl_floor": "nan"}, "kl_floor"),
        ({"kl_floor": "-0.1"}, "kl_floor"),
        ({"kl_weight": "inf"}, "kl_weight"),
        ({"jitter": "-1"}, "jitter"),
        ({"decoder_size": "0"}, "decoder_size"),
        ({"recurrent_keep": 0}, "recurrent_keep"),
        ({"model": 3}, "there is no field 'model'"),
    ],
)
def test_what_cannot_be_is_refused(values: dict, says: str) -> None:
    with pytest.raises(SketchRNNError) as caught:
        with_fields(SMALL, values)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("steps = ", "no TOML"),
        ("[model]\ncategories = 3", "taken from the data"),
        ("model = 3", "expected a table"),
        ("mixtures = 2\n[model]\nmixtures = 3", "twice"),
    ],
)
def test_a_bad_config_file_is_named(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(BadFile, match="mine.toml") as caught:
        read_config(path)
    assert says in str(caught.value)
    with pytest.raises(BadFile, match="cannot be read"):
        read_config(tmp_path / "missing.toml")


def test_every_field_has_a_description() -> None:
    known = settable()
    assert {"kl_decay", "recurrent_keep", "latent_optional"} < set(known) and all(text for _, text in known.values())
    assert "names" in known["categories"][1]  # the training's: how many the network has, the data say


def test_the_defaults_that_help_shows_are_what_they_are(capsys: pytest.CaptureFixture) -> None:
    """Read back from the page as one would type them."""
    assert main(["train", "--help"]) == 0
    flags = re.split(" (?=--)", " ".join(capsys.readouterr().out.split("fields (")[1].split("examples:")[0].split()))
    shown = {flag.split()[0].strip("-"): flag[flag.rindex("(") + 1 : -1] for flag in flags[1:] if flag[-1] == ")"}
    assert set(shown) == set(settable()) - {"data", "categories"}
    for name, value in shown.items():
        assert with_fields(SMALL, {name: value}) == SMALL, name


def test_presets_are_what_they_are_called() -> None:
    paper = PAPER.model
    assert (paper.encoder_size, paper.decoder_size, paper.latent_size, paper.mixtures) == (256, 512, 128, 20)
    assert (PAPER.learning_rate, PAPER.min_learning_rate, PAPER.decay_rate, PAPER.clip) == (1e-3, 1e-5, 0.9999, "value")
    assert (PAPER.kl_weight, PAPER.kl_start, PAPER.kl_decay, PAPER.kl_floor) == (0.5, 0.01, 0.99995, 0.2)
    assert PAPER.network(3).categories == 0 and PAPER.untold == 0
    assert EVERYTHING.network(345).categories == 345 and EVERYTHING.model.decoder_size == 512
    assert SMALL.network(3).category_head and SMALL.untold == 13
    assert TINY.network(3).prefix_prior_size > 0


def test_resuming_changes_no_field_that_the_weights_or_the_data_hang_on(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.begin(SMALL, {})
    assert resumed_config(folder, replace(SMALL, steps=99, learning_rate=1e-4)).steps == 99
    for changes in ({"batch_size": "3"}, {"seed": "9"}, {"decoder_size": "64"}, {"jitter": "0"}):
        with pytest.raises(SketchRNNError, match="cannot be resumed with another") as caught:
            resumed_config(folder, with_fields(SMALL, changes))
        assert next(iter(changes)) in str(caught.value)
        assert fixed_digest(with_fields(SMALL, changes)) != fixed_digest(SMALL)
    assert fixed_digest(replace(SMALL, steps=99, data=("elsewhere",))) == fixed_digest(SMALL)
    with pytest.raises(SketchRNNError, match="another learn"):
        resumed_config(folder, replace(SMALL, learn="recogniser"))


def test_a_run_is_known_by_the_same_digest_for_ever() -> None:
    # as checkpoints of these presets have held them, by the versions that brought the presets: whoever adds a field
    # enters it in LATER with what it was before there was a choice, or all runs that were begun before are lost
    assert fixed_digest(PAPER) == "2c2efbef1c2f83b3"
    assert fixed_digest(SMALL) == "430da5929c432965"
    assert fixed_digest(EVERYTHING) == "557e976e2ed35497"
    assert fixed_digest(ACCELERATED) == "c8d76208a2497880"
    seen = replace(SMALL, model=replace(SMALL.model, viewer_channels=8))
    below = replace(SMALL, model=replace(SMALL.model, decoder_cell="stacked", lower_size=8))
    assert len({fixed_digest(config) for config in (SMALL, seen, below, replace(SMALL, coded_share=0.25))}) == 4


def test_a_folder_takes_one_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(BadFile, match="no training to go on with. Without --resume"):
        folder.read_config()
    folder.begin(SMALL, {"categories": ["cat"]})
    assert folder.read_config() == SMALL and folder.read_about() == {"categories": ["cat"]}
    with pytest.raises(SketchRNNError, match="--resume"):
        folder.begin(SMALL, {})
    (folder.checkpoints / "last" / "500").mkdir(parents=True)
    folder.config.unlink()
    for use in (folder.read_config, lambda: folder.begin(SMALL, {})):
        with pytest.raises(BadFile, match="checkpoints of a training without its config.toml. Start anew"):
            use()
    (tmp_path / "file").write_text("")
    with pytest.raises(SketchRNNError, match="cannot be made a folder"):
        RunFolder(tmp_path / "file" / "run").begin(SMALL, {})


def test_metrics_are_cut_where_a_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 2, "loss": 1}\n{"step": 4, "loss": 2}\n{"step": 6}\n[1]\n{"step": 8, "lo')
    forget_metrics_after(path, 4)
    assert [line["step"] for line in read_metrics(path)] == [2, 4]
    assert list(read_metrics(tmp_path / "none.jsonl")) == []
