/**
 * Packs values for another thread. Plain JSON travels as text, which is faster than cloning many small objects. Other
 * values that can be cloned exactly (`Date`, `Map`, bytes) are cloned, and so are long strings, since writing them as JSON
 * searches them for characters to escape.
 */
import * as Schema from "effect/Schema"
import { types } from "node:util"
import * as SparseList from "../../agent/internal/SparseList.ts"
import * as SafeJson from "../../internal/SafeJson.ts"
import * as PlainJson from "./PlainJson.ts"
import * as WideObject from "./WideObject.ts"

/** A string is JSON text. */
export type Packed = string | { readonly value: unknown } | { readonly wide: WideObject.WideObject }

/** A value that would arrive changed, or cannot be sent. */
export class Unsendable extends Schema.TaggedError<Unsendable>()("Unsendable", {
  /** Such as `report.0.at`. Empty for the whole value. */
  path: Schema.String,
  what: Schema.String
}) {}

/**
 * Throws `Unsendable`, also for what a getter or a proxy throws, and `PackedLate` where the walk over the value lasts longer
 * than `until`, by `performance.now()`: a value whose getters make new values has no end. Default of `until`: never. Throws
 * `Crowded` for more than `most` lists and objects. Default: any number.
 */
export const pack = (value: unknown, until = Infinity, most = anyNumber): Packed => {
  const path: Array<string> = []
  try {
    visited = 0
    ends = until
    const wide = WideObject.take(value, visit)
    if (wide !== undefined) {
      const rest = wide.at === undefined ? "" : pack(wide.rest, until, most)
      return { wide: { ...wide, rest } }
    }
    if (PlainJson.is(value, until, most)) return JSON.stringify(value)
    switch (wholeKindOf(value, path, until, most)) {
      case "json":
        return proxy === undefined && characters > PlainJson.longOnAverage * values ? { value } : JSON.stringify(value)
      case "clone":
        return { value }
      default:
        throw new Unsendable({ path: path.toReversed().join("."), what: refused })
    }
  } catch (error) {
    if (!types.isProxy(error) && isOwn(error)) throw error
    throw unreadable(error)
  }
}

const isOwn = (error: unknown): boolean =>
  error instanceof Unsendable || error instanceof PlainJson.PackedLate || error instanceof PlainJson.Crowded

/** For what a getter, a proxy or the copy of a value threw. */
export const unreadable = (thrown: unknown): Unsendable => {
  let reason = ""
  try {
    reason = ` (${String(thrown).slice(0, 200)})`
  } catch {
    // What was thrown cannot be read either.
  }
  return new Unsendable({ path: "", what: `unreadable${reason}` })
}

/** The value that `pack` was given. */
export const unpack = (packed: Packed): unknown => {
  if (typeof packed === "string") return JSON.parse(packed)
  if (!("wide" in packed)) return packed.value
  const { wide } = packed
  return WideObject.join(wide.at === undefined ? wide : { ...wide, rest: unpack(wide.rest as Packed) })
}

/** Whether `value` arrives unchanged. */
export const isSendable = (value: unknown): boolean => {
  try {
    return wholeKindOf(value, [], Infinity, anyNumber) !== "neither"
  } catch {
    return false
  }
}

const wholeKindOf = (value: unknown, path: Array<string>, until: number, most: number): Kind => {
  values = 0
  boxesLeft = most
  visited = 0
  ends = until
  characters = 0
  proxy = undefined
  isUnusual = false
  const first = kindOf(value, path, 0)
  const kind = isUnusual && first !== "neither" ? kindOfGraph(value, path) : first
  // JSON reads what a proxy shows, and a clone would copy the target behind it.
  return kind === "clone" && proxy !== undefined ? refuse(describe(proxy)) : kind
}

type Kind = "json" | "clone" | "neither"

/** Adds the keys that lead to an unsendable value to `path`, innermost first. Large answers pass here: no closures. */
const kindOf = (value: unknown, path: Array<string>, depth: number): Kind => {
  values++
  visit()
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
      return refuse(describe(value))
  }
  if (value === null) return "json"
  if (--boxesLeft < 0) throw new PlainJson.Crowded()
  if (types.isProxy(value)) proxy = value
  if (depth > SafeJson.mostLevels || values > mostValues) {
    isUnusual = true
    return "clone"
  }
  let all: Kind = "json"
  if (Array.isArray(value)) {
    if (SparseList.isSparse(value)) return refuse(SparseList.described)
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
  if (bufferOf(value)?.detached === true) return refuse(describe(value))
  return ArrayBuffer.isView(value) || exact.has(prototype) ? "clone" : refuse(describe(value))
}

/** A value on the way down, and the keys that lead to it. */
interface Node {
  readonly value: unknown
  readonly key: unknown
  readonly parent: Node | undefined
  readonly depth: number
}

/**
 * As `kindOf`, for a value that is deep, large or circular: visits each object once, in the order and the depth in which
 * cloning does, and without recursion. Only cloning keeps circles and shared objects.
 */
const kindOfGraph = (whole: unknown, path: Array<string>): Kind => {
  const seen = new Set<unknown>()
  const pending: Array<Node> = [{ value: whole, key: undefined, parent: undefined, depth: 0 }]
  let all: Kind = "json"
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const { depth, value } = node
    visit()
    if (Array.isArray(value) && SparseList.isSparse(value)) {
      refuse(SparseList.described)
      return blameAll(node, path)
    }
    const inside = insideOf(value)
    if (inside === undefined || seen.has(value)) {
      const kind = inside === undefined ? kindOf(value, path, 0) : "clone"
      if (kind === "neither") return blameAll(node, path)
      if (kind === "clone") all = kind
      continue
    }
    if (depth > SafeJson.mostLevels) {
      refuse(`nested more than ${SafeJson.mostLevels} levels deep`)
      return blameAll(node, path)
    }
    seen.add(value)
    if (value instanceof Map || value instanceof Set) all = "clone"
    for (const [key, one] of inside.toReversed()) pending.push({ value: one, key, parent: node, depth: depth + 1 })
  }
  return all
}

/** The parts of a list, plain object, map or set, by their keys. */
const insideOf = (value: unknown): ReadonlyArray<readonly [key: unknown, value: unknown]> | undefined => {
  if (typeof value !== "object" || value === null) return undefined
  if (types.isProxy(value)) proxy = value
  if (Array.isArray(value)) return Array.from(value, (one, index) => [index, one])
  if (value instanceof Map) return Array.from(value).flatMap(([key, one]) => [[key, key], [key, one]])
  if (value instanceof Set) return Array.from(value, (one) => [one, one])
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? Object.entries(value) : undefined
}

/** `path` names at most its innermost keys: a path of a thousand keys is of no use. */
const blameAll = (node: Node, path: Array<string>): "neither" => {
  for (let at = node; at.parent !== undefined && path.length < mostKeys; at = at.parent) blame(at.key, path)
  return "neither"
}

const refuse = (what: string): "neither" => {
  refused = what
  return "neither"
}

const blame = (key: unknown, path: Array<string>): "neither" => {
  path.push(typeof key === "object" ? "(an object as key)" : String(key))
  return "neither"
}

/** Looks at the clock now and then. */
const visit = (): void => {
  if ((++visited & 4_095) === 0 && performance.now() > ends) throw new PlainJson.PackedLate()
}

/** Totals of the last walk. */
let values = 0
let visited = 0
/** A small integer: the engine keeps no double for each count. */
const anyNumber = 2 ** 30 - 1
let boxesLeft = 0
/** When the walk has to end, by `performance.now()`. */
let ends = Infinity
let characters = 0
let proxy: unknown = undefined
/** Describes the refused value. */
let refused = ""
/** Deep, large or circular. */
let isUnusual = false

/** Values that the first walk visits. More of them may be few objects that are shared often. */
const mostValues = 1_000_000
/** Keys of the path to a value that is refused. */
const mostKeys = 20
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
