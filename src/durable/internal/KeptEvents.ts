/**
 * Which events of a run another attempt keeps: those of what it does not run again, with their own times. What runs again emits its own.
 *
 * 1. What a record covers is kept: the events of the step that was recorded, and of all inside of it.
 * 2. A step without a record of its own, such as a list or an approval, is kept where it succeeded and nothing of it is forgotten.
 * 3. Of a step that runs again around what is kept, its beginning is kept.
 * 4. A step that was interrupted as it succeeded ends as it did: its interruption is not kept.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { State } from "../DurableRun.ts"
import * as StepPath from "./StepPath.ts"

/** An event, as far as it is looked at. */
interface Event {
  readonly position: number | string
  readonly _tag: string
  /** Of its step: `undefined` where it is of the run. */
  readonly place: string | undefined
}

/** Reads a row. What cannot be read is of no step, and not kept. */
const fromRow = ({ event, position }: { readonly position: number | string; readonly event: string }): Event => {
  try {
    const { _tag, path } = JSON.parse(event)
    return { position, _tag, place: path.length === 0 ? undefined : StepPath.of(path) }
  } catch {
    return { position, _tag: "RunEnded", place: undefined }
  }
}

const starts: ReadonlySet<string> = new Set(["RunStarted", "PipelineStarted", "AgentStarted", "StepStarted"])
const successes: ReadonlySet<string> = new Set(["StepFinished", "StepSkipped", "StepCached"])
const failures: ReadonlySet<string> = new Set(["StepFailed", "StepInterrupted"])

/**
 * The positions of the events that another attempt does not keep. `recorded` are the paths of the records that it keeps, and
 * `forgotten` those of what it runs, or asks, anew.
 */
const outdated = (
  events: ReadonlyArray<Event>,
  recorded: ReadonlyArray<string>,
  forgotten: ReadonlyArray<string>
): ReadonlyArray<number | string> => {
  const ended = new Map<string, boolean>()
  for (const { _tag, place } of events) {
    if (place !== undefined && (successes.has(_tag) || failures.has(_tag))) ended.set(place, successes.has(_tag))
  }
  const anew = new Set(forgotten.map(withoutAttempts))
  const aroundAnew = new Set([...anew].flatMap(placesAround))
  const records = new Set(recorded)
  const isKept = (place: string): boolean => {
    const all = [place, ...placesAround(place)]
    if (all.some((one) => anew.has(one))) return false
    if (all.some((one) => records.has(one))) return true
    return ended.get(place) === true && !aroundAnew.has(place)
  }
  const kept = [...records, ...[...ended.keys()].filter(isKept)]
  const aroundKept = new Set(kept.flatMap(placesAround))
  return events.flatMap(({ _tag, place, position }) => {
    const stays = place === undefined
      ? _tag !== "RunEnded"
      : (isKept(place) && !(failures.has(_tag) && records.has(place))) ||
        (starts.has(_tag) && aroundKept.has(place) && !isAnew(place, anew))
    return stays ? [] : [position]
  })
}

const isAnew = (place: string, anew: ReadonlySet<string>): boolean =>
  [place, ...placesAround(place)].some((one) => anew.has(one))

/** The places around a place, the innermost first. */
const placesAround = (place: string): ReadonlyArray<string> => {
  const names = place.split("/")
  return names.slice(1).map((_, at) => names.slice(0, names.length - 1 - at).join("/"))
}

/** Events of all attempts at a step have the place of the step. */
const withoutAttempts = (path: string): string =>
  path.split("/").filter((name) => !/^attempt \d+( of retry \d+)?$/.test(name)).join("/")

/** Deletes the events of the run `id` that another attempt does not keep, after its records and its questions. */
export const forget = (
  sql: SqlClient.SqlClient,
  id: string,
  forgotten: ReadonlyArray<string>
): Effect.Effect<void, SqlError> =>
  Effect.gen(function*() {
    const answers = yield* sql<{ readonly path: string }>`SELECT path FROM durable_steps
      WHERE run = ${id} AND kind = 'answer'`
    const children = yield* sql<{ readonly place: string; readonly state: State }>`SELECT place, state
      FROM durable_runs WHERE parent = ${id} AND place IS NOT NULL`
    const placesOf = (isAnswered: boolean) =>
      children.flatMap(({ place, state }) => (state === "completed") === isAnswered ? [place] : [])
    const rows = yield* sql<{ readonly position: number | string; readonly event: string }>`
      SELECT position, event FROM durable_events WHERE run = ${id} ORDER BY position`
    const positions = outdated(
      rows.map(fromRow),
      [...answers.map(({ path }) => path), ...placesOf(true)],
      [...forgotten, ...placesOf(false)]
    )
    for (const some of Arr.chunksOf(positions, 500)) {
      yield* sql`DELETE FROM durable_events WHERE ${sql.in("position", some)}`
    }
  })
