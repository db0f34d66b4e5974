/**
 * Questions to people in a database: the run that asks waits, and another process, or a page, decides.
 *
 * 1. A question that is interrupted with its run is withdrawn. One that has no decision in time is refused.
 * 2. A question is decided once: the first decision counts.
 * 3. A process that was killed leaves its question. The same run, when it asks the same again, takes up that question with its
 *    decision.
 * 4. Where the database does not answer, the question is refused, and the reason says so.
 *
 * ```ts
 * import { Effect, Fiber, Layer } from "effect"
 * import { Approval } from "greenlang"
 * import * as Database from "greenlang/database/Database"
 * import { ApprovalQueue } from "greenlang/orchestrator"
 *
 * const program = Effect.gen(function*() {
 *   const queue = yield* ApprovalQueue
 *   const { ask } = yield* Approval
 *   const run = yield* Effect.forkChild(ask({ run: "", step: "pay", text: "Pay 100 euros?" }))
 *   // in another process
 *   const [question] = yield* Effect.repeat(queue.open, { until: (open) => open.length > 0 })
 *   yield* queue.decide(question!.id, { approved: true, by: "Ada" })
 *   return [question!.text, yield* Fiber.join(run)]
 * })
 * const layer = ApprovalQueue.layerApproval.pipe(
 *   Layer.provideMerge(ApprovalQueue.layer({ interval: "10 millis" })),
 *   Layer.provide(Database.layerMemory)
 * )
 * await Effect.runPromise(Effect.provide(program, layer)) // => ["Pay 100 euros?", { approved: true, by: "Ada" }]
 * ```
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Approval, Decision, Question } from "../agent/Approval.ts"
import { uuidv7 } from "../agent/internal/LiveRun.ts"
import * as Stated from "../agent/internal/Stated.ts"
import * as TimeLimits from "../agent/internal/TimeLimits.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import { DatabaseError, NoAnswer, QueryFailed } from "../database/DatabaseError.ts"
import * as Migrations from "../database/Migrations.ts"
import * as Deadline from "../internal/Deadline.ts"
import * as Described from "../internal/Described.ts"
import * as SafeJson from "../internal/SafeJson.ts"
import * as ApprovalTable from "./internal/ApprovalTable.ts"

/**
 * A question that waits for a decision. `askedAt` and `expiresAt` are milliseconds since 1970.
 *
 * @category models
 */
export interface OpenQuestion extends Question {
  readonly id: string
  readonly askedAt: number
  readonly expiresAt: number
}

/**
 * No question has that id: it was withdrawn with its run, or there never was one.
 *
 * @category errors
 */
export class QuestionNotFound
  extends Schema.TaggedError<QuestionNotFound>()("QuestionNotFound", { id: Schema.String })
{
  override get message() {
    return `there is no question ${this.id}`
  }
}

/**
 * The question has a decision, or its time is up.
 *
 * @category errors
 */
export class AlreadyDecided extends Schema.TaggedError<AlreadyDecided>()("AlreadyDecided", {
  id: Schema.String,
  decision: Decision
}) {
  override get message() {
    const { approved, by } = this.decision
    return `the question ${this.id} was ${approved ? "approved" : "refused"}${
      by === undefined ? "" : ` by ${by}`
    } before`
  }
}

/** @category models */
export interface Options {
  /** How long a question waits for a decision. Then it is refused. Default: 1 day. */
  readonly timeout?: Duration.Input
  /** How often a waiting run looks for its decision. Default: 1 second. */
  readonly interval?: Duration.Input
  /** How many questions may be open. One more is refused at once. Default: 1000. */
  readonly capacity?: number
}

/**
 * Asks, lists and decides questions.
 *
 * @category services
 */
export class ApprovalQueue extends Context.Service<ApprovalQueue, {
  /** Waits for the decision. It is a no where the time is up, the queue is full or the database does not answer. */
  readonly ask: (question: Question) => Effect.Effect<Decision>
  /** The oldest first. */
  readonly open: Effect.Effect<ReadonlyArray<OpenQuestion>, DatabaseError>
  /** `id` is that of the question, or its last 12 characters. */
  readonly decide: (
    id: string,
    decision: Decision
  ) => Effect.Effect<void, QuestionNotFound | AlreadyDecided | DatabaseError>
}>()("greenlang/orchestrator/ApprovalQueue") {
  /**
   * Keeps the questions in the database, which several processes may share, and makes the table where it is missing. What was
   * decided is kept for 30 days.
   */
  static readonly layer = (options: Options = {}): Layer.Layer<ApprovalQueue, DatabaseError, SqlClient.SqlClient> =>
    Layer.effect(
      ApprovalQueue,
      Effect.andThen(Migrations.run(ApprovalTable.migrations), make(checked(options)))
    )

  /** The `Approval` that asks through the queue. */
  static readonly layerApproval: Layer.Layer<Approval, never, ApprovalQueue> = Layer.effect(
    Approval,
    Effect.map(ApprovalQueue, ({ ask }) => ({ ask }))
  )
}

interface Row {
  readonly id: string
  readonly run: string
  readonly step: string
  readonly question: string
  readonly asked_at: number | string
  readonly expires_at: number | string
  readonly decision: string | null
}

const read = Schema.decodeUnknownEffect(SafeJson.fromText(Decision))
const write = Schema.encodeSync(Schema.fromJsonString(Decision))

const limit = Duration.seconds(5)
const kept = Duration.toMillis(Duration.days(30))

const failed = (operation: string) => (cause: unknown) =>
  new DatabaseError({ reason: new QueryFailed({ operation, cause }) })

const within = (operation: string) => <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, DatabaseError> =>
  Deadline.beside(
    Effect.mapError(self, failed(operation)),
    limit,
    () => new DatabaseError({ reason: new NoAnswer({ operation, limit }) })
  )

const isQuestion = Schema.is(Question)
const isDecision = Schema.is(Decision)

/** A copy of what a program without types may have made. Throws `InvalidDefinition` where it is something else than `what`. */
const stated = <A extends object>(what: string, is: (value: unknown) => boolean, given: A): A => {
  const read = Stated.options(`${what} of ApprovalQueue`, given)
  if (Stated.readable("ApprovalQueue", what, () => is(read))) return read
  throw new InvalidDefinition({
    subject: "ApprovalQueue",
    problem: `its ${what} is something else`,
    expected: `a ${what}`
  })
}

/** The options, read once. Throws `InvalidDefinition` where one is something else. */
const checked = (given: Options): Options => {
  const options = Stated.options("ApprovalQueue", given)
  Stated.checkBounds("ApprovalQueue", options, { capacity: "count" })
  return options
}

const make = Effect.fnUntraced(function*({ capacity = 1_000, ...options }: Options) {
  const sql = yield* SqlClient.SqlClient
  const random = yield* Random.Random
  const timeout = TimeLimits.read(options.timeout ?? "1 day", "timeout of ApprovalQueue")
  const interval = TimeLimits.read(options.interval ?? "1 second", "interval of ApprovalQueue")
  // the processes that share the database
  const asker = uuidv7(yield* Clock.currentTimeMillis, random)

  /** The question that a killed process has left, or a new one. `undefined` where the queue is full. */
  const place = Effect.fnUntraced(function*({ run, step, text }: Question) {
    const now = yield* Clock.currentTimeMillis
    const left = run === "" ? [] : yield* sql<Pick<Row, "id" | "expires_at">>`
      UPDATE approval_queue SET asker = ${asker} WHERE id = (
        SELECT id FROM approval_queue
        WHERE run = ${run} AND step = ${step} AND question = ${text} AND asker <> ${asker} AND taken = 0
        ORDER BY id LIMIT 1
      ) RETURNING id, expires_at`
    if (left[0] !== undefined) return { id: left[0].id, expiresAt: Number(left[0].expires_at) }
    const [count] = yield* sql<{ readonly n: number | string }>`
      SELECT COUNT(*) AS n FROM approval_queue WHERE decision IS NULL AND expires_at > ${now}`
    if (Number(count?.n) >= capacity) return undefined
    const id = uuidv7(now, random)
    const expiresAt = Math.min(now + Duration.toMillis(timeout), Number.MAX_SAFE_INTEGER)
    yield* sql`DELETE FROM approval_queue WHERE expires_at < ${now - kept}`
    yield* sql`INSERT INTO approval_queue ${
      sql.insert({ id, asker, run, step, question: text, asked_at: now, expires_at: expiresAt, taken: 0 })
    }`
    return { id, expiresAt }
  }, within("asking for an approval"))

  const find = Effect.fnUntraced(function*(id: string) {
    const [row] = yield* sql<Pick<Row, "decision">>`SELECT decision FROM approval_queue WHERE id = ${id}`
    if (row === undefined) return Option.some<Decision>({ approved: false, comment: "the question was withdrawn" })
    return row.decision === null ? Option.none() : Option.some(yield* read(row.decision))
  }, within("looking for a decision"))

  const close = (id: string, decision: Decision) =>
    sql<Pick<Row, "id">>`
      UPDATE approval_queue SET decision = ${write(decision)} WHERE id = ${id} AND decision IS NULL RETURNING id`

  const wait = Effect.fnUntraced(function*({ expiresAt, id }: { readonly id: string; readonly expiresAt: number }) {
    let isLogged = false
    while (true) {
      const looked = yield* Effect.result(find(id))
      if (Result.isFailure(looked) && !isLogged) {
        yield* Effect.logWarning(
          "a decision could not be looked for, and is looked for until its time is up",
          looked.failure
        )
      }
      isLogged = Result.isFailure(looked)
      const found = Result.getOrElse(looked, () => Option.none<Decision>())
      if (Option.isSome(found)) return found.value
      const now = yield* Clock.currentTimeMillis
      if (now >= expiresAt) {
        const late: Decision = { approved: false, comment: `there was no decision within ${Duration.format(timeout)}` }
        yield* Effect.ignore(within("closing a question")(close(id, late)))
        // a person may have been faster
        return Option.getOrElse(yield* Effect.orElseSucceed(find(id), () => Option.none<Decision>()), () => late)
      }
      yield* Effect.sleep(Duration.min(interval, Duration.millis(expiresAt - now)))
    }
  })

  const release = (id: string, exit: Exit.Exit<Decision>) =>
    Effect.ignore(
      within("closing a question")(
        Exit.isSuccess(exit)
          ? sql`UPDATE approval_queue SET taken = 1 WHERE id = ${id}`
          : sql`DELETE FROM approval_queue WHERE id = ${id} AND decision IS NULL`
      )
    )

  const refused = (comment: string): Decision => ({ approved: false, comment })

  return ApprovalQueue.of({
    ask: Effect.fn("ApprovalQueue.ask")(function*(question) {
      return yield* Effect.acquireUseRelease(
        place(stated("question", isQuestion, question)),
        (placed) =>
          placed === undefined
            ? Effect.succeed(refused(`${capacity} other questions wait for a decision`))
            : wait(placed),
        (placed, exit) => placed === undefined ? Effect.void : release(placed.id, exit)
      )
    }, Effect.catch(({ message }) => Effect.succeed(refused(`the question could not be asked: ${message}`)))),
    open: Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const rows = yield* sql<Row>`
        SELECT id, run, step, question, asked_at, expires_at FROM approval_queue
        WHERE decision IS NULL AND expires_at > ${now} ORDER BY id`
      return rows.map(({ asked_at, expires_at, id, question, run, step }): OpenQuestion => ({
        id,
        run,
        step,
        text: question,
        askedAt: Number(asked_at),
        expiresAt: Number(expires_at)
      }))
    }).pipe(within("listing questions"), Effect.withSpan("ApprovalQueue.open")),
    decide: Effect.fn("ApprovalQueue.decide")(function*(id, given) {
      if (typeof id !== "string") return yield* new QuestionNotFound({ id: Described.kind(id) })
      const decision = stated("decision", isDecision, given)
      const now = yield* Clock.currentTimeMillis
      const isShort = /^[0-9a-f]{12}$/.test(id)
      const [row] = yield* within("finding a question")(sql<Pick<Row, "id" | "expires_at">>`
        SELECT id, expires_at FROM approval_queue WHERE ${isShort ? sql`id LIKE ${`%-${id}`}` : sql`id = ${id}`}`)
      if (row === undefined) return yield* new QuestionNotFound({ id })
      const isLate = Number(row.expires_at) <= now
      const closed = yield* within("deciding a question")(
        close(row.id, isLate ? refused("its time was up") : decision)
      )
      if (closed.length > 0 && !isLate) return
      const before = yield* find(row.id)
      return yield* new AlreadyDecided({
        id: row.id,
        decision: Option.getOrElse(before, () => refused("its time was up"))
      })
    })
  })
})
