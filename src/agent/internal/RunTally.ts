/**
 * Counts how the runs of one agent ended, for its `stats` and for readers of Effect's metrics.
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import * as Described from "../../internal/Described.ts"
import { TimedOut } from "../AgentError.ts"
import type { State } from "../Run.ts"
import type { Stats } from "../Stats.ts"

/** Milliseconds, from a synchronous agent to one that asks language models for a while. */
const boundaries = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000]

/** The counts of one agent. Times are in milliseconds. */
export class RunTally {
  private readonly succeeded = { runs: 0, totalMs: 0 }
  private readonly failed = { runs: 0, totalMs: 0 }
  private readonly interrupted = { runs: 0, totalMs: 0 }
  private readonly runs = new Map<State, Metric.Metric<number, unknown>>()
  private readonly durations: Metric.Metric<number, unknown>
  private readonly agent: string
  private readonly version: string

  constructor(agent: string, version: string) {
    this.agent = agent
    this.version = version
    this.durations = Metric.histogram("greenlang_agent_run_milliseconds", {
      description: "Time that runs took",
      attributes: { agent, version },
      boundaries
    })
  }

  /** `elapsed` in milliseconds, `undefined` where metrics are off. */
  count(state: State, elapsed: number | undefined, context: Context.Context<never>): void {
    const tally = state === "completed" ? this.succeeded : state === "interrupted" ? this.interrupted : this.failed
    tally.runs++
    if (elapsed === undefined) return
    tally.totalMs += elapsed
    this.counter(state).updateUnsafe(1, context)
    this.durations.updateUnsafe(elapsed, context)
  }

  read(): Stats {
    const { failed, interrupted, succeeded } = this
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
  }

  private counter(state: State): Metric.Metric<number, unknown> {
    const known = this.runs.get(state)
    if (known !== undefined) return known
    const counter = Metric.counter("greenlang_agent_runs", {
      description: "Runs that ended, by how",
      attributes: { agent: this.agent, version: this.version, state },
      incremental: true
    })
    this.runs.set(state, counter)
    return counter
  }
}

/** The state of a run of `agent` that ended with `cause`. */
export const stateAfter = (agent: string, cause: Cause.Cause<unknown>): State => {
  if (Cause.hasInterruptsOnly(cause)) return "interrupted"
  return cause.reasons.some((reason) =>
      Cause.isFailReason(reason) && Described.isInstance(reason.error, TimedOut) && reason.error.agent === agent
    )
    ? "timed-out"
    : "failed"
}
