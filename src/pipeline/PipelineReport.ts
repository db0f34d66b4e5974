/**
 * Where the time of a run went: a fold of its events.
 */
import * as Schema from "effect/Schema"
import type { AgentResult } from "../agent/AgentResult.ts"
import type { PipelineEvent } from "./PipelineEvent.ts"

/**
 * One step of the run. Times are in milliseconds, `startedAt` since the run began. A step that never started has
 * neither time; one of a pipeline inside a step stands behind that step, with a longer path.
 *
 * @category models
 */
export const StepReport = Schema.Struct({
  path: Schema.Array(Schema.String),
  after: Schema.Array(Schema.String),
  state: Schema.Literals(["pending", "running", "finished", "skipped", "failed", "interrupted"]),
  attempts: Schema.Int,
  startedAt: Schema.optionalKey(Schema.Finite),
  duration: Schema.optionalKey(Schema.Finite)
})
/** @category models */
export type StepReport = typeof StepReport.Type

/**
 * `criticalPath` are the names of the steps that the answer waited for, one after another: making any other step faster
 * would not have made the run faster. `duration` is that of the run, in milliseconds.
 *
 * @category models
 */
export const Timeline = Schema.Struct({
  pipeline: Schema.String,
  duration: Schema.Finite,
  steps: Schema.Array(StepReport),
  criticalPath: Schema.Array(Schema.String)
})
/** @category models */
export type Timeline = typeof Timeline.Type

/** The result of a run, and its timeline. @category models */
export interface PipelineReport<out A> extends AgentResult<A>, Timeline {}

/**
 * What the events of one run, so far, add up to.
 *
 * @category constructors
 */
export const fold = (events: Iterable<PipelineEvent>): Timeline => {
  let pipeline = ""
  let duration = 0
  const steps = new Map<string, Mutable<StepReport>>()
  const end = (path: ReadonlyArray<string>, state: StepReport["state"], at: number, attempts?: number) => {
    const step = steps.get(keyOf(path))
    if (step === undefined) return
    Object.assign(step, { state, attempts: attempts ?? step.attempts, duration: at - (step.startedAt ?? at) })
  }

  for (const event of events) {
    duration = event.at
    switch (event._tag) {
      case "RunStarted":
        pipeline = event.pipeline
        for (const { after, name } of event.steps) {
          if (name !== "input") {
            steps.set(keyOf([name]), { path: [name], after, state: "pending", attempts: 0 })
          }
        }
        break
      case "StepStarted": {
        const known = steps.get(keyOf(event.path)) ?? { path: event.path, after: [], state: "running", attempts: 1 }
        steps.set(keyOf(event.path), { ...known, state: "running", attempts: 1, startedAt: event.at })
        break
      }
      case "StepRetried":
        Object.assign(steps.get(keyOf(event.path)) ?? {}, { attempts: event.attempt })
        break
      case "StepFinished":
        end(event.path, "finished", event.at, event.attempts)
        break
      case "StepFailed":
        end(event.path, "failed", event.at, event.attempts)
        break
      case "StepSkipped":
        end(event.path, "skipped", event.at)
        break
      case "StepInterrupted":
        end(event.path, "interrupted", event.at)
        break
      case "StepWaiting":
      case "RunEnded":
        break
    }
  }
  const all = [...steps.values()]
  return { pipeline, duration, steps: all, criticalPath: criticalPath(all.filter(({ path }) => path.length === 1)) }
}

/** From the step that ended last, each time to the step before it that ended last. */
const criticalPath = (steps: ReadonlyArray<StepReport>): ReadonlyArray<string> => {
  const byName = new Map(steps.map((step) => [step.path[0]!, step]))
  const path: Array<string> = []
  let at = latest(steps)
  while (at !== undefined) {
    path.unshift(at.path[0]!)
    at = latest(at.after.flatMap((name) => byName.get(name) ?? []))
  }
  return path
}

const latest = (steps: ReadonlyArray<StepReport>): StepReport | undefined =>
  steps.reduce<StepReport | undefined>((last, step) => {
    if (step.startedAt === undefined) return last
    return last === undefined || endOf(step) >= endOf(last) ? step : last
  }, undefined)

const endOf = (step: StepReport): number => (step.startedAt ?? 0) + (step.duration ?? 0)

const keyOf = (path: ReadonlyArray<string>): string => JSON.stringify(path)

type Mutable<A> = { -readonly [K in keyof A]: A[K] }
