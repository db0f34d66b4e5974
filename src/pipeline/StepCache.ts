/**
 * Where the answers of steps are kept that say `Step.cached`.
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import * as AnswerStore from "../internal/AnswerStore.ts"

/**
 * Texts by text, each for a while. `key` may be long. Steps that share one, of one run or of many, wait for each other
 * where they ask the same at the same time.
 *
 * @category services
 */
export class StepCache extends Context.Service<StepCache, AnswerStore.AnswerStore>()("greenlang/pipeline/StepCache") {
  /** Keeps the `capacity` answers that were used last, until the process ends. */
  static readonly layerMemory = (options: { readonly capacity: number }): Layer.Layer<StepCache> =>
    Layer.sync(StepCache, () => AnswerStore.memory(options))

  /**
   * Keeps them in the table `answer_cache` of a migrated database, for all who share it and after a restart, under the
   * SHA-256 of what was asked. What is over goes with the next write.
   */
  static readonly layerSql: Layer.Layer<StepCache, never, SqlClient.SqlClient> = Layer.effect(
    StepCache,
    AnswerStore.sql
  )
}
