/**
 * What forecasts are computed by. A worker thread fits the models; these cite the formula, its source and its numbers.
 */
import * as Formula from "./physics/Formula.ts"

const box = "Box, Jenkins, Reinsel and Ljung, Time Series Analysis, 5th edition (2015)"
const hyndman = "Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition (2021)"
const errors = "Hyndman and Koehler, International Journal of Forecasting 22 (2006)"
const series = "as the series"

/** Forecast of a seasonal ARIMA model, by step. @category formulas */
export const sarimaForecast = Formula.recorded({
  id: "sarima_forecast",
  expression: "phi(B) Phi(B^s) (1-B)^d (1-B^s)^D y = c + theta(B) Theta(B^s) e, each step ahead",
  unit: series,
  source: box,
  valid: "exact likelihood; the model with the least AICc, or the first of a list that converges"
})

/** Standard errors of a forecast, by step. @category formulas */
export const standardErrors = Formula.recorded({
  id: "forecast_standard_error",
  expression: "sqrt(sigma^2 * (psi_0^2 + ... + psi_(h-1)^2)), each step ahead",
  unit: series,
  source: box,
  valid: "psi are the weights of past errors"
})

/** The ends of an interval, by step. @category formulas */
export const interval = Formula.recorded({
  id: "forecast_interval",
  expression: "forecast +- z * standard error, each step ahead",
  unit: series,
  source: hyndman,
  valid: "normal errors"
})

/** The normal quantile of a level. @category formulas */
export const zScore = Formula.recorded({
  id: "z_score",
  expression: "normal quantile of (1 + confidence_level) / 2",
  unit: "standard errors",
  source: "Wichura, Applied Statistics 37 (1988), algorithm AS 241",
  valid: "confidence_level above 0, below 1"
})

/** Numbers of terms of a model. @category formulas */
export const modelOrder = Formula.recorded({
  id: "sarima_order",
  expression: "(p, d, q)(P, D, Q, s) of the chosen model",
  unit: "terms",
  source: "Hyndman and Khandakar, Journal of Statistical Software 27(3) (2008)",
  valid: "d and D by tests of the series, the others by the least AICc"
})

/** Coefficients of outside variables. @category formulas */
export const outsideCoefficients = Formula.recorded({
  id: "exog_coefficients",
  expression: "beta of y = beta x + SARIMA error, of each variable",
  unit: "series by variable",
  source: hyndman,
  valid: "each variable varies"
})

/** Logarithm of the likelihood. @category formulas */
export const logLikelihood = Formula.recorded({
  id: "log_likelihood",
  expression: "-n/2 * ln(2 pi) - sum of (ln F_t + v_t^2 / F_t) / 2",
  unit: "log",
  source: "Durbin and Koopman, Time Series Analysis by State Space Methods, 2nd edition (2012)",
  valid: "v_t is the error of one step, F_t its variance"
})

/** Variance of the errors of one step. @category formulas */
export const variance = Formula.recorded({
  id: "error_variance",
  expression: "mean of v_t^2 / f_t, f_t the variance of a step over sigma^2",
  unit: "squared series",
  source: "Durbin and Koopman, Time Series Analysis by State Space Methods, 2nd edition (2012)",
  valid: "exact likelihood"
})

/** Akaike's criterion. @category formulas */
export const aic = Formula.recorded({
  id: "aic",
  expression: "2k - 2 * log_likelihood",
  unit: "log",
  source: "Akaike, IEEE Transactions on Automatic Control 19 (1974)",
  valid: "k parameters, the variance among them"
})

/** Akaike's criterion for short series. @category formulas */
export const aicc = Formula.recorded({
  id: "aicc",
  expression: "aic + 2k(k+1) / (n-k-1)",
  unit: "log",
  source: "Hurvich and Tsai, Biometrika 76 (1989)",
  valid: "n values after differencing, above k + 1"
})

/** Bayesian criterion. @category formulas */
export const bic = Formula.recorded({
  id: "bic",
  expression: "k * ln(n) - 2 * log_likelihood",
  unit: "log",
  source: "Schwarz, Annals of Statistics 6 (1978)",
  valid: "n values after differencing"
})

/** Forecast by exponential smoothing, by step. @category formulas */
export const smoothedForecast = Formula.recorded({
  id: "holt_winters_forecast",
  expression: "level + h * trend + season, each step ahead",
  unit: series,
  source: "Holt (1957); Winters, Management Science 6 (1960)",
  valid: "stands in where no seasonal ARIMA model fits"
})

/** The ends of an interval around smoothed forecasts, by step. @category formulas */
export const resampledInterval = Formula.recorded({
  id: "resampled_interval",
  expression: "quantiles of paths with resampled errors, each step ahead",
  unit: series,
  source: hyndman,
  valid: "the seed is fixed: the same series has the same interval"
})

/** Standard errors of smoothed forecasts, by step. @category formulas */
export const resampledErrors = Formula.recorded({
  id: "resampled_standard_error",
  expression: "standard deviation of paths with resampled errors, each step ahead",
  unit: series,
  source: hyndman,
  valid: "the seed is fixed"
})

/** Weights of smoothing. @category formulas */
export const smoothingWeights = Formula.recorded({
  id: "smoothing_weights",
  expression: "alpha, beta, gamma with the least sum of squared errors one step ahead, and that sum",
  unit: "shares, and the squared series",
  source: "Holt (1957); Winters, Management Science 6 (1960)",
  valid: "weights 0 to 1"
})

/** Root mean square error of a back-test. @category formulas */
export const rmse = Formula.recorded({
  id: "rmse",
  expression: "sqrt(mean of (actual - predicted)^2)",
  unit: series,
  source: errors,
  valid: "one value or more"
})

/** Mean absolute error of a back-test. @category formulas */
export const mae = Formula.recorded({
  id: "mae",
  expression: "mean of abs(actual - predicted)",
  unit: series,
  source: errors,
  valid: "one value or more"
})

/** Mean absolute percentage error of a back-test. @category formulas */
export const mape = Formula.recorded({
  id: "mape",
  expression: "100 * mean of abs((actual - predicted) / actual)",
  unit: "percent",
  source: errors,
  valid: "actual values of 0 are left out and counted"
})

/** Strength of a season. @category formulas */
export const seasonality = Formula.recorded({
  id: "seasonal_autocorrelation",
  expression: "first peak above 0.3 of the autocorrelation, after a trend is taken off",
  unit: "correlation",
  source: box,
  valid: "0 where there is no such peak"
})

/** The period that a model has. @category formulas */
export const seasonalPeriod = Formula.recorded({
  id: "seasonal_period",
  expression: "as given, else by frequency (month 12, day 7, hour 24), else detected; 1 below two periods",
  unit: "steps",
  source: "convention of this library",
  valid: "1 is not a season"
})

/** Statistic of a test of stationarity. @category formulas */
export const dickeyFuller = Formula.recorded({
  id: "augmented_dickey_fuller",
  expression: "t of gamma in dy = c + gamma * y_(t-1) + sum of delta_i * dy_(t-i), lags by AIC",
  unit: "t",
  source: "Said and Dickey, Biometrika 71 (1984)",
  valid: "20 values or more that vary"
})

/** Critical values of the test at 1, 5 and 10 percent. @category formulas */
export const criticalValues = Formula.recorded({
  id: "dickey_fuller_critical_values",
  expression: "b0 + b1/n + b2/n^2 + b3/n^3 at 1, 5 and 10 percent",
  unit: "t",
  source: "MacKinnon, Critical Values for Cointegration Tests (2010), table 2",
  valid: "a constant and no trend"
})

/** What preparation did to the values. @category formulas */
export const preparation = Formula.recorded({
  id: "series_preparation",
  expression:
    "nulls filled on the line between neighbours, and values beyond 3 interquartile ranges moved there: how many",
  unit: "values: filled, moved",
  source: "Tukey, Exploratory Data Analysis (1977), outer fences",
  valid: "one number or more"
})

/** Rows of the data and the steps that it skips. @category formulas */
export const alignment = Formula.recorded({
  id: "equal_steps",
  expression: "rows, and steps of the frequency between the first and the last that have no row",
  unit: "steps: rows, gaps",
  source: "definition",
  valid: "gaps of at most 20 percent"
})
