"""The model: how much each term tells, learned from opportunities; immutable, with a version.

The weights are scikit-learn's smoothed idf. A term the model has not seen tells as much as its rarest, so that a new
word counts at once. The lexicon is part of the model: what was computed with it can be computed again later.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.feature_extraction.text import TfidfTransformer

from services.matcher.domain.analyser import Analyser, analyser_of
from services.matcher.domain.calibration import SHIPPED, Calibration
from services.matcher.domain.common_words import JARGON
from services.matcher.domain.document import Document, Terms
from services.matcher.domain.lexicon import lexicon_text
from services.matcher.domain.rows import TermWeights, weigh_opportunity

FORMAT = 2
LEAST_BACKGROUND, BACKGROUND_SHARE = 60, 0.25


class UnreadableModel(ValueError):
    """The bytes are not a model this version of the program can use."""


@dataclass(frozen=True)
class Model:
    """Term weights of one fit, and the curve that turns closeness into a score.

    `idf` holds the terms seen; `rarest` is for any other. `variance` is that of each term's weight in the rows of
    opportunities; a term it does not hold has none.
    """

    version: int
    fitted_on: int
    rarest: float
    idf: Mapping[str, float]
    variance: Mapping[str, float]
    calibration: Calibration
    lexicon: str
    analyser: Analyser = field(repr=False, compare=False)

    def weights_of(self, terms: Terms) -> TermWeights:
        """What is known of each term, by its number."""
        return TermWeights(
            idf=np.array([self.idf.get(name, self.rarest) for name in terms.names], dtype=np.float64),
            variance=np.array([self.variance.get(name, 0.0) for name in terms.names], dtype=np.float64),
        )

    def with_version(self, version: int) -> "Model":
        return replace(self, version=version)


def fit(
    opportunities: Sequence[Document], terms: Terms, *, version: int = 1, analyser: Analyser | None = None
) -> Model:
    """Learn how much each term tells, from opportunities alone; from nothing at all, it still knows jargon.

    Profiles teach nothing: nobody's words move another's score, and an organisation that is erased leaves none.

    Background documents that hold nothing but jargon stand for the many calls not seen yet: without them, "project"
    would tell as much as "bakery" on the first day.
    """
    analyser = analyser or analyser_of(lexicon_text())
    jargon = [terms.number(term) for term in sorted(JARGON)]
    background = _background(jargon, len(terms), max(LEAST_BACKGROUND, int(BACKGROUND_SHARE * len(opportunities))))
    counted = vstack([_presence(opportunities, len(terms)), background], format="csr")
    transformer = TfidfTransformer(norm=None, smooth_idf=True).fit(counted)
    idf = {terms.names[number]: float(transformer.idf_[number]) for number in np.unique(counted.indices).tolist()}
    return Model(
        version=version,
        fitted_on=len(opportunities),
        rarest=float(np.log((1.0 + counted.shape[0]) / 2.0) + 1.0),
        idf=dict(sorted(idf.items())),
        variance=_variance(opportunities, transformer.idf_, terms),
        calibration=SHIPPED,
        lexicon=analyser.lexicon,
        analyser=analyser,
    )


def _variance(opportunities: Sequence[Document], idf: NDArray[np.float64], terms: Terms) -> dict[str, float]:
    """The variance of each term's weight in the rows of opportunities, for the terms they have; eight digits."""
    if not opportunities:
        return {}
    unknown = np.zeros(len(terms))
    sums, squares = np.zeros(len(terms)), np.zeros(len(terms))
    for one in opportunities:
        row = weigh_opportunity(one, TermWeights(idf, unknown))
        sums[row.numbers] += row.weights
        squares[row.numbers] += row.weights * row.weights
    variance = squares / len(opportunities) - (sums / len(opportunities)) ** 2
    held = np.flatnonzero(squares)
    return dict(sorted((terms.names[number], round(float(variance[number]), 8)) for number in held.tolist()))


def _presence(documents: Sequence[Document], n_terms: int) -> csr_matrix:
    """(n_documents, n_terms) 1 where a document has the term."""
    starts = np.cumsum([0, *(len(document.numbers) for document in documents)])
    columns = np.concatenate([document.numbers for document in documents]) if documents else np.zeros(0, dtype=np.int64)
    return csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(documents), n_terms))


def _background(jargon: Sequence[int], n_terms: int, n_documents: int) -> csr_matrix:
    columns = np.tile(np.sort(jargon), n_documents)
    starts = np.arange(n_documents + 1) * len(jargon)
    return csr_matrix((np.ones(len(columns)), columns, starts), shape=(n_documents, n_terms))


def to_bytes(model: Model) -> bytes:
    """A model as bytes, the same for the same model; compressed JSON, nothing that runs when read."""
    content = {
        "format": FORMAT,
        "version": model.version,
        "fitted_on": model.fitted_on,
        "rarest": model.rarest,
        "idf": dict(model.idf),
        "variance": dict(model.variance),
        "calibration": asdict(model.calibration),
        "lexicon": model.lexicon,
    }
    return zlib.compress(json.dumps(content, ensure_ascii=False, sort_keys=True).encode(), 6)


def from_bytes(blob: bytes) -> Model:
    """The model again, exactly. Raises UnreadableModel."""
    try:
        content = json.loads(zlib.decompress(blob))
        if content["format"] != FORMAT:
            raise UnreadableModel(f"a model of format {content['format']}, this program reads format {FORMAT}")
        return Model(
            version=int(content["version"]),
            fitted_on=int(content["fitted_on"]),
            rarest=float(content["rarest"]),
            idf={str(term): float(weight) for term, weight in content["idf"].items()},
            variance={str(term): float(weight) for term, weight in content["variance"].items()},
            calibration=Calibration(**content["calibration"]),
            lexicon=str(content["lexicon"]),
            analyser=analyser_of(str(content["lexicon"])),
        )
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, UnreadableModel):
            raise
        raise UnreadableModel(f"not a model: {error}") from error
