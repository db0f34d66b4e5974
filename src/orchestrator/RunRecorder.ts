/**
 * Records one run: adds up its events once, and gives every sink the same record when the run ends, however it ends.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import { InvalidInput } from "../agent/AgentError.ts"
import type { AgentResult } from "../agent/AgentResult.ts"
import * as Decoding from "../agent/internal/Decoding.ts"
import { Claim, CurrentClaim, uuidv7 } from "../agent/internal/LiveRun.ts"
import * as Observer from "../agent/internal/Observer.ts"
import * as StepOrigin from "../agent/internal/StepOrigin.ts"
import * as TaggedMessage from "../agent/internal/TaggedMessage.ts"
import * as Run from "../agent/Run.ts"
import * as Deadline from "../internal/Deadline.ts"
import * as Described from "../internal/Described.ts"
import * as Redaction from "../internal/Redaction.ts"
import * as SafeJson from "../internal/SafeJson.ts"
import * as StepScope from "../pipeline/internal/StepScope.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import { PipelineFailed } from "../pipeline/PipelineFailed.ts"
import { type Timeline, TimelineFold } from "../pipeline/PipelineReport.ts"
import type { Entry, Failure, Outcome } from "./History.ts"
import * as ShownEvents from "./internal/ShownEvents.ts"
import { RunFailed } from "./OrchestratorError.ts"
import { PolicyDenied } from "./Policy.ts"

/**
 * What is known of a run while it goes on. `timeline` adds up its events. `input` is there once the input could be read,
 * by what has read it: the agent, or `read`.
 */
export interface Draft {
  readonly id: string
  readonly startedAt: number
  readonly timeline: TimelineFold
  input: Schema.Json | undefined
  /** The secrets of the input, once it could be read. */
  secrets: Redaction.Secrets | undefined
  /** Hides the secrets that are known by now. */
  readonly redaction: () => Redaction.Redact
  readonly failures: Array<Failure>
  /** Gives the run its id. */
  readonly claim: Claim
}

/** A run that has ended: its record, and where its time went. */
export interface Recorded {
  readonly entry: Entry
  readonly timeline: Timeline
  /** The answer by the schema of the agent. Of its secrets, those that its schema says are `Redacted` are hidden. */
  readonly output: Schema.Json | undefined
  /** Hides the secrets of the run in what a sink shows beside the record. */
  readonly redact: Redaction.Redact
}

/**
 * Where a run is recorded to: a terminal, a history, a page, the readers of events. All sinks of a run see the same id, the
 * same events and the same record.
 */
export interface Sink<R = never> {
  /** Takes each event as it happens; the run waits for it. What it throws is logged, and the run goes on. */
  readonly event?: (event: PipelineEvent, run: Draft) => void
  /** Whether `event` is for what models and tools emit, too. Then models stream. Default: true. */
  readonly isDetailed?: boolean
  /** Takes the end of each step, with its answer. */
  readonly step?: StepScope.Witness
  /** Takes the record, however the run has ended. It cannot be interrupted. */
  readonly end?: (recorded: Recorded) => Effect.Effect<void, never, R>
}

/**
 * Runs `body`, whose first run of an agent gets the id of the draft, and gives each sink what happens and how the run ended.
 * Where another recorder around it records the same run, both use the same id.
 */
export const make = <B extends Pick<AgentResult<unknown>, "value">, E, R, R2 = never>(
  options: {
    readonly agent: Agent.Any
    readonly attributes?: Readonly<Record<string, string>>
    readonly sinks: ReadonlyArray<Sink<R2>>
  },
  body: (draft: Draft) => Effect.Effect<B, E, R>
): Effect.Effect<B, E, R | R2> =>
  Effect.gen(function*() {
    const { agent, attributes = {}, sinks } = options
    const clock = yield* Clock.Clock
    const startedAt = clock.currentTimeMillisUnsafe()
    const began = clock.monotonicTimeNanosUnsafe()
    const claim = (yield* CurrentClaim)?.share() ?? new Claim(uuidv7(startedAt, yield* Random.Random))
    let known: ShownEvents.Hiding | undefined
    const hiding = (): ShownEvents.Hiding => {
      if (known !== undefined) return known
      const input = claim.record?.input
      const secrets = draft.secrets ?? (input === undefined ? undefined : Redaction.ofValue(input))
      const made = ShownEvents.hiding(secrets)
      // Before the input was read, there are secrets that are not known.
      if (secrets !== undefined) known = made
      return made
    }
    const redaction = () => hiding().redact
    const draft: Draft = {
      id: claim.id,
      startedAt,
      timeline: new TimelineFold(),
      input: undefined,
      secrets: undefined,
      redaction,
      failures: [],
      claim
    }
    const log = Effect.runForkWith(yield* Effect.context())
    const shown = new ShownEvents.ShownEvents(hiding)
    const listen = (emitted: PipelineEvent) => {
      for (const event of shown.of(emitted)) show(event)
    }
    const show = (event: PipelineEvent) => {
      draft.timeline.add(event)
      for (const sink of sinks) {
        try {
          sink.event?.(event, draft)
        } catch (error) {
          log(Effect.logWarning(`a recorder threw at ${event._tag}`, Cause.die(error)))
        }
      }
    }
    const witnesses = sinks.flatMap(({ step }) => step ?? [])
    const witness: StepScope.Witness | undefined = witnesses.length === 0
      ? undefined
      : (path, ended) => {
        for (const step of witnesses) {
          try {
            step(path, ended)
          } catch (error) {
            log(Effect.logWarning("a recorder threw at the end of a step", Cause.die(error)))
          }
        }
      }
    const isDetailed = sinks.some((sink) => sink.event !== undefined && sink.isDetailed !== false)
    const run = Effect.suspend(() => body(draft)).pipe(
      (run) => Observer.observe(run, (clock) => new StepScope.StepListener(clock, listen, { isDetailed, witness })),
      Effect.provideService(CurrentClaim, claim)
    )
    const write = Effect.fnUntraced(function*(exit: Exit.Exit<B, E>) {
      const { record } = claim
      // the run has read its input, and checked its answer, by these schemas
      const input = draft.input ??
        (record?.input === undefined ? undefined : yield* inTime(SafeJson.ofRead(agent.input, record.input)))
      const output = Exit.isSuccess(exit) ? yield* inTime(SafeJson.ofRead(agent.output, exit.value.value)) : undefined
      const { timeline } = draft.timeline
      if (!Pipeline.isPipeline(agent)) {
        witness?.([agent.name], { exit, citations: record?.citations ?? [], given: undefined })
      }
      const failures = [...draft.failures, ...failuresOf(exit), ...noted(record?.annotations)]
      const redact = yield* withWarning((json) => redaction()(json))
      const durationMs = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e6
      // a large value takes long to hide, and few sinks look at it
      let made: Entry | undefined
      const makeEntry = (): Entry => {
        const shownInput = input === undefined ? undefined : redact(input)
        // an answer may be the input itself
        const shownOutput = output === undefined ? undefined : output === input ? shownInput : redact(output)
        return {
          id: claim.id,
          agent: agent.name,
          version: agent.version,
          kind: Pipeline.isPipeline(agent) ? "pipeline" : "agent",
          outcome: outcomeOf(agent.name, exit, noted(record?.annotations)),
          startedAt: DateTime.makeUnsafe(startedAt),
          durationMs,
          attributes: redact(attributes),
          ...(shownInput === undefined ? {} : { input: shownInput }),
          ...(shownOutput === undefined ? {} : { output: shownOutput }),
          failures: redact(failures),
          steps: timeline.steps,
          criticalPath: timeline.criticalPath,
          usage: record?.usage ?? Run.noUsage,
          citations: redact(record?.citations ?? []),
          annotations: redact(record?.annotations ?? {})
        }
      }
      const recorded: Recorded = {
        timeline,
        output,
        redact,
        get entry() {
          return made ??= makeEntry()
        }
      }
      for (const { end } of sinks) {
        if (end !== undefined) yield* aside(Effect.suspend(() => end(recorded)))
      }
    })
    return yield* Effect.onExit(run, (exit) => aside(write(exit)))
  })

/** A part of a record that cannot be shown is logged and left out: the rest of the record is kept. */
const withWarning = (redact: Redaction.Redact): Effect.Effect<Redaction.Redact> =>
  Effect.map(Effect.context<never>(), (context): Redaction.Redact => (json) => {
    try {
      return redact(json)
    } catch (error) {
      Effect.runForkWith(context)(Effect.logWarning("a part of a record was left out", Cause.die(error)))
      const nothing: unknown = typeof json === "string" ? Redaction.redacted : Array.isArray(json) ? [] : {}
      return nothing as typeof json
    }
  })

/** What records a run stands beside it: where that fails, the run stays what it is. */
const aside = <R>(self: Effect.Effect<void, never, R>): Effect.Effect<void, never, R> =>
  Effect.catchCause(self, (cause) => Effect.ignoreCause(Effect.logWarning("a recorder failed", cause)))

/** As `SafeJson.toJson`, and nothing where the schema takes longer than a second. */
export const json = (schema: Schema.Constraint, value: unknown): Effect.Effect<Schema.Json | undefined> =>
  inTime(SafeJson.toJson(schema, value))

const inTime = (encoded: Effect.Effect<Schema.Json | undefined>): Effect.Effect<Schema.Json | undefined> =>
  Effect.orElseSucceed(Deadline.beside(encoded, Duration.seconds(1), () => "late"), () => undefined)

/** Runs `self` outside of the run that is recorded. */
export const apart = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  self.pipe(Effect.provideService(CurrentClaim, undefined), Effect.provideService(Observer.Current, undefined))

/** Reads an input by the schema of the agent, for which unknown keys are mistakes, and keeps it in the draft. */
export const read = Effect.fnUntraced(function*(
  agent: Agent.Any,
  input: unknown,
  draft: Draft,
  onExcessProperty: "error" | "ignore" = "error"
) {
  const decode = Decoding.make(agent.input, (issues) => new InvalidInput({ agent: agent.name, issues }))
  const search: SafeJson.SecretSearch = { mayHold: true }
  const read = yield* decode(input, onExcessProperty, search)
  draft.claim.given = { schema: agent.input, input, onExcessProperty, value: read }
  draft.secrets = search.mayHold ? Redaction.ofValue(read) : []
  draft.input = yield* inTime(SafeJson.ofRead(agent.input, read))
  return read
})

/** The failures of steps that a run went on without. */
export const noted = (annotations: Readonly<Record<string, Schema.Json>> | undefined): ReadonlyArray<Failure> => {
  const failures = annotations?.["failures"]
  return Array.isArray(failures) ? failures.flatMap((one) => Option.toArray(readFailure(one))) : []
}

const readFailure = Schema.decodeUnknownOption(Schema.Struct({
  step: Schema.optionalKey(Schema.String),
  _tag: Schema.String,
  message: Schema.String
}))

/** Every failure with its step, where it is known. */
const failuresOf = (exit: Exit.Exit<unknown, unknown>): ReadonlyArray<Failure> => {
  if (Exit.isSuccess(exit)) return []
  return exit.cause.reasons.flatMap((reason): ReadonlyArray<Failure> => {
    if (Cause.isInterruptReason(reason)) return []
    const step = StepOrigin.of(reason)?.path
    if (Cause.isFailReason(reason)) return failures(reason.error, step)
    return [{ ...atStep(step), ...TaggedMessage.of(reason.defect), _tag: "Defect" }]
  })
}

/** The steps that failed, or the error itself, with the path of its step. */
export const failures = (error: unknown, step?: ReadonlyArray<string>): ReadonlyArray<Failure> =>
  Described.isInstance(error, RunFailed)
    ? error.failures
    : Described.isInstance(error, PipelineFailed) && error.errors.length > 0
    ? error.errors.map(({ error, path, step }) => ({ ...atStep(path ?? [step]), ...TaggedMessage.of(error) }))
    : [{ ...atStep(step), ...TaggedMessage.of(error) }]

const atStep = (step: ReadonlyArray<string> | undefined): Pick<Failure, "step"> =>
  step === undefined ? {} : { step: step.join(" / ") }

const outcomeOf = (agent: string, exit: Exit.Exit<unknown, unknown>, noted: ReadonlyArray<Failure>): Outcome => {
  if (Exit.isSuccess(exit)) return noted.length > 0 ? "incomplete" : "completed"
  if (Cause.hasInterruptsOnly(exit.cause)) return "interrupted"
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  if (Described.isInstance(error, PolicyDenied)) return "denied"
  return Described.isInstance(error, InvalidInput) && error.agent === agent ? "rejected" : "failed"
}
