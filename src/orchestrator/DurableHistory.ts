/**
 * Durable runs in the history: their entries are those of runs in process, and so are their pages.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Run from "../agent/Run.ts"
import type { DatabaseError } from "../database/DatabaseError.ts"
import * as Durable from "../durable/Durable.ts"
import type { NotEnded, ResultExpired, RunNotFound } from "../durable/DurableError.ts"
import type * as DurableRun from "../durable/DurableRun.ts"
import * as PipelineReport from "../pipeline/PipelineReport.ts"
import { type Entry, History, type Outcome } from "./History.ts"
import * as RunRecorder from "./RunRecorder.ts"

/**
 * The entry of a durable run that has ended. `HtmlReport.render` of `greenlang/report` makes a page of it, with the events of the
 * record. The time of the run includes what it waited for persons, for time and for workers.
 *
 * @category conversions
 */
export const entryOf = ({ events, input, metadata, status }: DurableRun.Record): Entry => {
  const { criticalPath, steps } = PipelineReport.fold(events)
  const startedAt = status.startedAt ?? status.submittedAt
  const noted = RunRecorder.noted(metadata?.annotations)
  return {
    id: status.id,
    agent: status.pipeline,
    version: status.version,
    kind: "pipeline",
    outcome: outcomeOf(status, noted.length > 0),
    startedAt,
    durationMs: DateTime.toEpochMillis(status.endedAt ?? startedAt) - DateTime.toEpochMillis(startedAt),
    attributes: { ...status.attributes, key: status.key, attempt: `${status.attempt}` },
    input,
    ...(status.value === undefined ? {} : { output: status.value }),
    failures: [...(status.failure === undefined ? [] : [status.failure]), ...noted],
    steps,
    criticalPath,
    usage: metadata?.usage ?? Run.noUsage,
    citations: metadata?.citations ?? [],
    annotations: metadata?.annotations ?? {}
  }
}

const outcomeOf = ({ state }: DurableRun.Status, hasNoted: boolean): Outcome =>
  state === "cancelled" ? "interrupted" : state === "failed" ? "failed" : hasNoted ? "incomplete" : "completed"

/**
 * Adds the durable run `id`, which has ended, to the history, and answers with its entry.
 *
 * @category recording
 */
export const add = (
  id: string
): Effect.Effect<Entry, NotEnded | ResultExpired | RunNotFound | DatabaseError, Durable.Durable | History> =>
  Effect.gen(function*() {
    const entry = entryOf(yield* Durable.record(id))
    yield* History.use((history) => history.add(entry))
    return entry
  })
