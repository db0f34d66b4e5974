/**
 * The normal distribution.
 */

/**
 * The number below which a standard normal variable is with `probability`, above 0 and below 1. Algorithm AS 241
 * (Wichura 1988), exact to about 16 digits.
 *
 * ```ts
 * import { quantile } from "greenlang/climate/statistics/Normal"
 *
 * quantile(0.975).toFixed(6) // => "1.959964"
 * ```
 *
 * @category functions
 */
export const quantile = (probability: number): number => {
  const q = probability - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return q * ratio(central, r)
  }
  const tail = q < 0 ? probability : 1 - probability
  const r = Math.sqrt(-Math.log(tail))
  const size = r <= 5 ? ratio(middle, r - 1.6) : ratio(far, r - 5)
  return q < 0 ? -size : size
}

type Polynomials = readonly [numerator: ReadonlyArray<number>, denominator: ReadonlyArray<number>]

const ratio = ([numerator, denominator]: Polynomials, x: number) => horner(numerator, x) / horner(denominator, x)

const horner = (coefficients: ReadonlyArray<number>, x: number) =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)

const central: Polynomials = [[
  3.3871328727963666080,
  133.14166789178437745,
  1971.5909503065514427,
  13731.693765509461125,
  45921.953931549871457,
  67265.770927008700853,
  33430.575583588128105,
  2509.0809287301226727
], [
  1,
  42.313330701600911252,
  687.18700749205790830,
  5394.1960214247511077,
  21213.794301586595867,
  39307.895800092710610,
  28729.085735721942674,
  5226.4952788528545610
]]

const middle: Polynomials = [[
  1.42343711074968357734,
  4.63033784615654529590,
  5.76949722146069140550,
  3.64784832476320460504,
  1.27045825245236838258,
  0.241780725177450611770,
  0.0227238449892691845833,
  0.000774545014278341407640
], [
  1,
  2.05319162663775882187,
  1.67638483018380384940,
  0.689767334985100004550,
  0.148103976427480074590,
  0.0151986665636164571966,
  0.000547593808499534494600,
  1.05075007164441684324e-9
]]

const far: Polynomials = [[
  6.65790464350110377720,
  5.46378491116411436990,
  1.78482653991729133580,
  0.296560571828504891230,
  0.0265321895265761230930,
  0.00124266094738807843860,
  0.0000271155556874348757815,
  2.01033439929228813265e-7
], [
  1,
  0.599832206555887937690,
  0.136929880922735805310,
  0.0148753612908506148525,
  0.000786869131145613259100,
  0.0000184631831751005468180,
  1.42151175831644588870e-7,
  2.04426310338993978564e-15
]]
