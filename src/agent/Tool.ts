/**
 * A named function with an input schema and an output schema, which a model, an agent or a person can call alone.
 */
import * as AiTool from "effect/ai/Tool"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as JsonSchema from "effect/JsonSchema"
import { type Pipeable, Prototype } from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Deadline from "../internal/Deadline.ts"
import { InvalidInput, type RunError, TimedOut } from "./AgentError.ts"
import * as Approval from "./Approval.ts"
import * as AskApproval from "./internal/AskApproval.ts"
import * as Decoding from "./internal/Decoding.ts"
import * as Returned from "./internal/Returned.ts"
import { type FailsRun, FailsRunId, type KeepsFailRun, type MayFailRun } from "./internal/RunEnding.ts"
import * as TaggedMessage from "./internal/TaggedMessage.ts"

/**
 * `In` is what it reads (encoded), `Out` what it answers (decoded).
 *
 * @category models
 */
export interface Tool<in In, out Out, out E = never, out R = never> extends Pipeable {
  readonly name: string
  /** What it does, in one line, for the model that chooses among tools. */
  readonly description: string
  readonly input: Schema.ConstraintCodec<unknown, unknown>
  /** How models are shown what it reads, where another program says it. Else it follows from `input`. */
  readonly jsonSchema: JsonSchema.JsonSchema | undefined
  readonly output: Schema.ConstraintCodec<Out, unknown>
  readonly error: Schema.ConstraintCodec<unknown, unknown> | undefined
  readonly hints: Hints
  /** Decodes `input` and runs. Fails with `InvalidInput`, which lists every issue, when it does not decode. */
  readonly call: (input: In) => Effect.Effect<Out, E, R>
}

/**
 * What a host may show a person before it calls the tool. A hint that is absent is not known.
 *
 * @category models
 */
export interface Hints {
  readonly title?: string
  /** It changes nothing. */
  readonly readonly?: boolean
  /** It may destroy what exists. */
  readonly destructive?: boolean
  /** A second call with the same input changes nothing more. */
  readonly idempotent?: boolean
  /** It reaches systems outside of this one. */
  readonly openWorld?: boolean
}

/** @category models */
export type Any = Tool<never, unknown, unknown, unknown>

export type { FailsRun, KeepsFailRun, MayFailRun, RunFailure } from "./internal/RunEnding.ts"

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
  /** How models are shown `input`, where another program has said it. */
  readonly jsonSchema?: JsonSchema.JsonSchema
  readonly output: O
  readonly error?: F
  readonly hints?: Hints
  readonly execute: (input: I["Type"]) => Effect.Effect<O["Type"], E, R>
}): Tool<I["Encoded"], O["Type"], E | InvalidInput, R> => {
  const read = reader<I["Type"]>(name, options.input)
  return fromDecoder(
    { ...options, name, error: options.error },
    (input) => Effect.flatMap(read(input), Returned.checked(options.execute, "its `execute`", `tool \`${name}\``))
  )
}

/** Decodes what a tool is given, and lists all that is wrong with it. */
const reader = <A>(name: string, schema: Schema.ConstraintCodec<A, unknown>) => {
  const read = Decoding.make(schema, (issues) => new InvalidInput({ agent: name, issues }))
  return (input: unknown): Effect.Effect<A, InvalidInput> => read(input, "error")
}

/**
 * Asks a person, through `Approval`, before a call. `question` makes what is asked of the input, or nothing where a call
 * needs no approval.
 *
 * A person is asked only about input that can be read, without unknown keys. After a no the call fails with `NotApproved`; what stands behind
 * the tool does not run. In `Llm.withTools` the model gets the reason.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Approval, Tool } from "greenlang"
 *
 * const order = Tool.make("order", {
 *   description: "Orders certificates for so many kWh",
 *   input: Schema.Struct({ kWh: Schema.Finite }),
 *   output: Schema.String,
 *   execute: ({ kWh }) => Effect.succeed(`ordered ${kWh} kWh`)
 * })
 * const careful = Tool.approval(order, ({ kWh }) => kWh > 1000 ? `Order ${kWh} kWh?` : undefined)
 *
 * const no = { approved: false, by: "Ada", comment: "too much" }
 * const call = (kWh: number) =>
 *   careful.call({ kWh }).pipe(
 *     Effect.catchTag("NotApproved", ({ message }) => Effect.succeed(message)),
 *     Effect.provideService(Approval, { ask: () => Effect.succeed(no) })
 *   )
 *
 * await Effect.runPromise(call(10)) // => "ordered 10 kWh"
 * await Effect.runPromise(call(5000)) // => "order was not approved by Ada: too much"
 * ```
 *
 * @category combinators
 */
export const approval: {
  <In>(
    question: (input: In) => string | undefined
  ): <Out, E, R, F = never>(
    self: Tool<In, Out, E, R> & MayFailRun<F>
  ) => Tool<In, Out, E | InvalidInput | Approval.NotApproved, R | Approval.Approval> & KeepsFailRun<F>
  <In, Out, E, R, F = never>(
    self: Tool<In, Out, E, R> & MayFailRun<F>,
    question: (input: In) => string | undefined
  ): Tool<In, Out, E | InvalidInput | Approval.NotApproved, R | Approval.Approval> & KeepsFailRun<F>
} = dual(2, <In, Out, E, R>(
  self: Tool<In, Out, E, R>,
  question: (input: In) => string | undefined
): Tool<In, Out, E | InvalidInput | Approval.NotApproved, R | Approval.Approval> => {
  const read = reader(self.name, self.input)
  return around(self, (own) =>
    Effect.fnUntraced(function*(input: unknown) {
      yield* read(input)
      // It can be read, so it is what `self` reads.
      const checked = input as In
      const text = question(checked)
      if (text !== undefined) yield* Effect.mapError(AskApproval.ask(self.name, text), own)
      return yield* self.call(checked)
    }))
})

/**
 * Ends a call after `limit`: what runs is interrupted, and the call fails with `TimedOut` once that has released what it
 * held. In `Llm.withTools` the model gets the failure.
 *
 * @category combinators
 */
export const timeout: {
  (limit: Duration.Input): <In, Out, E, R, F = never>(
    self: Tool<In, Out, E, R> & MayFailRun<F>
  ) => Tool<In, Out, E | TimedOut, R> & KeepsFailRun<F>
  <In, Out, E, R, F = never>(
    self: Tool<In, Out, E, R> & MayFailRun<F>,
    limit: Duration.Input
  ): Tool<In, Out, E | TimedOut, R> & KeepsFailRun<F>
} = dual(2, <In, Out, E, R>(self: Tool<In, Out, E, R>, limit: Duration.Input): Tool<In, Out, E | TimedOut, R> => {
  const allowed = Duration.fromInputUnsafe(limit)
  return around(self, (own) => (input) =>
    Deadline.within(
      // It is checked there.
      self.call(input as In),
      allowed,
      (elapsed) => own(new TimedOut({ agent: self.name, phase: "execute", limit: allowed, elapsed }))
    ))
})

/**
 * `self`, called another way. It stays all else that it is: how models are shown it, and which of its failures end the run.
 * Those that `call` makes by itself, and marks as its `own`, go back to the model.
 */
const around = <In, Out, E, R, Out2, E2, R2>(
  self: Tool<In, Out, E, R>,
  call: (own: <OwnError extends object>(error: OwnError) => OwnError) => (input: unknown) => Effect.Effect<Out2, E2, R2>
): Tool<In, Out2, E2, R2> => {
  const marked = new WeakSet<object>()
  const { [FailsRunId]: inner } = self as Partial<FailsRun<unknown>>
  return Object.assign(
    Object.create(Prototype),
    self,
    {
      call: call((error) => {
        marked.add(error)
        return error
      })
    },
    inner === undefined
      ? undefined
      : { [FailsRunId]: { ends: (error: unknown) => !marked.has(error as object) && inner.ends(error) } }
  )
}

/**
 * Lets failures of these tags end the run that calls the tool, with their own errors, in place of going back to the model.
 * Without tags all of them do, except invalid input, which is the model's mistake, and a person's no. What ended the run before
 * still does. `Tool.timeout` and `Tool.approval` around it keep that, and add failures that go back to the model.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { LlmAgent, Tool } from "greenlang"
 * import { Reply, ScriptedLlm } from "greenlang/testing"
 *
 * class ErpDown extends Schema.TaggedError<ErpDown>()("ErpDown", {}) {}
 * const stock = Tool.make("stock", {
 *   description: "How many there are",
 *   input: Schema.Struct({ part: Schema.String }),
 *   output: Schema.Finite,
 *   error: ErpDown,
 *   execute: () => Effect.fail(new ErpDown())
 * })
 * const Stock = LlmAgent.make("Stock", {
 *   version: "1.0.0",
 *   input: Schema.String,
 *   instructions: "Look it up.",
 *   tools: [Tool.failRun(stock, "ErpDown")]
 * })
 *
 * const run = Stock.run("bolts?").pipe(Effect.provide(ScriptedLlm.layer(Reply.call("stock", { part: "bolt" }))))
 * const error = await Effect.runPromise(Effect.flip(run))
 * error._tag // => "ErpDown"
 * ```
 *
 * @category combinators
 */
export const failRun: {
  <In, Out, E, R, F = never>(
    self: Tool<In, Out, E, R> & MayFailRun<F>
  ): Tool<In, Out, E, R> & FailsRun<F | Exclude<E, InvalidInput | Approval.NotApproved>>
  <In, Out, E, R, const Tag extends Extract<E, { readonly _tag: string }>["_tag"], F = never>(
    self: Tool<In, Out, E, R> & MayFailRun<F>,
    ...tags: ReadonlyArray<Tag>
  ): Tool<In, Out, E, R> & FailsRun<F | Extract<E, { readonly _tag: Tag }>>
} = <In, Out, E, R>(self: Tool<In, Out, E, R>, ...tags: ReadonlyArray<string>) => {
  const ends = (error: unknown) =>
    tags.length === 0
      ? !(error instanceof InvalidInput || error instanceof Approval.NotApproved)
      : Predicate.hasProperty(error, "_tag") && tags.includes(String(error._tag))
  return Object.assign(around(self, () => (input) => self.call(input as In)), {
    [FailsRunId]: { ends: (error: unknown) => endsRun(self, error) || ends(error) }
  })
}

/** @internal Whether a failure of the tool ends the run that calls it. */
export const endsRun = (tool: Any, error: unknown): boolean =>
  (tool as Partial<FailsRun<unknown>>)[FailsRunId]?.ends(error) ?? false

/** How a tool of ours fails as a tool of `effect/ai`: with the tag and the message of its error. @category errors */
export const AiFailure = Schema.Struct({ _tag: Schema.String, message: Schema.String })

/** A tool of ours as one of `effect/ai`, whose failures go back to the model. @category utility types */
export type ToAiTool<Name extends string, T> = T extends Tool<infer In, infer Out, infer _E, infer R> ?
  AiTool.Tool<Name, {
    readonly parameters: Schema.Codec<unknown, In>
    readonly success: Schema.Codec<Out, unknown>
    readonly failure: typeof AiFailure
    readonly failureMode: "return"
  }, R>
  : never

/**
 * The tool as one of `effect/ai`, for a toolkit of your own, with its hints. Its handler is `Tool.toAiHandler`.
 * `Agent.toToolkit` makes a whole toolkit, with the layer of its handlers.
 *
 * @category converting
 */
export const toAiTool = <T extends Any, const Name extends string>(self: T, name: Name): ToAiTool<Name, T> => {
  const { description, hints: { destructive, idempotent, openWorld, readonly, title }, input, output } = self
  const made = AiTool.make(name, {
    description,
    // a tool shows the narrow view of its schemas; what stands behind them are whole ones
    parameters: input as Schema.Codec<unknown>,
    success: output as Schema.Codec<unknown>,
    failure: AiFailure,
    failureMode: "return"
  })
  const titled = title === undefined ? made : made.annotate(AiTool.Title, title)
  const hints = [
    [AiTool.Readonly, readonly],
    [AiTool.Destructive, destructive],
    [AiTool.Idempotent, idempotent],
    [AiTool.OpenWorld, openWorld]
  ] as const
  // the type above says what was declared
  return hints.reduce((tool, [key, value]) => value === undefined ? tool : tool.annotate(key, value), titled) as never
}

/**
 * What runs behind `toAiTool`: approval, limits and checks of the tool hold as they do in `Llm.withTools`.
 *
 * @category converting
 */
export const toAiHandler = <In, Out, E, R>(self: Tool<In, Out, E, R>) => {
  const encode = Schema.encodeUnknownEffect(self.input)
  return (params: unknown): Effect.Effect<Out, typeof AiFailure.Type, R> =>
    Effect.orDie(encode(params)).pipe(
      // what `effect/ai` has read is written again, since the tool reads it itself
      Effect.flatMap((input) => self.call(input as In)),
      Effect.mapError(TaggedMessage.of)
    )
}

/** @internal A tool whose `call` checks what it is given by itself. */
export const fromDecoder = <In, Out, E, R>(
  options:
    & Pick<Tool<In, Out>, "name" | "description" | "input" | "output" | "error">
    & Partial<Pick<Tool<In, Out>, "jsonSchema" | "hints">>,
  call: (input: unknown) => Effect.Effect<Out, E, R>
): Tool<In, Out, E, R> =>
  Object.assign(Object.create(Prototype), {
    name: options.name,
    description: options.description,
    input: options.input,
    jsonSchema: options.jsonSchema,
    output: options.output,
    error: options.error,
    hints: options.hints ?? {},
    call
  })

/** The schemas of what a tool, called alone, can fail with besides its own errors. @category errors */
export type CallError = InvalidInput | RunError
