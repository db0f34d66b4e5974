/**
 * The runs of one agent, each from its input to its result: validate, execute, finalize, with the hooks, spans and limits
 * around each. Types are erased here; `Agent.make` states them.
 *
 * A run costs one fiber, and nothing for hooks, spans and limits that are not there.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Deadline from "../../internal/Deadline.ts"
import * as GenAi from "../../internal/GenAi.ts"
import { InvalidInput, InvalidOutput, NestedTooDeep, type Phase, TimedOut } from "../AgentError.ts"
import type { AgentResult, Outcome } from "../AgentResult.ts"
import type { Hook } from "../Hook.ts"
import * as Run from "../Run.ts"
import { Defaults, type RunOptions, type Settings } from "../RunOptions.ts"
import type { Stats } from "../Stats.ts"
import type * as Tool from "../Tool.ts"
import * as CallOptions from "./CallOptions.ts"
import * as Decoding from "./Decoding.ts"
import * as FairStart from "./FairStart.ts"
import * as Hooks from "./Hooks.ts"
import { LaunchedRun, type OnExit, type Plan } from "./LaunchedRun.ts"
import { LiveRun } from "./LiveRun.ts"
import * as Observer from "./Observer.ts"
import * as ReadBefore from "./ReadBefore.ts"
import * as Returned from "./Returned.ts"
import * as RunAnswer from "./RunAnswer.ts"
import * as RunEvents from "./RunEvents.ts"
import type { RunsAtOnce } from "./RunsAtOnce.ts"
import { RunTally, stateAfter } from "./RunTally.ts"
import * as RunTelemetry from "./RunTelemetry.ts"
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
  /** Its program hands its input on as it was read, as pipelines do: agents inside need not read it again. */
  readonly handsOn?: boolean
  /** Another program than the agent of this name and version has, made of it by a combinator. */
  readonly derived?: boolean
  /** How many combinators are around the agent of `Agent.make`, each with a run of its own. */
  readonly around?: number
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
  /** Starts a run of those that run at once. */
  readonly startOne: (runs: RunsAtOnce, input: unknown, at: number) => Fiber.Fiber<unknown, unknown> | undefined
  readonly stats: Effect.Effect<Stats>
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
  const own = (returned: AnyEffect, phase: Phase): AnyEffect => Returned.effectOf(returned, `its \`${phase}\``, subject)
  const subject = `agent \`${name}\``
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

  /** Runs `body` as one phase: state, limit, span, hooks. */
  const inStage = (
    { after, before, phase, state }: Stage,
    call: LaunchedRun,
    input: unknown,
    body: (input: unknown, call: LaunchedRun) => AnyEffect
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

  const validateInput = (input: unknown, call: LaunchedRun): AnyEffect => {
    const decoded = call.plan.validation === "on" ? decode(input, call) : Exit.succeed(input)
    return validate === undefined ? decoded : Effect.flatMap(decoded, (input) => own(validate(input), "validate"))
  }

  const executeInput = (input: unknown, { options }: LaunchedRun): AnyEffect => own(execute(input, options), "execute")

  const finalizeAnswer = (answer: unknown, call: LaunchedRun): AnyEffect =>
    finalize === undefined
      ? checkOutput(answer)
      : Effect.flatMap(own(finalize({ value: answer, metadata: RunAnswer.metadataOf(call) }), "finalize"), checkOutput)

  const decode = (input: unknown, { options, record }: LaunchedRun): AnyEffect => {
    const before = ReadBefore.of(record, definition.input, input, options?.onExcessProperty)
    const decoded = before === undefined ? read(input, options?.onExcessProperty) : Exit.succeed(before.value)
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

  const phases = (call: LaunchedRun, input: unknown): AnyEffect => {
    const executeRead = (read: unknown) =>
      Effect.flatMap(inStage(executing, call, read, executeInput), (answer) => {
        call.record.output = { value: answer }
        return inStage(finalizing, call, answer, finalizeAnswer)
      })
    return validates(call.plan)
      ? Effect.flatMap(inStage(validating, call, input, validateInput), executeRead)
      : executeRead(input)
  }

  const count = (run: LaunchedRun, exit: Exit.Exit<unknown, unknown>): void => {
    const { around, plan, record } = run
    record.end(Exit.isSuccess(exit) ? "completed" : stateAfter(name, exit.cause))
    tally.count(record.state, plan.metrics === "on" ? record.elapsed : undefined, around)
    if (plan.metrics === "on") measure(record, exit, around)
  }

  const callOf = (fiber: Fiber.Fiber<unknown, unknown>, options: CallOptions.CallOptions | undefined) => {
    const record = new LiveRun(fiber, name, version)
    if (definition.handsOn === true) record.handsOn = definition.input
    const plan = planOf(fiber.getRef(Defaults), options)
    const run = new LaunchedRun(fiber, record, plan, options, fiber.getRef(Observer.Current), count)
    if (!statesRun && !TimeLimits.statesRun(options?.timeout)) record.limited = run
    return run
  }

  /** Starts the phases. What is around the run is in place, and `answer` gets the exit. */
  const launch = (
    fiber: Fiber.Fiber<unknown, unknown>,
    call: LaunchedRun,
    input: unknown,
    answer: OnExit
  ): void => {
    const { observer, options, plan, record } = call
    call.answerTo(answer)
    const inRun = Context.add(fiber.context, Run.Current, record)
    const phased = Effect.suspend(() =>
      record.depth > mostNested
        ? Effect.fail(new NestedTooDeep({ agent: name, limit: mostNested }))
        : options?.refusal !== undefined
        ? Effect.fail(new InvalidInput({ agent: name, issues: [options.refusal] }))
        : phases(call, input)
    )
    call.start(
      fiber,
      observer === undefined ? inRun : Context.add(inRun, Observer.Current, observer.inRun(record.id)),
      // Whatever it needs is in the context that it is launched with.
      (resources === undefined ? phased : resources.use(phased)) as Effect.Effect<unknown, unknown>,
      plan.limits.run
    )
  }

  /** Launches `call`, and waits for what `answer` makes of its exit. */
  const launched = <A, E>(
    fiber: Fiber.Fiber<unknown, unknown>,
    call: LaunchedRun,
    input: unknown,
    answer: (call: LaunchedRun, exit: Exit.Exit<unknown, unknown>) => Exit.Exit<A, E>
  ): Effect.Effect<A, E> =>
    Effect.callback((resume) => {
      launch(fiber, call, input, (call, exit) => resume(answer(call, exit)))
      return Effect.suspend(() => call.interrupt())
    })

  /** Starts a run on `fiber`. */
  const begin = <A, E>(
    fiber: Fiber.Fiber<unknown, unknown>,
    input: unknown,
    options: CallOptions.CallOptions | undefined,
    answer: RunAnswer.RunAnswer<A, E>
  ): Effect.Effect<A, E, unknown> => {
    const call = callOf(fiber, options)
    if (call.isPlain) return launched(fiber, call, input, answer.ofExit)
    const run = call.traced
      ? Effect.withSpan(
        Effect.withFiber((fiber) => RunTelemetry.noting(call.record, launched(fiber, call, input, exitOf))),
        `${GenAi.invokeAgent}${name}`,
        { ...spanOptions, attributes: RunTelemetry.attributesOf(call.record, definition.description) }
      )
      : launched(fiber, call, input, exitOf)
    const whole = call.observer === undefined ? run : RunEvents.emitting(call.observer, call.record, began, run)
    return answer.ofRun(call, whole)
  }

  /** Runs with the services of the agent, where it brings its own. */
  const withServices = <A, E>(run: Effect.Effect<A, E, unknown>): Effect.Effect<A, E, unknown> => {
    if (resources === undefined) return run
    // The services may bring a tracer or a logger: the run as a whole is to see them, once they are there.
    return Effect.suspend(() => {
      const services = resources.current()
      return services === undefined ? run : Effect.provideContext(run, services)
    })
  }

  const start = <A, E>(
    input: unknown,
    given: RunOptions | undefined,
    answer: RunAnswer.RunAnswer<A, E>
  ): Effect.Effect<A, E, unknown> => {
    const options = CallOptions.read(given)
    return withServices(Effect.withFiber((fiber) =>
      FairStart.isOpen(fiber)
        ? begin(fiber, input, options, answer)
        : Effect.andThen(FairStart.turn, Effect.withFiber((fiber) => begin(fiber, input, options, answer)))
    ))
  }

  const startOne: Lifecycle["startOne"] = (runs, input, at) => {
    const { caller } = runs
    if (resources === undefined && !runs.isSeen) {
      const call = callOf(caller, undefined)
      call.runs = runs
      call.at = at
      launch(caller, call, input, answerAtOnce)
      return call.fiber
    }
    const outcome = withServices(Effect.withFiber((fiber) => begin(fiber, input, undefined, RunAnswer.outcome)))
    return runs.fork(outcome, at)
  }

  return {
    definition,
    run: (input, options) => start(input, options, RunAnswer.result),
    outcome: (input, options) => start(input, options, RunAnswer.outcome),
    startOne,
    stats: Effect.sync(() => tally.read())
  }
}

/**
 * The most runs inside each other. Each of them calls the next one on the same stack, which holds about 400 of the largest.
 */
export const mostNested = 100

const exitOf = (_: LaunchedRun, exit: Exit.Exit<unknown, unknown>) => exit

const answerAtOnce: OnExit = (call, exit) => {
  const { at, runs } = call
  runs?.ended(
    at,
    runs.isEnding && Exit.isFailure(exit) ? Exit.failCause(exit.cause) : RunAnswer.outcome.ofExit(call, exit)
  )
}

const spanOptions = { captureStackTrace: false } as const
