/**
 * Values from outside: they may be nested without end, contain themselves, hold a million values, or throw when they are
 * read. `Decoding` is the door that they pass; this module says which of them it refuses, and why.
 */
import * as SchemaAST from "effect/SchemaAST"
import { types } from "node:util"
import * as SafeJson from "../../internal/SafeJson.ts"
import * as TaggedMessage from "./TaggedMessage.ts"

/** The most levels of objects and lists in the input and in the output of an agent. */
export const mostLevels = 500

/** Where a value is refused, and why. `path` is like `fuels.0.amount`, empty for the whole value. */
export interface Refusal {
  readonly path: string
  readonly message: string
}

/** What the look at a value found. */
export interface Look {
  /** Why no agent takes the value, `undefined` if one does. */
  readonly refused: Refusal | undefined
  /** Whether it holds more than `mostListed` values. */
  readonly isLarge: boolean
}

/** Looks at the plain objects and lists of `value`, level by level. What stands in several places counts in each. */
export const look = (value: unknown): Look => {
  if (typeof value !== "object" || value === null) return small
  try {
    let level: ReadonlyArray<object> = isPlain(value) ? [value] : []
    let count = 0
    let boxes = 0
    for (let depth = 0; level.length > 0; depth++) {
      if (depth === mostLevels) return refuse(`is nested more than ${mostLevels} levels deep, or contains itself`)
      const below: Array<object> = []
      for (const one of level) {
        // An object of many keys takes long to list its values, and not to list its keys.
        const keys = Array.isArray(one) ? undefined : Object.keys(one)
        const length = keys === undefined ? (one as ReadonlyArray<unknown>).length : keys.length
        count += length
        if (count > SafeJson.mostValues) {
          return refuse(`holds more than ${SafeJson.mostValues} values, or contains itself`)
        }
        for (let at = 0; at < length; at++) {
          const field: unknown = one[(keys === undefined ? at : keys[at]) as never]
          if (isPlain(field)) below.push(field)
        }
      }
      boxes += below.length
      if (boxes > SafeJson.mostBoxes) {
        return refuse(tooMany)
      }
      level = below
    }
    return count > mostListed ? large : small
  } catch (error) {
    return { refused: unreadable(value) ?? { path: "", message: cannotRead(error) }, isLarge: false }
  }
}

/** Why a value of more lists and objects is refused. */
export const tooMany = `holds more than ${SafeJson.mostBoxes} lists and objects, or contains itself`

const small: Look = { refused: undefined, isLarge: false }
const large: Look = { refused: undefined, isLarge: true }
const refuse = (message: string): Look => ({ refused: { path: "", message }, isLarge: false })

/** Why `value` could not be read by what met `defect`, `undefined` if it can be read: then something else is at fault. */
export const refusalOf = (defect: unknown, value: unknown): Refusal | undefined => {
  const refused = look(value).refused ?? unreadable(value)
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

const isPlain = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Whether an object of the schema may have a key that is not known. */
export const mayExceed = (ast: SchemaAST.AST): boolean =>
  some(
    ast,
    (ast) => isEncoded(ast) || isRecursive(ast) && !isJson(ast) || SchemaAST.isObjects(ast) && !takesAnyKey(ast)
  )

const isEncoded = ({ encoding }: SchemaAST.AST): boolean => encoding !== undefined

const takesAnyKey = ({ indexSignatures }: SchemaAST.Objects): boolean =>
  indexSignatures.some(({ parameter }) =>
    SchemaAST.isString(parameter) && parameter.checks === undefined && !isEncoded(parameter)
  )

/** Whether it is `Schema.Json` itself. */
export const isJson = (ast: SchemaAST.AST): boolean => {
  const declared = SchemaAST.isDeclaration(ast) ? ast.annotations?.representation : undefined
  return typeof declared === "object" && declared !== null && "id" in declared && declared.id === "effect/schema/Json"
}

/** Whether `Schema.Json` is somewhere in the schema. */
export const holdsJson = (ast: SchemaAST.AST): boolean => some(ast, isJson)

/** Whether a value of the schema can have more issues than the schema has fields. */
export const mayBeLarge = (ast: SchemaAST.AST): boolean =>
  some(ast, (ast) =>
    isRecursive(ast) || SchemaAST.isArrays(ast) && ast.rest.length > 0
    || SchemaAST.isObjects(ast) && ast.indexSignatures.length > 0)

/** Whether checking a value of the schema calls itself for each level. `Unknown` and `Any` look at none. */
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
