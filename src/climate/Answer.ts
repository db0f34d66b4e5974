/**
 * How answers are rounded: once, when they leave.
 */
import * as Quantity from "./Quantity.ts"

/** A number without an end has no decimals: a tool refuses it. */
const round = (value: number, decimals: number) => Number.isFinite(value) ? Quantity.round(value, decimals) : value

/** US dollars, 2 decimals. @category rounding */
export const money = (usd: number): number => round(usd, 2)

/** kg, 2 decimals. @category rounding */
export const kilograms = (kg: number): number => round(kg, 2)

/** Metric tons, 3 decimals. @category rounding */
export const tonnes = (t: number): number => round(t, 3)

/** Percent, 2 decimals. @category rounding */
export const percent = (value: number): number => round(value, 2)

/**
 * A physical quantity or a ratio: 10 significant digits, which drops only what binary arithmetic adds.
 *
 * ```ts
 * import * as Answer from "greenlang/climate/Answer"
 *
 * Answer.figure(0.1 + 0.2) // => 0.3
 * ```
 *
 * @category rounding
 */
export const figure = (value: number): number => Number(value.toPrecision(10))
