/**
 * `Pipeline`, whose pipelines run on the engine that `PIPELINE_ENGINE` names.
 */
import { Effect } from "effect"
import * as Agent from "../../../src/agent/Agent.ts"
import * as EventStream from "../../../src/agent/internal/EventStream.ts"
import * as Observer from "../../../src/agent/internal/Observer.ts"
import * as StepScope from "../../../src/pipeline/internal/StepScope.ts"
import * as Made from "../../../src/pipeline/Pipeline.ts"
import { TimelineFold } from "../../../src/pipeline/PipelineReport.ts"
import * as Engine from "./Engine.ts"

export * from "../../../src/pipeline/Pipeline.ts"

const originals = new WeakMap<object, Made.Any>()

/** `pipeline`, whose outermost runs go through the engine. */
export const onEngine = <P extends Made.Any>(pipeline: P): P => {
  const lifecycle = pipeline[Agent.TypeId]
  const run: typeof pipeline.run = (input, options) => Engine.run(pipeline, input, options) as never
  const outcome: typeof lifecycle.outcome = (input, options) =>
    Effect.withFiber((fiber) =>
      Engine.isInside(fiber)
        ? lifecycle.outcome(input, options)
        : Engine.outcome(pipeline, input, options)
    )
  const same = Object.assign(Object.create(Object.getPrototypeOf(pipeline)), pipeline, {
    [Agent.TypeId]: { ...lifecycle, run, outcome },
    run,
    events: (input: never, { capacity = 256, ...options }: Agent.RunOptions & { readonly capacity?: number } = {}) =>
      EventStream.make(run(input, options), capacity),
    report: (input: never, options?: Agent.RunOptions) =>
      Effect.suspend(() => {
        const seen = new TimelineFold()
        const observed = Observer.observe(
          run(input, options),
          (clock) => new StepScope.StepListener(clock, seen.add, { isDetailed: false })
        )
        return Effect.map(observed, (result) => ({ ...result, ...seen.timeline }))
      })
  })
  originals.set(same, pipeline)
  return same
}

const originalOf = <P extends Made.Any>(pipeline: P): P => (originals.get(pipeline) ?? pipeline) as P

export const make = ((...given: Parameters<typeof Made.make>) => onEngine(Made.make(...given))) as typeof Made.make
export const drain: typeof Made.drain = (self) => onEngine(Made.drain(originalOf(self)))
export const keepPartial: typeof Made.keepPartial = (self) => onEngine(Made.keepPartial(originalOf(self)))
