/**
 * Agents made of other agents: another input or output, another try, another agent after a failure, limits and hooks.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Described from "../internal/Described.ts"
import { InvalidInput, type RunError } from "./AgentError.ts"
import { type Hook, type HookName, names as hookNames, UnknownHook } from "./Hook.ts"
import { type Agent, type Any, type AnySchema, fromDefinition, TypeId } from "./internal/AgentBox.ts"
import type * as Lifecycle from "./internal/Lifecycle.ts"
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
 * agent's. What the failed attempts cited and used is part of the run. Throws `InvalidDefinition` for what is not a schedule.
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
): Agent<In, Out, E | E2, R | R2> => {
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
  Described.isInstance(error, InvalidInput) && error.agent === self.name
