/**
 * A named Effect program with schemas in front and behind.
 *
 * `In` is what it reads (encoded), `Out` what it answers (decoded), `E` how it can fail, `R` which services it needs.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Inspectable from "effect/Inspectable"
import { type Pipeable, Prototype } from "effect/Pipeable"
import type * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { InvalidInput, type RunError } from "./AgentError.ts"
import type { AgentResult, Outcome } from "./AgentResult.ts"
import { type Hook, type HookName, names as hookNames, UnknownHook } from "./Hook.ts"
import * as Lifecycle from "./internal/Lifecycle.ts"
import * as TimeLimits from "./internal/TimeLimits.ts"
import type { Limits, RunOptions, Settings } from "./RunOptions.ts"
import type { Stats } from "./Stats.ts"
import * as Tool from "./Tool.ts"

export type { AgentResult, Outcome } from "./AgentResult.ts"
export { Defaults, type Limits, type RunOptions, type Settings } from "./RunOptions.ts"

/** The key under which an agent keeps what it is made of. @category models */
export const TypeId: unique symbol = Symbol.for("greenlang/agent/Agent")

/** A schema that needs no service to read or write. @category models */
export type AnySchema = Schema.ConstraintCodec<unknown, unknown>

/**
 * The schemas of an agent. `error` is `undefined` where the agent states no schema of its failures.
 *
 * @category models
 */
export interface Schemas<
  out Out = unknown,
  out I extends AnySchema = AnySchema,
  out O extends Schema.ConstraintCodec<Out, unknown> = Schema.ConstraintCodec<Out, unknown>,
  out F extends AnySchema | undefined = AnySchema | undefined
> {
  readonly input: I
  readonly output: O
  readonly error: F
}

/**
 * `S` has the exact types of the schemas, which then serve elsewhere too, such as in an HTTP endpoint.
 *
 * Every `run` is an execution of its own: with an id, a clock reading, citations and usage, whatever else runs.
 *
 * @category models
 */
export interface Agent<in In, out Out, out E = never, out R = never, out S extends Schemas<Out> = Schemas<Out>>
  extends Pipeable
{
  readonly [TypeId]: Lifecycle.Lifecycle
  /** `lifted` for blocking code that runs on threads of its own. */
  readonly mode: "effect" | "lifted"
  readonly name: string
  readonly version: string
  readonly description: string
  readonly input: S["input"]
  readonly output: S["output"]
  /** The schema of `E`, when the agent stated one. */
  readonly error: S["error"]
  /** What the agent's program, or a model on its behalf, can call. */
  readonly tools: ReadonlyArray<Tool.Any>
  /** What came of the runs so far. */
  readonly stats: Effect.Effect<Stats>
  readonly run: (input: In, options?: RunOptions) => Effect.Effect<AgentResult<Out>, E | RunError, R>
}

/** @category models */
export type Any = Agent<never, unknown, unknown, unknown>

/** What `A` reads. @category utility types */
export type Input<A> = A extends Agent<infer In, infer _Out, infer _E, infer _R> ? In : never
/** What `A` answers. @category utility types */
export type Output<A> = A extends Agent<infer _In, infer Out, infer _E, infer _R> ? Out : never
/** How `A` can fail, besides `RunError`. @category utility types */
export type Failure<A> = A extends Agent<infer _In, infer _Out, infer E, infer _R> ? E : never
/** What `A` needs. @category utility types */
export type Services<A> = A extends Agent<infer _In, infer _Out, infer _E, infer R> ? R : never

/**
 * Makes an agent from its schemas and a program.
 *
 * A run validates, executes and finalizes: it decodes the input and gives it to `validate`, whose answer `execute` sees;
 * then `finalize` may look at the answer once more, and what leaves is checked against `output`. Each phase is a span
 * (`Double.execute`) where a tracer was provided.
 *
 * `run` fails with what the three can fail with, and with `InvalidInput` (which lists every issue), `InvalidOutput` or
 * `TimedOut`. A timeout interrupts the work and waits until it has released what it held. Interruption stays
 * interruption, and a defect a defect.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent } from "greenlang"
 *
 * const Double = Agent.make("Double", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (n) => Effect.succeed(n * 2)
 * })
 *
 * const { value } = await Effect.runPromise(Double.run(21))
 * value // => 42
 * ```
 *
 * @category constructors
 */
export const make = <
  I extends AnySchema,
  O extends AnySchema,
  E extends F["Type"] = never,
  R = never,
  E2 extends F["Type"] = never,
  R2 = never,
  E3 extends F["Type"] = never,
  R3 = never,
  F extends AnySchema = AnySchema
>(
  name: string,
  options: {
    readonly version: string
    /** One line for people and models that choose among agents. */
    readonly description?: string
    readonly input: I
    readonly output: O
    /** The schema of the typed failures, so that they can be journaled and sent. Must cover them all. */
    readonly error?: F
    /** Rules that a schema cannot say. `execute` sees what it answers. */
    readonly validate?: (input: I["Type"]) => Effect.Effect<I["Type"], E2, R2>
    readonly execute: (input: I["Type"]) => Effect.Effect<O["Type"], E, R>
    /** A last look at the result. What it answers is the value of the run. */
    readonly finalize?: (result: AgentResult<O["Type"]>) => Effect.Effect<O["Type"], E3, R3>
    readonly tools?: ReadonlyArray<Tool.Any>
  } & Partial<Settings>
): Agent<
  I["Encoded"],
  O["Type"],
  E | E2 | E3,
  R | R2 | R3,
  Schemas<O["Type"], I, O, AnySchema extends F ? F | undefined : F>
> => fromDefinition({ ...options, name })

/**
 * @category guards
 */
export const isAgent = (u: unknown): u is Any => typeof u === "object" && u !== null && TypeId in u

/**
 * How an agent is called: as an Effect (`lifted` is one, too), through promises, without ever waiting, or blocking.
 *
 * @category models
 */
export const Mode = Schema.Literals(["effect", "lifted", "promise", "pure-sync", "blocking"])
/** @category models */
export type Mode = typeof Mode.Type

/**
 * The mode of an agent on either side of a boundary; `undefined` for what is none.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, PureSyncAgent } from "greenlang"
 *
 * const Double = Agent.make("Double", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (n) => Effect.succeed(n * 2)
 * })
 *
 * Agent.mode(Double) // => "effect"
 * Agent.mode(PureSyncAgent.open(Double)) // => "pure-sync"
 * Agent.mode({}) // => undefined
 * ```
 *
 * @category guards
 */
export const mode = (u: unknown): Mode | undefined =>
  typeof u === "object" && u !== null && "mode" in u && Schema.is(Mode)(u.mode) ? u.mode : undefined

/**
 * Answers with `f(value)`, of the schema `output`.
 *
 * @category mapping
 */
export const map: {
  <A, O extends AnySchema>(
    output: O,
    f: (value: A) => O["Type"]
  ): <In, E, R>(self: Agent<In, A, E, R>) => Agent<In, O["Type"], E, R>
  <In, A, E, R, O extends AnySchema>(
    self: Agent<In, A, E, R>,
    output: O,
    f: (value: A) => O["Type"]
  ): Agent<In, O["Type"], E, R>
} = dual(3, <In, A, E, R, O extends AnySchema>(
  self: Agent<In, A, E, R>,
  output: O,
  f: (value: A) => O["Type"]
): Agent<In, O["Type"], E, R> =>
  derive(self, { output, checked: false }, (input: In, options) => Effect.map(valueOf(self, input, options), f)))

/**
 * Reads another input, of the schema `input`, from which `f` makes what `self` reads.
 *
 * @category mapping
 */
export const mapInput: {
  <I extends AnySchema, In>(
    input: I,
    f: (input: I["Type"]) => In
  ): <Out, E, R>(self: Agent<In, Out, E, R>) => Agent<I["Encoded"], Out, E, R>
  <In, Out, E, R, I extends AnySchema>(
    self: Agent<In, Out, E, R>,
    input: I,
    f: (input: I["Type"]) => In
  ): Agent<I["Encoded"], Out, E, R>
} = dual(3, <In, Out, E, R, I extends AnySchema>(
  self: Agent<In, Out, E, R>,
  input: I,
  f: (input: I["Type"]) => In
): Agent<I["Encoded"], Out, E, R> =>
  derive(self, { input, validation: "on" }, (read: I["Type"]) => valueOf(self, f(read))))

/**
 * Runs the agent again for as long as `schedule` says, on its own errors and on timeouts. Its last failure is the
 * agent's. What the failed attempts cited and used is part of the run.
 *
 * @category failure policies
 */
export const retry: {
  <E, X, E2, R2>(
    schedule: Schedule.Schedule<X, NoInfer<E> | RunError, E2, R2>
  ): <In, Out, R>(self: Agent<In, Out, E, R>) => Agent<In, Out, E | E2, R | R2>
  <In, Out, E, R, X, E2, R2>(
    self: Agent<In, Out, E, R>,
    schedule: Schedule.Schedule<X, NoInfer<E> | RunError, E2, R2>
  ): Agent<In, Out, E | E2, R | R2>
} = dual(2, <In, Out, E, R, X, E2, R2>(
  self: Agent<In, Out, E, R>,
  schedule: Schedule.Schedule<X, NoInfer<E> | RunError, E2, R2>
): Agent<In, Out, E | E2, R | R2> =>
  derive(
    self,
    {},
    (input: In, options) =>
      Effect.retry(valueOf(self, input, options), { schedule, while: (error) => !isRefusal(self, error) })
  ))

/**
 * Runs `that` on the same input when `self` fails with an error of its own, an output that breaks its schema, or a
 * timeout. An input that `self` cannot read stays the caller's mistake.
 *
 * @category failure policies
 */
export const orElse: {
  <In, Out2, E2, R2>(
    that: Agent<In, Out2, E2, R2>
  ): <Out, E, R>(self: Agent<In, Out, E, R>) => Agent<In, Out | Out2, E2, R | R2>
  <In, Out, E, R, Out2, E2, R2>(
    self: Agent<In, Out, E, R>,
    that: Agent<In, Out2, E2, R2>
  ): Agent<In, Out | Out2, E2, R | R2>
} = dual(2, <In, Out, E, R, Out2, E2, R2>(
  self: Agent<In, Out, E, R>,
  that: Agent<In, Out2, E2, R2>
): Agent<In, Out | Out2, E2, R | R2> =>
  derive(
    self,
    { output: Schema.Union([self.output, that.output]), error: that.error },
    (input: In, options) =>
      Effect.matchEffect(valueOf(self, input, options), {
        onSuccess: (value): Effect.Effect<Out | Out2, E2 | RunError, R2> => Effect.succeed(value),
        onFailure: (error) => isRefusal(self, error) ? Effect.fail(error) : valueOf(that, input, options)
      })
  ))

/**
 * Sets the limits of the agent's runs. A bare duration limits the run as a whole. The answer is an agent of its own,
 * which counts its own runs.
 *
 * @category combinators
 */
export const timeout: {
  (timeout: Duration.Input | Limits): <In, Out, E, R>(self: Agent<In, Out, E, R>) => Agent<In, Out, E, R>
  <In, Out, E, R>(self: Agent<In, Out, E, R>, timeout: Duration.Input | Limits): Agent<In, Out, E, R>
} = dual(
  2,
  <In, Out, E, R>(self: Agent<In, Out, E, R>, timeout: Duration.Input | Limits): Agent<In, Out, E, R> =>
    fromDefinition({
      ...self[TypeId].definition,
      timeout: TimeLimits.combine(self[TypeId].definition.timeout, timeout)
    })
)

/**
 * Calls `hook` at one moment of every run, after the hooks that the agent has there already. A hook is an observer: what
 * it fails or dies with is logged, and the run goes on. `beforeAcquire` can need no service, since none is there yet.
 *
 * The answer is an agent of its own, which counts its own runs. Throws `UnknownHook` at callers who are not type-checked.
 *
 * @category combinators
 */
export const hook: {
  (
    name: "beforeAcquire",
    hook: Hook
  ): <In, Out, E, R>(self: Agent<In, Out, E, R>) => Agent<In, Out, E, R>
  <R2 = never>(
    name: Exclude<HookName, "beforeAcquire">,
    hook: Hook<R2>
  ): <In, Out, E, R>(self: Agent<In, Out, E, R>) => Agent<In, Out, E, R | R2>
  <In, Out, E, R>(self: Agent<In, Out, E, R>, name: "beforeAcquire", hook: Hook): Agent<In, Out, E, R>
  <In, Out, E, R, R2 = never>(
    self: Agent<In, Out, E, R>,
    name: Exclude<HookName, "beforeAcquire">,
    hook: Hook<R2>
  ): Agent<In, Out, E, R | R2>
} = dual(3, <In, Out, E, R, R2>(self: Agent<In, Out, E, R>, name: HookName, hook: Hook<R2>) => {
  if (!hookNames.includes(name)) throw new UnknownHook({ hook: String(name), available: hookNames })
  const definition = self[TypeId].definition
  return fromDefinition<In, Out, E, R | R2>({
    ...definition,
    hooks: { ...definition.hooks, [name]: [...definition.hooks?.[name] ?? [], hook] }
  })
})

/**
 * Runs the agent and folds every typed failure into the value that it answers with. Interruption and defects are not
 * folded.
 *
 * @category running
 */
export const outcome = <In, Out, E, R>(
  self: Agent<In, Out, E, R>
) =>
(input: In, options?: RunOptions): Effect.Effect<Outcome<Out, E | RunError>, never, R> =>
  self[TypeId].outcome(input, options) as Effect.Effect<Outcome<Out, E | RunError>, never, R>

/**
 * Runs pairs of an agent and its input at once, `concurrency` at a time (all, unless said otherwise), and answers in
 * their order. One that fails leaves the others.
 *
 * @category running
 */
export const runAll = <const Agents extends ReadonlyArray<Any>>(
  pairs: { readonly [K in keyof Agents]: readonly [agent: Agents[K], input: Input<Agents[K]>] },
  options?: { readonly concurrency?: number | "unbounded" }
): Effect.Effect<
  { readonly [K in keyof Agents]: Outcome<Output<Agents[K]>, Failure<Agents[K]> | RunError> },
  never,
  Services<Agents[number]>
> =>
  Effect.forEach(pairs as ReadonlyArray<readonly [Any, unknown]>, ([agent, input]) => agent[TypeId].outcome(input), {
    concurrency: options?.concurrency ?? "unbounded"
  }) as Effect.Effect<never, never, Services<Agents[number]>>

/**
 * Runs one agent on many inputs, `concurrency` at a time, and answers in their order. One that fails leaves the others.
 *
 * @category running
 */
export const batch = <In, Out, E, R>(
  self: Agent<In, Out, E, R>,
  inputs: ReadonlyArray<In>,
  options: { readonly concurrency: number | "unbounded" }
): Effect.Effect<Array<Outcome<Out, E | RunError>>, never, R> =>
  Effect.forEach(inputs, (input) => outcome(self)(input), options)

/**
 * The agent as a tool, for a model or for another agent. Its citations and usage count for the run that calls it.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, Llm } from "greenlang"
 * import { Reply, ScriptedLlm } from "greenlang/testing"
 *
 * const Rating = Agent.make("rating", {
 *   version: "1.0.0",
 *   description: "Rates a building by what it takes",
 *   input: Schema.Struct({ kWhPerSquareMetre: Schema.Finite }),
 *   output: Schema.String,
 *   execute: ({ kWhPerSquareMetre }) => Effect.succeed(kWhPerSquareMetre < 50 ? "A" : "F")
 * })
 * const rating = Agent.tool(Rating)
 *
 * const answer = await Effect.runPromise(
 *   Llm.withTools({ prompt: "How good is a hall that takes 30 kWh per square metre?", tools: [rating] }).pipe(
 *     Effect.provide(ScriptedLlm.layer(Reply.call("rating", { kWhPerSquareMetre: 30 }), "Very good."))
 *   )
 * )
 * Llm.outputs(answer, rating) // => ["A"]
 * ```
 *
 * @category converting
 */
export const tool = <In, Out, E, R>(self: Agent<In, Out, E, R>): Tool.Tool<In, Out, E | RunError, R> =>
  Tool.fromDecoder(self, (input: unknown) =>
    Effect.map(
      self[TypeId].run(input) as Effect.Effect<AgentResult<Out>, E | RunError, R>,
      ({ value }) => value
    ))

/**
 * A new agent of the same name around `self`: a run of its own, in which `execute` sees the input as it came, and whose
 * limits are those of the runs inside.
 */
const derive = <In, Out, E, R>(
  self: Any,
  changes: Partial<Lifecycle.Definition>,
  execute: (input: In, options: RunOptions | undefined) => Effect.Effect<Out, E, R>
): Agent<any, Out, Exclude<E, RunError>, R> => {
  const { citations, metrics } = self[TypeId].definition
  const { description, error, input, mode, name, output, tools, version } = self
  return fromDefinition({
    mode,
    name,
    version,
    description,
    input,
    output,
    error,
    tools,
    ...(citations && { citations }),
    ...(metrics && { metrics }),
    validation: "off",
    checked: true,
    derived: true,
    timeout: Duration.infinity,
    execute,
    ...changes
  })
}

/** A run inside another: limits given to the caller hold for the run outside. */
const valueOf = <In, Out, E, R>(
  self: Agent<In, Out, E, R>,
  input: In,
  options?: RunOptions
): Effect.Effect<Out, E | RunError, R> =>
  Effect.map(
    self.run(input, options?.onExcessProperty && { onExcessProperty: options.onExcessProperty }),
    ({ value }) => value
  )

/** Whether it was `self` that could not read its input, rather than an agent that it calls. */
const isRefusal = (self: Any, error: unknown): error is InvalidInput =>
  error instanceof InvalidInput && error.agent === self.name

/**
 * The types live in the signatures above; a definition is the same thing with them erased.
 *
 * @internal
 */
export const fromDefinition = <In, Out, E, R, S extends Schemas<Out> = Schemas<Out>>(
  definition: Lifecycle.Definition
): Agent<In, Out, E, R, S> => {
  const lifecycle = Lifecycle.make(definition)
  return Object.assign(Object.create(Proto), {
    [TypeId]: lifecycle,
    mode: definition.mode ?? "effect",
    name: definition.name,
    version: definition.version,
    description: definition.description ?? "",
    input: definition.input,
    output: definition.output,
    error: definition.error,
    tools: definition.tools ?? [],
    stats: lifecycle.stats,
    run: lifecycle.run
  })
}

const Proto = {
  ...Prototype,
  toJSON(this: Any) {
    return { _id: "Agent", name: this.name, version: this.version, stats: Effect.runSync(this.stats) }
  },
  [Inspectable.NodeInspectSymbol](this: Any & { toJSON(): unknown }) {
    return this.toJSON()
  }
}
