/**
 * Objects of many keys on their way to another thread: their keys and their fields travel as two lists. To list the keys of such
 * an object takes as long as all else, and JSON would list them once more.
 *
 * It may be the whole value, or one field of it. Whatever holds other than numbers, texts, flags and nulls is not taken apart.
 */
import { types } from "node:util"
import * as SafeJson from "../../internal/SafeJson.ts"

/** `at` is the field that `rest` has nothing at, `undefined` where the object is the whole value. `keys` and `fields` are JSON. */
export interface WideObject {
  readonly at: string | undefined
  readonly rest: unknown
  readonly keys: string
  readonly fields: string
}

/** `undefined` for a value without such an object. `visit` is called for each field. It may throw as `value` does. */
export const take = (value: unknown, visit: () => void): WideObject | undefined => {
  if (!isOpen(value)) return undefined
  const keys = Object.keys(value)
  if (keys.length >= fewest) return of(undefined, undefined, value, keys, visit)
  if (keys.length > mostBeside) return undefined
  for (const at of keys) {
    const field: unknown = value[at]
    if (!isOpen(field) || at === "__proto__") continue
    const keys = Object.keys(field)
    if (keys.length >= fewest) return of(at, { ...value, [at]: null }, field, keys, visit)
  }
  return undefined
}

/** The value that was taken apart, whose `rest` has been sent, too. */
export const join = ({ at, fields, keys, rest }: WideObject): unknown => {
  const object: Record<string, unknown> = {}
  const values = JSON.parse(fields) as ReadonlyArray<unknown>
  let place = 0
  for (const key of JSON.parse(keys) as ReadonlyArray<string>) object[key] = values[place++]
  if (at === undefined) return object
  const whole = rest as Record<string, unknown>
  whole[at] = object
  return whole
}

const of = (
  at: string | undefined,
  rest: unknown,
  object: Readonly<Record<string, unknown>>,
  keys: ReadonlyArray<string>,
  visit: () => void
): WideObject | undefined => {
  if (keys.length > SafeJson.mostValues) return undefined
  const fields: Array<unknown> = []
  let letters = 0
  for (const key of keys) {
    visit()
    const field = object[key]
    if (typeof field === "string") letters += field.length
    else if (typeof field === "number" ? !Number.isFinite(field) || Object.is(field, -0) : !isFlag(field)) {
      return undefined
    }
    // Such a field would become the prototype of the object.
    if (key === "__proto__") return undefined
    fields.push(field)
  }
  // Long texts are cloned.
  if (letters > longest) return undefined
  return { at, rest, keys: JSON.stringify(keys), fields: JSON.stringify(fields) }
}

const isFlag = (field: unknown): boolean => typeof field === "boolean" || field === null

/** A plain object that shows itself, rather than a proxy. */
const isOpen = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !types.isProxy(value) &&
  SafeJson.isPlain(value)

/** Keys of an object that is taken apart. */
const fewest = 1_000
/** Keys of a value in whose fields such an object is looked for. */
const mostBeside = 8
/** Letters of its texts. */
const longest = 10_000_000
