/**
 * What a durable run keeps of the failures of one pipeline, so that it comes to the same when it goes on after it was put aside.
 *
 * 1. The first failure decides which steps had begun. When the pipeline runs again, those begin again, and no others.
 * 2. A failure out of the journal is there at once. It waits until what had ended before it has ended, and, where the pipeline comes to
 *    its end, until what ran beside it runs again.
 * 3. Failures count in the order in which the work of the steps ended, however long it takes to record each.
 */
import * as Exit from "effect/Exit"
import type * as StepBox from "./StepBox.ts"
import type { Failed, StepPerformer } from "./StepPerformer.ts"
import type { StepScope } from "./StepScope.ts"

/** A step that has ended. */
interface Ended {
  readonly at: number
  readonly exit: Exit.Exit<unknown, unknown>
  readonly scope: StepScope | undefined
}

type Conclude = (at: number, exit: Ended["exit"], scope: Ended["scope"]) => void

/** The failures of one run of a pipeline. */
export class FailureOrder {
  private readonly steps: ReadonlyArray<StepBox.Any>
  private readonly conclude: Conclude
  private readonly ready: (at: number) => void
  private readonly begun = new Set<string>()
  private readonly ended = new Set<string>()
  /** The places of the steps that failed and do not count yet, in their order. */
  private order: Array<number>
  private failures: number
  /** What the first failure found, in a run that goes on. */
  private first:
    | { readonly at: number; readonly ended: ReadonlySet<string>; readonly running: ReadonlySet<string> }
    | undefined
  /** Failures that are not to count yet. */
  private held: Array<Ended> = []
  /** Steps that were ready, and had not begun when the first failed. */
  private passed: Array<number> = []

  /** `conclude` is called with each step that ended, once it counts, and `ready` with a step that may start after all. */
  constructor(
    steps: ReadonlyArray<StepBox.Any>,
    performer: StepPerformer,
    onFailure: "interrupt" | "drain",
    conclude: Conclude,
    ready: (at: number) => void
  ) {
    this.steps = steps
    this.conclude = conclude
    this.ready = ready
    const known = steps.flatMap((step, at) => {
      const failed = performer.failed(step.name)
      return failed === undefined ? [] : [{ at, failed }]
    }).toSorted((a, b) => a.failed.place - b.failed.place)
    this.order = known.map(({ at }) => at)
    this.failures = known.length
    const [one] = known
    if (one?.failed.place === 0) {
      const { ended = [], running = [] } = one.failed
      this.first = {
        at: one.at,
        ended: new Set(ended),
        running: new Set(onFailure === "drain" ? running : [])
      }
    }
  }

  /** Whether no step is to start: one has failed, and this is being recorded. */
  get isDeciding(): boolean {
    return this.first === undefined && this.order.length > 0
  }

  /** Whether the step at `at`, which is ready, begins. */
  begin(at: number): boolean {
    const { first, steps } = this
    const { name } = steps[at]!
    if (first !== undefined && at !== first.at && !first.ended.has(name) && !first.running.has(name)) {
      this.passed.push(at)
      return false
    }
    this.begun.add(name)
    return true
  }

  /** The work of the step at `at` has failed. */
  failed(at: number): Failed {
    const place = this.failures++
    this.order.push(at)
    if (place > 0) return { place }
    const { name } = this.steps[at]!
    return {
      place,
      ended: [...this.ended],
      running: [...this.begun].filter((one) => one !== name && !this.ended.has(one))
    }
  }

  /** The step at `at` has ended, and its end is recorded. */
  settle(at: number, exit: Ended["exit"], scope: Ended["scope"]): void {
    this.ended.add(this.steps[at]!.name)
    if (Exit.isFailure(exit) && this.order.length > 0 && !(this.isInterruption(at, exit))) {
      this.held.push({ at, exit, scope })
    } else {
      // What another process recorded counts, also where the step failed here.
      this.order = this.order.filter((one) => one !== at)
      if (this.first?.at === at && Exit.isSuccess(exit)) this.goOn()
      this.conclude(at, exit, scope)
    }
    this.deliver()
  }

  /** Lets those count whose turn it is. */
  deliver(): void {
    while (this.held.length > 0) {
      if (this.first !== undefined && !this.isReached(this.first)) return
      const [next] = this.order
      const place = next === undefined ? 0 : this.held.findIndex(({ at }) => at === next)
      if (place < 0) return
      this.order.shift()
      this.count(place)
    }
  }

  /** Nothing runs any longer: whatever has ended counts. */
  flush(): void {
    while (this.held.length > 0) this.count(0)
    this.order = []
  }

  private count(place: number): void {
    for (const { at, exit, scope } of this.held.splice(place, 1)) {
      if (this.first?.at === at) this.first = undefined
      this.conclude(at, exit, scope)
    }
  }

  private isReached({ ended, running }: NonNullable<FailureOrder["first"]>): boolean {
    return [...ended].every((name) => this.ended.has(name)) && [...running].every((name) => this.begun.has(name))
  }

  private isInterruption(at: number, exit: Exit.Failure<unknown, unknown>): boolean {
    return exit.cause.reasons.every(({ _tag }) => _tag === "Interrupt") && !this.order.includes(at)
  }

  /** The first failure has become an answer: nothing had failed. */
  private goOn(): void {
    this.first = undefined
    for (const at of this.passed.splice(0)) this.ready(at)
  }
}
