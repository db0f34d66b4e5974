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
 * Like `Tool.make`. A `CalculationError` names the numbers of the tool's input, by their paths, in place of those of the
 * formula that refused them.
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
    execute: (input: I["Type"]): Effect.Effect<O["Type"], E | CalculationError, R> =>
      Effect.mapError(options.execute(input), (error) =>
        error instanceof CalculationError ? inFieldsOf(input, error) : error)
  })

const inFieldsOf = (input: unknown, { calculation, reason }: CalculationError) =>
  new CalculationError({ calculation, reason, inputs: Object.fromEntries(numbers(input, "")) })

const numbers = (value: unknown, path: string): ReadonlyArray<readonly [string, number]> => {
  if (Predicate.isNumber(value)) return Number.isFinite(value) ? [[path, value]] : []
  if (!Predicate.isObject(value) && !Array.isArray(value)) return []
  return Object.entries(value).flatMap(([key, part]) => numbers(part, path === "" ? key : `${path}.${key}`))
}

/** A `ValidationError` of one field. @category errors */
export const invalid = (path: string, message: string, expected?: string): ValidationError =>
  new ValidationError({ issues: [{ path, message, ...(expected === undefined ? {} : { expected }) }] })

/** A `CalculationError` of a tool, with the numbers at fault. @category errors */
export const impossible = (calculation: string, reason: string, inputs: Readonly<Record<string, number>>) =>
  new CalculationError({ calculation, reason, inputs })
