/**
 * What the caller of a run gets, made of the exit of its phases.
 */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { AgentResult, Outcome, RunMetadata } from "../AgentResult.ts"
import type { LaunchedRun } from "./LaunchedRun.ts"
import * as StepOrigin from "./StepOrigin.ts"

/** Makes the answer to the caller of a run. */
export interface RunAnswer<A, E> {
  /** Of the exit of its phases, where nothing is around them. */
  readonly ofExit: (run: LaunchedRun, exit: Exit.Exit<unknown, unknown>) => Exit.Exit<A, E>
  /** Of the run with all that is around its phases. */
  readonly ofRun: (run: LaunchedRun, whole: Effect.Effect<unknown, unknown, unknown>) => Effect.Effect<A, E, unknown>
}

let latest = DateTime.makeUnsafe(0)

/** As a `DateTime`. To make one takes a tenth of a short run, and many runs begin in one millisecond: they share it. */
const momentOf = (millis: number): DateTime.Utc =>
  latest.epochMilliseconds === millis ? latest : latest = DateTime.makeUnsafe(millis)

/** What is known of a run by now. */
export const metadataOf = ({ plan, record }: LaunchedRun): RunMetadata => {
  const made: { -readonly [K in keyof RunMetadata]: RunMetadata[K] } = {
    agent: record.agent,
    version: record.version,
    runId: record.id,
    state: record.state,
    startedAt: momentOf(record.startedAt),
    citations: plan.citations === "on" ? record.citations : [],
    annotations: record.annotations,
    usage: record.usage
  }
  if (plan.metrics === "on") made.durationMs = record.elapsed
  return made
}

const resultOf = (run: LaunchedRun, value: unknown): AgentResult<unknown> => ({ value, metadata: metadataOf(run) })

/** The answer of `run`. */
export const result: RunAnswer<AgentResult<unknown>, unknown> = {
  ofExit: (run, exit) => Exit.isSuccess(exit) ? Exit.succeed(resultOf(run, exit.value)) : Exit.failCause(exit.cause),
  ofRun: (run, whole) => Effect.map(whole, (value) => resultOf(run, value))
}

type AnyOutcome = Outcome<unknown, unknown>

const success = (run: LaunchedRun, value: unknown): AnyOutcome => ({ success: true, value, metadata: metadataOf(run) })

const failure = (run: LaunchedRun, reason: Cause.Fail<unknown>): AnyOutcome => {
  const step = StepOrigin.of(reason)?.path
  return {
    success: false,
    error: reason.error,
    ...(step === undefined ? undefined : { step }),
    ...(run.record.output === undefined ? undefined : { value: run.record.output.value }),
    metadata: metadataOf(run)
  }
}

/** The answer of `outcome`: only defects and interruptions are failures. */
export const outcome: RunAnswer<AnyOutcome, never> = {
  ofExit: (run, exit) => {
    if (Exit.isSuccess(exit)) return Exit.succeed(success(run, exit.value))
    const reason = exit.cause.reasons.find(Cause.isFailReason)
    // Without such a reason, nothing of it has a type.
    return reason === undefined ? exit as Exit.Exit<never> : Exit.succeed(failure(run, reason))
  },
  ofRun: (run, whole) =>
    Effect.catchCauseFilter(
      Effect.map(whole, (value) => success(run, value)),
      Cause.findFail,
      (reason) => Effect.sync(() => failure(run, reason))
    )
}
