/**
 * Adds the events of one run up, one after another, into its timeline.
 */
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import type { StepReport, Timeline } from "../pipeline/PipelineReport.ts"

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
  private pipeline = ""
  private duration = 0
  private readonly root = makeNode([])

  readonly add = (event: PipelineEvent): void => {
    this.duration = event.at
    switch (event._tag) {
      case "RunStarted":
        this.pipeline = event.pipeline
        this.root.inside = new Map()
        for (const { after, name } of event.steps) {
          if (name !== "input") this.root.inside.set(name, makeNode([name], after))
        }
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
      case "StepInterrupted":
        this.end("interrupted", event)
        break
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
      pipeline: this.pipeline,
      duration: this.duration,
      steps,
      criticalPath: criticalPath(this.root.inside ?? none)
    }
  }

  private start({ at, path }: StepEvent): void {
    const step = this.find(path)
    step.state = "running"
    step.attempts = 1
    step.startedAt = at
  }

  private end(state: StepReport["state"], { at, path, usage }: StepEvent, attempts = 1): void {
    const step = this.find(path)
    step.state = state
    step.attempts = attempts
    step.duration = at - (step.startedAt ?? at)
    if (usage !== undefined) step.usage = usage
  }

  /** A step that nobody has drawn, such as one of a pipeline that a step runs, is there from its first event on. */
  private find(path: ReadonlyArray<string>): Mutable<StepReport> {
    let node = this.root
    for (let depth = 0; depth < path.length; depth++) {
      const name = path[depth]!
      const inside = node.inside ??= new Map()
      let next = inside.get(name)
      if (next === undefined) inside.set(name, next = makeNode(path.slice(0, depth + 1)))
      node = next
    }
    return node.report
  }
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
