/**
 * What a row says of its run. A row that cannot be read, such as one that another version of this program wrote, is a `DatabaseError`
 * that names the run.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlError } from "effect/sql/SqlError"
import { DatabaseError, QueryFailed } from "../../database/DatabaseError.ts"
import { RunNotFound } from "../DurableError.ts"
import { isFinal, State, type Status, Wait } from "../DurableRun.ts"
import * as Arguments from "./Arguments.ts"
import type * as ChildTable from "./ChildTable.ts"
import * as Ended from "./Ended.ts"
import { type Row, type RunTable, tag } from "./RunTable.ts"
import * as WorkerSigns from "./WorkerSigns.ts"

const readWaits = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Wait)))
const readAttributes = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.String)))
const readState = Schema.decodeSync(State)
const isState = Schema.is(State)

/** The failure to read what is kept of the run `id`. */
const unreadable = (id: string) => (cause: unknown): DatabaseError =>
  new DatabaseError({ reason: new QueryFailed({ operation: `reading run ${id}`, cause }) })

/** What `read` makes of what is kept of the run `id`: it throws where that cannot be read. */
export const reading = <A>(id: string, read: () => A): Effect.Effect<A, DatabaseError> =>
  Effect.try({ try: read, catch: unreadable(id) })

/** As `reading`, with an effect that fails there. */
export const readingBy = <A, E>(id: string, read: Effect.Effect<A, E>): Effect.Effect<A, DatabaseError> =>
  Effect.mapError(read, unreadable(id))

/** Reads the rows of runs, and what they say: `RunNotFound` for an unknown id, `DatabaseError` for a row that cannot be read. */
export const make = (table: RunTable, children: ChildTable.ChildTable) => {
  /** The row of a run, whose state is known. */
  const found = (given: string): Effect.Effect<Row, RunNotFound | DatabaseError | SqlError> =>
    Effect.gen(function*() {
      const id = yield* Arguments.id(given)
      const row = yield* table.find(id)
      if (row === undefined) return yield* new RunNotFound({ id })
      if (isState(row.state)) return row
      return yield* unreadable(id)(new Error(`its state is ${JSON.stringify(row.state)}`))
    })

  const childrenOf = (row: Row) => Effect.map(children.of(row.id), (rows) => rows.toSorted(byPlace))

  const statusOf = (
    row: Row,
    below: ReadonlyArray<ChildTable.ChildRow>
  ): Effect.Effect<Status, DatabaseError | SqlError> =>
    Effect.gen(function*() {
      const steps = yield* table.countSteps(row.id)
      const waits = isFinal(row.state) ? () => [] : yield* waitsOf(row, below)
      const optional = (name: "startedAt" | "endedAt", millis: number | string | null) =>
        millis === null ? {} : { [name]: DateTime.makeUnsafe(Number(millis)) }
      return yield* reading(row.id, () => ({
        id: row.id,
        pipeline: row.pipeline,
        version: row.version,
        key: row.run_key,
        state: readState(row.state),
        attempt: Number(row.attempt),
        steps,
        waitingFor: waits(),
        ...ending(row),
        ...(row.worker === null ? {} : { worker: row.worker }),
        ...(row.attributes === null ? {} : { attributes: readAttributes(row.attributes) }),
        ...(row.parent === null ? {} : { parent: row.parent }),
        ...(below.length === 0
          ? {}
          : { children: below.map(({ id, place, state }) => ({ id, step: place, state })) }),
        submittedAt: DateTime.makeUnsafe(Number(row.submitted_at)),
        ...optional("startedAt", row.started_at),
        ...optional("endedAt", row.ended_at)
      }))
    })

  const waitsOf = (
    row: Row,
    below: ReadonlyArray<ChildTable.ChildRow>
  ): Effect.Effect<() => ReadonlyArray<Wait>, SqlError> =>
    Effect.gen(function*() {
      const asked = [
        ...yield* table.approvals.undecided(row.id),
        ...below.length === 0 ? [] : yield* children.undecided(row.id)
      ]
      const signs = yield* table.workers.signs
      const others = yield* table.workers.withOtherSteps(tag({ name: row.pipeline, version: row.version }), row.shape)
      const now = yield* Clock.currentTimeMillis
      return () => {
        const approvals = asked.map(({ asked_at, step, text }): Wait => (
          { for: "approval", step, text, since: DateTime.makeUnsafe(Number(asked_at)) }
        ))
        const stated: ReadonlyArray<Wait> = row.waiting_for === null ? [] : readWaits(row.waiting_for)
        const all = [...approvals, ...stated, ...runsOf(below)]
        return [...all, ...WorkerSigns.waitOf(row, { signs, others, now }, all)]
      }
    })

  return { found, childrenOf, statusOf }
}

/** How a run ended, as its status says it. */
const ending = ({ result, state }: Row): Pick<Status, "failure" | "value"> => {
  if (result === null || (state !== "completed" && state !== "failed")) return {}
  const { exit, failure } = Ended.fromText(result)
  if (state === "failed") return failure === undefined ? {} : { failure }
  return isAnswer(exit) ? { value: exit.value } : {}
}

const isAnswer = Schema.is(Schema.TaggedStruct("Success", { value: Schema.Json }))

/** What a run waits for of its children, a step each. */
const runsOf = (below: ReadonlyArray<ChildTable.ChildRow>): ReadonlyArray<Wait> => {
  const open = new Map<string, number>()
  for (const { place, state } of below) {
    if (isFinal(state)) continue
    const step = place.slice(0, place.lastIndexOf("/"))
    open.set(step, (open.get(step) ?? 0) + 1)
  }
  return Array.from(open, ([step, open]) => ({ for: "runs", step, open }))
}

/** Items in the order of their list. */
const byPlace = (a: ChildTable.ChildRow, b: ChildTable.ChildRow): number => collator.compare(a.place, b.place)
const collator = new Intl.Collator("en", { numeric: true })
