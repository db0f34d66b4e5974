/**
 * JSON of any size, cut to what can be shown. The walk stops at the limits, so it takes no longer for a larger value.
 */
import type * as Schema from "effect/Schema"
import * as Printable from "./Printable.ts"

/**
 * @category models
 */
export interface Limits {
  /** Items of one list, fields of one object: the first ones are kept. */
  readonly items: number
  /** Levels of lists and objects inside each other. */
  readonly levels: number
  /** Lists, objects and scalars, all together. */
  readonly values: number
  /** Characters of all texts together. */
  readonly letters: number
}

/** A value within the limits. `cut` counts the places where something is left out. @category models */
export interface Excerpt {
  readonly value: Schema.Json
  readonly cut: number
}

/**
 * The part of `value` that fits the limits, its texts made printable. An ellipsis stands for what is nested too deeply, and at
 * the end of a text that is cut.
 *
 * ```ts
 * import * as Excerpt from "greenlang/render/Excerpt"
 *
 * const limits = { items: 2, levels: 8, values: 100, letters: 1000 }
 * Excerpt.make([1, 2, 3], limits) // => { value: [1, 2], cut: 1 }
 * ```
 *
 * @category constructors
 */
export const make = (value: Schema.Json, limits: Limits): Excerpt => {
  let { letters, values } = limits
  let cut = 0

  const text = (whole: string): string => {
    const part = whole.length <= letters ? whole : whole.slice(0, letters)
    letters -= part.length
    if (part.length === whole.length) return Printable.text(part)
    cut++
    return `${Printable.text(part)}…`
  }

  /** Those of the parts that fit. */
  const all = <A, B>(parts: ReadonlyArray<A>, one: (part: A) => B): ReadonlyArray<B> => {
    const kept: Array<B> = []
    for (const part of parts.slice(0, limits.items)) {
      if (values <= 0) break
      kept.push(one(part))
    }
    if (kept.length < parts.length) cut++
    return kept
  }

  const visit = (value: Schema.Json, level: number): Schema.Json => {
    values--
    if (typeof value === "string") return text(value)
    if (typeof value !== "object" || value === null) return value
    if (level === limits.levels) {
      cut++
      return "…"
    }
    if (Array.isArray(value)) return all(value, (item) => visit(item, level + 1))
    const fields = value as Schema.JsonObject
    return Object.fromEntries(all(Object.keys(fields), (key): [string, Schema.Json] => [
      Printable.line(key.slice(0, mostLettersOfKey)),
      visit(fields[key]!, level + 1)
    ]))
  }

  return { value: visit(value, 0), cut }
}

const mostLettersOfKey = 200
