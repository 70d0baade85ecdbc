"""Fitting the acceptance model with scikit-learn: only for the worker's task, which imports it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from apps.review.acceptance.features import NAMES
from apps.review.acceptance.model import Bin, Model

FOLDS = 5
BINS = 10


def fit(numbers: Sequence[Sequence[float]], good: Sequence[bool]) -> Model:
    """A logistic regression, calibrated on folds that it was not fitted on; the same for the same
    pairs in the same order. Each class needs `FOLDS` pairs at least.
    """
    x, y = np.asarray(numbers, dtype=float), np.asarray(good, dtype=int)
    calibrated = CalibratedClassifierCV(_regression(), cv=_folds(), ensemble=False)
    foretold = cross_val_predict(calibrated, x, y, cv=_folds(), method="predict_proba")[:, 1]
    calibrated.fit(x, y)
    (fitted,) = calibrated.calibrated_classifiers_
    scaler, regression = (step for _, step in fitted.estimator.steps)
    (sigmoid,) = fitted.calibrators
    return Model(
        names=NAMES,
        means=_floats(scaler.mean_),
        deviations=_floats(scaler.scale_),
        weights=_floats(regression.coef_[0]),
        bias=float(regression.intercept_[0]),
        slope=float(sigmoid.a_),
        shift=float(sigmoid.b_),
        bins=_bins(foretold, y),
        brier=float(np.mean((foretold - y) ** 2)),
        brier_base=float(np.mean((y.mean() - y) ** 2)),
    )


def _regression() -> object:
    return make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1_000))


def _folds() -> StratifiedKFold:
    return StratifiedKFold(FOLDS, shuffle=True, random_state=0)


def _floats(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(map(float, values))


def _bins(foretold: np.ndarray, y: np.ndarray) -> tuple[Bin, ...]:
    places = np.minimum((foretold * BINS).astype(int), BINS - 1)
    found = []
    for place in range(BINS):
        here = places == place
        if here.any():
            good = int(y[here].sum())
            found.append(Bin(int(here.sum()), float(foretold[here].mean()), good))
    return tuple(found)
