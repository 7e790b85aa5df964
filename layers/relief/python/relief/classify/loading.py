"""Load the encoder while what reads its answers is imported and the files are checked: each is half of a cold start."""

import os
import threading
from functools import cache
from pathlib import Path

from relief.classify.encoder import Encoder

_FUNCTION_FOLDER = "LAMBDA_TASK_ROOT"
_IN_THE_REPOSITORY = Path(__file__).parents[4] / "classifier" / "model"
_VARIABLE = "RELIEF_MODEL_FOLDER"


class Loading:
    """An encoder that is being loaded in a thread of its own, which needs the interpreter for little of it."""

    def __init__(self, folder: Path) -> None:
        """Begin."""
        self.folder = folder
        self._loaded: Encoder | None = None
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._load, name="encoder", daemon=True)
        self._thread.start()

    def _load(self) -> None:
        try:
            self._loaded = Encoder(self.folder)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for whoever asks for the encoder
            self._failed = error

    def finish(self) -> Encoder:
        """Return the encoder as soon as it is there.

        Raises:
            Exception: whatever loading raised.
        """
        self._thread.join()
        if self._loaded is None:
            raise self._failed or RuntimeError(self.folder)
        return self._loaded


def locate_model() -> Path:
    """Return the folder of the model: what ``RELIEF_MODEL_FOLDER`` names, beside the function, or in the repository."""
    named = os.environ.get(_VARIABLE)
    if named:
        return Path(named)
    function = os.environ.get(_FUNCTION_FOLDER)
    beside = Path(function) / "model" if function else None
    return beside if beside is not None and beside.is_dir() else _IN_THE_REPOSITORY


@cache
def begin_loading(folder: Path) -> Loading:
    """Begin to load a model's encoder, once. Whoever starts with this may import the rest meanwhile."""
    return Loading(folder)
