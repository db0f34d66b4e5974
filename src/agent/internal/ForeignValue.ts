/**
 * What comes from outside may be nested without end, contain itself, or throw when it is read. Values enter agents through
 * one bound, so that code behind it may call itself for each level.
 */
import * as SchemaAST from "effect/SchemaAST"

/** The most levels of objects and lists in the input and in the output of an agent. */
export const mostLevels = 500

/** Why no agent takes `value`, `undefined` if one does. Walks plain objects and lists, level by level. */
export const refusal = (value: unknown): string | undefined => {
  try {
    let level = below([value])
    for (let depth = 0; level.size > 0; depth++) {
      if (depth === mostLevels) return `is nested more than ${mostLevels} levels deep, or contains itself`
      level = below(level)
    }
    return undefined
  } catch (error) {
    return unreadable(error)
  }
}

/** Why `value` cannot be read at all, `undefined` if it can: it throws, or is too deep for the one that met `defect`. */
export const unreadableBy = (defect: unknown, value: unknown): string | undefined =>
  refusal(value) ?? (defect instanceof RangeError && /call stack/.test(defect.message) ? tooDeep : undefined)

const tooDeep = "is nested too deep to be read"

const unreadable = (error: unknown): string => {
  const why = error instanceof Error ? error.message : String(error)
  return `cannot be read: ${why}`
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
