"""One system of ``tests.load.classifier`` in a process of its own: prepare it, answer once, or measure everything."""

import json
import os
import pickle
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

_MESSAGES: Final = 300
_BATCH: Final = 32
_ROUNDS: Final = 6
_MIB: Final = 1024 * 1024
_SIZE: Final = 1024
_EXAMPLES: Final = Path(__file__).parents[2] / "layers/classifier/train/examples"

Answer = Callable[[str], Any]
Batch = Callable[[list[str]], Any]


class System:
    """Answers one message, or a batch on some threads; ``disk`` are the files it reads besides libraries."""

    def __init__(self, answer: Answer, batch: dict[int, Batch], disk: list[Path]) -> None:
        """Keep the parts."""
        self.answer, self.batch, self.disk = answer, batch, disk


def load_relief(model: Path, _scratch: Path) -> System:
    """Load the classifier as its function does."""
    from relief.classify.loading import begin_loading

    loading = begin_loading(model)
    from relief.classify.model import Classifier

    classifier = Classifier(model, loading)

    def on_two_threads(texts: list[str]) -> None:
        halves = (texts[: len(texts) // 2], texts[len(texts) // 2 :])
        threads = [threading.Thread(target=lambda part=part: [*map(classifier.classify, part)]) for part in halves]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return System(
        classifier.classify,
        {1: lambda texts: [classifier.classify(text) for text in texts], 2: on_two_threads},
        [*model.glob("*")],
    )


def load_sentence_transformers(_model: Path, _scratch: Path) -> System:
    """Load the encoder that ours began as, whole and in full precision, with a matrix product of the heads' size after it."""
    import numpy as np
    import torch
    from sentence_transformers import SentenceTransformer
    from train.encoder import locate_weights

    folder = locate_weights()
    encoder = SentenceTransformer(str(folder), device="cpu")
    heads = np.zeros((384, 18), dtype=np.float32)
    torch.set_num_threads(1)

    def batch(texts: list[str], threads: int) -> Any:
        torch.set_num_threads(threads)
        return encoder.encode(texts, batch_size=_BATCH, show_progress_bar=False) @ heads

    return System(
        lambda text: encoder.encode(text, show_progress_bar=False) @ heads,
        {threads: lambda texts, threads=threads: batch(texts, threads) for threads in (1, 2)},  # type: ignore[misc]
        [*folder.glob("*")],
    )


def load_vader(_model: Path, _scratch: Path) -> System:
    """Load VADER's lexicon."""
    from vaderSentiment import vaderSentiment

    analyser = vaderSentiment.SentimentIntensityAnalyzer()
    return System(
        analyser.polarity_scores,
        {1: lambda texts: [analyser.polarity_scores(text) for text in texts]},
        [*Path(vaderSentiment.__file__).parent.glob("*.txt")],
    )


def prepare_tfidf(scratch: Path) -> None:
    """Fit TF-IDF with five regressions on the labelled messages."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    rows = [json.loads(line) for path in sorted(_EXAMPLES.glob("*.jsonl")) for line in path.open(encoding="utf-8")]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    seen = vectorizer.fit_transform([row["text"] for row in rows])
    models = [
        LogisticRegression(C=4.0, max_iter=400).fit(seen, [row["labels"][name] > 0 for row in rows])
        for name in rows[0]["labels"]
    ]
    (scratch / "tfidf.pickle").write_bytes(pickle.dumps((vectorizer, models)))


def load_tfidf(_model: Path, scratch: Path) -> System:
    """Load what ``prepare_tfidf`` fitted."""
    file = scratch / "tfidf.pickle"
    vectorizer, models = pickle.loads(file.read_bytes())  # noqa: S301 - written by this module

    def batch(texts: list[str]) -> Any:
        seen = vectorizer.transform(texts)
        return [model.predict_proba(seen) for model in models]

    return System(lambda text: batch([text]), {1: batch}, [file])


_SYSTEMS: Final[dict[str, Callable[[Path, Path], System]]] = {
    "relief": load_relief,
    "sentence-transformers": load_sentence_transformers,
    "vader": load_vader,
    "tfidf": load_tfidf,
}


def measure(name: str, model: Path, scratch: Path) -> dict[str, Any]:
    """Measure single messages, batches, memory and files of one system."""
    texts = _messages()
    system = _SYSTEMS[name](model, scratch)
    for text in texts[:20]:
        system.answer(text)
    times = []
    for text in texts:
        started = time.perf_counter()
        system.answer(text)
        times.append((time.perf_counter() - started) * 1000)
    figures: dict[str, Any] = {
        "p50_ms": round(statistics.median(times), 3),
        "p95_ms": round(statistics.quantiles(times, n=20)[18], 3),
        "resident_mib": round(_resident(), 1),
        "disk_mib": round(sum(path.stat().st_size for path in system.disk) / _MIB, 2),
    }
    for threads, batch in system.batch.items():
        batch(texts[:_BATCH])
        rates = []
        for number in range(_ROUNDS):
            started = time.perf_counter()
            batch(texts[number * _BATCH : (number + 1) * _BATCH])
            rates.append(_BATCH / (time.perf_counter() - started))
        figures[f"messages_a_second_batch_{_BATCH}_threads_{threads}"] = round(statistics.median(rates), 1)
    return figures | (_own_limits(model, texts) if name == "relief" else {})


def _own_limits(model: Path, texts: list[str]) -> dict[str, float]:
    """Return the mean length of the messages in tokens, and the peak of 32-bit matrix products on one thread."""
    import numpy as np

    from relief.classify.encoder import Encoder

    encoder = Encoder(model)
    tokens = statistics.mean(len(encoder.cut(text).ids) for text in texts)
    left, right = (np.random.default_rng(0).random((_SIZE, _SIZE), dtype=np.float32) for _ in range(2))
    times = []
    for _ in range(8):
        started = time.perf_counter()
        left @ right
        times.append(time.perf_counter() - started)
    return {"mean_tokens": round(tokens, 1), "sgemm_gflops": round(2 * _SIZE**3 / min(times) / 1e9, 1)}


def _messages() -> list[str]:
    """Return messages of all product areas, in a fixed order that mixes them."""
    rows = [json.loads(line)["text"] for path in sorted(_EXAMPLES.glob("*.jsonl")) for line in path.open("rb")]
    return rows[:: max(1, len(rows) // _MESSAGES)][:_MESSAGES]


def _resident() -> float:
    """Return this process's resident memory in MiB (Linux)."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / _MIB


def main() -> int:
    """Do what the command line says: prepare, answer the first message, or measure."""
    name, model, scratch, what = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    if what == "prepare":
        if name == "tfidf":
            prepare_tfidf(scratch)
    elif what == "first":
        _SYSTEMS[name](model, scratch).answer("where is my parcel, I have been asking since Monday")
    else:
        sys.stdout.write(json.dumps(measure(name, model, scratch)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
