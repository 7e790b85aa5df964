"""What SAM built: the same code in layer and image, declared packages alone, code for the right Python."""

import json
import os
import re
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

from tests.sam.conftest import BUILD, ROOT, docker, image_of

_IMAGE: Final = "ClassifyFunction"
LAYER: Final = BUILD / "ReliefLayer" / "python"
_RUNTIME: Final = {"sys_platform": "linux", "python_full_version": "3.13.0", "python_version": "3.13"}
_MIB: Final = 1024 * 1024
_MOST_MIB: Final = {"functions and layer, which Lambda limits to 250": 80, "image, which Lambda limits to 10240": 800}
_LISTING: Final = """
import hashlib, importlib.metadata, json, pathlib
root = pathlib.Path("/var/task/relief")
files = [path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
print(json.dumps({
    "files": {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    "compiled": len(list(root.rglob("*.cpython-313.pyc"))),
    "packages": sorted({one.name.lower().replace("_", "-") for one in importlib.metadata.distributions()}),
}))
"""


@pytest.fixture(scope="module")
def in_image() -> dict[str, object]:
    """What lies in the image."""
    listing: dict[str, object] = json.loads(
        docker("run", "--rm", "--entrypoint", "python", image_of(_IMAGE), "-c", _LISTING)
    )
    return listing


def files_below(root: Path) -> dict[str, str]:
    """Return the checksum of every file, by its path, compiled code apart."""
    found = [path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    return {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in found}


def declared(requirements: Path) -> set[str]:
    """Return the names in a file of requirements, as far as they are for Lambda."""
    lines = re.findall(r"^[\w.-]+==[^\\\n]+", requirements.read_text("utf-8"), re.MULTILINE)
    wanted = [Requirement(line.strip()) for line in lines]
    return {one.name.lower() for one in wanted if one.marker is None or one.marker.evaluate(dict(_RUNTIME))}


def test_layer_and_image_hold_the_same_code(in_image: dict[str, object]) -> None:
    """Given the layer and the image, then both hold relief as it is in the source, file by file and byte by byte."""
    in_layer = files_below(LAYER / "relief")
    assert len(in_layer) > 100
    assert in_layer == in_image["files"]
    assert in_layer == files_below(ROOT / "layers/relief/python/relief")


def test_the_layer_holds_what_is_declared_and_nothing_else() -> None:
    """Given the layer, then its packages are those of its requirements, in the Lambda runtime's Python."""
    found = {
        path.name.removesuffix(".dist-info").rpartition("-")[0].lower().replace("_", "-")
        for path in LAYER.glob("*.dist-info")
    }
    assert found == declared(ROOT / "layers/relief/python/requirements.txt")
    machine = "aarch64" if os.uname().machine in {"aarch64", "arm64"} else "x86_64"
    native = {path.name for path in LAYER.rglob("*.so")}
    assert native
    assert {name for name in native if f"cpython-313-{machine}" not in name} == set()


def test_the_image_holds_what_is_declared(in_image: dict[str, object]) -> None:
    """Given the image, then all of its requirements are there, and nothing that trains or tests."""
    packages = set(map(str, in_image["packages"]))  # type: ignore[call-overload]
    assert declared(ROOT / "layers/classifier/requirements.txt") <= packages
    assert not packages & {"torch", "transformers", "sentence-transformers", "moto", "pytest"}


def test_code_comes_compiled(in_image: dict[str, object]) -> None:
    """Given a folder that cannot be written at run time, then each module lies compiled beside its source."""
    sources = len(list((LAYER / "relief").rglob("*.py")))
    assert len(list((LAYER / "relief").rglob("*.cpython-313.pyc"))) == sources
    assert in_image["compiled"] == sources


def test_packages_are_far_below_lambdas_limits() -> None:
    """Given what is uploaded, then it leaves room, and cold starts do not wait for ballast."""
    layer = subprocess.run(["du", "-sk", str(BUILD / "ReliefLayer")], check=True, capture_output=True, text=True)  # noqa: S603, S607
    sizes = (
        int(layer.stdout.split()[0]) / 1024,
        int(docker("image", "inspect", "-f", "{{.Size}}", image_of(_IMAGE))) / _MIB,
    )
    for (what, most), size in zip(_MOST_MIB.items(), sizes, strict=True):
        assert size <= most, f"{what}: {size:.0f} MiB"
