"""The classifier's image without a container: exactly what its Dockerfile installs and copies, in a clean environment."""

import json
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, Final

import pytest

_LAYERS: Final = Path(__file__).parents[2] / "layers"
_MOST_MIB: Final = 350
_MIB: Final = 1024 * 1024
_CALL: Final = """
import json, sys, types
sys.path.insert(0, ".")
import app
context = types.SimpleNamespace(
    function_name="classify", memory_limit_in_mb=1024, aws_request_id="1",
    invoked_function_arn="arn:aws:lambda:eu-west-1:000000000000:function:classify", get_remaining_time_in_millis=lambda: 1,
)
answer = app.lambda_handler(json.load(sys.stdin), context)
print(json.dumps({"answer": answer, "heavy": sorted({"torch", "transformers", "boto3"} & set(sys.modules))}))
"""


def copied() -> list[tuple[Path, str]]:
    """Return what the Dockerfile copies from the layers' folder, and where to."""
    lines = (_LAYERS / "classifier/Dockerfile").read_text("utf-8").splitlines()
    found = [
        re.fullmatch(r"COPY (\S+) \$\{LAMBDA_TASK_ROOT\}/(\S+)", line) for line in lines if line.startswith("COPY")
    ]
    assert all(found)
    return [(_LAYERS / match[1], match[2]) for match in found if match]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the image's requirements into a clean environment, and copy its files."""
    root = tmp_path_factory.mktemp("image")
    for source, name in copied():
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)
    venv.create(root / "environment", with_pip=False)
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    target = ["--target", str(root / "packages"), "--requirement", str(root / "requirements.txt")]
    subprocess.run([*install, *target], check=True)  # noqa: S603 - our own command line
    return root


def call(image: Path, event: dict[str, Any]) -> dict[str, Any]:
    """Invoke the handler with nothing but the image's own packages."""
    done = subprocess.run(  # noqa: S603 - our own command line
        [image / "environment/bin/python", "-c", _CALL],
        input=json.dumps(event),
        env={
            "PYTHONPATH": str(image / "packages"),
            "LAMBDA_TASK_ROOT": str(image),
            "POWERTOOLS_SERVICE_NAME": "relief",
            "POWERTOOLS_LOG_LEVEL": "ERROR",
        },
        cwd=image,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_given_a_clean_environment_when_invoked_then_it_answers_without_torch(image: Path) -> None:
    result = call(image, {"text": "I want to speak to a person, this is the third time", "bot_said": "Anything else?"})

    assert result["heavy"] == []
    assert result["answer"]["scores"]["escalation_intent"] > 0.5
    assert result["answer"]["model"].startswith("minilm-")


def test_given_nonsense_when_invoked_then_the_refusal_says_what_is_wrong(image: Path) -> None:
    with pytest.raises(AssertionError, match="text"):
        call(image, {"text": {"not": "a text"}})


def test_the_packages_are_small(image: Path) -> None:
    size = sum(path.stat().st_size for path in (image / "packages").rglob("*") if path.is_file()) / _MIB

    assert size <= _MOST_MIB
    assert not (image / "packages" / "torch").exists()
