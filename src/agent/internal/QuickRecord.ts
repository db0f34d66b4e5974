/**
 * Reads records of numbers, texts or flags by any key in one walk: less than half of the time that a look at all keys and
 * their schema take. An object of many keys takes long to list them.
 *
 * It reads what the schema reads, to an equal record. Whatever else there is, it leaves to the schema, which says what is wrong.
 */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { types } from "node:util"
import * as SafeJson from "../../internal/SafeJson.ts"
import * as SecretName from "../../internal/SecretName.ts"

/** Answers with `undefined` where the schema has to look. It may throw as `value` does. */
type ReadRecord = (value: unknown, search?: SafeJson.SecretSearch) => unknown

/** `undefined` for any other schema. */
export const make = (ast: SchemaAST.AST): ReadRecord | undefined => {
  if (!SchemaAST.isObjects(ast) || !isBare(ast) || ast.encodingChecks !== undefined) return undefined
  const [index] = ast.indexSignatures
  if (index === undefined || ast.indexSignatures.length > 1 || ast.propertySignatures.length > 0) return undefined
  if (!SchemaAST.isString(index.parameter) || !isBare(index.parameter)) return undefined
  const is = checkOf(index.type)
  return is && ((value, search) => read(value, is, search))
}

const read = (value: unknown, is: (value: unknown) => boolean, search: SafeJson.SecretSearch | undefined): unknown => {
  if (typeof value !== "object" || value === null || types.isProxy(value) || !SafeJson.isPlain(value)) return undefined
  const keys = Object.keys(value)
  if (keys.length > SafeJson.mostValues || Object.getOwnPropertySymbols(value).length > 0) return undefined
  const record: Record<string, unknown> = {}
  let mayHold = search === undefined
  for (const key of keys) {
    const field = (value as Readonly<Record<string, unknown>>)[key]
    if (!is(field) || key === "__proto__") return undefined
    if (!mayHold && typeof field === "string") mayHold = SecretName.isTelling(key, field)
    record[key] = field
  }
  if (search !== undefined) search.mayHold = mayHold
  return record
}

const isBare = ({ checks, encoding }: SchemaAST.AST): boolean => checks === undefined && encoding === undefined

const checkOf = (ast: SchemaAST.AST): ((value: unknown) => boolean) | undefined => {
  if (SchemaAST.isNumber(ast) && ast.encoding === undefined && isFinite(ast)) return Number.isFinite
  if (!isBare(ast)) return undefined
  if (SchemaAST.isString(ast)) return (value) => typeof value === "string"
  if (SchemaAST.isNumber(ast)) return (value) => typeof value === "number"
  return SchemaAST.isBoolean(ast) ? (value) => typeof value === "boolean" : undefined
}

const isFinite = ({ checks }: SchemaAST.AST): boolean => checks?.length === 1 && checks[0] === finite

const finite = Schema.Finite.ast.checks?.[0]
