/**
 * Packs values for another thread. Plain JSON travels as text, which is faster than cloning many small objects. Other
 * values that can be cloned exactly (`Date`, `Map`, bytes) are cloned, and so are long strings, since writing them as JSON
 * searches them for characters to escape.
 */
import * as Schema from "effect/Schema"
import { types } from "node:util"

/** A string is JSON text. */
export type Packed = string | { readonly value: unknown }

/** A value that would arrive changed, or cannot be sent. */
export class Unsendable extends Schema.TaggedError<Unsendable>()("Unsendable", {
  /** Such as `report.0.at`. Empty for the whole value. */
  path: Schema.String,
  what: Schema.String
}) {}

/** Throws `Unsendable`. */
export const pack = (value: unknown): Packed => {
  const path: Array<string> = []
  switch (wholeKindOf(value, path)) {
    case "json":
      return proxy === undefined && characters > longOnAverage * values ? { value } : JSON.stringify(value)
    case "clone":
      return { value }
    default: {
      const what = describe(culprit)
      culprit = undefined
      throw new Unsendable({ path: path.toReversed().join("."), what })
    }
  }
}

export const unpack = (packed: Packed): unknown => typeof packed === "string" ? JSON.parse(packed) : packed.value

/** Whether `value` arrives unchanged. */
export const isSendable = (value: unknown): boolean => wholeKindOf(value, []) !== "neither"

const wholeKindOf = (value: unknown, path: Array<string>): Kind => {
  values = 0
  characters = 0
  proxy = undefined
  const kind = kindOf(value, path, 0)
  // JSON reads what a proxy shows, and a clone would copy the target behind it.
  return kind === "clone" && proxy !== undefined ? refuse(proxy) : kind
}

type Kind = "json" | "clone" | "neither"

/** Adds the keys that lead to an unsendable value to `path`, innermost first. Large answers pass here: no closures. */
const kindOf = (value: unknown, path: Array<string>, depth: number): Kind => {
  values++
  switch (typeof value) {
    case "string":
      characters += value.length
      return "json"
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
      return refuse(value)
  }
  if (value === null) return "json"
  if (types.isProxy(value)) proxy = value
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
  if (bufferOf(value)?.detached === true) return refuse(value)
  return ArrayBuffer.isView(value) || exact.has(prototype) ? "clone" : refuse(value)
}

const refuse = (value: unknown): "neither" => {
  culprit = value
  return "neither"
}

const blame = (key: unknown, path: Array<string>): "neither" => {
  path.push(typeof key === "object" ? "(an object as key)" : String(key))
  return "neither"
}

/** Totals of the last walk. */
let values = 0
let characters = 0
let proxy: unknown = undefined
let culprit: unknown = undefined
/** Characters per value, on average, above which cloning was measured to be faster than JSON. */
const longOnAverage = 64

const deepest = 500
const exact = new Set<unknown>([Date.prototype, RegExp.prototype, ArrayBuffer.prototype, SharedArrayBuffer.prototype])

/** The buffer of bytes that are not shared. */
const bufferOf = (value: object): ArrayBuffer | undefined => {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value
  return buffer instanceof ArrayBuffer ? buffer : undefined
}

const describe = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return `a ${typeof value}`
  if (types.isProxy(value)) return "a proxy, in a value that is not plain JSON"
  const detached = bufferOf(value)?.detached === true ? "detached " : ""
  return `an instance of ${detached}${value.constructor?.name || "a class"}`
}
