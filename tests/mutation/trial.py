"""Run tests in a fork of this process, with one module of the package changed in memory.

The process that forks has loaded the libraries, and nothing of the package: so a trial begins at once, imports the package
anew with the change in it, and leaves nothing behind.
"""

import contextlib
import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from tests.mutation.mutants import PACKAGE, ROOT

_LIBRARIES: Final = (
    "boto3", "botocore.client", "faker", "hypothesis.strategies", "jmespath", "phonenumbers", "pydantic",
    "pydantic_settings", "pytest", "stdnum", "yaml",
)  # fmt: skip
_OPTIONS: Final = (
    *("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--no-header", "--tb=no"),
    # They are loaded before the fork on purpose.
    *("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"),
)
_NOTHING_RAN: Final = frozenset({4, 5})
"""Exit codes of pytest: wrong usage, and no test found."""

_POLL_SECONDS: Final = 0.02
_WALL_SECONDS: Final = 240


class Timed(NamedTuple):
    """A test, and the processor seconds that it took while it was measured."""

    name: str
    seconds: float


class Cover(NamedTuple):
    """Which tests run which lines of the modules of an area."""

    tests: dict[str, float]
    """Tests with the processor seconds that each took, fixtures that it was the first to need included."""
    lines: dict[str, dict[int, set[str]]]
    """By module and line."""

    def choose(self, module: str, lines: Sequence[int], most_seconds: float) -> list[Timed]:
        """Return tests that run one of the lines, quick ones first, at most so many seconds of them and always one.

        A line that runs at import alone, such as a constant's, is covered by whatever runs the module.
        """
        found = self.lines.get(module, {})
        names = set().union(*(found.get(line, set()) for line in lines))
        if not names:
            names = set().union(*found.values()) if any(line not in found for line in lines) else set()
        chosen: list[Timed] = []
        spent = 0.0
        for one in sorted((Timed(name, self.tests[name]) for name in names), key=lambda one: (one.seconds, one.name)):
            spent += one.seconds
            if chosen and spent > most_seconds:
                break
            chosen.append(one)
        return chosen


def load_libraries() -> None:
    """Load what trials need, so that forks have it already."""
    for name in _LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and runs other code in its place."""

    def __init__(self, module: str, code: str) -> None:
        self._path = PACKAGE / module
        self._name = "relief." + module.removesuffix(".py").replace("/", ".")
        self._code = code

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> ModuleSpec | None:
        """Claim the changed module alone."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def create_module(self, _spec: ModuleSpec) -> ModuleType | None:
        """Leave it to the machinery."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code under the original's path."""
        exec(compile(self._code, str(self._path), "exec"), module.__dict__)  # noqa: S102 - that is what it is for


def passes(tests: Sequence[str], module: str, code: str, cpu_seconds: float) -> bool:
    """Tell whether tests pass with a module changed; a trial that takes longer fails."""

    def run() -> int:
        sys.meta_path.insert(0, _Changed(module, code))
        limit = int(cpu_seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        files = dict.fromkeys(name.partition("::")[0] for name in tests)
        return _run_pytest([*_OPTIONS, *files], [_Only(tests)])

    code = _fork(run)
    if code in _NOTHING_RAN:
        message = f"these tests could not be run: {' '.join(tests)}"
        raise RuntimeError(message)
    return code == 0


def find_cover(tests: Sequence[str], modules: Sequence[str], folder: Path) -> Cover:
    """Run tests unchanged, and note which lines each of them runs.

    Raises:
        RuntimeError: they fail as they are.
    """
    data, durations = folder / "coverage", folder / "durations"
    watched = [str(PACKAGE / module) for module in modules]

    def run() -> int:
        import coverage

        measured = coverage.Coverage(data_file=str(data), include=watched, config_file=False)
        measured.start()
        clock = _Clock(measured)
        code = _run_pytest([*_OPTIONS, *tests], [clock])
        measured.stop()
        measured.save()
        durations.write_text(json.dumps(clock.seconds), encoding="utf-8")
        return code

    if _fork(run, _WALL_SECONDS * 5):
        message = f"these tests fail without any change: {' '.join(tests)}"
        raise RuntimeError(message)
    import coverage

    read = coverage.CoverageData(str(data))
    read.read()
    lines = {
        module: {
            line: {name for name in names if name}
            for line, names in read.contexts_by_lineno(str(PACKAGE / module)).items()
            if any(names)
        }
        for module in modules
    }
    return Cover(json.loads(durations.read_text(encoding="utf-8")), lines)


class _Only:
    """Lets these tests run, in this order, and no others. Names with odd characters cannot be given to pytest."""

    def __init__(self, names: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted(
            (one for one in items if one.nodeid in self._places), key=lambda one: self._places[one.nodeid]
        )


class _Clock:
    """Tells the measurement which test runs, and keeps how long each took."""

    def __init__(self, measured: Any) -> None:
        self._measured = measured
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._measured.switch_context(nodeid)
        self.seconds[nodeid] = -time.process_time()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.seconds[nodeid] += time.process_time()
        self._measured.switch_context("")


def _run_pytest(arguments: Sequence[str], plugins: Sequence[object] = ()) -> int:
    import pytest

    return int(pytest.main([*arguments], plugins=[*plugins]))


def _fork(run: Callable[[], int], wall_seconds: float = _WALL_SECONDS) -> int:
    """Run in a fork that prints nothing but errors; return its exit code, and another than 0 when it was killed or took too long."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.setsid()
            os.chdir(ROOT)
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, sys.stdin.fileno())
            os.dup2(nothing, sys.stdout.fileno())
            code = run()
        except Exception:  # noqa: BLE001 - whatever went wrong, this process ends here
            traceback.print_exc()
        finally:
            os._exit(code)
    for _ in _until(wall_seconds):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 1


def _until(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(_POLL_SECONDS)
