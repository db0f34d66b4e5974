/**
 * Values on their way to another thread. What is plain JSON travels as text, which is two to three times faster than
 * cloning the objects; what is not, but can be cloned exactly (`Date`, `Map`, bytes), is cloned.
 */
import * as Schema from "effect/Schema"

/** Text is JSON. */
export type Packed = string | { readonly value: unknown }

/** Something that would arrive as something else, or not at all. */
export class Unsendable extends Schema.TaggedError<Unsendable>()("Unsendable", {
  /** Like `report.0.at`, empty for the whole value. */
  path: Schema.String,
  what: Schema.String
}) {}

/** Throws `Unsendable`. */
export const pack = (value: unknown): Packed => {
  const path: Array<string> = []
  switch (kindOf(value, path, 0)) {
    case "json":
      return JSON.stringify(value)
    case "clone":
      return { value }
    default:
      throw new Unsendable({ path: path.toReversed().join("."), what: describe(at(value, path.toReversed())) })
  }
}

export const unpack = (packed: Packed): unknown => typeof packed === "string" ? JSON.parse(packed) : packed.value

/** Whether `value` arrives as what it is. */
export const isSendable = (value: unknown): boolean => kindOf(value, [], 0) !== "neither"

type Kind = "json" | "clone" | "neither"

/** `path` receives the keys that lead to what cannot be sent, innermost first. Large answers pass here: no closures. */
const kindOf = (value: unknown, path: Array<string>, depth: number): Kind => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return "json"
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? "json" : "clone"
    case "undefined":
    case "bigint":
      return "clone"
    case "object":
      break
    default:
      return "neither"
  }
  if (value === null) return "json"
  // Deeper than any data, so a circle, which cloning keeps and text cannot.
  if (depth > deepest) return "clone"
  let all: Kind = "json"
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const kind = kindOf(value[index], path, depth + 1)
      if (kind === "neither") return blame(index, path)
      if (kind === "clone") all = kind
    }
    return all
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) {
    for (const key of Object.keys(value)) {
      const kind = kindOf((value as Record<string, unknown>)[key], path, depth + 1)
      if (kind === "neither") return blame(key, path)
      if (kind === "clone") all = kind
    }
    return all
  }
  if (value instanceof Map) {
    for (const [key, inside] of value) {
      if (kindOf(key, path, depth + 1) === "neither" || kindOf(inside, path, depth + 1) === "neither") {
        return blame(key, path)
      }
    }
    return "clone"
  }
  if (value instanceof Set) {
    for (const inside of value) if (kindOf(inside, path, depth + 1) === "neither") return blame(inside, path)
    return "clone"
  }
  return ArrayBuffer.isView(value) || exact.has(prototype) ? "clone" : "neither"
}

const blame = (key: unknown, path: Array<string>): "neither" => {
  path.push(typeof key === "object" ? "(an object as key)" : String(key))
  return "neither"
}

const deepest = 500
const exact = new Set<unknown>([Date.prototype, RegExp.prototype, ArrayBuffer.prototype, SharedArrayBuffer.prototype])

const at = (value: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((inside, key) => {
    if (inside instanceof Map) return inside.get(key)
    return typeof inside === "object" && inside !== null ? (inside as Record<string, unknown>)[key] : inside
  }, value)

const describe = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return `a ${typeof value}`
  return `an instance of ${value.constructor?.name || "a class"}`
}
