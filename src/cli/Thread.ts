/**
 * A run as a turn of a conversation, kept in the database that the environment names.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Database from "../database/Database.ts"
import * as Conversation from "../llm/Conversation.ts"

/**
 * Runs `self` as a turn of the conversation `id`. Fails as `Conversation.within` does, and with `DatabaseError` where the
 * database cannot be opened.
 *
 * @category running
 */
export const within = (id: string) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, unknown, R> =>
  Effect.provide(Conversation.within(id)(self), Layer.provide(Conversation.layer, Database.layerConfig))
