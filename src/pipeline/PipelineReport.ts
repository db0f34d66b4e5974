/**
 * Where the time of a run went: a fold of its events.
 */
import * as Schema from "effect/Schema"
import type { AgentResult } from "../agent/AgentResult.ts"
import * as Replay from "./internal/Replay.ts"
import { ReportedStep, type ReportedSteps } from "./internal/ReportedSteps.ts"
import type { Drawing, PipelineEvent } from "./PipelineEvent.ts"
import { StepReport } from "./StepReport.ts"

export { Gap, StepReport } from "./StepReport.ts"

/**
 * `criticalPath` are the names of the steps that the answer waited for, one after another: making any other step faster
 * would not have made the run faster. `duration` is that of the run, in milliseconds.
 *
 * `oneMorePlace` is how many milliseconds a `concurrency` of one more would have saved: the steps, each as long as it took,
 * are laid out over the arrows once with as many places as there were and once with one more, and their turns are given as
 * the run gives them. Zero where not all places were ever taken, or another order of turns eats the gain up. It takes for
 * granted that a step would have taken as long with more beside it, so it is an upper estimate where they share a processor,
 * a pool or the limits of a vendor; it leaves out what pipelines inside of steps could gain, and the time that a run waited
 * for the reader of its events.
 *
 * @category models
 */
export const Timeline = Schema.Struct({
  pipeline: Schema.String,
  duration: Schema.Finite,
  steps: Schema.Array(StepReport),
  criticalPath: Schema.Array(Schema.String),
  oneMorePlace: Schema.Finite
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
  const all = new TimelineFold()
  for (const event of events) all.add(event)
  return all.timeline
}

/**
 * Adds up the events of one run, one after another.
 *
 * @internal
 */
export class TimelineFold {
  /** Of the pipeline. An agent that is none counts as one step, named like the agent. */
  private drawing: Drawing | undefined = undefined
  private agent = ""
  private duration = 0
  /** How many steps of the run itself are running, and have been at most. */
  private running = 0
  private peak = 0
  private readonly root = new ReportedStep([], [])

  readonly add = (event: PipelineEvent): void => {
    this.duration = event.at
    switch (event._tag) {
      case "RunStarted":
        this.agent = event.agent
        this.root.state = "running"
        this.root.startedAt = event.at
        break
      case "RunEnded":
        this.root.state = event.outcome === "completed" ? "finished" : event.outcome
        this.root.duration = event.at - (this.root.startedAt ?? 0)
        this.root.goesOn(event.at)
        this.root.usage = event.usage
        break
      case "PipelineStarted":
        if (event.path.length === 0) this.drawing = event
        this.find(event.path).steps.draw(event.path, event)
        break
      case "StepStarted":
        this.start(event)
        break
      case "StepRetried":
        this.find(event.path).attempts = event.attempt
        break
      case "StepFinished":
        this.end("finished", event, event.attempts)
        break
      case "StepFailed":
        this.end("failed", event, event.attempts)
        break
      case "StepSkipped":
        this.end("skipped", event)
        break
      case "StepCached":
        this.end("cached", event)
        break
      case "StepInterrupted":
        this.end("interrupted", event)
        break
      case "StepWaiting":
        this.find(event.path).waiting = { for: "pool", name: event.what, at: event.at }
        break
      case "ApprovalAsked":
        this.find(event.path).waiting = { for: "person", at: event.at }
        break
      case "StepAdmitted":
      case "ApprovalDecided":
        this.find(event.path).goesOn(event.at)
        break
    }
  }

  get steps(): ReadonlyArray<StepReport> {
    const steps: Array<StepReport> = []
    if (this.isOneStep) steps.push({ ...this.root.report, path: [this.agent], attempts: 1 })
    else this.root.steps.collect([], steps)
    return steps
  }

  private get isOneStep(): boolean {
    return this.drawing === undefined && this.agent !== ""
  }

  get timeline(): Timeline {
    const { concurrency = Infinity, steps } = this.drawing ?? { steps: [] }
    const took = (step: string) => this.root.steps.get(step)?.duration
    return {
      pipeline: this.drawing?.pipeline ?? this.agent,
      duration: this.duration,
      steps: this.steps,
      criticalPath: this.isOneStep ? [this.agent] : criticalPath(this.root.steps),
      oneMorePlace: this.peak < concurrency ? 0 : Replay.oneMorePlace(steps, took, concurrency)
    }
  }

  private start({ at, path, readyAt = at, waitedFor }: Extract<PipelineEvent, { readonly _tag: "StepStarted" }>): void {
    if (path.length === 1) this.peak = Math.max(this.peak, ++this.running)
    const step = this.find(path)
    step.state = "running"
    step.attempts = 1
    step.readyAt = readyAt
    step.startedAt = at
    step.gaps = waitedFor === undefined ? undefined : [{ for: waitedFor, at: readyAt, duration: at - readyAt }]
    step.duration = undefined
  }

  private end(state: StepReport["state"], { at, path, usage }: StepEvent, attempts?: number): void {
    if (path.length === 1) this.running--
    const step = this.find(path)
    step.state = state
    step.attempts = attempts ?? step.attempts
    step.duration = at - (step.startedAt ?? at)
    step.goesOn(at)
    if (usage !== undefined) step.usage = usage
  }

  private find(path: ReadonlyArray<string>): ReportedStep {
    let node = this.root
    for (let depth = 0; depth < path.length; depth++) node = node.steps.find(path, depth)
    return node
  }
}

interface StepEvent {
  readonly path: ReadonlyArray<string>
  readonly at: number
  readonly usage?: StepReport["usage"]
}

/** From the step that ended last, each time to the step before it that ended last. */
const criticalPath = (steps: ReportedSteps): ReadonlyArray<string> => {
  const path: Array<string> = []
  let at = latest(steps)
  while (at !== undefined) {
    path.push(at.path[0]!)
    at = latest(at.after.map((name) => steps.get(name)))
  }
  return path.toReversed()
}

const latest = (steps: Iterable<ReportedStep | undefined>): ReportedStep | undefined => {
  let last: ReportedStep | undefined
  for (const step of steps) {
    if (step?.startedAt === undefined) continue
    if (last === undefined || step.end >= last.end) last = step
  }
  return last
}
