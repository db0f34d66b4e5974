/**
 * How a durable run waits for a person or for a time.
 *
 * 1. While a step of the run is running, a wait for a person looks when something has changed, and now and then. Once nothing runs, the
 *    run is parked: the engine puts it aside, and it costs no memory until a worker wakes it.
 * 2. Before it is parked, the row of the run says when to wake it, and the wait looks once more. Whatever is decided while the
 *    run is open writes that row, too, and parking never puts a waking off: one of the two comes second, and the run wakes.
 * 3. What a wait records before it waits counts as a step that is running: a run is not parked before all of its waits are
 *    known, and every person is asked.
 * 4. When a pause ends is recorded when it begins, so that it ends at the same time wherever the run goes on.
 * 5. One wait parks the run at a time, and only while the run waits for the same: where another wait has ended, the run goes on.
 * 6. A run that its process hands over is parked, too: it goes on a moment later, in another process.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Workflow from "effect/workflow/Workflow"
import type * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import type { Question } from "../../agent/Approval.ts"
import * as DurableStep from "../../agent/internal/DurableStep.ts"
import type * as Redaction from "../../internal/Redaction.ts"
import * as StepPerformer from "../../pipeline/internal/StepPerformer.ts"
import { Wait } from "../DurableRun.ts"
import * as ApprovalTable from "./ApprovalTable.ts"
import { persist } from "./Persist.ts"
import type { RunJournal } from "./RunJournal.ts"
import type { Attempt, RunTable } from "./RunTable.ts"
import * as TextDigest from "./TextDigest.ts"

type Instance = WorkflowEngine.WorkflowInstance["Service"]

/** How often a wait for a person looks that is beside running steps, where another process may decide. Milliseconds. */
const lookEvery = 200

const writeWaits = Schema.encodeSync(Schema.fromJsonString(Schema.Array(Wait)))

/** Waits until `look` has found something, or `until` has come. */
const wait = <A>(
  journal: RunJournal,
  instance: Instance,
  place: string,
  waiting: Wait,
  look: Effect.Effect<Option.Option<A>>,
  until?: number
): Effect.Effect<A> =>
  Effect.gen(function*() {
    journal.waits.set(place, { wait: waiting, until })
    while (true) {
      const seen = journal.signal.changes
      const found = yield* look
      if (Option.isSome(found)) return found.value
      // Whatever ended last starts the steps after it, and other waits register.
      yield* journal.scheduler.quiet
      if (journal.isIdle) {
        const found = yield* park(journal, suspend(journal, instance), look)
        if (Option.isSome(found)) return found.value
        continue
      }
      const again = until === undefined
        ? journal.signal.within(lookEvery, seen)
        : Effect.sleep(Math.max(1, until - (yield* Clock.currentTimeMillis)))
      yield* Effect.raceFirst(journal.idle, again)
    }
  }).pipe(
    Effect.tap(() => Effect.sync(() => journal.log.goesOn())),
    Effect.ensuring(Effect.sync(() => journal.waits.delete(place)))
  )

/**
 * Puts the whole run aside. The step that waits does not end by that: where others had failed beside it, the run has not failed yet.
 */
const suspend = (journal: RunJournal, instance: Instance): Effect.Effect<never> =>
  Effect.interruptible(Effect.callback(() => {
    instance.suspended = true
    Deferred.doneUnsafe(journal.parked, Effect.void)
  }))

/**
 * Parks the run by `suspend`, once its row says so, where `look` still finds nothing and no other wait of the run has ended, or begun,
 * meanwhile. Answers with what `look` found. One wait parks the run at a time, so that no other writes that the run goes on after that.
 */
export const park = <A>(
  journal: RunJournal,
  suspend: Effect.Effect<never>,
  look: Effect.Effect<Option.Option<A>>
): Effect.Effect<Option.Option<A>> =>
  journal.parking.withPermit(Effect.gen(function*() {
    const all = [...journal.waits.values()]
    const isStill = () =>
      journal.isStill && journal.waits.size === all.length &&
      [...journal.waits.values()].every((one, at) => one === all[at])
    if (journal.isParked) return "parked"
    if (!journal.isIdle) return Option.none()
    const wakeAt = all.reduce((first, { until }) => Math.min(first, until ?? Infinity), Infinity)
    const text = writeWaits(all.map(({ wait }) => wait).filter((wait) => wait !== undefined && wait.for !== "approval"))
    // What happens after a parked run is cancelled stands behind what happened before.
    yield* journal.log.flush(journal.table)
    if (!(yield* persist(journal.table.park(journal.one, wakeAt === Infinity ? undefined : wakeAt, text)))) {
      // The worker has not looked yet.
      Deferred.doneUnsafe(journal.cancelled, Effect.void)
      return yield* Effect.never
    }
    // A worker that does not look now and then looks now: when it wakes next has changed.
    if (journal.isAlone) journal.signal.send()
    const found = yield* look
    if (Option.isNone(found) && isStill()) {
      journal.isParked = true
      journal.log.leave()
      return "parked"
    }
    yield* persist(journal.table.unpark(journal.one))
    return found
  })).pipe(Effect.flatMap((found) => found === "parked" ? suspend : Effect.succeed(found)))

/** How much later a run goes on that was handed over, in milliseconds: its process has ended then. */
const handOverTime = 1_000

/** Parks the run once nothing runs, for another process. */
export const handOver = (journal: RunJournal, instance: Instance, path: string): Effect.Effect<never> =>
  Effect.gen(function*() {
    const until = (yield* Clock.currentTimeMillis) + handOverTime
    journal.waits.set(`${path} elsewhere`, { wait: undefined, until })
    while (true) {
      yield* journal.scheduler.quiet
      if (journal.isIdle) yield* park(journal, suspend(journal, instance), Effect.succeedNone)
      yield* journal.idle
    }
  })

/** Parks a run of which nothing runs, for another process. Ends where the attempt has ended meanwhile. */
export const parkElsewhere = (one: Attempt, table: RunTable, instance: Instance): Effect.Effect<void> =>
  Effect.gen(function*() {
    if (yield* persist(table.park(one, (yield* Clock.currentTimeMillis) + handOverTime, "[]"))) {
      return yield* Workflow.suspend(instance)
    }
  })

/** When the pause at `path` ends, where it has begun. Unix milliseconds. */
export const dueOf = (journal: RunJournal, path: string): number | undefined => {
  const due = journal.find(path)?.exit
  return typeof due === "number" ? due : undefined
}

/** The last time that a date can be, in the year 275760. Unix milliseconds. */
const lastTime = 8.64e15

/** Waits for `duration` from when it was first called for this path, which is recorded as `kind`. */
export const sleep = (
  kind: "pause" | "limit",
  journal: RunJournal,
  instance: Instance,
  path: string,
  duration: Duration.Duration
): Effect.Effect<void> =>
  Effect.gen(function*() {
    const began = yield* Clock.currentTimeMillis
    if (dueOf(journal, path) === undefined) {
      yield* journal.note(kind, path, Math.min(began + Duration.toMillis(duration), lastTime), began)
    }
    const due = dueOf(journal, path) ?? began
    const waiting: Wait = { for: "time", step: path, until: DateTime.makeUnsafe(due) }
    const look = Effect.map(Clock.currentTimeMillis, (now) => now >= due ? Option.some(undefined) : Option.none())
    yield* wait(journal, instance, path, waiting, look, due)
  })

const readDecision = Schema.decodeUnknownSync(ApprovalTable.DecisionText)

/** Asks a person, once, for the step of this run, which has the `places` in the run that was submitted: a step, or an agent inside of one, that runs again finds the decision. */
export const ask = (
  journal: RunJournal,
  instance: Instance,
  redact: Redaction.Redact,
  places: ReadonlyArray<string>
) =>
(question: Question) =>
  Effect.gen(function*() {
    const address = yield* DurableStep.Current
    const path = address?.path.slice(places.reduce((length, place) => length + place.length + 1, 0))
    const isFrame = (yield* StepPerformer.Current) !== undefined
    const step = isFrame ? path ?? question.step : `${path}/${question.step}`
    // PostgreSQL holds no NUL
    const text = redact(question.text).replaceAll("\0", "\uFFFD")
    const { id } = journal.one
    const now = yield* Clock.currentTimeMillis
    const digest = yield* journal.running(
      Effect.tap(TextDigest.of(text), (digest) => persist(journal.table.approvals.ask(id, step, digest, text, now)))
    )
    const look = Effect.map(
      persist(journal.table.approvals.decision(id, step, digest)),
      (decision) => decision === undefined ? Option.none() : Option.some(readDecision(decision))
    )
    const waiting: Wait = { for: "approval", step, text, since: DateTime.makeUnsafe(now) }
    if (isFrame) return yield* wait(journal, instance, `${step}?`, waiting, look)
    // A tool of an agent waits inside of its step, which is running meanwhile.
    while (true) {
      const seen = journal.signal.changes
      const found = yield* look
      if (Option.isSome(found)) return found.value
      yield* journal.signal.within(lookEvery, seen)
    }
  })
