"""Makes references.json with scikit-learn 1.2.1 and statsmodels 0.13.5 (Debian python3-sklearn, python3-statsmodels).

Run: /usr/bin/python3 references.py > references.json

Series: AirPassengers (Box and Jenkins 1976, series G), Mauna Loa CO2 monthly means 1982-2001 (Keeling and Whorf, in
statsmodels.datasets.co2) and sea surface temperature 1991-2010 (NOAA, in statsmodels.datasets.elnino). The last year of each
is what is forecast. The orders are those that AICc chooses among (p, q in 0..2, P, Q in 0..1) at the differencing that the
strength of the season and KPSS give; the fit and the forecast are statsmodels' own. statsmodels adds its trend to the
differenced series, so that "c" is a drift where the series is differenced.

Regression: AirPassengers on the number of weekdays of each month, with seasonal ARIMA errors; the last year is forecast.
"""
import json
import warnings

import numpy as np
import statsmodels.api as sm
from sklearn.ensemble import IsolationForest
from statsmodels.tsa.stattools import adfuller, kpss

warnings.filterwarnings("ignore")

AIR = """112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140
145 150 178 163 172 178 199 199 184 162 146 166 171 180 193 181 183 218 230 242 209 191 172 194
196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 234 264 302 293 259 229 203 229
242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306
315 301 356 348 355 422 465 467 404 347 305 336 340 318 362 348 363 435 491 505 404 359 310 337
360 342 406 396 420 472 548 559 463 407 362 405 417 391 419 461 472 535 622 606 508 461 390 432"""

air = [float(x) for x in AIR.split()]
co2 = sm.datasets.co2.load_pandas().data["co2"].resample("MS").mean().interpolate()
co2 = [round(float(x), 4) for x in co2["1982-01":"2001-12"]]
elnino = sm.datasets.elnino.load_pandas().data.iloc[-20:, 1:].to_numpy().ravel()
elnino = [float(x) for x in elnino]

ORDERS = {
    "AirPassengers": (air, None),
    "Mauna Loa CO2": (co2, None),
    "El Nino": (elnino, None),
}


def differencing(x):
    """F_s of the classical decomposition, then KPSS: as the agent does, with statsmodels' own functions."""
    d = sm.tsa.seasonal_decompose(x, period=12)
    ok = ~np.isnan(d.trend)
    r, s = d.resid[ok], d.seasonal[ok]
    D = 1 if max(0, 1 - np.var(r) / np.var(r + s)) >= 0.64 else 0
    w = x[12:] - x[:-12] if D else x
    k = kpss(w, "c", nlags=int(4 * (len(w) / 100) ** 0.25))[0]
    return (1 if k > 0.463 else 0), D


def best(x):
    d, D = differencing(x)
    found = None
    trends = ["c"] if d + D == 0 else ["n", "c"] if d + D == 1 else ["n"]
    for p in range(3):
        for q in range(3):
            for P in range(2):
                for Q in range(2):
                    for trend in trends:
                        model = sm.tsa.SARIMAX(x, order=(p, d, q), seasonal_order=(P, D, Q, 12), trend=trend,
                                               simple_differencing=True)
                        try:
                            fit = model.fit(disp=0, maxiter=200)
                        except Exception:
                            continue
                        if found is None or fit.aicc < found[0]:
                            found = (fit.aicc, p, q, P, Q, trend)
    return d, D, found


def maximum(model):
    """The better of L-BFGS and, from there, Nelder-Mead: the first alone stops early on the CO2 series."""
    first = model.fit(disp=0, maxiter=500)
    second = model.fit(first.params, disp=0, maxiter=2000, method="nm")
    return max(first, second, key=lambda fit: fit.llf)


series = []
for name, (values, _) in ORDERS.items():
    x = np.array(values)
    train = x[:-12]
    d, D, (aicc, p, q, P, Q, trend) = best(train)
    # the forecast of the whole series, with the state space of statsmodels (no differencing by hand)
    full = sm.tsa.SARIMAX(train, order=(p, d, q), seasonal_order=(P, D, Q, 12), trend=trend)
    simple = maximum(sm.tsa.SARIMAX(train, order=(p, d, q), seasonal_order=(P, D, Q, 12), trend=trend,
                                    simple_differencing=True))
    fit = maximum(full)
    ahead = fit.get_forecast(12)
    series.append({
        "name": name,
        "values": values,
        "order": {"p": p, "d": d, "q": q, "P": P, "D": D, "Q": Q, "withMean": trend == "c"},
        "logLikelihood": float(simple.llf),
        "aicc": float(simple.aicc),
        "forecast": [float(v) for v in ahead.predicted_mean],
        "standardErrors": [float(v) for v in ahead.se_mean],
        "kpss": float(kpss(x, "c", nlags=int(4 * (len(x) / 100) ** 0.25))[0]),
        "dickeyFuller": {"statistic": float(adfuller(x)[0]), "lags": int(adfuller(x)[2])},
    })

forests = []
for seed in (1, 2, 3):
    rng = np.random.default_rng(seed)
    n = 300
    rows = np.column_stack([rng.normal(50, 5, n), rng.normal(20, 2, n), rng.gamma(3, 4, n)])
    planted = rng.choice(n, 12, replace=False)
    rows[planted] += rng.choice([-1, 1], (12, 3)) * rng.uniform(3, 9, (12, 3)) * [5, 2, 7]
    rows = np.round(rows, 3)
    scores = -IsolationForest(n_estimators=500, max_samples=256, random_state=seed).fit(rows).score_samples(rows)
    order = np.argsort(-scores, kind="stable")
    forests.append({
        "seed": seed,
        "rows": rows.tolist(),
        "mostAnomalous": [int(i) for i in order[:10]],
        "scores": [round(float(s), 6) for s in scores],
    })

months = np.arange("1949-01", "1961-02", dtype="datetime64[M]").astype("datetime64[D]")
weekdays = np.busday_count(months[:-1], months[1:]).astype(float)


def regression():
    train, known, future = np.array(air[:-12]), weekdays[:-12], weekdays[-12:]
    X = sm.add_constant(known)
    d, D = differencing(train - (X @ np.linalg.lstsq(X, train, rcond=None)[0]) + train.mean())
    found = None
    for trend in ["c"] if d + D == 0 else ["n", "c"] if d + D == 1 else ["n"]:
        for p in range(3):
            for q in range(3):
                for P in range(2):
                    for Q in range(2):
                        model = sm.tsa.SARIMAX(train, exog=known, order=(p, d, q), seasonal_order=(P, D, Q, 12),
                                               trend=trend, simple_differencing=True)
                        try:
                            fit = model.fit(disp=0, maxiter=200)
                        except Exception:
                            continue
                        if found is None or fit.aicc < found[0]:
                            found = (fit.aicc, p, q, P, Q, trend)
    _, p, q, P, Q, trend = found
    order = {"order": (p, d, q), "seasonal_order": (P, D, Q, 12), "trend": trend}
    simple = maximum(sm.tsa.SARIMAX(train, exog=known, simple_differencing=True, **order))
    full = maximum(sm.tsa.SARIMAX(train, exog=known, **order))
    ahead = full.get_forecast(12, exog=future)
    return {
        "weekdays": weekdays.tolist(),
        "order": {"p": p, "d": d, "q": q, "P": P, "D": D, "Q": Q, "withMean": trend == "c"},
        "coefficient": float(simple.params[simple.model.param_names.index("x1")]),
        "logLikelihood": float(simple.llf),
        "aicc": float(simple.aicc),
        "forecast": [float(v) for v in ahead.predicted_mean],
    }


print(json.dumps({"series": series, "forests": forests, "regression": regression()}))
