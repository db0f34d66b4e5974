/**
 * The runs of one agent, each from its input to its result: validate, execute, finalize, with the hooks, spans and limits
 * around each. Types are erased here; `Agent.make` states them.
 *
 * A run costs one fiber, and nothing for hooks, spans and limits that are not there.
 */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { InvalidInput, InvalidOutput, type Phase, TimedOut } from "../agent/AgentError.ts"
import type { AgentResult, Outcome, RunMetadata } from "../agent/AgentResult.ts"
import type { Hook, HookContext, HookName } from "../agent/Hook.ts"
import * as Run from "../agent/Run.ts"
import { Defaults, type Limits, type RunOptions, type Settings } from "../agent/RunOptions.ts"
import type { Stats } from "../agent/Stats.ts"
import type * as Tool from "../agent/Tool.ts"
import * as Deadline from "./Deadline.ts"
import { RunRecord } from "./RunRecord.ts"
import * as SchemaIssues from "./SchemaIssues.ts"

type AnyEffect = Effect.Effect<unknown, unknown, unknown>
type AnySchema = Schema.ConstraintCodec<unknown, unknown>
type Hooks = { readonly [K in HookName]?: ReadonlyArray<Hook<unknown>> }

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
  readonly execute: (input: any) => AnyEffect
  readonly finalize?: ((result: AgentResult<any>) => AnyEffect) | undefined
  readonly hooks?: Hooks
}

export interface Lifecycle {
  readonly definition: Definition
  readonly run: (input: unknown, options?: RunOptions) => AnyEffect
  readonly outcome: (input: unknown, options?: RunOptions) => Effect.Effect<Outcome<unknown, unknown>, never, unknown>
  readonly stats: Effect.Effect<Stats>
}

export const make = (definition: Definition): Lifecycle => {
  const { execute, finalize, hooks = {}, input: inputSchema, name, output: outputSchema, validate, version } =
    definition
  const counted = {
    succeeded: { runs: 0, totalMs: 0 },
    failed: { runs: 0, totalMs: 0 },
    interrupted: { runs: 0, totalMs: 0 }
  }
  const decode = Schema.decodeUnknownEffect(inputSchema, { errors: "all" })
  const check = Schema.decodeUnknownEffect(Schema.toType(outputSchema), { errors: "all" })
  const readsErrors = Effect.mapError(({ issue }: Schema.SchemaError) =>
    new InvalidInput({ agent: name, issues: SchemaIssues.describe(inputSchema, issue) })
  )
  const checkErrors = Effect.mapError(({ issue }: Schema.SchemaError) =>
    new InvalidOutput({ agent: name, issues: SchemaIssues.describe(outputSchema, issue) })
  )
  const late = (phase: Phase | "run", limit: Duration.Duration) => (elapsed: Duration.Duration) =>
    new TimedOut({ agent: name, phase, limit, elapsed })

  const settingsOf = (defaults: Settings): Settings => ({
    timeout: definition.timeout ?? defaults.timeout,
    validation: definition.validation ?? defaults.validation,
    citations: definition.citations ?? defaults.citations,
    metrics: definition.metrics ?? defaults.metrics
  })

  const metadata = (record: RunRecord, settings: Settings): RunMetadata => ({
    agent: name,
    version,
    runId: record.id,
    state: record.state,
    startedAt: DateTime.makeUnsafe(record.startedAt),
    ...(settings.metrics === "on" ? { durationMs: record.elapsed } : undefined),
    citations: settings.citations === "on" ? record.citations : [],
    annotations: record.annotations,
    usage: record.usage
  })

  /** Runs `body` as one phase: state, limit, span, hooks. */
  const phase = (
    record: RunRecord,
    state: Run.State,
    phase: Exclude<Phase, "acquire">,
    limit: Duration.Input | undefined,
    traced: boolean,
    input: unknown,
    body: AnyEffect
  ): AnyEffect => {
    record.state = state
    let effect = body
    if (limit !== undefined) {
      const duration = Duration.fromInputUnsafe(limit)
      effect = Deadline.within(effect, duration, late(phase, duration))
    }
    if (traced) effect = Effect.withSpan(effect, `${name}.${phase}`, spanOptions)
    const title = `${phase[0]!.toUpperCase()}${phase.slice(1)}` as Capitalize<typeof phase>
    const before = hooks[`before${title}`]
    const after = hooks[`after${title}`]
    const context = { agent: name, phase, run: record, input }
    if (after !== undefined) effect = Effect.onExit(effect, (exit) => call(after, { ...context, exit }))
    if (before !== undefined) effect = Effect.andThen(call(before, context), effect)
    return effect
  }

  const body = (
    record: RunRecord,
    settings: Settings,
    limits: Limits,
    input: unknown,
    traced: boolean,
    strict: boolean
  ) =>
    Effect.gen(function*() {
      let read = input
      if (settings.validation === "on" || validate !== undefined) {
        const decoded = settings.validation === "off"
          ? Effect.succeed(input)
          : readsErrors(decode(input, strict ? strictly : undefined))
        read = yield* phase(
          record,
          "validating",
          "validate",
          limits.validate,
          traced,
          input,
          validate === undefined ? decoded : Effect.flatMap(decoded, validate)
        )
      }
      const executed = Effect.suspend(() => execute(read))
      const answer = yield* phase(record, "executing", "execute", limits.execute, traced, read, executed)
      record.output = { value: answer }
      const finalized = finalize === undefined
        ? checkErrors(check(answer))
        : Effect.suspend(() => finalize({ value: answer, metadata: metadata(record, settings) })).pipe(
          Effect.flatMap((value) => checkErrors(check(value)))
        )
      return yield* phase(record, "finalizing", "finalize", limits.finalize, traced, answer, finalized)
    })

  const settle = (record: RunRecord, settings: Settings, exit: Exit.Exit<unknown, unknown>) => {
    record.state = Exit.isSuccess(exit) ? "completed" : endOf(exit.cause)
    const tally = record.state === "completed"
      ? counted.succeeded
      : record.state === "interrupted"
      ? counted.interrupted
      : counted.failed
    tally.runs++
    if (settings.metrics === "on") tally.totalMs += record.elapsed
  }

  /** `told` makes the answer of a run that ended well, or badly. */
  const start = <A, E>(
    input: unknown,
    options: RunOptions | undefined,
    told: (
      run: AnyEffect,
      record: RunRecord,
      metadata: () => RunMetadata
    ) => Effect.Effect<A, E, unknown>
  ): Effect.Effect<A, E, unknown> =>
    Effect.withFiber((fiber) => {
      const record = new RunRecord(fiber, name, version)
      const settings = settingsOf(fiber.getRef(Defaults))
      const limits = limitsOf(options?.timeout ?? settings.timeout)
      const traced = fiber.cache.tracerEnabled && fiber.cache.tracer !== undefined
      const whole = Duration.fromInputUnsafe(limits.run ?? Duration.infinity)
      let run: AnyEffect = body(record, settings, limits, input, traced, options?.onExcessProperty === "error")
      run = Deadline.within(Effect.provideService(run, Run.Current, record), whole, late("run", whole))
      if (traced) run = Effect.withSpan(run, name, { ...spanOptions, attributes: { "greenlang.run": record.id } })
      run = Effect.onExitPrimitive(run, (exit) => {
        settle(record, settings, exit)
        return undefined
      })
      return told(run, record, () => metadata(record, settings))
    })

  return {
    definition,
    run: (input, options) =>
      start(input, options, (run, _, metadata) => Effect.map(run, (value) => ({ value, metadata: metadata() }))),
    outcome: (input, options) =>
      start(input, options, (run, record, metadata) =>
        Effect.match(run, {
          onSuccess: (data): Outcome<unknown, unknown> => ({ success: true, data, metadata: metadata() }),
          onFailure: (error): Outcome<unknown, unknown> => ({
            success: false,
            error,
            ...(record.output === undefined ? undefined : { data: record.output.value }),
            metadata: metadata()
          })
        })),
    stats: Effect.sync(() => {
      const { failed, interrupted, succeeded } = counted
      const runs = succeeded.runs + failed.runs + interrupted.runs
      const totalMs = succeeded.totalMs + failed.totalMs + interrupted.totalMs
      return {
        runs,
        succeeded: { ...succeeded },
        failed: { ...failed },
        interrupted: { ...interrupted },
        totalMs,
        averageMs: runs === 0 ? 0 : totalMs / runs
      }
    })
  }
}

/** Calls hooks one after another. What they fail or die with is logged; interruption goes through. */
export const call = (hooks: ReadonlyArray<Hook<unknown>>, context: HookContext): Effect.Effect<void, never, unknown> =>
  Effect.forEach(hooks, (hook) =>
    Effect.suspend(() => {
      const answer = hook(context)
      if (Effect.isEffect(answer)) return answer
      return Effect.promise(() => Promise.resolve(answer))
    }).pipe(
      Effect.catchCause((cause) =>
        Cause.hasInterruptsOnly(cause)
          ? Effect.failCause(cause as Cause.Cause<never>)
          : Effect.logWarning(`A hook of ${context.agent} failed around ${context.phase}`, cause)
      )
    ), { discard: true })

const limitsOf = (timeout: Duration.Input | Limits): Limits =>
  typeof timeout === "object" && isLimits(timeout) ? timeout : { run: timeout as Duration.Input }

const isLimits = (timeout: object): timeout is Limits =>
  !Duration.isDuration(timeout) && !Array.isArray(timeout)
  && Object.keys(timeout).every((key) => limitNames.has(key))

const limitNames = new Set<string>(["validate", "execute", "finalize", "run"])

const endOf = (cause: Cause.Cause<unknown>): Run.State => {
  if (Cause.hasInterruptsOnly(cause)) return "interrupted"
  return cause.reasons.some((reason) => Cause.isFailReason(reason) && reason.error instanceof TimedOut)
    ? "timed-out"
    : "failed"
}

const strictly = { errors: "all", onExcessProperty: "error" } as const
const spanOptions = { captureStackTrace: false } as const
