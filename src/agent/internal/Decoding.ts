/**
 * The one door for values from outside: reads them by a schema, which may throw, out of objects that may throw.
 *
 * 1. What cannot be read is refused, with its place. Any other defect is one of the schema.
 * 2. Every issue is listed, unless the value is so large that a list would cost more than the run: then the first one.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as SafeJson from "../../internal/SafeJson.ts"
import * as Issue from "../Issue.ts"
import * as ForeignValue from "./ForeignValue.ts"
import * as QuickRecord from "./QuickRecord.ts"

/**
 * Reads one value. Answers with an `Exit` where the schema answers at once. Default of `onExcessProperty`: "ignore". `search` is
 * whether what was read may hold secrets, where one look finds that out, too.
 */
export type Read<A, E, R> = (
  value: unknown,
  onExcessProperty?: "error" | "ignore",
  search?: SafeJson.SecretSearch
) => Effect.Effect<A, E, R>

/** Reads values of `schema`. `refuse` makes the failure out of the issues. */
export const make = <A, R, E>(
  schema: Schema.ConstraintCodec<A, unknown, R, unknown>,
  refuse: (issues: ReadonlyArray<Issue.Issue>) => E
): Read<A, E, R> => {
  const decode = SchemaParser.decodeUnknownEffect(withQuickJson(schema))
  const mayBeLarge = lazily(() => ForeignValue.mayBeLarge(schema.ast))
  const mayExceed = lazily(() => ForeignValue.mayExceed(schema.ast))
  // One look finds out whether any JSON is neither too large nor too deep, and JSON.
  const takesJson = ForeignValue.isJson(schema.ast) && schema.ast.checks === undefined
  const readRecord = QuickRecord.make(schema.ast)

  /** Nothing where `value` throws, or is refused: then a slower look says where. */
  const quickly = (value: unknown, search: SafeJson.SecretSearch | undefined): unknown => {
    try {
      return takesJson && SafeJson.isJson(value, ForeignValue.mostLevels, search) ? value : readRecord?.(value, search)
    } catch {
      return undefined
    }
  }

  const read = (value: unknown, options: SchemaAST.ParseOptions): Effect.Effect<A, SchemaIssue.Issue, R> => {
    try {
      return decode(value, options)
    } catch (defect) {
      return Effect.die(defect)
    }
  }

  return (value, onExcessProperty, search) => {
    const quick = takesJson || readRecord !== undefined ? quickly(value, search) : undefined
    if (quick !== undefined) return Exit.succeed(quick as A)
    const isStrict = onExcessProperty === "error" && mayExceed()
    const { isLarge, refused } = mayBeLarge() || isStrict ? ForeignValue.look(value) : unseen
    if (refused !== undefined) return Effect.fail(refuse([refused]))
    const decoded = read(value, isLarge ? isStrict ? strictlyFirst : firstIssue : isStrict ? strictly : everyIssue)
    if (succeeded(decoded)) return decoded
    const described = Effect.mapError(decoded, (issue) => {
      const issues = Issue.describe(schema, issue)
      return refuse(isLarge ? [...issues, unlisted] : issues)
    })
    return Effect.catchDefect(described, (defect) => {
      const refused = ForeignValue.refusalOf(defect, value)
      return refused === undefined ? Effect.die(defect) : Effect.fail(refuse([refused]))
    })
  }
}

/** A synchronous schema has its answer at once: no need to hand it to the run loop. */
export const succeeded = <A, E, R>(effect: Effect.Effect<A, E, R>): effect is Exit.Success<A, never> =>
  Exit.isExit(effect) && Exit.isSuccess(effect)

const unseen: ForeignValue.Look = { refused: undefined, isLarge: false }

/** The same schema, whose `Schema.Json` reads plain JSON in a tenth of the time. */
const withQuickJson = <A, R>(
  schema: Schema.ConstraintCodec<A, unknown, R, unknown>
): Schema.ConstraintCodec<A, unknown, R, unknown> =>
  // a schema that transforms may not be taken apart
  SchemaAST.toType(schema.ast) === schema.ast && ForeignValue.holdsJson(schema.ast)
    ? Schema.make(quick(schema.ast))
    : schema

const quick = (ast: SchemaAST.AST): SchemaAST.AST => {
  if (ForeignValue.isJson(ast) && ast.checks === undefined) {
    return SchemaAST.isOptional(ast) ? Schema.optionalKey(QuickJson).ast : QuickJson.ast
  }
  // how Effect itself walks a schema; its declarations leave the method out
  return "recur" in ast && typeof ast.recur === "function" ? ast.recur(quick) : ast
}

const isJson = Schema.is(Schema.Json)

/** Takes what `Schema.Json` takes. */
const QuickJson = Schema.declare(
  (value): value is Schema.Json => SafeJson.isJson(value) || isJson(value),
  { expected: "JSON value" }
)

const everyIssue = { errors: "all" } as const
const strictly = { errors: "all", onExcessProperty: "error" } as const
const firstIssue = { errors: "first" } as const
const strictlyFirst = { errors: "first", onExcessProperty: "error" } as const

const unlisted: Issue.Issue = {
  path: "",
  message: `holds more than ${ForeignValue.mostListed} values, so only its first issue is listed`
}

const lazily = (compute: () => boolean): () => boolean => {
  let known: boolean | undefined
  return () => known ??= compute()
}
