/**
 * Values from outside: they may be nested without end, contain themselves, hold a million values, or throw when they are
 * read. `Decoding` is the door that they pass; this module says which of them it refuses, and why.
 */
import * as SchemaAST from "effect/SchemaAST"
import { types } from "node:util"
import * as TaggedMessage from "./TaggedMessage.ts"

/** The most levels of objects and lists in the input and in the output of an agent. */
const mostLevels = 500

/** Where a value is refused, and why. `path` is like `fuels.0.amount`, empty for the whole value. */
export interface Refusal {
  readonly path: string
  readonly message: string
}

/** Why no agent takes `value`, `undefined` if one does. Walks plain objects and lists, level by level. */
export const refusal = (value: unknown): Refusal | undefined => {
  try {
    let level = below([value])
    for (let depth = 0; level.size > 0; depth++) {
      if (depth === mostLevels) {
        return { path: "", message: `is nested more than ${mostLevels} levels deep, or contains itself` }
      }
      level = below(level)
    }
    return undefined
  } catch (error) {
    return unreadable(value) ?? { path: "", message: cannotRead(error) }
  }
}

/** Why `value` could not be read by what met `defect`, `undefined` if it can be read: then something else is at fault. */
export const refusalOf = (defect: unknown, value: unknown): Refusal | undefined => {
  const refused = refusal(value) ?? unreadable(value)
  if (refused !== undefined) return refused
  if (defect instanceof RangeError && /call stack/.test(defect.message)) return { path: "", message: tooDeep }
  const computed = firstComputed(value)
  return computed === undefined ? undefined : { path: computed, message: cannotRead(defect) }
}

const tooDeep = "is nested too deep to be read"

const cannotRead = (error: unknown): string => `cannot be read: ${TaggedMessage.of(error).message}`

/** Reads `value` in every way that JavaScript has, and answers with the first place that throws. */
const unreadable = (value: unknown): Refusal | undefined => {
  let refused: Refusal | undefined
  visit(value, (object, path) => {
    try {
      if (Array.isArray(object)) Reflect.get(object, "length")
      Reflect.has(object, "_tag")
      Object.getPrototypeOf(object)
      // The getters of functions throw by rule.
      if (typeof object === "function") return []
      return [...Reflect.ownKeys(object), ...inheritedAccessors(object)]
    } catch (error) {
      refused = { path, message: cannotRead(error) }
      return undefined
    }
  }, (object, key, path) => {
    try {
      Reflect.getOwnPropertyDescriptor(object, key)
      Reflect.has(object, key)
      return { value: Reflect.get(object, key) }
    } catch (error) {
      refused = { path, message: cannotRead(error) }
      return undefined
    }
  })
  return refused
}

/** The first place where code answers for the value: a proxy, or a getter. It may throw once, and never again. */
const firstComputed = (value: unknown): string | undefined => {
  let computed: string | undefined
  visit(value, (object, path) => {
    if (types.isProxy(object)) {
      computed = path
      return undefined
    }
    return typeof object === "function" ? [] : Reflect.ownKeys(object)
  }, (object, key, path) => {
    const found = Reflect.getOwnPropertyDescriptor(object, key)
    if (found?.get === undefined) return { value: found?.value as unknown }
    computed = path
    return undefined
  })
  return computed
}

/** The most objects that are looked at for the one that throws. */
const mostVisited = 100_000

/** Walks all objects and functions of `root`, each once, until `keysOf` or `read` answers with nothing. */
const visit = (
  root: unknown,
  keysOf: (object: object, path: string) => ReadonlyArray<string | symbol> | undefined,
  read: (object: object, key: string | symbol, path: string) => { readonly value: unknown } | undefined
): void => {
  const seen = new Set<object>()
  const open: Array<{ readonly value: unknown; readonly path: string }> = [{ value: root, path: "" }]
  for (let next = open.pop(); next !== undefined && seen.size < mostVisited; next = open.pop()) {
    const { path, value } = next
    if (!isObject(value) || seen.has(value)) continue
    seen.add(value)
    const keys = keysOf(value, path)
    if (keys === undefined) return
    for (const key of keys.slice(0, mostVisited)) {
      const inside = path === "" ? String(key) : `${path}.${String(key)}`
      const field = read(value, key, inside)
      if (field === undefined) return
      if (isObject(field.value)) open.push({ value: field.value, path: inside })
    }
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null || typeof value === "function"

/** The getters of the classes of `object`, which are read like fields of its own. */
const inheritedAccessors = (object: object): ReadonlyArray<string | symbol> => {
  const found: Array<string | symbol> = []
  let levels = 0
  for (
    let prototype: object | null = Object.getPrototypeOf(object);
    prototype !== null && prototype !== Object.prototype && levels < mostLevels;
    prototype = Object.getPrototypeOf(prototype), levels++
  ) {
    for (const key of Reflect.ownKeys(prototype)) {
      if (Reflect.getOwnPropertyDescriptor(prototype, key)?.get !== undefined) found.push(key)
    }
  }
  return found
}

/** The most values of which every issue is listed. */
export const mostListed = 20_000

/** Whether `value` holds more than `mostListed` values. Looks at no more of it than that. */
export const isLarge = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null) return false
  try {
    const open: Array<unknown> = [value]
    let count = 0
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (!isPlain(next)) continue
      // An object of many keys takes long to list its values, and not to list its keys.
      const keys = Array.isArray(next) ? undefined : Object.keys(next)
      const fields: ArrayLike<unknown> = keys ?? (next as ReadonlyArray<unknown>)
      count += fields.length
      if (count > mostListed) return true
      for (let at = 0; at < fields.length; at++) {
        const field: unknown = keys === undefined ? fields[at] : next[keys[at] as never]
        if (typeof field === "object" && field !== null) open.push(field)
      }
    }
    return false
  } catch {
    // The reader meets the same.
    return false
  }
}

/** The plain objects and lists right inside of `values`, each once. */
const below = (values: Iterable<unknown>): ReadonlySet<object> => {
  const found = new Set<object>()
  for (const value of values) {
    if (!isPlain(value)) continue
    if (Array.isArray(value)) {
      for (const item of value) if (isPlain(item)) found.add(item)
    } else {
      for (const key of Object.keys(value)) {
        const field: unknown = value[key as never]
        if (isPlain(field)) found.add(field)
      }
    }
  }
  return found
}

const isPlain = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Whether checking a value of the schema calls itself for each level. `Unknown` and `Any` look at none. */
export const mayRecur = (ast: SchemaAST.AST): boolean => some(ast, isRecursive)

/** Whether a value of the schema can have more issues than the schema has fields. */
export const mayBeLarge = (ast: SchemaAST.AST): boolean =>
  some(ast, (ast) =>
    isRecursive(ast) || SchemaAST.isArrays(ast) && ast.rest.length > 0
    || SchemaAST.isObjects(ast) && ast.indexSignatures.length > 0)

const isRecursive = (ast: SchemaAST.AST): boolean => SchemaAST.isSuspend(ast) || SchemaAST.isDeclaration(ast)

const some = (ast: SchemaAST.AST, is: (ast: SchemaAST.AST) => boolean): boolean => {
  const seen = new Set<SchemaAST.AST>()
  let found = false
  const visit = (ast: SchemaAST.AST): SchemaAST.AST => {
    if (found || seen.has(ast)) return ast
    seen.add(ast)
    if (is(ast)) found = true
    // How Effect itself walks a schema; its declarations leave the method out.
    else if ("recur" in ast && typeof ast.recur === "function") ast.recur(visit)
    return ast
  }
  visit(ast)
  return found
}
