/**
 * The result of a run, as it is kept.
 */
import * as Schema from "effect/Schema"
import { RunMetadata } from "../../agent/AgentResult.ts"
import { RunFailure } from "../DurableRun.ts"

/** `failure` is that of `exit` in words, for readers without the pipeline. */
export const Ended = Schema.Struct({
  exit: Schema.Json,
  /** The path of the step that each reason of a failure comes from: empty where it comes from none. */
  origins: Schema.optionalKey(Schema.Array(Schema.Array(Schema.String))),
  metadata: RunMetadata,
  failure: Schema.optionalKey(RunFailure)
})

/** As JSON. */
export const toJson = Schema.encodeSync(Schema.toCodecJson(Ended)) as (ended: typeof Ended.Type) => Schema.Json

/** Throws at a text that cannot be read. */
export const fromText = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(Ended)))
