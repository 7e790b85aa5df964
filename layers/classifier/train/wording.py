"""Fit what each word piece says of politeness, whatever stands beside it.

"Please", "could" and "thanks" carry most of it, and an encoder that was tuned on several questions at once remembers
them less well than a plain regression over them; the two together do better than either.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge
from transformers import PreTrainedTokenizerBase

from train.encoder import encode_pairs
from train.rows import Row

DIMENSION: Final = "politeness"
_RIDGE: Final = 4.0
"""The penalty, chosen for a regression over whole words, where 2 and 4 do as well."""
_ONE_READER: Final = 0.1
"""What a message counts that one person judged, beside those of which several were asked: readers differ in what they
call polite, and the encoder learns from them already."""
_SUREST: Final = 0.97
"""A message counts as no politer, and as no less polite than the rest to one: log-odds have no end."""


def fit_wording(tokenizer: PreTrainedTokenizerBase, rows: list[Row]) -> NDArray[np.float64]:
    """Return a weight for each piece of the vocabulary, in log-odds.

    A message's sum is divided by the square root of its length. All weights are 0 where no row tells its politeness in
    full: those of the public sets that only speak of thanks do not.
    """
    told = [row for row in rows if DIMENSION in row.targets and row.weight == 1.0]
    if not told:
        return np.zeros(len(tokenizer))
    weights = np.zeros(len(tokenizer))
    wanted = np.clip([row.targets[DIMENSION] for row in told], 1 - _SUREST, _SUREST)
    counts = [1.0 if DIMENSION in row.judged else _ONE_READER for row in told]
    fitted = Ridge(alpha=_RIDGE, solver="sparse_cg").fit(
        _count(tokenizer, told), np.log(wanted / (1 - wanted)), sample_weight=counts
    )
    weights[: len(fitted.coef_)] = fitted.coef_
    return weights


def _count(tokenizer: PreTrainedTokenizerBase, rows: list[Row]) -> csr_matrix:
    counts: list[float] = []
    pieces: list[int] = []
    ends = [0]
    for row in rows:
        batch = encode_pairs(tokenizer, [("", row.text)])
        own = batch.ids[batch.segments == 1].tolist()
        pieces += own
        counts += [1 / math.sqrt(len(own))] * len(own)
        ends.append(len(pieces))
    return csr_matrix((counts, pieces, ends), shape=(len(rows), len(tokenizer)))
