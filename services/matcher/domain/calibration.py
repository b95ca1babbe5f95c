"""From closeness to a score that can be read as a chance: of a hundred pairs scored 0.3, about thirty are relevant.

A logistic curve (Platt, 1999) over two measures of a pair: how close it is, and how far the closeness of this profile
to any opportunity usually varies: of a profile made of common words, more is asked.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

LEAST_CLOSENESS = 0.01
LEAST_SPREAD, MOST_SPREAD = 0.006, 0.02  # outside, too little is known of the profile's words, or of opportunities
MOST_LOG = 20.0
STRENGTH = 2.0


@dataclass(frozen=True)
class Sample:
    """A judged pair: what was measured, and whether it is relevant."""

    closeness: float
    spread: float
    is_relevant: bool


@dataclass(frozen=True)
class Calibration:
    """The curve: the log-odds are `base + by_closeness * ln(closeness) + by_spread * ln(spread)`."""

    base: float
    by_closeness: float
    by_spread: float

    def score(self, closeness: float, spread: float) -> float:
        """A score between 0 and 1, four digits; it never decreases with closeness, and is 0 without any."""
        if closeness <= 0:
            return 0.0
        odds = self.base + self.by_closeness * _log(closeness) + self.by_spread * _log_spread(spread)
        return round(1 / (1 + math.exp(-max(-60.0, min(60.0, odds)))), 4)

    def least_closeness(self, score: float, spread: float) -> float:
        """The closeness from which a score is reached, a hair below to be safe with rounding."""
        safe = max(min(score, 1.0) - 0.0001, 0.0001)
        odds = math.log(safe / (1 - safe))
        needed = (odds - self.base - self.by_spread * _log_spread(spread)) / self.by_closeness
        return max(0.0, math.exp(min(needed, MOST_LOG)) - LEAST_CLOSENESS - 1e-9)


SHIPPED = Calibration(base=0.1938, by_closeness=2.2655, by_spread=-0.7381)
"""Learned from judged pairs; docs/matching.md says which, and how well it holds for others."""


def learn(samples: Sequence[Sample]) -> Calibration:
    """The curve that fits some judged pairs best. Raises ValueError when all are relevant, or none."""
    measures = np.array([(_log(one.closeness), _log_spread(one.spread)) for one in samples if one.closeness > 0])
    relevant = np.array([one.is_relevant for one in samples if one.closeness > 0])
    if len(set(relevant.tolist())) < 2:
        raise ValueError("it takes relevant pairs and others to learn from")
    curve = LogisticRegression(C=STRENGTH).fit(measures, relevant)
    by_closeness, by_spread = curve.coef_[0].tolist()
    return Calibration(round(float(curve.intercept_[0]), 4), round(max(by_closeness, 0.1), 4), round(by_spread, 4))


def _log(closeness: float) -> float:
    return math.log(closeness + LEAST_CLOSENESS)


def _log_spread(spread: float) -> float:
    return math.log(min(max(spread, LEAST_SPREAD), MOST_SPREAD))
