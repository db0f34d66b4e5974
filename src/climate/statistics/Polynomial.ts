/**
 * Polynomials of the lag, as lists of coefficients.
 */

/** The terms of `(1 + sign a)(1 + sign A)` after the 1, where `A` has its terms at whole periods. */
export const withSeason = (
  plain: ReadonlyArray<number>,
  seasonal: ReadonlyArray<number>,
  period: number,
  sign: 1 | -1
): ReadonlyArray<number> => {
  if (seasonal.length === 0) return plain
  const terms = [...plain]
  for (let at = plain.length; at < plain.length + seasonal.length * period; at++) terms.push(0)
  for (let season = 0; season < seasonal.length; season++) {
    const place = (season + 1) * period - 1
    terms[place]! += seasonal[season]!
    for (let at = 0; at < plain.length; at++) terms[place + 1 + at]! += sign * plain[at]! * seasonal[season]!
  }
  return terms
}

/** 1 and the coefficients at whole periods. */
export const seasonalPolynomial = (coefficients: ReadonlyArray<number>, period: number): Array<number> => {
  const polynomial = Array.from({ length: coefficients.length * period + 1 }, () => 0)
  polynomial[0] = 1
  for (const [at, value] of coefficients.entries()) polynomial[(at + 1) * period] = value
  return polynomial
}

/** The coefficients of the product of two polynomials. */
export const product = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): Array<number> => {
  const of = Array.from({ length: a.length + b.length - 1 }, () => 0)
  for (const [i, x] of a.entries()) for (const [j, y] of b.entries()) of[i + j]! += x * y
  return of
}
