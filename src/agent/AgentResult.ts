/**
 * An answer together with the story of how it was made.
 */
import * as Schema from "effect/Schema"
import * as Run from "./Run.ts"

/**
 * What every run records, whichever agent ran and however it ended.
 *
 * @category models
 */
export const RunMetadata = Schema.Struct({
  agent: Schema.String,
  version: Schema.String,
  runId: Schema.String,
  state: Run.State,
  startedAt: Schema.DateTimeUtcFromString,
  /** Milliseconds on the monotonic clock. Absent where metrics are off. */
  durationMs: Schema.optionalKey(Schema.Finite),
  citations: Schema.Array(Run.Citation),
  annotations: Schema.Record(Schema.String, Schema.Json),
  usage: Run.Usage
})
/** @category models */
export type RunMetadata = typeof RunMetadata.Type

/**
 * `value` is what the agent computed, `metadata` is how.
 *
 * @category models
 */
export interface AgentResult<out A> {
  readonly value: A
  readonly metadata: RunMetadata
}

/**
 * How a run ended, as a value: for callers that expect a result object rather than a typed failure. The metadata is there
 * either way. `value` of a failed run is what `execute` had answered before `finalize`, or the check of the output, failed.
 * `step` is the path of the step that failed, where the agent is a pipeline.
 *
 * @category models
 */
export type Outcome<A, E> =
  | { readonly success: true; readonly value: A; readonly metadata: RunMetadata }
  | {
    readonly success: false
    readonly error: E
    readonly step?: ReadonlyArray<string>
    readonly value?: unknown
    readonly metadata: RunMetadata
  }

/**
 * The result as the last element behind the events of a run, from `Agent.eventsAndResult` and `Pipeline.eventsAndResult`.
 *
 * @category models
 */
export interface ResultEvent<out A> extends AgentResult<A> {
  readonly _tag: "Result"
}

/** @category constructors */
export const toEvent = <A>({ metadata, value }: AgentResult<A>): ResultEvent<A> => ({ _tag: "Result", value, metadata })

/**
 * The schema of a `ResultEvent` whose value has the schema `value`, as the last line of `greenlang run --events` and of a stream
 * of server-sent events.
 *
 * @category schemas
 */
export const eventSchema = <S extends Schema.Constraint>(value: S) =>
  Schema.TaggedStruct("Result", { value, metadata: RunMetadata })

/**
 * The schema of a result whose value has the schema `value`.
 *
 * @category schemas
 */
export const schema = <S extends Schema.Constraint>(value: S) => Schema.Struct({ value, metadata: RunMetadata })
