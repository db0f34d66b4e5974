/**
 * Adds the events of one run up, one after another, into its timeline.
 */
import type { Drawing, PipelineEvent } from "../pipeline/PipelineEvent.ts"
import type { StepReport, Timeline } from "../pipeline/PipelineReport.ts"
import * as Replay from "./Replay.ts"

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

/** A step, and the steps of the pipelines inside of it. */
interface Node {
  readonly report: Mutable<StepReport>
  inside: Map<string, Node> | undefined
}

const makeNode = (path: ReadonlyArray<string>, after: ReadonlyArray<string> = []): Node => ({
  report: { path, after, state: "pending", attempts: 0 },
  inside: undefined
})

export class TimelineFold {
  private drawing: Drawing = { pipeline: "", version: "", steps: [] }
  private duration = 0
  private readonly root = makeNode([])

  readonly add = (event: PipelineEvent): void => {
    this.duration = event.at
    switch (event._tag) {
      case "RunStarted":
        this.drawing = event
        draw(this.root, [], event)
        break
      case "PipelineStarted":
        draw(this.find(event.path), event.path, event)
        break
      case "StepStarted":
        this.start(event)
        break
      case "StepRetried":
        this.find(event.path).report.attempts = event.attempt
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
      case "ApprovalAsked":
      case "ApprovalDecided":
      case "StepToken":
      case "StepWaiting":
      case "RunEnded":
        break
    }
  }

  get timeline(): Timeline {
    const steps: Array<StepReport> = []
    collect(this.root, steps)
    return {
      pipeline: this.drawing.pipeline,
      duration: this.duration,
      steps,
      criticalPath: criticalPath(this.root.inside ?? none),
      oneMoreSlot: oneMoreSlot(this.drawing, this.root.inside ?? none)
    }
  }

  private start({ at, path }: StepEvent): void {
    const step = this.find(path).report
    step.state = "running"
    step.attempts = 1
    step.startedAt = at
    delete step.duration
  }

  private end(state: StepReport["state"], { at, path, usage }: StepEvent, attempts = 1): void {
    const step = this.find(path).report
    step.state = state
    step.attempts = attempts
    step.duration = at - (step.startedAt ?? at)
    if (usage !== undefined) step.usage = usage
  }

  /** A step that nobody has drawn, such as one of a pipeline that a step runs, is there from its first event on. */
  private find(path: ReadonlyArray<string>): Node {
    let node = this.root
    for (let depth = 0; depth < path.length; depth++) {
      const name = path[depth]!
      const inside = node.inside ??= new Map()
      let next = inside.get(name)
      if (next === undefined) inside.set(name, next = makeNode(path.slice(0, depth + 1)))
      node = next
    }
    return node
  }
}

/** The steps are all still to come, those of an attempt before too. */
const draw = (node: Node, path: ReadonlyArray<string>, { steps }: Drawing): void => {
  const inside = node.inside ??= new Map()
  for (const { after, name } of steps) if (name !== "input") inside.set(name, makeNode([...path, name], after))
}

interface StepEvent {
  readonly path: ReadonlyArray<string>
  readonly at: number
  readonly usage?: StepReport["usage"]
}

/** Each step before those inside of it. */
const collect = ({ inside }: Node, reports: Array<StepReport>): void =>
  inside?.forEach((node) => {
    reports.push({ ...node.report })
    collect(node, reports)
  })

const none: ReadonlyMap<string, Node> = new Map()

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

const oneMoreSlot = ({ concurrency = Infinity, steps }: Drawing, inside: ReadonlyMap<string, Node>): number => {
  if (concurrency === Infinity) return 0
  const took = (step: string) => inside.get(step)?.report.duration
  const replay = (slots: number) => Replay.duration(steps, took, slots)
  return Math.max(0, replay(concurrency) - replay(concurrency + 1))
}

const latest = (steps: Iterable<Node | undefined>): StepReport | undefined => {
  let last: StepReport | undefined
  for (const step of steps) {
    const report = step?.report
    if (report?.startedAt === undefined) continue
    if (last === undefined || endOf(report) >= endOf(last)) last = report
  }
  return last
}

const endOf = ({ duration = 0, startedAt = 0 }: StepReport): number => startedAt + duration
