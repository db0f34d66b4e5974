/**
 * A look at a value that is to be sent to another thread: most are plain JSON, and it takes an eighth of the time of `Sendable`, which
 * looks at anything.
 */
import * as Schema from "effect/Schema"
import * as SafeJson from "../../internal/SafeJson.ts"

/** The time to pack a value had passed before all of the value was visited. */
export class PackedLate extends Schema.TaggedError<PackedLate>()("PackedLate", {}) {}

/** The value holds more lists and objects than it may. What is in several places counts in each. */
export class Crowded extends Schema.TaggedError<Crowded>()("Crowded", {}) {}

/**
 * Whether `value` is plain JSON of short texts, which JSON does not change. Not for circles, many levels and many values: those have to
 * be looked at part by part. Of a proxy it is what JSON reads. Throws `PackedLate` after `until`, by `performance.now()`, `Crowded` for
 * more than `most` lists and objects, and what a getter throws.
 */
export const is = (value: unknown, until: number, most: number): boolean => {
  if (typeof value !== "object" || value === null) return false
  let level: ReadonlyArray<object> = [value]
  let parts = 1
  let letters = 0
  let boxes = 1
  let visited = 0
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > SafeJson.mostLevels) return false
    const below: Array<object> = []
    for (const one of level) {
      const isList = Array.isArray(one)
      if (!isList && !SafeJson.isPlain(one)) return false
      const keys = isList ? undefined : Object.keys(one)
      const length = keys === undefined ? (one as ReadonlyArray<unknown>).length : keys.length
      if ((parts += length) > SafeJson.mostValues) return false
      for (let at = 0; at < length; at++) {
        if ((++visited & 4_095) === 0 && performance.now() > until) throw new PackedLate()
        const part: unknown = one[(keys === undefined ? at : keys[at]) as never]
        if (typeof part === "number") {
          if (!Number.isFinite(part) || part === 0 && Object.is(part, -0)) return false
        } else if (typeof part === "string") letters += part.length
        else if (typeof part === "object") { if (part !== null) below.push(part) }
        else if (typeof part !== "boolean") return false
      }
    }
    if ((boxes += below.length) > most) throw new Crowded()
    level = below
  }
  return letters <= longOnAverage * parts
}

/** Letters of a value, on average, above which cloning was measured to be faster than JSON. */
export const longOnAverage = 64
