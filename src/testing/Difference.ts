/**
 * Where two values differ, field by field.
 *
 * ```ts
 * import { Difference } from "greenlang/testing"
 *
 * const expected = { total: 100, source: "EPA" }
 * const differences = Difference.between(expected, { total: 100.4, source: "DEFRA", year: 2025 }, {
 *   partial: true,
 *   tolerance: { rel: 0.01 }
 * })
 * differences // => [{ path: "source", expected: "EPA", actual: "DEFRA" }]
 * Difference.render(differences[0]!) // => 'source: expected "EPA", got "DEFRA"'
 * ```
 */
import * as Equal from "effect/Equal"
import * as Predicate from "effect/Predicate"
import * as SafeJson from "../internal/SafeJson.ts"

/**
 * How far numbers may be from those expected: by `abs`, or by `rel` of the expected one, whichever is more. Without either,
 * and where `exact` is true, not at all.
 *
 * @category models
 */
export interface Tolerance {
  readonly rel?: number | undefined
  readonly abs?: number | undefined
  readonly exact?: boolean | undefined
}

/** `path` is like `fuels.0.amount`, empty for the whole value. @category models */
export interface Difference {
  readonly path: string
  readonly expected: unknown
  readonly actual: unknown
}

/**
 * Every field that differs. With `partial`, objects may have fields that are not expected; lists have as many items.
 * Values of more than 1,000 levels are not compared below them, and differ there.
 *
 * @category comparing
 */
export const between = (expected: unknown, actual: unknown, options: {
  readonly partial?: boolean
  readonly tolerance?: Tolerance | undefined
} = {}): ReadonlyArray<Difference> => {
  const { partial = false, tolerance = {} } = options
  const { abs = 0, exact = false, rel = 0 } = tolerance
  const isNear = (expected: number, actual: number) =>
    !exact && Math.abs(actual - expected) <= Math.max(abs, Math.abs(expected) * rel)

  const walk = (expected: unknown, actual: unknown, path: ReadonlyArray<string>): ReadonlyArray<Difference> => {
    if (typeof expected === "number" && typeof actual === "number" && isNear(expected, actual)) return []
    if (path.length > SafeJson.mostLevels) return [{ path: path.join("."), expected, actual }]
    if (!(isPlain(expected) && isPlain(actual)) && Equal.equals(expected, actual)) return []
    if (Array.isArray(expected) && Array.isArray(actual)) {
      const longer = expected.length > actual.length ? expected : actual
      return longer.flatMap((_, at) => walk(expected[at], actual[at], [...path, String(at)]))
    }
    if (isRecord(expected) && isRecord(actual)) {
      const keys = partial ? Object.keys(expected) : Object.keys({ ...expected, ...actual })
      return keys.flatMap((key) => walk(expected[key], actual[key], [...path, key]))
    }
    return [{ path: path.join("."), expected, actual }]
  }
  return walk(expected, actual, [])
}

/** A difference in a line. Long values are cut. @category rendering */
export const render = ({ actual, expected, path }: Difference): string =>
  `${path === "" ? "(the whole value)" : path}: expected ${show(expected)}, got ${show(actual)}`

/** Such as a date, what has no fields is equal or not. */
const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> =>
  Predicate.isObject(u) && !Array.isArray(u) && (isPlain(u) || Object.keys(u).length > 0)

/** Lists and objects that have no way of their own to be equal: they are walked, level by level. */
const isPlain = (u: unknown): boolean => {
  if (Array.isArray(u)) return true
  if (!Predicate.isObject(u)) return false
  const prototype: unknown = Object.getPrototypeOf(u)
  return prototype === Object.prototype || prototype === null
}

const show = (value: unknown): string => {
  const text = value === undefined ? "nothing" : Predicate.isError(value) ? error(value) : json(value)
  return text.length > 300 ? `${text.slice(0, 300)}...` : text
}

/** The message, and the facts of an error that has some. */
const error = (value: Error): string => Predicate.hasProperty(value, "_tag") ? `${value} ${json(value)}` : String(value)

const json = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
