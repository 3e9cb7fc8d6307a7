#!/usr/bin/env python3
"""Fits the polynomial coefficients of codegen/prelude/*.h and writes them into the headers.

Each entry of FITS names one coefficient array of a header. The array's polynomial P(t) is the
near-minimax approximation of g(t) on an interval: weighted least squares on Chebyshev nodes, in
120-digit arithmetic (mpmath). Coefficients are rounded to the array's type one by one, lowest power
first, each time refitting the rest, so that rounding costs next to nothing. An array is found by
its declaration, `static constexpr float|double NAME[] = {...};`, which also gives the type.

    fit_prelude.py                 fit everything, print the errors, rewrite the headers
    fit_prelude.py exp_p_f64 ...   the same for some arrays
"""

import pathlib
import re
import struct
import subprocess
import sys

import mpmath as mp

mp.mp.dps = 120
GRID = 400
HEADERS = pathlib.Path(__file__).resolve().parent.parent / "codegen" / "prelude"


class Fit:
    """Minimise |weight(t) (P(t) - target(t))| for t in [lo, hi], with `terms` coefficients."""

    def __init__(self, terms, lo, hi, target, weight=lambda t: mp.mpf(1)):
        self.terms, self.lo, self.hi = terms, mp.mpf(lo), mp.mpf(hi)
        self.target, self.weight = target, weight


def both(name, terms_f32, terms_f64, *rest):
    return {name + "_f32": Fit(terms_f32, *rest), name + "_f64": Fit(terms_f64, *rest)}


def root(f):
    """f(sqrt(t)): lets an even function be fitted in t = x^2."""
    return lambda t: f(mp.sqrt(t))


def asymptotic_lgamma(t):
    """x (lgamma(x) - Stirling's leading terms), t = 1/x^2."""
    x = 1 / mp.sqrt(t)
    return x * (mp.loggamma(x) - ((x - 0.5) * mp.log(x) - x + mp.log(2 * mp.pi) / 2))


def asymptotic_digamma(t):
    """x^2 (log(x) - 1/(2x) - digamma(x)), t = 1/x^2."""
    x = 1 / mp.sqrt(t)
    return x * x * (mp.log(x) - 1 / (2 * x) - mp.digamma(x))


def asymptotic_trigamma(t):
    """x^3 (trigamma(x) - 1/x - 1/(2x^2)), t = 1/x^2."""
    x = 1 / mp.sqrt(t)
    return x**3 * (mp.polygamma(1, x) - 1 / x - 1 / (2 * x * x))


def scaled_erfcx(centre):
    """(1 + 2x) erfc(x) exp(x^2) - 1 as a function of t = (x - centre) / (x + centre)."""

    def g(t):
        x = centre * (1 + t) / (1 - t)
        return (1 + 2 * x) * mp.erfc(x) * mp.exp(x * x) - 1

    return g


LN2_HALF = mp.log(2) / 2 * mp.mpf("1.0001")
PI_4 = mp.pi / 4 * mp.mpf("1.0001")
SQRT_HALF, SQRT_2 = mp.sqrt(0.5), mp.sqrt(2)
ATANH_MAX = ((SQRT_2 - 1) / (SQRT_2 + 1)) ** 2 * mp.mpf("1.0001")
ERFC_CENTRE, ERFC_LO, ERFC_HI_F32, ERFC_HI_F64 = 4, mp.mpf("0.49"), mp.mpf("10.1"), mp.mpf("27.3")


def erfc_t(x):
    return (x - ERFC_CENTRE) / (x + ERFC_CENTRE)


FITS = {
    # exp.h: e^r = 1 + r + r^2 P(r);  2^r = 1 + r P(r)
    **both("exp_p", 6, 11, -LN2_HALF, LN2_HALF, lambda r: (mp.expm1(r) - r) / r**2, abs),
    **both("exp2_p", 7, 13, -0.5001, 0.5001, lambda r: mp.expm1(r * mp.log(2)) / r),
    # log.h: log((1+s)/(1-s)) = 2s + s z P(z), z = s^2;  log(1+f) = f - f^2/2 + f^3 P(f)
    "log_p_f64": Fit(7, 1e-7, ATANH_MAX, root(lambda s: (mp.atanh(s) / s - 1) * 2 / s**2), abs),
    "log_p_f32": Fit(9, SQRT_HALF - 1, SQRT_2 - 1,
                     lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, lambda f: f * f),
    # pow.h: log((1+s)/(1-s)) = 2s + s z (2/3 + z P(z));  the f32 one: log2(m) = s P(z)
    "pow_log_p": Fit(8, 1e-7, ATANH_MAX,
                     root(lambda s: ((mp.atanh(s) / s - 1) / s**2 - mp.mpf(1) / 3) * 2 / s**2),
                     lambda z: z * z),
    "pow_log2_p": Fit(6, 1e-7, ATANH_MAX, root(lambda s: 2 * mp.atanh(s) / s / mp.log(2))),
    "pow_exp2_p": Fit(7, -0.5001, 0.5001, lambda r: mp.expm1(r * mp.log(2)) / r),
    # trig.h: sin(r) = r + r z P(z);  cos(r) = 1 - z/2 + z^2 P(z), z = r^2
    **both("sin_p", 3, 7, 1e-6, PI_4**2, root(lambda r: (mp.sin(r) / r - 1) / r**2), abs),
    **both("cos_p", 3, 6, 1e-6, PI_4**2, root(lambda r: (mp.cos(r) - 1 + r**2 / 2) / r**4),
           lambda z: z * z),
    "asin_p_f64": Fit(13, 1e-6, 0.2501, root(lambda x: (mp.asin(x) / x - 1) / x**2), abs),
    "asin_p_f32": Fit(5, 1e-6, 0.2501, root(lambda x: (mp.asin(x) / x - 1) / x**2), abs),
    **both("atan_p", 9, 20, 1e-6, 1.0001, root(lambda x: (mp.atan(x) / x - 1) / x**2),
           lambda z: z * mp.sqrt(z) / mp.atan(mp.sqrt(z))),
    # hyper.h: sinh(r) = r + r z P(z);  cosh(r) = 1 + z P(z), z = r^2
    **both("sinh_p", 3, 5, 1e-6, LN2_HALF**2, root(lambda r: (mp.sinh(r) / r - 1) / r**2), abs),
    **both("cosh_p", 3, 6, 1e-6, LN2_HALF**2, root(lambda r: (mp.cosh(r) - 1) / r**2), abs),
    # erf.h: erf(x) = x + x P(x^2);  erfc(x) = exp(-x^2) (1 + P(t)) / (1 + 2x)
    **both("erf_p", 5, 10, 1e-6, 0.2501, root(lambda x: mp.erf(x) / x - 1)),
    "erfc_p_f32": Fit(10, erfc_t(ERFC_LO), erfc_t(ERFC_HI_F32), scaled_erfcx(ERFC_CENTRE)),
    "erfc_p_f64": Fit(24, erfc_t(ERFC_LO), erfc_t(ERFC_HI_F64), scaled_erfcx(ERFC_CENTRE)),
    # round.h: m^(-1/3) on [1, 2)
    "cbrt_p_f32": Fit(4, 1, 2, lambda m: mp.cbrt(1 / m)),
    "cbrt_p_f64": Fit(5, 1, 2, lambda m: mp.cbrt(1 / m)),
    # gamma.h: lgamma(2+t) = t P(t);  digamma(2+t) = P(t);  asymptotic remainders in 1/x^2
    "lgamma_p": Fit(20, -0.5, 0.5, lambda t: mp.loggamma(2 + t) / t),
    "stirling_p": Fit(9, 1e-9, mp.mpf(1) / 64, asymptotic_lgamma),
    "digamma_large_p": Fit(11, 1e-9, mp.mpf(1) / 48, asymptotic_digamma),
    "trigamma_p": Fit(9, 1e-9, mp.mpf(1) / 64, asymptotic_trigamma),
    "digamma_small_p": Fit(21, -0.5, 0.5, lambda t: mp.digamma(2 + t)),
}


def polyval(coeffs, t):
    y = mp.mpf(0)
    for c in reversed(coeffs):
        y = y * t + c
    return y


def rounded(c, is_float):
    value = float(c)
    return struct.unpack("f", struct.pack("f", value))[0] if is_float else value


def fit(spec, is_float):
    """Returns the coefficients and the largest weighted error on the grid."""
    n = spec.terms
    ts = [spec.lo + (spec.hi - spec.lo) * (1 - mp.cos(mp.pi * (i + mp.mpf("0.5")) / GRID)) / 2
          for i in range(GRID)]
    gs = [spec.target(t) for t in ts]
    ws = [spec.weight(t) for t in ts]
    # The normal equations need no more than these sums.
    moments, sides = [], []
    powers = [w * w for w in ws]
    for k in range(2 * n - 1):
        moments.append(mp.fsum(powers))
        sides.append(mp.fdot(powers, gs))
        powers = [p * t for p, t in zip(powers, ts)]
    coeffs = []
    for first in range(n):
        free = range(first, n)
        system = mp.matrix([[moments[i + j] for j in free] for i in free])
        rhs = mp.matrix([sides[i] - mp.fsum(c * moments[i + j] for j, c in enumerate(coeffs))
                         for i in free])
        coeffs.append(mp.mpf(rounded(mp.lu_solve(system, rhs)[0], is_float)))
    error = max(abs(w * (polyval(coeffs, t) - g)) for t, g, w in zip(ts, gs, ws))
    return [float(c) for c in coeffs], error


def literal(value, is_float):
    mantissa, exponent = value.hex().split("p")
    text = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{text}p{int(exponent)}" + ("f" if is_float else "")


def main():
    wanted = sys.argv[1:] or list(FITS)
    for header in sorted(HEADERS.glob("*.h")):
        text = header.read_text()
        arrays = re.findall(r"static constexpr (float|double) (\w+)\[\] = \{", text)
        arrays = [(kind, name) for kind, name in arrays if name in wanted]
        for kind, name in arrays:
            coeffs, error = fit(FITS[name], kind == "float")
            print(f"{name}: {len(coeffs)} terms, error 2^{float(mp.log(error, 2)):.2f}", flush=True)
            body = ", ".join(literal(c, kind == "float") for c in coeffs)
            text = re.sub(rf"(static constexpr {kind} {name}\[\] = \{{)[^}}]*", rf"\g<1>{body}", text)
        if arrays:
            header.write_text(text)
            subprocess.run(["clang-format", "-i", str(header)], check=True)


if __name__ == "__main__":
    main()
