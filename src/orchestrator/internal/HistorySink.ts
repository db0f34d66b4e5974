/**
 * Writes the record of each run to the history, and emits `NotRecorded` for what the history lacks, then `Ended`.
 *
 * 1. The run waits for the history no longer than the limit.
 * 2. Nothing that fails here is a failure of the run.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Returned from "../../agent/internal/Returned.ts"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import * as Deadline from "../../internal/Deadline.ts"
import * as SafeJson from "../../internal/SafeJson.ts"
import type { Entry, History } from "../History.ts"
import type { OrchestratorEvent } from "../OrchestratorEvent.ts"
import type * as RunRecorder from "../RunRecorder.ts"

/** The values of a run, as far as it has come. */
export interface Values {
  input?: unknown
  output?: unknown
  /** The output by the schema of the agent. */
  json?: Schema.Json | undefined
}

/** Records runs in `history`, each within `limit`. */
export const make = ({ emit, history, limit }: {
  readonly history: History["Service"]
  readonly limit: Duration.Duration
  readonly emit: (event: OrchestratorEvent) => void
}) => {
  const late = () => new Cause.TimeoutError(`the history did not answer within ${Duration.format(limit)}`)

  const keep = ({ entry, redact }: RunRecorder.Recorded): Effect.Effect<void> => {
    const { id, outcome, agent } = entry
    return Deadline.beside(
      Effect.suspend(() => Returned.effectOf(history.add(entry), "`add`", "`History`")),
      limit,
      late
    ).pipe(
      Effect.catchCause((cause) => {
        const message = redact(TaggedMessage.of(Cause.squash(cause)).message)
        return Effect.andThen(
          Effect.map(Clock.currentTimeMillis, (at) => emit({ _tag: "NotRecorded", id, agent, message, at })),
          // The logger may fail too.
          Effect.ignoreCause(
            Effect.logError(`the run ${id} of ${agent} could not be kept in the history: ${message}`)
          )
        )
      }),
      Effect.andThen(Clock.currentTimeMillis),
      Effect.map((at) => emit({ _tag: "Ended", id, agent, outcome, at }))
    )
  }

  /** Emits which values the entry has lost for their depth. */
  const reportMissing = (entry: Entry, values: Values) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      const { id, agent } = entry
      for (const name of ["input", "output"] as const) {
        if (name in entry || !SafeJson.isDeep(values[name])) continue
        const message = `its ${name} is left out: it has more than ${SafeJson.mostLevels} levels, or is a circle`
        emit({ _tag: "NotRecorded", id, agent, message, at })
      }
    }).pipe(Effect.ignoreCause)

  return (recorded: RunRecorder.Recorded, values: Values): Effect.Effect<void> =>
    Effect.andThen(reportMissing(recorded.entry, values), keep(recorded))
}
