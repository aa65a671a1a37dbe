"""One table of every verb, well and badly used: the exit code, and what is said (on stdout only if it went well).

Verbs that need a model are given a tiny one with random weights; what the shipped one draws is tested elsewhere.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sketchrnn.cli.main import VERBS, main

CAT = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M60 90 L40 20 L95 60 L150 58"/><path d="M95 120 V130"/></svg>'
RECORDS = """\
{"word":"cat","key_id":"1","recognized":true,"drawing":[[[0,255,255],[0,0,200]],[[30,40],[50,60]]]}
{"word":"owl","key_id":"2","recognized":true,"drawing":[[[0,100,255],[0,255,9]],[[5,9,70],[9,80,90]]]}
"""

GOOD = [
    "--version",
    "--help",
    "complete cat.svg --model tiny.safetensors",
    "complete cat.svg --model tiny.safetensors --seed 7 --count 3 --format png --out pictures",
    "complete two.ndjson --model tiny.safetensors --prefix 0.3 --category own --max-points 5 --out new.ndjson",
    "complete cat.svg two.ndjson --model tiny.safetensors --category auto --scale page --temperature 1 --out n.npz",
    "complete cat.svg --model tiny.safetensors --category owl --scale 0.5 --format svg-animated --out moving",
    "sample cat --model tiny.safetensors --count 2 --seed 1 --out sampled",
    "sample cat owl --model tiny.safetensors --temperature 0.5 --out sampled.ndjson",
    "reconstruct two.ndjson --model tiny.safetensors --out again",
    "morph cat.svg two.ndjson --model tiny.safetensors --steps 3 --out between",
    "guess cat.svg --model tiny.safetensors --top 2",
    "guess two.ndjson --model tiny.safetensors --json",
    "convert cat.svg --out cat.ndjson",
    "convert two.ndjson --out two.npz",
    "convert cat.svg --raw --out raw.ndjson",
    "data stats two.ndjson",
    "data show two.ndjson --out sheet.svg",
    "data import cat.svg two.ndjson --out own.npz",
    "models list",
    "models card tiny.safetensors",
    "models export tiny.safetensors --out copy.safetensors",
]

BAD = [
    # wrong use
    ("compleet cat.svg", 2, "did you mean 'complete'"),
    ("cat.svg two.ndjson", 2, "usage: sketchrnn draw"),
    ("draw --size huge", 2, "--size"),
    ("draw --ui-scale 9", 2, "--ui-scale"),
    ("draw --theme pink", 2, "--theme"),
    ("complete", 2, "usage: sketchrnn complete"),
    ("complete cat.svg --seed -1", 2, "--seed"),
    ("complete cat.svg --seed x", 2, "--seed"),
    ("complete cat.svg --temperature 7", 2, "--temperature"),
    ("complete cat.svg --temperature nan", 2, "--temperature"),
    ("complete cat.svg --count 0", 2, "--count"),
    ("complete cat.svg --prefix 0", 2, "--prefix"),
    ("complete cat.svg --prefix 1.5", 2, "--prefix"),
    ("complete cat.svg --max-points 0", 2, "--max-points"),
    ("complete cat.svg --scale huge", 2, "--scale"),
    ("complete cat.svg --format bmp", 2, "--format"),
    ("complete cat.svg --out cat.bmp", 2, ".bmp"),
    ("complete cat.svg --out whole.svg --format png", 2, "does not fit"),
    ("sample", 2, "usage: sketchrnn sample"),
    ("reconstruct", 2, "usage: sketchrnn reconstruct"),
    ("morph cat.svg", 2, "usage: sketchrnn morph"),
    ("morph cat.svg two.ndjson --steps 0", 2, "--steps"),
    ("guess", 2, "usage: sketchrnn guess"),
    ("guess cat.svg --top 0", 2, "--top"),
    ("convert cat.svg", 2, "--out"),
    ("convert cat.svg --out new.bin --plotter", 2, "--plotter means nothing for bin"),
    ("convert cat.svg --out new.ndjson --format npz", 2, "--format npz does not fit new.ndjson"),
    ("data", 2, "usage: sketchrnn data"),
    ("data shuffle", 2, "shuffle"),
    ("train --preset huge", 2, "huge"),
    ("train --no-such-field 3", 2, "no-such-field"),
    ("evaluate", 2, "--data"),
    ("models", 2, "usage: sketchrnn models"),
    ("models burn", 2, "burn"),
    ("benchmark", 2, "usage: sketchrnn benchmark"),
    ("benchmark toaster", 2, "toaster"),
    ("benchmark start --seconds 3", 2, "--seconds"),
    ("benchmark complete --device cpu", 2, "--device"),
    ("benchmark frames --data cat.svg", 2, "--data"),
    ("benchmark train --model tiny", 2, "--model"),
    ("benchmark data --threads 2", 2, "--threads"),
    ("benchmark start --force", 2, "--force means nothing without --json"),
    # could not
    ("draw cat.svg --screenshot cat.svg", 1, "cat.svg: exists already. Give --force"),
    ("draw cat.svg --frame-log cat.svg", 1, "cat.svg: exists already. Give --force"),
    ("complete missing.svg --model tiny.safetensors", 1, "missing.svg"),
    ("complete damaged.svg --model tiny.safetensors", 1, "damaged.svg"),
    ("complete cat.svg --model missing.safetensors", 1, "missing.safetensors"),
    ("complete cat.svg --model cat.svg", 1, "cat.svg"),
    ("complete cat.svg --model tiny.safetensors --category dragon", 1, "dragon"),
    ("complete cat.svg --model tiny.safetensors --out cat.svg", 1, "exists already"),
    ("sample dragon --model tiny.safetensors", 1, "dragon"),
    ("reconstruct missing.svg --model tiny.safetensors", 1, "missing.svg"),
    ("morph cat.svg missing.svg --model tiny.safetensors", 1, "missing.svg"),
    ("guess missing.svg --model tiny.safetensors", 1, "missing.svg"),
    ("guess damaged.ndjson --model tiny.safetensors", 1, "record 2"),
    ("guess empty.ndjson --model tiny.safetensors", 1, "empty.ndjson: holds no drawing"),
    ("convert missing.svg --out new.npz", 1, "missing.svg"),
    ("convert cat.svg --out two.ndjson", 1, "exists already"),
    ("data stats missing.npz", 1, "missing.npz"),
    ("data show damaged.ndjson --out new.svg", 1, "record 2"),
    ("train --data missing.npz --run run", 1, "missing.npz"),
    ("train --data two.ndjson --categories dragon --run run", 1, "dragon"),
    ("evaluate --model tiny.safetensors --data missing.npz", 1, "missing.npz"),
    ("evaluate --model missing.safetensors --data two.ndjson", 1, "missing.safetensors"),
    ("models card missing.safetensors", 1, "missing.safetensors"),
    ("benchmark start --model cat.svg", 1, "cat.svg: not a model bundle"),
    ("models export missing --out new.safetensors", 1, "missing"),
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a small network with random weights that knows three categories."""
    from sketchrnn.model.config import TINY
    from sketchrnn.model.sketchrnn import make_model
    from sketchrnn.weights import WeightBundle, parameters, save_bundle

    path = tmp_path_factory.mktemp("bundle") / "tiny.safetensors"
    categories = ("cat", "owl", "bicycle")
    save_bundle(WeightBundle("tiny", TINY, parameters(make_model(TINY)), 40.0, categories), path)
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with what the table's words name."""
    (tmp_path / "cat.svg").write_text(CAT)
    (tmp_path / "damaged.svg").write_text(CAT[:-20])
    (tmp_path / "two.ndjson").write_text(RECORDS)
    (tmp_path / "damaged.ndjson").write_text(RECORDS[:-9])
    (tmp_path / "empty.ndjson").write_text("\n")
    os.link(tiny, tmp_path / "tiny.safetensors")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sketchrnn.sketch.export.PNG_SIDE", 32)  # time for other tests
    return tmp_path


@pytest.mark.parametrize("line", GOOD)
def test_what_is_well_used_works(line: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = line.split()
    assert main(words) == 0
    assert capsys.readouterr().out.strip()
    if "--out" in words:
        out = folder / words[words.index("--out") + 1]
        assert out.is_file() or any(out.iterdir())


@pytest.mark.parametrize(("line", "code", "said"), BAD)
def test_what_is_badly_used_is_said(line: str, code: int, said: str, folder: Path, capsys) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(line.split()) == code
    error = capsys.readouterr().err
    assert said in error
    assert code == 2 or error.count("\n") == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_refuses_an_option_that_it_does_not_know(verb: str, capsys) -> None:
    assert main([verb, "--no-such-option"]) == 2
    assert capsys.readouterr().err.startswith(f"usage: sketchrnn {verb}")


def test_every_verb_has_help_with_examples_without_jax_and_without_a_display() -> None:
    code = (
        "import os, sys\n"
        "for name in ('DISPLAY', 'WAYLAND_DISPLAY'): os.environ.pop(name, None)\n"
        "heavy = 'jax', 'jaxlib', 'flax', 'optax', 'orbax', 'pygame', 'PIL', 'matplotlib'\n"
        "for name in heavy: sys.modules[name] = None\n"
        "from sketchrnn.cli.main import VERBS, main\n"
        "for verb in VERBS:\n"
        "    print('==', verb)\n"
        "    assert main([verb, '--help']) == 0, verb\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    texts = dict(zip(VERBS, done.stdout.split("== ")[1:], strict=True))
    for verb, text in texts.items():
        assert f"usage: sketchrnn {verb}" in text, verb
        assert "examples:\n" in text and f"  sketchrnn {verb} " in text.split("examples:\n")[1], verb


def test_the_table_holds_every_verb() -> None:
    assert {line.split()[0] for line, _, _ in BAD} >= set(VERBS)
