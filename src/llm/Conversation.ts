/**
 * Conversations: threads of several turns with an `LlmAgent`, kept in the database from turn to turn and from process to process.
 *
 * 1. The history is saved at each change: the question, each answer of the model, each answer of a tool. What is kept can be
 *    sent to a vendor at any moment, also after the process was killed: a call that had not ended is answered with that.
 * 2. Instructions are not kept: each turn goes on under those of the agent as it is now.
 * 3. A turn that another process has overtaken fails with `ConversationChanged`. What the other has kept stays.
 * 4. It is kept as `Chat.Persistence` of `effect/ai` keeps it, in the store `conversations`: a `Chat` opens the same thread.
 *
 * ```ts
 * import { Effect, Layer, Schema } from "effect"
 * import { LlmAgent } from "greenlang"
 * import * as Database from "greenlang/database/Database"
 * import * as Conversation from "greenlang/llm/Conversation"
 * import { ScriptedLlm } from "greenlang/testing"
 *
 * const Ask = LlmAgent.make("Ask", { version: "1.0.0", input: Schema.String, instructions: "Answer in a word." })
 *
 * const program = Effect.gen(function*() {
 *   yield* Ask.run("What is the capital of France?").pipe(Conversation.within("thread-1"))
 *   yield* Ask.run("And of Spain?").pipe(Conversation.within("thread-1"))
 *   const { content } = yield* Conversation.history("thread-1")
 *   return content.map(({ role }) => role)
 * })
 * const layer = Layer.merge(ScriptedLlm.layer("Paris", "Madrid"), Layer.provide(Conversation.layer, Database.layerMemory))
 * await Effect.runPromise(Effect.provide(program, layer)) // => ["user", "assistant", "user", "assistant"]
 * ```
 */
import * as Prompt from "effect/ai/Prompt"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { BackingPersistence, type PersistenceError } from "effect/persistence/Persistence"
import * as Predicate from "effect/Predicate"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import type * as SqlClient from "effect/sql/SqlClient"
import * as TaggedMessage from "../agent/internal/TaggedMessage.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import type { DatabaseError } from "../database/DatabaseError.ts"
import * as Deadline from "../internal/Deadline.ts"
import * as Described from "../internal/Described.ts"
import * as Compaction from "./Compaction.ts"
import * as ConversationTable from "./internal/ConversationTable.ts"
import * as KeptHistory from "./internal/KeptHistory.ts"

/** An id on one line of a message. */
const shown = (id: string): string => Described.cut(Described.printable(id), 200)

/**
 * Another turn of the conversation has gone on meanwhile, in this process or in another one. Try again: the turn then begins
 * with what that has kept.
 *
 * @category errors
 */
export class ConversationChanged extends Schema.TaggedError<ConversationChanged>()("ConversationChanged", {
  id: Schema.String
}) {
  override get message() {
    return `another turn of the conversation ${shown(this.id)} has gone on meanwhile`
  }
}

/**
 * The conversation could not be read, kept or removed, or its store did not answer within 10 seconds. What was kept before
 * stays.
 *
 * @category errors
 */
export class ConversationNotKept extends Schema.TaggedError<ConversationNotKept>()("ConversationNotKept", {
  id: Schema.String,
  operation: Schema.Literals(["read", "keep", "remove"]),
  cause: Schema.Defect()
}) {
  override get message() {
    return `the conversation ${shown(this.id)} could not be ${this.operation === "keep" ? "kept" : this.operation}: ${
      Described.cut(TaggedMessage.of(this.cause).message, 1_000)
    }`
  }
}

/** @category models */
export interface Options<E = never, R = never> {
  /**
   * About how many tokens of the history a turn begins with. What goes over it is left out for good, see `Compaction`. Default:
   * all.
   */
  readonly maxTokens?: number
  /** Puts in short what is left out, as `Compaction.summarize` does. Default: nothing stands for it. */
  readonly summarize?: (left: Prompt.Prompt) => Effect.Effect<string, E, R>
}

/**
 * Keeps conversations in the database, in a table that it makes where it is missing.
 *
 * @category layers
 */
export const layer: Layer.Layer<BackingPersistence, DatabaseError, SqlClient.SqlClient> = ConversationTable.layer

/**
 * Runs `self` as a turn of the conversation `id`, which is begun where there is none: an `LlmAgent` in it goes on from the history
 * and adds to it. Agents that its tools call do not.
 *
 * Fails with `ConversationChanged` and `ConversationNotKept`; the turn is interrupted then. Fails as `summarize` does, or with
 * `UnusableSummary` for what that answers, before the turn begins, and the conversation stays as it was.
 *
 * @category turns
 */
export function within(id: string, options?: { readonly maxTokens?: number; readonly summarize?: never }): <A, E, R>(
  self: Effect.Effect<A, E, R>
) => Effect.Effect<A, E | ConversationChanged | ConversationNotKept, R | BackingPersistence>
export function within<E2 = never, R2 = never>(id: string, options: Options<E2, R2>): <A, E, R>(
  self: Effect.Effect<A, E, R>
) => Effect.Effect<
  A,
  E | E2 | Compaction.UnusableSummary | ConversationChanged | ConversationNotKept,
  R | R2 | BackingPersistence
>
export function within<E2, R2>(id: string, options: Options<E2, R2> = {}) {
  const problem = problemOfId(id)
  if (problem !== undefined) throw problem
  if (options.maxTokens !== undefined) Compaction.checkBound(options.maxTokens)
  return <A, E, R>(self: Effect.Effect<A, E, R>) => turn(id, options, self)
}

/** A program without types may have made the id. */
const problemOfId = (id: unknown): InvalidDefinition | undefined =>
  typeof id === "string" && id !== ""
    ? undefined
    : new InvalidDefinition({
      subject: "a conversation",
      problem: `its id is ${id === "" ? "empty" : Described.kind(id)}`,
      expected: "a name of the thread"
    })

const turn = <A, E, R, E2, R2>(
  id: string,
  options: Options<E2, R2>,
  self: Effect.Effect<A, E, R>
): Effect.Effect<
  A,
  E | E2 | Compaction.UnusableSummary | ConversationChanged | ConversationNotKept,
  R | R2 | BackingPersistence
> =>
  Effect.gen(function*() {
    const store = yield* open
    const found = yield* load(store, id)
    const { maxTokens, summarize } = options
    const ref = yield* Ref.make(
      maxTokens === undefined
        ? found
        : summarize === undefined
        ? Compaction.compact(found, { maxTokens })
        : yield* Compaction.compactWith(found, { maxTokens, summarize })
    )
    const broken = yield* Deferred.make<never, ConversationChanged | ConversationNotKept>()
    const saves = yield* Semaphore.make(1)
    const save = Effect.gen(function*() {
      const history = yield* Effect.orDie(encode(yield* Ref.get(ref)))
      yield* inTime(id, "keep", () => Effect.mapError(store.set(id, history, undefined), failure(id, "keep")))
    }).pipe(
      // two tools may end at the same time
      saves.withPermits(1),
      Effect.catch((error) => Effect.andThen(Deferred.fail(broken, error), Effect.never))
    )
    const turns = yield* Semaphore.make(1)
    return yield* Effect.raceFirst(
      Effect.provideService(self, KeptHistory.Current, { ref, save, turns }),
      Deferred.await(broken)
    )
  })

/**
 * What the conversation holds; nothing where there is none. Fails with `ConversationNotKept` where it cannot be read.
 *
 * @category reading
 */
export const history = (id: string): Effect.Effect<Prompt.Prompt, ConversationNotKept, BackingPersistence> =>
  Effect.flatMap(open, (store) => load(store, id))

/**
 * Removes the conversation, if there is one.
 *
 * @category removing
 */
export const remove = (id: string): Effect.Effect<void, ConversationNotKept, BackingPersistence> =>
  Effect.flatMap(open, (store) => inTime(id, "remove", () => Effect.mapError(store.remove(id), notKept(id, "remove"))))

/** Each turn has a store of its own, which knows what the turn began with. */
const open = Effect.scoped(Effect.flatMap(BackingPersistence, ({ make }) => make("conversations")))

const decode = Schema.decodeUnknownEffect(Prompt.Prompt)
const encode = Schema.encodeEffect(Prompt.Prompt)

const load = (store: Effect.Success<typeof open>, id: string) =>
  inTime(
    id,
    "read",
    () =>
      store.get(id).pipe(
        Effect.flatMap((found) => found === undefined ? Effect.succeed(Prompt.empty) : decode(found)),
        Effect.mapError(notKept(id, "read"))
      )
  )

/** How long a turn waits for the store. */
const limit = Duration.seconds(10)

/** Whatever the store does, however long it takes, and whatever the id is. */
const inTime = <A, E>(id: string, operation: ConversationNotKept["operation"], work: () => Effect.Effect<A, E>) =>
  Deadline.beside(
    Effect.catchDefect(
      Effect.suspend((): Effect.Effect<A, E> => {
        const problem = problemOfId(id)
        return problem === undefined ? work() : Effect.die(problem)
      }),
      (defect) => Effect.fail(notKept(id, operation)(defect))
    ),
    limit,
    () => notKept(id, operation)(new Error(`the store did not answer within ${Duration.format(limit)}`))
  )

const notKept = (id: string, operation: ConversationNotKept["operation"]) => (cause: unknown) =>
  new ConversationNotKept({ id: typeof id === "string" ? id : Described.kind(id), operation, cause })

const failure = (id: string, operation: ConversationNotKept["operation"]) => (error: PersistenceError) =>
  Predicate.isTagged(error.cause, "Overtaken") ? new ConversationChanged({ id }) : notKept(id, operation)(error)
