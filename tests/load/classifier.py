"""Measure the classifier beside named peers in one run and print one JSON object: ``make bench-classifier``.

Each system runs in processes of its own, on the same messages and on one thread unless told otherwise. Peers are measured
where the interpreter of the training environment has them: sentence-transformers with torch (the encoder that ours began
as, whole and in full precision, and the same heads' arithmetic), VADER, and TF-IDF with logistic regression. Times are
milliseconds, memory is mebibytes.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from relief.classify.model import HEADS_FILE

_ROOT: Final = Path(__file__).parents[2]
_CHILD: Final = Path(__file__).with_name("classifier_systems.py")
_PEERS: Final = ("sentence-transformers", "vader", "tfidf")
_STARTS: Final = 3
_WIDTH: Final = 384
_INNER: Final = 1536


def main() -> int:
    """Run every system, and print the figures with their ratios to the classifier's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, default=_ROOT / ".venv-training/bin/python", help="peers' interpreter")
    parser.add_argument("--model", type=Path, default=_ROOT / "layers/classifier/model", help="a trained model")
    options = parser.parse_args()
    systems = {"relief": Path(sys.executable)}
    if options.peers.exists():
        systems |= dict.fromkeys(_PEERS, options.peers)
    else:
        sys.stderr.write(f"No peers: {options.peers} is missing; `make train` installs it.\n")
    figures: dict[str, Any] = {"machine": {"processor": _processor(), "python": platform.python_version()}}
    with tempfile.TemporaryDirectory() as scratch:
        for name, python in systems.items():
            figures[name] = _measure(name, python, options.model, Path(scratch))
    ours = figures["relief"]
    for name in systems.keys() - {"relief"}:
        theirs = figures[name]
        keys = ("first_answer_ms", "p50_ms", "resident_mib", "disk_mib")
        figures[name]["times_relief"] = {key: round(theirs[key] / ours[key], 2) for key in keys if theirs.get(key)}
    figures["arithmetic"] = _arithmetic(ours, _count_layers(options.model))
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0


def _measure(name: str, python: Path, model: Path, scratch: Path) -> dict[str, Any]:
    """Start a system cold a few times for its first answer, then once for everything else."""
    sys.stderr.write(f"{name} ...\n")
    command = [str(python), str(_CHILD), name, str(model), str(scratch)]
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": os.pathsep.join(str(_ROOT / place) for place in ("layers/relief/python", "layers/classifier")),
    }
    subprocess.run([*command, "prepare"], check=True, env=environment, cwd=_ROOT, stdout=sys.stderr)  # noqa: S603 - our own module
    firsts = []
    for _ in range(_STARTS):
        started = time.perf_counter()
        subprocess.run([*command, "first"], check=True, env=environment, cwd=_ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 - our own module
        firsts.append((time.perf_counter() - started) * 1000)
    done = subprocess.run([*command, "all"], check=True, env=environment, cwd=_ROOT, capture_output=True, text=True)  # noqa: S603 - our own module
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {"first_answer_ms": round(statistics.median(firsts), 1)} | figures


def _count_layers(model: Path) -> int:
    """Return how many layers the encoder has: its heads read two vectors of the last, one of each other, and a number."""
    return (len(np.load(model / HEADS_FILE)["dimensions"]) - 1) // _WIDTH - 1


def _arithmetic(ours: dict[str, Any], layers: int) -> dict[str, float]:
    """Compare the time of a message with what its multiply-adds would take at this processor's peak for 32-bit floats.

    An encoder layer multiplies each token with 4 matrices of width squared and 2 of width times inner width; attention
    adds 2 products of width for every pair of tokens.
    """
    tokens, peak = ours["mean_tokens"], ours["sgemm_gflops"]
    dense = layers * tokens * (4 * _WIDTH**2 + 2 * _WIDTH * _INNER)
    pairs = layers * 2 * tokens**2 * _WIDTH
    least = 2 * (dense + pairs) / (peak * 1e9) * 1000
    return {
        "mean_tokens": tokens,
        "sgemm_gflops_one_thread": peak,
        "least_ms_at_sgemm_peak": round(least, 3),
        "p50_times_least": round(ours["p50_ms"] / least, 2),
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
