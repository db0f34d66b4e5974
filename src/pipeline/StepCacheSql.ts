/**
 * Keeps the answers of steps that say `Step.cached` in a database.
 */
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import * as AnswerStoreSql from "../internal/AnswerStoreSql.ts"
import { StepCache } from "./StepCache.ts"

/**
 * Keeps them in the table `answer_cache` of a migrated database, for all who share it and after a restart, under the
 * SHA-256 of what was asked. What is over goes with the next write.
 *
 * @category layers
 */
export const layer: Layer.Layer<StepCache, never, SqlClient.SqlClient> = Layer.effect(StepCache, AnswerStoreSql.make)
