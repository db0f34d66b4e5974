/**
 * One run whose end is written down, whichever end that is.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import { InvalidInput } from "../agent/AgentError.ts"
import type { AgentResult } from "../agent/AgentResult.ts"
import { Claim, CurrentClaim, uuidv7 } from "../agent/internal/LiveRun.ts"
import * as Observer from "../agent/internal/Observer.ts"
import * as Issue from "../agent/Issue.ts"
import * as Run from "../agent/Run.ts"
import * as Recorded from "../internal/SafeJson.ts"
import * as TaggedMessage from "../internal/TaggedMessage.ts"
import * as StepScope from "../pipeline/internal/StepScope.ts"
import type * as Pipeline from "../pipeline/Pipeline.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import { PipelineFailed } from "../pipeline/PipelineFailed.ts"
import { TimelineFold } from "../pipeline/PipelineReport.ts"
import type { Entry, Failure, Outcome } from "./History.ts"
import { WorkflowFailed } from "./OrchestratorError.ts"
import { PolicyDenied } from "./Policy.ts"

/** What is known of the run while it goes on. */
export interface Draft {
  readonly id: string
  readonly startedAt: number
  /** As it will be kept, once it could be read. */
  input: Schema.Json | undefined
  readonly failures: Array<Failure>
}

/**
 * Runs `body`, whose first run of an agent gets the id of the draft, and gives `keep` what became of it, uninterruptibly.
 * `listen` hears the events of the pipeline. Where somebody around it records the same run, both give it the same id.
 */
export const make = <A, E, R>(
  options: {
    readonly agent: Agent.Any
    readonly attributes: Readonly<Record<string, string>>
    readonly listen: (draft: Draft, event: PipelineEvent) => void
    readonly witness?: StepScope.Witness | undefined
    readonly keep: (entry: Entry) => Effect.Effect<void>
  },
  body: (draft: Draft) => Effect.Effect<AgentResult<A>, E, R>
): Effect.Effect<AgentResult<A>, E, R> =>
  Effect.gen(function*() {
    const { agent, attributes, keep, listen, witness } = options
    const clock = yield* Clock.Clock
    const startedAt = clock.currentTimeMillisUnsafe()
    const began = clock.monotonicTimeNanosUnsafe()
    const claim = (yield* CurrentClaim)?.share() ?? new Claim(uuidv7(startedAt, yield* Random.Random))
    const draft: Draft = { id: claim.id, startedAt, input: undefined, failures: [] }
    const seen = new TimelineFold()
    const hear = (event: PipelineEvent) => {
      seen.add(event)
      listen(draft, event)
    }
    const run = Effect.suspend(() => body(draft)).pipe(
      (run) => Observer.observe(run, (clock) => new StepScope.StepListener(clock, hear, { witness })),
      Effect.provideService(CurrentClaim, claim)
    )
    const write = Effect.fnUntraced(function*(exit: Exit.Exit<AgentResult<A>, E>) {
      const { record } = claim
      const output = Exit.isSuccess(exit) ? yield* Recorded.toJson(agent.output, exit.value.value) : undefined
      const { criticalPath, steps } = seen.timeline
      const failures = [...draft.failures, ...failuresOf(exit), ...noted(record?.annotations)]
      yield* keep({
        id: claim.id,
        workflow: agent.name,
        version: agent.version,
        kind: isPipeline(agent) ? "pipeline" : "agent",
        outcome: outcomeOf(agent.name, exit, noted(record?.annotations)),
        startedAt: DateTime.makeUnsafe(startedAt),
        durationMs: Number(clock.monotonicTimeNanosUnsafe() - began) / 1e6,
        attributes,
        ...(draft.input === undefined ? {} : { input: draft.input }),
        ...(output === undefined ? {} : { output }),
        failures,
        steps,
        criticalPath,
        usage: record?.usage ?? Run.noUsage,
        citations: record?.citations ?? [],
        annotations: record?.annotations ?? {}
      })
    })
    return yield* Effect.onExit(run, write)
  })

/** What `self` runs is no part of the run that is recorded. */
export const apart = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  self.pipe(Effect.provideService(CurrentClaim, undefined), Effect.provideService(Observer.Current, undefined))

/** Reads an input by the schema of the agent, for which unknown keys are mistakes, and keeps it in the draft. */
export const read = Effect.fnUntraced(function*(
  agent: Agent.Any,
  input: unknown,
  draft: Draft,
  onExcessProperty: "error" | "ignore" = "error"
) {
  const decode = Schema.decodeUnknownEffect(agent.input, { errors: "all", onExcessProperty })
  const read = yield* Effect.mapError(
    decode(input),
    ({ issue }) => new InvalidInput({ agent: agent.name, issues: Issue.describe(agent.input, issue) })
  )
  draft.input = yield* Recorded.toJson(agent.input, read)
  return read
})

/** What failed in a run that went on without it. */
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
    if (Cause.isDieReason(reason)) return [{ ...TaggedMessage.of(reason.defect), _tag: "Defect" }]
    return told(reason.error)
  })
}

/** The steps that failed, or the error itself. */
export const told = (error: unknown): ReadonlyArray<Failure> =>
  error instanceof WorkflowFailed
    ? error.failures
    : error instanceof PipelineFailed && error.errors.length > 0
    ? error.errors.map(({ error, step }) => ({ step, ...TaggedMessage.of(error) }))
    : [TaggedMessage.of(error)]

const outcomeOf = (agent: string, exit: Exit.Exit<unknown, unknown>, gone: ReadonlyArray<Failure>): Outcome => {
  if (Exit.isSuccess(exit)) return gone.length > 0 ? "incomplete" : "completed"
  if (Cause.hasInterruptsOnly(exit.cause)) return "interrupted"
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  if (error instanceof PolicyDenied) return "denied"
  return error instanceof InvalidInput && error.agent === agent ? "rejected" : "failed"
}

export const isPipeline = (agent: Agent.Any): agent is Pipeline.Any => "steps" in agent
