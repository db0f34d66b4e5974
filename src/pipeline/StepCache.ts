/**
 * Where the answers of steps are kept that say `Step.cached`. `StepCacheSql` keeps them in a database.
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Stated from "../agent/internal/Stated.ts"
import * as AnswerStore from "../database/internal/AnswerStore.ts"

/**
 * Texts by text, each for a while. `key` may be long. Steps that share one, of one run or of many, wait for each other
 * where they ask the same at the same time.
 *
 * @category services
 */
export class StepCache extends Context.Service<StepCache, AnswerStore.AnswerStore>()("greenlang/pipeline/StepCache") {
  /** Keeps the `capacity` answers that were used last, until the process ends. */
  static readonly layerMemory = (options: { readonly capacity: number }): Layer.Layer<StepCache> => {
    Stated.checkBounds("StepCache", options, { capacity: "places" })
    return Layer.sync(StepCache, () => AnswerStore.memory(options))
  }
}
