/**
 * Keeps the answers of steps that say `Step.cached` in a database.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import type { DatabaseError } from "../database/DatabaseError.ts"
import * as AnswerStoreSql from "../database/internal/AnswerStoreSql.ts"
import * as Migrations from "../database/Migrations.ts"
import { StepCache } from "./StepCache.ts"

/**
 * Keeps them in the table `answer_cache` of the database, which it makes where it is missing, for every process that shares it
 * and after a restart, under the SHA-256 of the request. What has expired goes with the next write.
 *
 * @category layers
 */
export const layer: Layer.Layer<StepCache, DatabaseError, SqlClient.SqlClient> = Layer.effect(
  StepCache,
  Effect.andThen(Migrations.run(AnswerStoreSql.migrations), AnswerStoreSql.make)
)
