/**
 * How the failure of a pipeline is recorded: by its `error`, or, where it keeps what had succeeded (`Pipeline.keepPartial`), as a
 * `PipelineFailed` with the failure of each step and the answers of the others.
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { RunError } from "../../agent/AgentError.ts"
import * as Pipeline from "../../pipeline/Pipeline.ts"
import { PipelineFailed } from "../../pipeline/PipelineFailed.ts"
import { Timeline } from "../../pipeline/PipelineReport.ts"
import { AnswerTooLarge } from "../DurableError.ts"

type AnySchema = Schema.ConstraintCodec<unknown, unknown>

const known = new WeakMap<Pipeline.Any, AnySchema>()

/** The schema of what `pipeline` fails with, besides what every agent can. */
export const schemaOf = (pipeline: Pipeline.Any): AnySchema | undefined => {
  if (!Pipeline.failures(pipeline).keepsPartial) return pipeline.error
  const schema = known.get(pipeline) ?? kept(pipeline)
  known.set(pipeline, schema)
  return schema
}

const kept = (pipeline: Pipeline.Any): AnySchema => {
  const steps = pipeline.steps.slice(1)
  const stated = [Pipeline.failures(pipeline).error, ...steps.map(({ error }) => error)].filter((schema) =>
    schema !== undefined
  )
  const answers = new Map<string, AnySchema | undefined>(steps.map(({ name, output }) => [name, output]))
  const Fields = Schema.Struct({
    pipeline: Schema.String,
    errors: Schema.Array(Schema.Struct({
      step: Schema.String,
      error: Schema.toType(Schema.Union([...stated, RunError, AnswerTooLarge])),
      path: Schema.optionalKey(Schema.Array(Schema.String))
    })),
    partial: Schema.Struct(Object.fromEntries(
      [...answers].map(([name, output]) => [name, Schema.optionalKey(Schema.toType(output ?? Schema.Json))])
    )),
    report: Timeline
  })
  /** An answer that no schema describes is kept where it is JSON. */
  const isDescribed = ([name, answer]: [string, unknown]) =>
    answers.get(name) !== undefined || Schema.is(Schema.Json)(answer)
  return Schema.instanceOf(PipelineFailed, {
    toCodecJson: () =>
      Schema.link<InstanceType<typeof PipelineFailed>>()(
        Fields,
        SchemaTransformation.transform({
          decode: (fields) => new PipelineFailed(fields as never),
          encode: ({ errors, partial, pipeline, report }) => ({
            pipeline,
            errors,
            partial: Object.fromEntries(Object.entries(partial).filter(isDescribed)),
            report
          })
        }) as never
      )
  }) as never
}
