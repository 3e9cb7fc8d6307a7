"""Medians, spreads, ratios, errors in ULP, verdicts: plain arithmetic, tested by test_harness.py."""

from dataclasses import dataclass

import numpy as np


def median(values):
    return float(np.median(values))


def spread(values):
    """The interquartile range as a share of the median."""
    low, middle, high = np.percentile(values, [25, 50, 75])
    return float((high - low) / middle) if middle else 0.0


def paired_ratio(of, to):
    """The median of of[i] / to[i]. Both were taken in turns, so what slows the machine down for a while slows both."""
    return median(np.asarray(of) / np.asarray(to))


def best_of(series):
    """The fastest of several contenders in each repetition."""
    return np.min(np.asarray(series), axis=0)


def ulps(got, reference):
    """Distance of each item from the exact value, in units in the last place of the exact value's rounding to got's
    dtype. NaN beside NaN is 0, anything else that is not finite on one side alone is infinity."""
    got, exact = np.asarray(got), np.asarray(reference, dtype=np.longdouble)
    if not np.issubdtype(got.dtype, np.floating):
        return np.where(got == exact, 0.0, np.inf)
    with np.errstate(all="ignore"):
        rounded = exact.astype(got.dtype)
        # spacing() of a subnormal is the smallest one, which is its ULP
        unit = np.spacing(np.abs(rounded)).astype(np.longdouble)
        distance = np.abs(got.astype(np.longdouble) - exact) / unit
    same = (np.isnan(got) & np.isnan(exact)) | (got == rounded) & ~np.isfinite(rounded)
    distance = np.where(same, 0.0, np.where(np.isfinite(distance), distance, np.inf))
    return distance.astype(np.float64)


def max_ulp(got, reference):
    distance = ulps(got, reference)
    return float(distance.max()) if distance.size else 0.0


def ulps_of(got, exact, magnitude):
    """The largest error in units in the last place of `magnitude`, a number or an array; integers are right or wrong."""
    if not got.size or not np.issubdtype(got.dtype, np.floating):
        return max_ulp(got, exact)
    unit = np.spacing(np.abs(np.asarray(magnitude)).astype(got.dtype)).astype(np.longdouble)
    error = np.max(np.abs(got.astype(np.longdouble) - exact) / unit)
    return float(error) if np.isfinite(error) else float("inf")


@dataclass
class Verdict:
    met: bool
    by: float  # the part of the target that was reached: 1.1 is a tenth better, 0.8 a fifth short

    def __str__(self):
        if self.met:
            return "met"
        if self.by <= 0:
            return "missed"
        return f"missed by {100 * (1 - self.by):.0f} %" if self.by > 0.5 else f"missed by {1 / self.by:.1f}x"


def verdict(figure, at_least=None, at_most=None):
    if at_least is not None:
        return Verdict(figure >= at_least, figure / at_least)
    if figure <= at_most:
        return Verdict(True, at_most / figure if figure else float("inf"))
    return Verdict(False, at_most / figure)


def linear_fit(x, y):
    """Slope and intercept of y over x, each point weighing its own size, so that the small ones count."""
    slope, intercept = np.polyfit(x, y, 1, w=1 / np.asarray(y, dtype=float))
    return float(slope), float(intercept)
