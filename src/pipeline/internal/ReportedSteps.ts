/**
 * What the events of a run, so far, say of its steps, and of the steps of the pipelines inside of them.
 */
import type { Drawing } from "../PipelineEvent.ts"
import type { Gap, StepReport } from "../StepReport.ts"

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

/** A step, and the steps of the pipelines inside of it. All fields are there from the first on, so that they stay fast. */
export class ReportedStep {
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
  private inside: ReportedSteps | undefined = undefined

  constructor(path: ReadonlyArray<string>, after: ReadonlyArray<string>) {
    this.path = path
    this.after = after
  }

  get report(): StepReport {
    const { after, attempts, duration, gaps, path, readyAt, startedAt, state, usage } = this
    // Engines are slow to add fields one by one, and nearly all steps have these.
    const hasTimes = readyAt !== undefined && startedAt !== undefined && duration !== undefined
    const report: Mutable<StepReport> = hasTimes
      ? { path, after, state, attempts, readyAt, startedAt, duration }
      : { path, after, state, attempts }
    if (!hasTimes) {
      if (readyAt !== undefined) report.readyAt = readyAt
      if (startedAt !== undefined) report.startedAt = startedAt
      if (duration !== undefined) report.duration = duration
    }
    if (gaps !== undefined) report.gaps = gaps
    if (usage !== undefined) report.usage = usage
    return report
  }

  /** The steps inside of it. */
  get steps(): ReportedSteps {
    return this.inside ??= new ReportedSteps()
  }

  /** Itself before the steps inside of it. */
  collect(reports: Array<StepReport>): void {
    reports.push(this.report)
    this.inside?.collect(this.path, reports)
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

/** What a drawing says of its steps, by their positions. The runs of one drawing share it. */
interface Layout {
  readonly positions: ReadonlyMap<string, number>
  readonly steps: Drawing["steps"]
}

const layouts = new WeakMap<Drawing["steps"], Layout>()

const layoutOf = (all: Drawing["steps"]): Layout => {
  const known = layouts.get(all)
  if (known !== undefined) return known
  const steps = all.filter(({ name }) => name !== "input")
  const layout = { positions: new Map(steps.map(({ name }, at) => [name, at])), steps }
  layouts.set(all, layout)
  return layout
}

const undrawn: Layout = { positions: new Map(), steps: [] }

/** The steps right inside of a run, or of a step: those that are drawn, then the others in the order in which they came. */
export class ReportedSteps {
  private layout = undrawn
  /** Those that are drawn, from their first event on. */
  private drawn: Array<ReportedStep | undefined> = []
  private others: Map<string, ReportedStep> | undefined = undefined

  /** The steps of `drawing` are all still to come, those of an attempt before too. */
  draw(path: ReadonlyArray<string>, { steps }: Drawing): void {
    const layout = layoutOf(steps)
    if (layout === this.layout || (this.layout === undrawn && this.others === undefined)) {
      this.layout = layout
      this.drawn = layout.steps.map(() => undefined)
      return
    }
    for (const { after, name } of layout.steps) this.set(name, new ReportedStep([...path, name], after))
  }

  get(name: string): ReportedStep | undefined {
    const position = this.layout.positions.get(name)
    return position === undefined ? this.others?.get(name) : this.drawn[position]
  }

  /** The step at `depth` of `path`. One that is not drawn is added. */
  find(path: ReadonlyArray<string>, depth: number): ReportedStep {
    const name = path[depth]!
    const { positions, steps } = this.layout
    const position = positions.get(name)
    const known = position === undefined ? this.others?.get(name) : this.drawn[position]
    if (known !== undefined) return known
    const after = position === undefined ? none : steps[position]!.after
    return this.set(name, new ReportedStep(depth + 1 === path.length ? path : path.slice(0, depth + 1), after))
  }

  /** Those that began, in order. */
  *[Symbol.iterator](): Iterator<ReportedStep> {
    for (const node of this.drawn) if (node !== undefined) yield node
    if (this.others !== undefined) yield* this.others.values()
  }

  /** Each step before those inside of it. */
  collect(path: ReadonlyArray<string>, reports: Array<StepReport>): void {
    this.layout.steps.forEach(({ after, name }, position) => {
      const node = this.drawn[position]
      if (node === undefined) reports.push({ path: [...path, name], after, state: "pending", attempts: 0 })
      else node.collect(reports)
    })
    this.others?.forEach((node) => node.collect(reports))
  }

  private set(name: string, node: ReportedStep): ReportedStep {
    const position = this.layout.positions.get(name)
    if (position === undefined) (this.others ??= new Map()).set(name, node)
    else this.drawn[position] = node
    return node
  }
}
