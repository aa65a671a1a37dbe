"""Training on several hosts: two processes on the loopback address, started by the very files of assets/launch."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml  # comes with flax
from tiny_training import CONFIG, POINTS, corpus_of, write_corpus

from sketchrnn.cli.main import main
from sketchrnn.training.dataset import load_dataset
from sketchrnn.training.fields import to_toml
from sketchrnn.training.fit import train
from sketchrnn.training.folder import RunFolder, read_metrics
from sketchrnn.training.hosts import Hosts, find_hosts

SLURM = {
    "SLURM_JOB_ID": "7",
    "SLURM_STEP_NODELIST": "127.0.0.1",
    "SLURM_NTASKS": "2",
    "SLURM_PROCID": "1",
    "SLURM_LOCALID": "1",
}
LIMIT = 900
"""Seconds after which a process that should have ended is ended: many times what it takes."""
TINY = replace(CONFIG, steps=100_000, log_every=1, save_every=5, evaluate_every=100_000, drop_points=0.1)


@pytest.mark.parametrize(
    ("flags", "environment", "found"),
    [
        ((None, None, None), {}, None),
        ((None, None, None), SLURM, Hosts()),
        ((None, None, None), SLURM | {"SLURM_NTASKS": "1"}, None),
        ((None, None, None), {name: SLURM[name] for name in list(SLURM)[:3]}, None),  # a batch script, not a step
        ((None, None, None), {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, None),  # a pod of no indexed job
        (("none", None, None), SLURM, None),
        (("alpha:1", 1, 2), SLURM, Hosts("alpha:1", 1, 2)),
        (("[::1]:1", 0, 1), {}, Hosts("[::1]:1", 0, 1)),
    ],
)
def test_hosts_are_found_in_words_or_in_the_environment(flags, environment, found) -> None:
    assert find_hosts(*flags, environment=environment) == found


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--hosts alpha:1", "--host-index and --host-count together"),
        ("--host-index 0 --host-count 2", "--hosts, --host-index"),
        ("--hosts alpha --host-index 0 --host-count 2", "NAME:PORT"),
        ("--hosts alpha:x --host-index 0 --host-count 2", "NAME:PORT"),
        ("--hosts alpha:1 --host-index 2 --host-count 2", "--host-index from 0 to 1"),
        ("--hosts alpha:1 --host-index -1 --host-count 2", "at least 0"),
    ],
)
def test_words_that_cannot_be_meant_together(words: str, says: str, tmp_path, capsys) -> None:
    assert main(["train", "--run", str(tmp_path / "run"), "--data", "x", *words.split()]) == 2
    assert says in capsys.readouterr().err


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Drawings, a tiny config, and a `sketchrnn` first on the path that the launch files' words are made tiny with."""
    if sys.platform == "win32":
        pytest.skip("the launch files are for Slurm and Kubernetes, and shell scripts stand in for these")
    write_corpus(corpus_of([POINTS] * 200), tmp_path / "drawings.npz")
    (tmp_path / "tiny.toml").write_text(to_toml(TINY))
    script = f"""#!/bin/sh
case "$*" in
    *--resume*) ;;
    *) set -- "$@" --config {tmp_path}/tiny.toml --batch-size {TINY.batch_size} ;;
esac
exec {sys.executable} -m sketchrnn "$@" $MORE
"""
    _executable(tmp_path / "bin" / "sketchrnn", script)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DATA", str(tmp_path / "drawings.npz"))
    monkeypatch.setenv("RUN", str(tmp_path / "run"))
    monkeypatch.setenv("MORE", "")
    return tmp_path


def _executable(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def _free_port(first: int, last: int) -> int:
    """A port of these that nothing listens on; another process begins to look elsewhere, and takes another."""
    ports = range(first, last + 1)
    for port in np.roll(ports, -(os.getpid() % len(ports))).tolist():
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port is free")


def losses(path: Path) -> dict[int, float]:
    return {line["step"]: line["loss"] for line in read_metrics(path / "metrics.jsonl") if "loss" in line}


def alone(place: Path, steps: int) -> dict[int, float]:
    """The losses of the same training in one process."""
    config = replace(TINY, steps=steps, data=(str(place / "drawings.npz"),))
    train(config, RunFolder(place / "alone"), load_dataset(config))
    return losses(place / "alone")


def require_equal(found: dict[int, float], wanted: dict[int, float]) -> None:
    assert list(found) == list(wanted)
    np.testing.assert_allclose(list(found.values())[:20], list(wanted.values())[:20], atol=1e-5)
    np.testing.assert_allclose(list(found.values()), list(wanted.values()), atol=1e-3)  # sums in another order


SRUN = """#!/bin/bash
shift
export SLURM_JOB_ID={job} SLURM_STEP_NODELIST=127.0.0.1 SLURM_NTASKS=2
SLURM_PROCID=0 SLURM_LOCALID=0 "$@" > "$HEARD-0" 2>&1 &
SLURM_PROCID=1 SLURM_LOCALID=1 "$@" > "$HEARD-1" 2>&1 &
wait %1; first=$?; wait %2; second=$?
echo "$first $second"
"""


def test_slurms_file_trains_as_one_process_does(place: Path, checkout: Path, monkeypatch) -> None:
    file = checkout / "assets" / "launch" / "train.sbatch"
    asked = dict(re.findall(r"^#SBATCH --([a-z-]+)=(\S+)$", file.read_text(), re.M))
    tasks = int(asked["nodes"]) * int(asked["ntasks-per-node"])
    assert asked["ntasks-per-node"] == asked["gpus-per-node"]  # jax gives each task one device
    assert int(re.findall(r"--batch-size (\d+)", file.read_text())[0]) % tasks == 0
    job = _free_port(61440, 65535) - 61440  # the port that jax takes for a job's number
    _executable(place / "bin" / "srun", SRUN.format(job=job))
    monkeypatch.setenv("HEARD", str(place / "heard"))
    monkeypatch.setenv("MORE", "--steps 20")
    done = subprocess.run(["bash", str(file)], capture_output=True, text=True, timeout=LIMIT)
    heard = [Path(f"{place}/heard-{index}").read_text() for index in (0, 1)]
    assert done.stdout.split() == ["0", "0"], heard
    assert "2 x cpu of 2 hosts, 2 drawings of each batch on each" in heard[0]
    assert "step" not in heard[1]  # the first host speaks
    require_equal(losses(place / "run"), alone(place, 20))


def pod(checkout: Path) -> tuple[list[str], dict[str, str]]:
    """What a pod of the Kubernetes file runs, and its environment."""
    service, job = yaml.safe_load_all((checkout / "assets" / "launch" / "train-job.yaml").read_text())
    spec = job["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    variables = {item["name"]: item["value"] for item in container["env"]}
    assert (service["kind"], job["kind"], job["spec"]["completionMode"]) == ("Service", "Job", "Indexed")
    assert service["spec"]["clusterIP"] == "None" and service["spec"]["selector"] == {
        "job-name": job["metadata"]["name"]
    }
    assert spec["subdomain"] == service["metadata"]["name"]
    name, port = variables["COORDINATOR"].split(":")
    assert name == f"{job['metadata']['name']}-0.{spec['subdomain']}" and port.isdigit()
    assert job["spec"]["completions"] == job["spec"]["parallelism"] == int(variables["HOSTS"]) == 2
    return container["command"] + container["args"], variables


def start_pods(words: list[str], place: Path, **more: str) -> list[subprocess.Popen]:
    environment = os.environ | {"COORDINATOR": f"127.0.0.1:{_free_port(20000, 29999)}", "HOSTS": "2", **more}
    pods = []
    for index in (0, 1):
        with open(place / f"heard-{index}", "wb") as heard:
            environment |= {"JOB_COMPLETION_INDEX": str(index)}
            pods.append(subprocess.Popen(words, env=environment, stdout=heard, stderr=heard))
    return pods


def wait_for(pods: list[subprocess.Popen], there) -> None:
    until = time.monotonic() + LIMIT
    while not there() and time.monotonic() < until and all(process.poll() is None for process in pods):
        time.sleep(0.05)


def ended(pods: list[subprocess.Popen], place: Path) -> list[int]:
    """How they ended; those that go on and on are killed."""
    try:
        return [process.wait(LIMIT) for process in pods]
    except subprocess.TimeoutExpired:
        raise AssertionError([(place / f"heard-{index}").read_text() for index in (0, 1)]) from None
    finally:
        for process in pods:
            process.kill()
            process.wait()


def test_kubernetes_file_goes_on_after_a_pod_is_killed(place: Path, checkout: Path, monkeypatch) -> None:
    """Host 0, which all meet at, is killed; both go on; Ctrl-C at host 1 alone then stops both after the same step."""
    words, variables = pod(checkout)
    assert set(variables) == {"COORDINATOR", "HOSTS", "DATA", "RUN"}
    run = RunFolder(place / "run")

    pods = start_pods(words, place)
    wait_for(pods, lambda: any(path.name.isdigit() for path in run.checkpoints.glob("last/*")))  # the first may be gone
    pods[0].kill()
    assert ended(pods, place) == [-signal.SIGKILL, 1], (place / "heard-1").read_text()
    said = [line for line in (place / "heard-1").read_text().splitlines() if "[Gloo]" not in line]
    assert len(said) == 1 and re.fullmatch(
        rf"sketchrnn: host 1 of 2 lost another one, .*--resume --run {re.escape(str(run.path))} .*", said[0]
    ), said

    before = max(losses(run.path), default=0)
    pods = start_pods(words, place)
    wait_for(pods, lambda: max(losses(run.path), default=0) > before)  # those from before do not tell that it goes on
    pods[1].send_signal(signal.SIGINT)
    assert ended(pods, place) == [130, 130], (place / "heard-0").read_text()
    found = losses(run.path)
    reached = max(found)
    assert (run.checkpoints / "last" / str(reached)).is_dir()
    assert f"stopped at step {reached:,}; --resume goes on" in (place / "heard-0").read_text()
    require_equal(found, alone(place, reached))
