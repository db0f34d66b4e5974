/**
 * Agents made of other agents: another input or output, another try, another agent after a failure, limits and hooks.
 *
 * What is made of an agent has the schemas of it in its type, those that are still true: it is an endpoint as the agent is.
 * `map`, `mapInput`, `retry` and `orElse` throw `InvalidDefinition` where 99 of them are around one agent already.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Described from "../internal/Described.ts"
import { InvalidInput, type RunError } from "./AgentError.ts"
import { type Hook, type HookName, names as hookNames, UnknownHook } from "./Hook.ts"
import { type Agent, type Any, type AnySchema, fromDefinition, type Schemas, TypeId } from "./internal/AgentBox.ts"
import * as Lifecycle from "./internal/Lifecycle.ts"
import * as Stated from "./internal/Stated.ts"
import * as TimeLimits from "./internal/TimeLimits.ts"
import { InvalidDefinition } from "./InvalidDefinition.ts"
import type { Limits, RunOptions } from "./RunOptions.ts"

/**
 * Answers with `f(value)`, of the schema `output`.
 *
 * @category mapping
 */
export const map: {
  <A, O extends AnySchema>(
    output: O,
    f: (value: A) => O["Type"]
  ): <In, E, R, S extends Schemas<A>>(
    self: Agent<In, A, E, R, S>
  ) => Agent<In, O["Type"], E, R, Schemas<O["Type"], S["input"], O, S["error"]>>
  <In, A, E, R, S extends Schemas<A>, O extends AnySchema>(
    self: Agent<In, A, E, R, S>,
    output: O,
    f: (value: A) => O["Type"]
  ): Agent<In, O["Type"], E, R, Schemas<O["Type"], S["input"], O, S["error"]>>
} = dual(3, <In, A, E, R, S extends Schemas<A>, O extends AnySchema>(
  self: Agent<In, A, E, R, S>,
  output: O,
  f: (value: A) => O["Type"]
): Agent<In, O["Type"], E, R, Schemas<O["Type"], S["input"], O, S["error"]>> =>
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
  ): <Out, E, R, S extends Schemas<Out>>(
    self: Agent<In, Out, E, R, S>
  ) => Agent<I["Encoded"], Out, E, R, Schemas<Out, I, S["output"], S["error"]>>
  <In, Out, E, R, S extends Schemas<Out>, I extends AnySchema>(
    self: Agent<In, Out, E, R, S>,
    input: I,
    f: (input: I["Type"]) => In
  ): Agent<I["Encoded"], Out, E, R, Schemas<Out, I, S["output"], S["error"]>>
} = dual(3, <In, Out, E, R, S extends Schemas<Out>, I extends AnySchema>(
  self: Agent<In, Out, E, R, S>,
  input: I,
  f: (input: I["Type"]) => In
): Agent<I["Encoded"], Out, E, R, Schemas<Out, I, S["output"], S["error"]>> =>
  derive(self, { input, validation: "on" }, (read: I["Type"]) => valueOf(self, f(read))))

/**
 * Runs the agent again for as long as `schedule` says, on its own errors and on timeouts. Its last failure is the
 * agent's. What the failed attempts cited and used is part of the run. Throws `InvalidDefinition` for what is not a schedule.
 *
 * @category failure policies
 */
export const retry: {
  <E, X, E2, R2>(
    schedule: Schedule.Schedule<X, NoInfer<E> | RunError, E2, R2>
  ): <In, Out, R, S extends Schemas<Out>>(
    self: Agent<In, Out, E, R, S>
  ) => Agent<In, Out, E | E2, R | R2, FailingToo<Out, S, E2>>
  <In, Out, E, R, S extends Schemas<Out>, X, E2, R2>(
    self: Agent<In, Out, E, R, S>,
    schedule: Schedule.Schedule<X, NoInfer<E> | RunError, E2, R2>
  ): Agent<In, Out, E | E2, R | R2, FailingToo<Out, S, E2>>
} = dual(2, <In, Out, E, R, S extends Schemas<Out>, X, E2, R2>(
  self: Agent<In, Out, E, R, S>,
  schedule: Schedule.Schedule<X, NoInfer<E> | RunError, E2, R2>
): Agent<In, Out, E | E2, R | R2, FailingToo<Out, S, E2>> => {
  if (!Schedule.isSchedule(schedule)) {
    throw new InvalidDefinition({
      subject: `agent \`${self.name}\``,
      problem: `its schedule is ${Described.kind(schedule)}`,
      expected: "a Schedule"
    })
  }
  return derive(
    self,
    {},
    (input: In, options) =>
      Effect.retry(valueOf(self, input, options), { schedule, while: (error) => !isRefusal(self, error) })
  )
})

/**
 * Runs `that` on the same input when `self` fails with an error of its own, an output that breaks its schema, or a
 * timeout. An input that `self` cannot read stays the caller's mistake.
 *
 * @category failure policies
 */
export const orElse: {
  <In, Out2, E2, R2, S2 extends Schemas<Out2>>(
    that: Agent<In, Out2, E2, R2, S2>
  ): <Out, E, R, S extends Schemas<Out>>(
    self: Agent<In, Out, E, R, S>
  ) => Agent<In, Out | Out2, E2, R | R2, Either<Out, Out2, S, S2>>
  <In, Out, E, R, S extends Schemas<Out>, Out2, E2, R2, S2 extends Schemas<Out2>>(
    self: Agent<In, Out, E, R, S>,
    that: Agent<In, Out2, E2, R2, S2>
  ): Agent<In, Out | Out2, E2, R | R2, Either<Out, Out2, S, S2>>
} = dual(2, <In, Out, E, R, S extends Schemas<Out>, Out2, E2, R2, S2 extends Schemas<Out2>>(
  self: Agent<In, Out, E, R, S>,
  that: Agent<In, Out2, E2, R2, S2>
): Agent<In, Out | Out2, E2, R | R2, Either<Out, Out2, S, S2>> =>
  derive(
    self,
    {
      output: Schema.Union([self.output, that.output]),
      error: that.error,
      around: that[TypeId].definition.around ?? 0
    },
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
  (
    timeout: Duration.Input | Limits
  ): <In, Out, E, R, S extends Schemas<Out>>(self: Agent<In, Out, E, R, S>) => Agent<In, Out, E, R, S>
  <In, Out, E, R, S extends Schemas<Out>>(
    self: Agent<In, Out, E, R, S>,
    timeout: Duration.Input | Limits
  ): Agent<In, Out, E, R, S>
} = dual(
  2,
  <In, Out, E, R, S extends Schemas<Out>>(
    self: Agent<In, Out, E, R, S>,
    timeout: Duration.Input | Limits
  ): Agent<In, Out, E, R, S> =>
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
  ): <In, Out, E, R, S extends Schemas<Out>>(self: Agent<In, Out, E, R, S>) => Agent<In, Out, E, R, S>
  <R2 = never>(
    name: Exclude<HookName, "beforeAcquire">,
    hook: Hook<R2>
  ): <In, Out, E, R, S extends Schemas<Out>>(self: Agent<In, Out, E, R, S>) => Agent<In, Out, E, R | R2, S>
  <In, Out, E, R, S extends Schemas<Out>>(
    self: Agent<In, Out, E, R, S>,
    name: "beforeAcquire",
    hook: Hook
  ): Agent<In, Out, E, R, S>
  <In, Out, E, R, S extends Schemas<Out>, R2 = never>(
    self: Agent<In, Out, E, R, S>,
    name: Exclude<HookName, "beforeAcquire">,
    hook: Hook<R2>
  ): Agent<In, Out, E, R | R2, S>
} = dual(3, <In, Out, E, R, S extends Schemas<Out>, R2>(
  self: Agent<In, Out, E, R, S>,
  name: HookName,
  hook: Hook<R2>
) => {
  if (!hookNames.includes(name)) {
    throw new UnknownHook({ hook: typeof name === "string" ? name : Described.kind(name), available: hookNames })
  }
  Stated.checkFunction(`agent \`${self.name}\``, `\`${name}\``, hook)
  const definition = self[TypeId].definition
  return fromDefinition<In, Out, E, R | R2, S>({
    ...definition,
    hooks: { ...definition.hooks, [name]: [...definition.hooks?.[name] ?? [], hook] }
  })
})

/** The schemas of an agent that fails with `E2` too: its schema of failures does not say so. */
type FailingToo<Out, S extends Schemas<Out>, E2> = [E2] extends [never] ? S
  : Schemas<Out, S["input"], S["output"]>

/** The schemas of an agent that another one stands in for. */
type Either<Out, Out2, S extends Schemas<Out>, S2 extends Schemas<Out2>> = Schemas<
  Out | Out2,
  S["input"],
  Schema.Union<readonly [S["output"], S2["output"]]>,
  S2["error"]
>

/**
 * A new agent of the same name around `self`: a run of its own, in which `execute` sees the input as it came, and whose
 * limits are those of the runs inside.
 */
const derive = <In, Out, E, R, S extends Schemas<Out>>(
  self: Any,
  changes: Partial<Lifecycle.Definition>,
  execute: (input: In, options: RunOptions | undefined) => Effect.Effect<Out, E, R>
): Agent<any, Out, Exclude<E, RunError>, R, S> => {
  const { around: inside = 0, citations, metrics } = self[TypeId].definition
  const around = Math.max(inside, changes.around ?? 0) + 1
  if (around > mostAround) {
    throw new InvalidDefinition({
      subject: `agent \`${self.name}\``,
      problem: `more than ${mostAround} combinators are around it, each with a run of its own`
    })
  }
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
    handsOn: true,
    derived: true,
    timeout: Duration.infinity,
    execute,
    ...changes,
    around
  })
}

/** As many runs may be inside of each other, the agent's own among them. */
const mostAround = Lifecycle.mostNested - 1

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
  Described.isInstance(error, InvalidInput) && error.agent === self.name
