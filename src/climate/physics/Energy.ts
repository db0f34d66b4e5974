/**
 * Ratios between units of energy and power, from the exact sizes of `Quantity`.
 */
import * as Option from "effect/Option"
import { ratio } from "../Quantity.ts"

/** 293.0711. @category constants */
export const kwhPerMmbtu = Option.getOrThrow(ratio("MMBtu", "kWh"))

/** 3.412142. @category constants */
export const mmbtuPerMwh = 1000 / kwhPerMmbtu

/** A ton of refrigeration is 12 000 Btu/h. @category constants */
export const btuPerHourPerTon = 12_000

/** 3.516853. @category constants */
export const kwPerTon = kwhPerMmbtu * btuPerHourPerTon / 1e6

/** Hours of a year of 365 days. @category constants */
export const hoursPerYear = 8760
