/**
 * A run as one of its steps sees it: what the step records goes to the run, and what it used is kept.
 */
import type * as Schema from "effect/Schema"
import * as LiveRun from "../../agent/internal/LiveRun.ts"
import type * as Run from "../../agent/Run.ts"
import { noUsage } from "../../agent/Run.ts"

export class StepRun implements Run.Run {
  readonly run: Run.Run
  /** What the step, and the agents that it called, have used. */
  used: Run.Usage = noUsage
  private said: Array<Run.Citation> | undefined = undefined

  constructor(run: Run.Run) {
    this.run = run
  }

  get id() {
    return this.run.id
  }

  get agent() {
    return this.run.agent
  }

  get version() {
    return this.run.version
  }

  get startedAt() {
    return this.run.startedAt
  }

  get parent() {
    return this.run.parent
  }

  get state() {
    return this.run.state
  }

  get usage() {
    return this.run.usage
  }

  get citations() {
    return this.run.citations
  }

  get annotations() {
    return this.run.annotations
  }

  /** What the step, and the agents that it called, have cited. */
  get cited(): ReadonlyArray<Run.Citation> {
    return this.said ?? []
  }

  cite(citation: Run.Citation): void {
    ;(this.said ??= []).push(citation)
    this.run.cite(citation)
  }

  annotate(key: string, value: Schema.Json): void {
    this.run.annotate(key, value)
  }

  get hasUsed(): boolean {
    return this.used !== noUsage
  }

  get depth() {
    return this.run.depth
  }

  pauseLimit(): () => void {
    return this.run.pauseLimit()
  }

  addUsage(more: Partial<Run.Usage>): void {
    this.used = LiveRun.add(this.used, more)
    this.run.addUsage(more)
  }
}

/** The run itself, however many steps it is seen through. */
export const whole = (run: Run.Run): Run.Run => run instanceof StepRun ? whole(run.run) : run

/** Keeps what a step records, so that it is recorded again where its answer is used again. */
export class ReplayableRun extends StepRun {
  readonly annotated: Record<string, Schema.Json> = {}

  override annotate(key: string, value: Schema.Json): void {
    this.annotated[key] = value
    super.annotate(key, value)
  }
}
