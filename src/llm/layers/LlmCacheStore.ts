/**
 * Where `LlmCache` keeps answers.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import * as Stated from "../../agent/internal/Stated.ts"
import type { DatabaseError } from "../../database/DatabaseError.ts"
import * as AnswerStore from "../../database/internal/AnswerStore.ts"
import * as AnswerStoreSql from "../../database/internal/AnswerStoreSql.ts"
import * as Migrations from "../../database/Migrations.ts"

/**
 * Texts by text, each for a while. `key` may be long.
 *
 * @category services
 */
export class LlmCacheStore extends Context.Service<LlmCacheStore, AnswerStore.AnswerStore>()(
  "greenlang/llm/layers/LlmCacheStore"
) {
  /** Keeps the `capacity` that were used last. */
  static readonly layerMemory = (options: { readonly capacity: number }): Layer.Layer<LlmCacheStore> => {
    Stated.checkBounds("LlmCacheStore", options, { capacity: "places" })
    return Layer.sync(LlmCacheStore, () => AnswerStore.memory(options))
  }

  /**
   * Keeps them in the table `answer_cache` of the database, which it makes where it is missing, under their SHA-256. What has
   * expired goes with the next write.
   */
  static readonly layerSql: Layer.Layer<LlmCacheStore, DatabaseError, SqlClient.SqlClient> = Layer.effect(
    LlmCacheStore,
    Effect.andThen(Migrations.run(AnswerStoreSql.migrations), AnswerStoreSql.make)
  )
}
