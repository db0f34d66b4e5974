/**
 * Reads values of schemas that may throw, and values that throw when they are read.
 */
import * as Effect from "effect/Effect"
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as ForeignValue from "./ForeignValue.ts"

/** A schema may throw where it reads. */
export const attempt = (
  read: (value: unknown, options: SchemaAST.ParseOptions) => Effect.Effect<unknown, SchemaIssue.Issue>,
  value: unknown,
  options: SchemaAST.ParseOptions
): Effect.Effect<unknown, SchemaIssue.Issue> => {
  try {
    return read(value, options)
  } catch (defect) {
    return Effect.die(defect)
  }
}

/** A value that cannot be read is refused. Any other defect is one of the schema. */
export const readable = (
  read: Effect.Effect<unknown, unknown, unknown>,
  value: unknown,
  refuse: (message: string) => unknown
): Effect.Effect<unknown, unknown, unknown> =>
  Effect.catchDefect(read, (defect) => {
    const why = ForeignValue.unreadableBy(defect, value)
    return why === undefined ? Effect.die(defect) : Effect.fail(refuse(why))
  })
