/**
 * Where the time of a run went: a fold of its events.
 */
import * as Schema from "effect/Schema"
import type { AgentResult } from "../agent/AgentResult.ts"
import * as Run from "../agent/Run.ts"
import * as Replay from "./internal/Replay.ts"
import type { Drawing, PipelineEvent } from "./PipelineEvent.ts"

/**
 * A time in which a step did not run though it could have: what it waited `for`, from when on, and how long, in milliseconds.
 *
 * - `bound`: the `concurrency` of its pipeline;
 * - `reader`: the slow reader of the events;
 * - `event loop`: other work held the event loop;
 * - `pool`: a place in the pool `name`;
 * - `person`: the decision of a person.
 *
 * @category models
 */
export const Gap = Schema.Struct({
  for: Schema.Literals(["bound", "reader", "event loop", "pool", "person"]),
  name: Schema.optionalKey(Schema.String),
  at: Schema.Finite,
  duration: Schema.Finite
})
/** @category models */
export type Gap = typeof Gap.Type

/**
 * One step of the run. Times are in milliseconds: `readyAt`, when all that it waits for had ended, and `startedAt` are since
 * the run began. A step that never started has none of them. `gaps` says why a step took longer than its work: it is absent
 * where nothing did. A step of a pipeline inside a step stands behind that step, with a longer path. `usage` is what the step,
 * with all inside of it, asked language models for: absent where it asked none.
 *
 * @category models
 */
export const StepReport = Schema.Struct({
  path: Schema.Array(Schema.String),
  after: Schema.Array(Schema.String),
  state: Schema.Literals(["pending", "running", "finished", "cached", "skipped", "failed", "interrupted"]),
  attempts: Schema.Int,
  readyAt: Schema.optionalKey(Schema.Finite),
  startedAt: Schema.optionalKey(Schema.Finite),
  duration: Schema.optionalKey(Schema.Finite),
  gaps: Schema.optionalKey(Schema.Array(Gap)),
  usage: Schema.optionalKey(Run.Usage)
})
/** @category models */
export type StepReport = typeof StepReport.Type

/**
 * `criticalPath` are the names of the steps that the answer waited for, one after another: making any other step faster
 * would not have made the run faster. `duration` is that of the run, in milliseconds.
 *
 * `oneMoreSlot` is how many milliseconds a `concurrency` of one more would have saved: the steps, each as long as it took,
 * are laid out over the arrows once with as many slots as there were and once with one more, and their turns are given as
 * the run gives them. Zero where not all slots were ever taken, or another order of turns eats the gain up. It takes for
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
  oneMoreSlot: Schema.Finite
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

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

/** A step, and the steps of the pipelines inside of it. All fields are there from the first on, so that they stay fast. */
class Node {
  readonly path: ReadonlyArray<string>
  readonly after: ReadonlyArray<string>
  state: StepReport["state"] = "pending"
  attempts = 0
  readyAt: number | undefined = undefined
  startedAt: number | undefined = undefined
  gaps: ReadonlyArray<Gap> | undefined = undefined
  waiting: Omit<Gap, "duration"> | undefined = undefined
  duration: number | undefined = undefined
  usage: StepReport["usage"] = undefined
  inside: Map<string, Node> | undefined = undefined

  constructor(path: ReadonlyArray<string>, after: ReadonlyArray<string> = none) {
    this.path = path
    this.after = after
  }

  get report(): StepReport {
    const { after, attempts, duration, gaps, path, readyAt, startedAt, state, usage } = this
    const report: Mutable<StepReport> = { path, after, state, attempts }
    if (readyAt !== undefined) report.readyAt = readyAt
    if (startedAt !== undefined) report.startedAt = startedAt
    if (duration !== undefined) report.duration = duration
    if (gaps !== undefined) report.gaps = gaps
    if (usage !== undefined) report.usage = usage
    return report
  }

  /** What it waited for is there, or it has ended. */
  goesOn(at: number): void {
    const { waiting } = this
    this.waiting = undefined
    if (waiting !== undefined && at > waiting.at) {
      this.gaps = [...this.gaps ?? [], { ...waiting, duration: at - waiting.at }]
    }
  }

  get end(): number {
    return (this.startedAt ?? 0) + (this.duration ?? 0)
  }
}

const none: ReadonlyArray<never> = []

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
  private readonly root = new Node(none)

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
        this.root.usage = event.usage
        break
      case "PipelineStarted":
        if (event.path.length === 0) this.drawing = event
        draw(this.find(event.path), event.path, event)
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
    }
  }

  get steps(): ReadonlyArray<StepReport> {
    const steps: Array<StepReport> = []
    if (this.isOneStep) steps.push({ ...this.root.report, path: [this.agent], attempts: 1 })
    else collect(this.root, steps)
    return steps
  }

  private get isOneStep(): boolean {
    return this.drawing === undefined && this.agent !== ""
  }

  get timeline(): Timeline {
    const inside = this.root.inside ?? new Map<string, Node>()
    const { concurrency = Infinity, steps } = this.drawing ?? { steps: [] }
    const took = (step: string) => inside.get(step)?.duration
    return {
      pipeline: this.drawing?.pipeline ?? this.agent,
      duration: this.duration,
      steps: this.steps,
      criticalPath: this.isOneStep ? [this.agent] : criticalPath(inside),
      oneMoreSlot: this.peak < concurrency ? 0 : Replay.oneMoreSlot(steps, took, concurrency)
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

  /** A step that is not drawn, such as one of a pipeline that a step runs, is added at its first event. */
  private find(path: ReadonlyArray<string>): Node {
    let node = this.root
    for (let depth = 0; depth < path.length; depth++) {
      const name = path[depth]!
      const inside = node.inside ??= new Map()
      let next = inside.get(name)
      if (next === undefined) inside.set(name, next = new Node(path.slice(0, depth + 1)))
      node = next
    }
    return node
  }
}

/** The steps are all still to come, those of an attempt before too. */
const draw = (node: Node, path: ReadonlyArray<string>, { steps }: Drawing): void => {
  const inside = node.inside ??= new Map()
  for (const { after, name } of steps) if (name !== "input") inside.set(name, new Node([...path, name], after))
}

interface StepEvent {
  readonly path: ReadonlyArray<string>
  readonly at: number
  readonly usage?: StepReport["usage"]
}

/** Each step before those inside of it. */
const collect = ({ inside }: Node, reports: Array<StepReport>): void =>
  inside?.forEach((node) => {
    reports.push(node.report)
    collect(node, reports)
  })

/** From the step that ended last, each time to the step before it that ended last. */
const criticalPath = (steps: ReadonlyMap<string, Node>): ReadonlyArray<string> => {
  const path: Array<string> = []
  let at = latest(steps.values())
  while (at !== undefined) {
    path.unshift(at.path[0]!)
    at = latest(at.after.map((name) => steps.get(name)))
  }
  return path
}

const latest = (steps: Iterable<Node | undefined>): Node | undefined => {
  let last: Node | undefined
  for (const step of steps) {
    if (step?.startedAt === undefined) continue
    if (last === undefined || step.end >= last.end) last = step
  }
  return last
}
