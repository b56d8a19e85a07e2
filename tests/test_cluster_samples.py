"""The scripts for SLURM and Kubernetes in docs/ray.md: as far as can be seen without such a cluster."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bioweft.cli.run import command as run_command
from tests.test_samples import ROOT, samples

PAGE = ROOT / "docs" / "ray.md"


def check_run(call: str) -> None:
    """See that a call of `bioweft run` has no option that there is not."""
    program, name, *arguments = shlex.split(call)
    assert (program, name) == ("bioweft", "run")
    context = run_command.make_context("run", arguments)
    assert context.params["engine"] == "ray"
    assert context.params["address"]


def programs(folder: Path, **answers: str) -> str:
    """Make programs that print an answer, where a script looks first; `srun` writes its call down."""
    folder.mkdir()
    scripts = {name: f"cat <<'END'\n{answer}\nEND" for name, answer in answers.items()}
    scripts["srun"] = f'printf "%s\\n" "$@" > {folder / "call"}'
    for name, lines in scripts.items():
        (folder / name).write_text(f"#!/bin/bash\n{lines}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_the_slurm_script_starts_ray_on_all_machines_and_the_run_on_the_first(tmp_path: Path) -> None:
    symmetric_run = pytest.importorskip("ray.scripts.symmetric_run", reason="the extra ray is not installed")
    (script,) = samples(PAGE, "bash")
    environment = tmp_path / "venv" / "bin" / "activate"
    environment.parent.mkdir(parents=True)
    environment.touch()
    script = script.replace("/shared/bioweft/.venv", str(tmp_path / "venv")).replace("/shared/work", str(tmp_path))
    path = programs(tmp_path / "bin", scontrol="node7\nnode8", getent="10.0.0.7 STREAM node7\n10.0.0.7 DGRAM")
    slurm = {"SLURM_JOB_NODELIST": "node[7-8]", "SLURM_JOB_NUM_NODES": "2", "SLURM_CPUS_PER_TASK": "16"}
    subprocess.run(["bash", "-eu", "-c", script], env={**os.environ, **slurm, "PATH": path}, check=True)
    call = (tmp_path / "bin" / "call").read_text().splitlines()
    begin, end = call.index("symmetric-run"), call.index("--")
    assert call[:begin] == ["ray"]
    context = symmetric_run.symmetric_run.make_context("ray", call[begin + 1 :])
    assert (context.params["address"], context.params["min_nodes"]) == ("10.0.0.7:6379", 2)
    check_run(shlex.join(call[end + 1 :]))


def containers(group: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the containers of a group of machines; each has an image, and volumes of its machine alone."""
    machine = group["template"]["spec"]
    volumes = {volume["name"] for volume in machine["volumes"]}
    for container in machine["containers"]:
        assert container["image"]
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}
    return list(machine["containers"])


def test_the_machines_of_kubernetes_share_image_and_disk() -> None:
    (job,) = (yaml.safe_load(sample) for sample in samples(PAGE, "yaml"))
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    cluster = job["spec"]["rayClusterSpec"]
    head, workers = cluster["headGroupSpec"], cluster["workerGroupSpecs"]
    groups = [containers(group) for group in (head, *workers)]
    shared = [(c["image"], c["volumeMounts"], c["env"]) for group in groups for c in group]
    assert all(each == shared[0] for each in shared)
    assert all(group["groupName"] and group["replicas"] for group in workers)
    assert all(isinstance(value, str) for group in (head, *workers) for value in group["rayStartParams"].values())
    entrypoint = job["spec"]["entrypoint"]
    subprocess.run(["bash", "-n", "-c", entrypoint], check=True)
    change, _, call = entrypoint.partition(" && ")
    assert change == "cd " + shared[0][1][0]["mountPath"]
    check_run(call)
