/**
 * A tool of a climate agent: how it can fail, and how its failures name the fields of its input.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { InvalidInput } from "../agent/AgentError.ts"
import * as Tool from "../agent/Tool.ts"
import { DatabaseError } from "../database/DatabaseError.ts"
import { CalculationError, DataError, ValidationError } from "./ClimateError.ts"

/** How tools of the climate agents, and the agents without a model, can fail. @category errors */
export const ToolError = Schema.Union([ValidationError, DataError, CalculationError, DatabaseError, InvalidInput])
/** @category errors */
export type ToolError = typeof ToolError.Type

/**
 * Like `Tool.make`. Errors name the fields of the tool's input, by their paths, in place of those of the formula or the
 * look-up that refused them. An answer with a number that is not finite is a `CalculationError`.
 *
 * @category constructors
 */
export const make = <
  I extends Schema.ConstraintCodec<unknown, unknown>,
  O extends Schema.ConstraintCodec<unknown, unknown>,
  E extends ToolError,
  R
>(name: string, options: {
  readonly description: string
  readonly input: I
  readonly output: O
  readonly execute: (input: I["Type"]) => Effect.Effect<O["Type"], E, R>
}) =>
  Tool.make(name, {
    ...options,
    error: ToolError,
    execute: (input: I["Type"]): Effect.Effect<O["Type"], E | CalculationError | DataError | InvalidInput, R> =>
      options.execute(input).pipe(
        Effect.mapError((error) => inFieldsOf(input, error)),
        Effect.filterOrFail(
          (answer) => leaves(answer, "").every(([, value]) => typeof value !== "number" || Number.isFinite(value)),
          () => impossible(name, "the result is too large for a number", numbers(input))
        )
      )
  })

/** The error with the fields of the tool's input in place of those of a formula or a tool below. */
const inFieldsOf = <E extends ToolError>(input: unknown, error: E): E | CalculationError | DataError | InvalidInput => {
  switch (error._tag) {
    case "CalculationError":
      return impossible(error.calculation, error.reason, numbers(input))
    case "DataError": {
      const fields = Object.entries(error.lookedFor).map(([key, value]) => [fieldOf(input, key, value), value] as const)
      const own = fields.filter(([path]) => isField(input, path))
      return new DataError({ ...error, lookedFor: Object.fromEntries(own.length === 0 ? fields : own) })
    }
    case "InvalidInput": {
      const issues = error.issues.map((issue) => ({ ...issue, path: isField(input, issue.path) ? issue.path : "" }))
      return new InvalidInput({ agent: error.agent, issues })
    }
    default:
      return error
  }
}

/** Texts and numbers of a value by their paths. */
const leaves = (value: unknown, path: string): ReadonlyArray<readonly [path: string, value: unknown]> => {
  if (!Predicate.isObject(value) && !Array.isArray(value)) return [[path, value]]
  return Object.entries(value).flatMap(([key, part]) => leaves(part, path === "" ? key : `${path}.${key}`))
}

const numbers = (input: unknown): Readonly<Record<string, number>> =>
  Object.fromEntries(
    leaves(input, "").flatMap(([path, value]) =>
      typeof value === "number" && Number.isFinite(value) ? [[path, value]] : []
    )
  )

const isField = (input: unknown, path: string) => Predicate.isObject(input) && Object.hasOwn(input, path.split(".")[0]!)

/** Where the input has what was looked for; names are compared as tables spell them. */
const fieldOf = (input: unknown, key: string, value: unknown): string => {
  const spelt = (text: unknown) => String(text).trim().toLowerCase().replaceAll(/[\s-]+/g, "_")
  if (isField(input, key)) return key
  return leaves(input, "").find(([, leaf]) => spelt(leaf) === spelt(value))?.[0] ?? key
}

/** A `ValidationError` of one field. @category errors */
export const invalid = (path: string, message: string, expected?: string): ValidationError =>
  new ValidationError({ issues: [{ path, message, ...(expected === undefined ? {} : { expected }) }] })

/** A `CalculationError` of a tool, with the numbers at fault. @category errors */
export const impossible = (calculation: string, reason: string, inputs: Readonly<Record<string, number>>) =>
  new CalculationError({ calculation, reason, inputs })
