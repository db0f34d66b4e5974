/**
 * The runs of one agent, each from its input to its result: validate, execute, finalize, with the hooks, spans and limits
 * around each. Types are erased here; `Agent.make` states them.
 *
 * A run costs one fiber, and nothing for hooks, spans and limits that are not there.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Deadline from "../../internal/Deadline.ts"
import * as GenAi from "../../internal/GenAi.ts"
import { InvalidInput, InvalidOutput, NestedTooDeep, type Phase, TimedOut } from "../AgentError.ts"
import type { AgentResult, Outcome, RunMetadata } from "../AgentResult.ts"
import type { Hook } from "../Hook.ts"
import * as Run from "../Run.ts"
import { Defaults, type RunOptions, type Settings } from "../RunOptions.ts"
import type { Stats } from "../Stats.ts"
import type * as Tool from "../Tool.ts"
import * as CallOptions from "./CallOptions.ts"
import * as Decoding from "./Decoding.ts"
import * as FairStart from "./FairStart.ts"
import * as Hooks from "./Hooks.ts"
import { LiveRun } from "./LiveRun.ts"
import * as Observer from "./Observer.ts"
import * as RunEvents from "./RunEvents.ts"
import { RunTally, stateAfter } from "./RunTally.ts"
import * as RunTelemetry from "./RunTelemetry.ts"
import * as StepOrigin from "./StepOrigin.ts"
import * as TimeLimits from "./TimeLimits.ts"

type AnyEffect = Effect.Effect<unknown, unknown, unknown>
type AnySchema = Schema.ConstraintCodec<unknown, unknown>

/** What an agent is made of. Functions of its own types stand here with those types erased. */
export interface Definition extends Partial<Settings> {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly input: AnySchema
  readonly output: AnySchema
  readonly error?: AnySchema | undefined
  readonly tools?: ReadonlyArray<Tool.Any>
  readonly validate?: ((input: any) => AnyEffect) | undefined
  readonly execute: (input: any, options?: RunOptions) => AnyEffect
  readonly finalize?: ((result: AgentResult<any>) => AnyEffect) | undefined
  readonly hooks?: Hooks.Hooks
  /** Where its program runs: on this thread, unless it was lifted onto others. */
  readonly mode?: "effect" | "lifted"
  /** What listeners get behind the start of each run. */
  readonly began?: Observer.MakeEvent
  /** An agent inside this one has checked the output already. */
  readonly checked?: boolean
  /** Another program than the agent of this name and version has, made of it by a combinator. */
  readonly derived?: boolean
  /** Where the services come from, when the agent brings its own. */
  readonly resources?: Resources
}

/** What an open agent holds for its runs. */
export interface Resources {
  /** The services, if they are there already. */
  readonly current: () => Context.Context<never> | undefined
  /** Runs with the services, which it acquires if need be. */
  readonly use: (run: AnyEffect) => AnyEffect
}

/** How an agent runs, in each of the ways in which it can be called. */
export interface Lifecycle {
  readonly definition: Definition
  readonly run: (input: unknown, options?: RunOptions) => AnyEffect
  readonly outcome: (input: unknown, options?: RunOptions) => Effect.Effect<Outcome<unknown, unknown>, never, unknown>
  readonly stats: Effect.Effect<Stats>
}

/** How one run is carried out. */
interface Plan extends Omit<Settings, "timeout"> {
  readonly limits: TimeLimits.TimeLimits
}

/** One run, as the phases see it. */
interface Call {
  readonly record: LiveRun
  readonly plan: Plan
  readonly traced: boolean
  /** The place that the run begins in, `undefined` while nothing listens. */
  readonly observer: Observer.Observer | undefined
  readonly options: CallOptions.CallOptions | undefined
}

/** What goes on around one phase of every run. */
interface Stage {
  readonly phase: "validate" | "execute" | "finalize"
  readonly state: Run.State
  readonly before: ReadonlyArray<Hook<unknown>> | undefined
  readonly after: ReadonlyArray<Hook<unknown>> | undefined
}

/** The lifecycle of an agent. Throws `InvalidDefinition` at a timeout that cannot be read. */
export const make = (definition: Definition): Lifecycle => {
  const { began, execute, finalize, hooks = {}, name, resources, validate, version } = definition
  const tally = new RunTally(name, version)
  const measure = RunTelemetry.measuring(name)
  const statesRun = TimeLimits.statesRun(definition.timeout)
  const read = Decoding.make(definition.input, (issues) => new InvalidInput({ agent: name, issues }))
  const check = Decoding.make(
    Schema.toType(definition.output),
    (issues) => new InvalidOutput({ agent: name, issues })
  )
  const validating: Stage = {
    phase: "validate",
    state: "validating",
    before: hooks.beforeValidate,
    after: hooks.afterValidate
  }
  const executing: Stage = {
    phase: "execute",
    state: "executing",
    before: hooks.beforeExecute,
    after: hooks.afterExecute
  }
  const finalizing: Stage = {
    phase: "finalize",
    state: "finalizing",
    before: hooks.beforeFinalize,
    after: hooks.afterFinalize
  }

  const late = (phase: Phase | "run", limit: Duration.Duration) => (elapsed: Duration.Duration) =>
    new TimedOut({ agent: name, phase, limit, elapsed })

  const settle = (defaults: Settings): Plan => ({
    limits: TimeLimits.override(TimeLimits.override(TimeLimits.none, defaults.timeout), definition.timeout),
    validation: definition.validation ?? defaults.validation,
    citations: definition.citations ?? defaults.citations,
    metrics: definition.metrics ?? defaults.metrics
  })
  // Most runs have the same defaults as the run before.
  let settled = Context.get(Context.empty(), Defaults)
  let plan = settle(settled)
  const planOf = (defaults: Settings, options: RunOptions | undefined): Plan => {
    if (defaults !== settled) {
      settled = defaults
      plan = settle(defaults)
    }
    return options?.timeout === undefined
      ? plan
      : { ...plan, limits: TimeLimits.override(plan.limits, options.timeout) }
  }

  const metadata = ({ plan, record }: Call): RunMetadata => {
    const made: { -readonly [K in keyof RunMetadata]: RunMetadata[K] } = {
      agent: name,
      version,
      runId: record.id,
      state: record.state,
      startedAt: DateTime.makeUnsafe(record.startedAt),
      citations: plan.citations === "on" ? record.citations : [],
      annotations: record.annotations,
      usage: record.usage
    }
    if (plan.metrics === "on") made.durationMs = record.elapsed
    return made
  }

  /** Runs `body` as one phase: state, limit, span, hooks. */
  const inStage = (
    { after, before, phase, state }: Stage,
    call: Call,
    input: unknown,
    body: (input: unknown, call: Call) => AnyEffect
  ): AnyEffect => {
    call.record.state = state
    const limit = call.plan.limits[phase]
    if (limit === undefined && !call.traced && before === undefined && after === undefined) return body(input, call)
    let effect: AnyEffect = Effect.suspend(() => body(input, call))
    if (limit !== undefined) effect = Deadline.within(effect, limit, late(phase, limit))
    if (call.traced) effect = Effect.withSpan(effect, `${name}.${phase}`, spanOptions)
    const context = { agent: name, phase, run: call.record, input }
    if (after !== undefined) {
      effect = Effect.onExit(effect, (exit) => {
        const hooks = Hooks.call(after, { ...context, exit })
        // A hook that hangs can still be timed out and interrupted, unless the run is being interrupted already.
        return Exit.hasInterrupts(exit) ? hooks : Effect.interruptible(hooks)
      })
    }
    if (before !== undefined) effect = Effect.andThen(Hooks.call(before, context), effect)
    return effect
  }

  const validateInput = (input: unknown, call: Call): AnyEffect => {
    const decoded = call.plan.validation === "on" ? decode(input, call) : Exit.succeed(input)
    return validate === undefined ? decoded : Effect.flatMap(decoded, validate)
  }

  const executeInput = (input: unknown, { options }: Call): AnyEffect => execute(input, options)

  const finalizeAnswer = (answer: unknown, call: Call): AnyEffect =>
    finalize === undefined
      ? checkOutput(answer)
      : Effect.flatMap(finalize({ value: answer, metadata: metadata(call) }), checkOutput)

  const decode = (input: unknown, { options, record }: Call): AnyEffect => {
    const decoded = read(input, options?.onExcessProperty)
    if (Decoding.succeeded(decoded)) {
      record.input = decoded.value
      return decoded
    }
    return Effect.map(decoded, (value) => record.input = value)
  }

  const checkOutput = (value: unknown): AnyEffect => definition.checked === true ? Exit.succeed(value) : check(value)

  const validates = (plan: Plan) =>
    plan.validation === "on" || validate !== undefined
    || validating.before !== undefined || validating.after !== undefined

  const phases = (call: Call, input: unknown): AnyEffect => {
    const executeRead = (read: unknown) =>
      Effect.flatMap(inStage(executing, call, read, executeInput), (answer) => {
        call.record.output = { value: answer }
        return inStage(finalizing, call, answer, finalizeAnswer)
      })
    return validates(call.plan)
      ? Effect.flatMap(inStage(validating, call, input, validateInput), executeRead)
      : executeRead(input)
  }

  /** Starts the phases in a fiber of their own, which is what the limit, the resources and interruption act on. */
  const launch = (fiber: Fiber.Fiber<unknown, unknown>, call: Call, input: unknown): AnyEffect => {
    const { observer, plan, record } = call
    const inRun = Context.add(fiber.context, Run.Current, record)
    const limit = plan.limits.run
    record.hasDefaultLimit = !statesRun && !TimeLimits.statesRun(call.options?.timeout)
    const phased = Effect.suspend(() =>
      record.depth > mostNested
        ? Effect.fail(new NestedTooDeep({ agent: name, limit: mostNested }))
        : call.options?.refusal !== undefined
        ? Effect.fail(new InvalidInput({ agent: name, issues: [call.options.refusal] }))
        : phases(call, input)
    )
    return Deadline.inFiber(
      fiber,
      observer === undefined ? inRun : Context.add(inRun, Observer.Current, observer.inRun(record.id)),
      // Whatever it needs is in the context that it is launched with.
      (resources === undefined ? phased : resources.use(phased)) as Effect.Effect<unknown, unknown>,
      limit,
      late("run", limit),
      (exit) => {
        record.end(Exit.isSuccess(exit) ? "completed" : stateAfter(name, exit.cause))
        tally.count(record.state, plan.metrics === "on" ? record.elapsed : undefined, fiber.context)
        if (plan.metrics === "on") measure(record, exit, fiber.context)
      },
      () => record.limitClock
    )
  }

  /** Starts a run on `fiber`. `answer` makes the answer of a run that ended well, or badly. */
  const begin = <A, E>(
    fiber: Fiber.Fiber<unknown, unknown>,
    input: unknown,
    options: CallOptions.CallOptions | undefined,
    answer: (run: AnyEffect, call: Call) => Effect.Effect<A, E, unknown>
  ): Effect.Effect<A, E, unknown> => {
    const call: Call = {
      record: new LiveRun(fiber, name, version),
      plan: planOf(fiber.getRef(Defaults), options),
      traced: fiber.cache.tracerEnabled && fiber.cache.tracer !== undefined,
      observer: fiber.getRef(Observer.Current),
      options
    }
    const run = call.traced
      ? Effect.withSpan(
        Effect.withFiber((fiber) => RunTelemetry.noting(call.record, launch(fiber, call, input))),
        `${GenAi.invokeAgent}${name}`,
        { ...spanOptions, attributes: RunTelemetry.attributesOf(call.record, definition.description) }
      )
      : launch(fiber, call, input)
    return answer(call.observer === undefined ? run : RunEvents.emitting(call.observer, call.record, began, run), call)
  }

  const start = <A, E>(
    input: unknown,
    given: RunOptions | undefined,
    answer: (run: AnyEffect, call: Call) => Effect.Effect<A, E, unknown>
  ): Effect.Effect<A, E, unknown> => {
    const options = CallOptions.read(given)
    const inTurn = Effect.withFiber((fiber) =>
      FairStart.isOpen(fiber)
        ? begin(fiber, input, options, answer)
        : Effect.andThen(FairStart.turn, Effect.withFiber((fiber) => begin(fiber, input, options, answer)))
    )
    if (resources === undefined) return inTurn
    // The services may bring a tracer or a logger: the run as a whole is to see them, once they are there.
    return Effect.suspend(() => {
      const services = resources.current()
      return services === undefined ? inTurn : Effect.provideContext(inTurn, services)
    })
  }

  const asResult = (run: AnyEffect, call: Call) =>
    Effect.map(run, (value): AgentResult<unknown> => ({ value, metadata: metadata(call) }))

  const asOutcome = (run: AnyEffect, call: Call) =>
    Effect.catchCauseFilter(
      Effect.map(run, (value): Outcome<unknown, unknown> => ({ success: true, value, metadata: metadata(call) })),
      Cause.findFail,
      (reason) =>
        Effect.sync((): Outcome<unknown, unknown> => ({
          success: false,
          error: reason.error,
          ...stepOf(reason),
          ...(call.record.output === undefined ? undefined : { value: call.record.output.value }),
          metadata: metadata(call)
        }))
    )

  return {
    definition,
    run: (input, options) => start(input, options, asResult),
    outcome: (input, options) => start(input, options, asOutcome),
    stats: Effect.sync(() => tally.read())
  }
}

/**
 * The most runs inside each other. Each of them calls the next one on the same stack, which holds about 400 of the largest.
 */
export const mostNested = 100

const stepOf = (reason: Cause.Reason<unknown>) => {
  const step = StepOrigin.of(reason)?.path
  return step === undefined ? undefined : { step }
}

const spanOptions = { captureStackTrace: false } as const
