/**
 * A named function with schemas in front and behind, which a model, an agent or a person can call alone.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssues from "../internal/SchemaIssues.ts"
import { InvalidInput, type RunError } from "./AgentError.ts"

/**
 * `In` is what it reads (encoded), `Out` what it answers (decoded).
 *
 * @category models
 */
export interface Tool<in In, out Out, out E = never, out R = never> {
  readonly name: string
  /** What it does, in one line, for the model that chooses among tools. */
  readonly description: string
  readonly input: Schema.ConstraintCodec<unknown, unknown>
  readonly output: Schema.ConstraintCodec<Out, unknown>
  readonly error: Schema.ConstraintCodec<unknown, unknown> | undefined
  /** Decodes `input` and runs. Fails with `InvalidInput`, which lists every issue, when it does not decode. */
  readonly call: (input: In) => Effect.Effect<Out, E, R>
}

/** @category models */
export type Any = Tool<never, unknown, unknown, unknown>

/** How a tool can fail. @category utility types */
export type Failure<T> = T extends Tool<infer _In, infer _Out, infer E, infer _R> ? E : never
/** What a tool needs. @category utility types */
export type Services<T> = T extends Tool<infer _In, infer _Out, infer _E, infer R> ? R : never

/**
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Tool } from "greenlang"
 *
 * const add = Tool.make("add", {
 *   description: "Adds two numbers",
 *   input: Schema.Struct({ a: Schema.Finite, b: Schema.Finite }),
 *   output: Schema.Finite,
 *   execute: ({ a, b }) => Effect.succeed(a + b)
 * })
 *
 * await Effect.runPromise(add.call({ a: 1, b: 2 })) // => 3
 * ```
 *
 * @category constructors
 */
export const make = <
  I extends Schema.ConstraintCodec<unknown, unknown>,
  O extends Schema.ConstraintCodec<unknown, unknown>,
  E extends F["Type"] = never,
  R = never,
  F extends Schema.ConstraintCodec<unknown, unknown> = Schema.ConstraintCodec<unknown, unknown>
>(name: string, options: {
  readonly description: string
  readonly input: I
  readonly output: O
  readonly error?: F
  readonly execute: (input: I["Type"]) => Effect.Effect<O["Type"], E, R>
}): Tool<I["Encoded"], O["Type"], E | InvalidInput, R> => {
  const decode = Schema.decodeUnknownEffect(options.input, { errors: "all", onExcessProperty: "error" })
  return fromDecoder({ ...options, name, error: options.error }, (input) =>
    decode(input).pipe(
      Effect.mapError(({ issue }) =>
        new InvalidInput({ agent: name, issues: SchemaIssues.describe(options.input, issue) })
      ),
      Effect.flatMap(options.execute)
    ))
}

/** @internal A tool whose `call` checks what it is given by itself. */
export const fromDecoder = <In, Out, E, R>(
  options: Pick<Tool<In, Out>, "name" | "description" | "input" | "output" | "error">,
  call: (input: unknown) => Effect.Effect<Out, E, R>
): Tool<In, Out, E, R> => ({
  name: options.name,
  description: options.description,
  input: options.input,
  output: options.output,
  error: options.error,
  call
})

/** The schemas of what a tool, called alone, can fail with besides its own errors. @category errors */
export type CallError = InvalidInput | RunError
