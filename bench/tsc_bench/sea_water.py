"""How the dynamic enthalpy of sea water changes with its temperature: the equation of state of pyhpc-benchmarks, some 250
operations an item.

The density of sea water in TEOS-10's expression of 48 terms (IOC, SCOR and IAPSO, 2010) is a quotient of polynomials in
absolute salinity, conservative temperature and pressure. Its integral over pressure is

    H = 10^4 * (p * (a2 - 2*g + a3*p/2) / b2  +  M / (2*b2) * log(1 + p*(2*b1 + b2*p) / b0)
                + Q * log(1 + 2*b2*p*d / (u * (w + b2*p))))

with polynomials a0..a3, b0..b2 of salinity and temperature. Below, `x_t` is the derivative of x by temperature.
"""

# The coefficients v01..v48, as published.
V = (9.998420897506056e+2, 2.839940833161907e0, -3.147759265588511e-2, 1.181805545074306e-3, -6.698001071123802e0,
     -2.986498947203215e-2, 2.327859407479162e-4, -3.988822378968490e-2, 5.095422573880500e-4, -1.426984671633621e-5,
     1.645039373682922e-7, -2.233269627352527e-2, -3.436090079851880e-4, 3.726050720345733e-6, -1.806789763745328e-4,
     6.876837219536232e-7, -3.087032500374211e-7, -1.988366587925593e-8, -1.061519070296458e-11, 1.550932729220080e-10,
     1.0, 2.775927747785646e-3, -2.349607444135925e-5, 1.119513357486743e-6, 6.743689325042773e-10,
     -7.521448093615448e-3, -2.764306979894411e-5, 1.262937315098546e-7, 9.527875081696435e-10, -1.811147201949891e-11,
     -3.303308871386421e-5, 3.801564588876298e-7, -7.672876869259043e-9, -4.634182341116144e-11, 2.681097235569143e-12,
     5.419326551148740e-6, -2.742185394906099e-5, -3.212746477974189e-7, 3.191413910561627e-9, -1.931012931541776e-12,
     -1.105097577149576e-7, 6.211426728363857e-10, -1.119011592875110e-10, -1.941660213148725e-11, -1.864826425365600e-14,
     1.119522344879478e-14, -1.200507748551599e-15, 6.057902487546866e-17)


def power_series(*terms):
    """c0 + ct * (c1 + ct * (...)), and its derivative, as text; terms are numbers of coefficients."""
    def nested(values):
        text = repr(values[-1])
        for v in reversed(values[:-1]):
            text = f"({v!r} + ct * {text})"
        return text
    values = [V[t - 1] for t in terms]
    return nested(values), nested([i * v for i, v in enumerate(values)][1:])


def polynomial(name, temperature, salinity=None, salinity_squared=None, root=None, factor=1):
    """name = f(ct) + sa * (g(ct) + v * sa + root * h(ct)), and name_t."""
    f, f_t = power_series(*temperature)
    parts, parts_t = ([], [])
    if salinity:
        g, g_t = power_series(*salinity) if len(salinity) > 1 else (repr(V[salinity[0] - 1]), None)
        parts, parts_t = [g], [g_t] if g_t else []
    if salinity_squared:
        parts.append(f"{V[salinity_squared - 1]!r} * sa")
    if root:
        h, h_t = power_series(*root)
        parts.append(f"root * {h}")
        parts_t.append(f"root * {h_t}")
    value = f + (f" + sa * ({' + '.join(parts)})" if parts else "")
    change = f_t + (f" + sa * ({' + '.join(parts_t)})" if parts_t else "")
    if factor != 1:
        value, change = f"{factor} * ({value})", f"{factor} * ({change})"
    return f"{name} = {value}\n{name}_t = {change}\n"


EQUATION = (
    "root = sqrt(sa)\n"
    + polynomial("b0", (1, 2, 3, 4), (5, 6, 7), root=(8, 9, 10, 11))
    + polynomial("b1", (12, 13, 14), (15, 16), factor=0.5)
    + polynomial("b2", (17, 18, 19), (20,))
    + polynomial("a0", (21, 22, 23, 24, 25), (26, 27, 28, 29, 30), salinity_squared=36, root=(31, 32, 33, 34, 35))
    + polynomial("a1", (37, 38, 39, 40), (41, 42))
    + f"a2 = {V[42]!r} + ct * ({V[43]!r} + {V[44]!r} * ct + {V[45]!r} * sa)\n"
    + f"a2_t = {V[43]!r} + {2 * V[44]!r} * ct + {V[45]!r} * sa\n"
    + f"a3 = {V[46]!r} + {V[47]!r} * ct\na3_t = {V[47]!r}\n"
    + """
    over = 1.0 / b2
    g = a3 * b1 * over
    g_t = (a3_t * b1 + a3 * b1_t - g * b2_t) * over
    n = a0 + b0 * (2.0 * g - a2) * over
    n_t = a0_t + (b0_t * (2.0 * g - a2) + b0 * (2.0 * g_t - a2_t) - (n - a0) * b2_t) * over
    m = a1 + (4.0 * g * b1 - a3 * b0 - 2.0 * a2 * b1) * over
    m_t = a1_t + (4.0 * (g_t * b1 + g * b1_t) - a3_t * b0 - a3 * b0_t - 2.0 * (a2_t * b1 + a2 * b1_t) - (m - a1) * b2_t) * over
    d = sqrt(b1 * b1 - b0 * b2)
    d_t = (2.0 * b1 * b1_t - b0_t * b2 - b0 * b2_t) / (2.0 * d)
    u = b1 - d
    u_t = b1_t - d_t
    w = b1 + d + b2 * p
    w_t = b1_t + d_t + b2_t * p
    q = (n * b2 - m * b1) / (2.0 * b2 * d)
    q_t = (n_t * b2 + n * b2_t - m_t * b1 - m * b1_t) / (2.0 * b2 * d) - q * (b2_t * over + d_t / d)
    inner = p * (2.0 * b1 + b2 * p) / b0
    inner_t = (p * (2.0 * b1_t + b2_t * p) - inner * b0_t) / b0
    outer = 2.0 * b2 * p * d / (u * w)
    outer_t = outer * (b2_t * over + d_t / d - u_t / u - w_t / w)
    log1 = log(1.0 + inner)
    log2 = log(1.0 + outer)
    plain = p * (a2 - 2.0 * g + 0.5 * a3 * p) * over
    plain_t = p * (a2_t - 2.0 * g_t + 0.5 * a3_t * p) * over - plain * b2_t * over
    half = 0.5 * m * over
    half_t = 0.5 * m_t * over - half * b2_t * over
    first = half_t * log1 + half * inner_t / (1.0 + inner)
    second = q_t * log2 + q * outer_t / (1.0 + outer)
    result = 10000.0 * (plain_t + first + second)
    scale = 10000.0 * (abs(plain_t) + abs(first) + abs(second))
    """)
