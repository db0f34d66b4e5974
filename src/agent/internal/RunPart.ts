/**
 * A run as a part of it sees it, such as a step or one call of a tool: what the part records goes to the run, and what came
 * from the part itself is known.
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Run from "../Run.ts"
import { Current, noUsage } from "../Run.ts"
import { readMore } from "../Usage.ts"
import { CitingRun, takePlaces } from "./CitingRun.ts"
import * as LiveRun from "./LiveRun.ts"

/** The run that a step, or a call of a tool, sees as its own. */
export class RunPart extends CitingRun implements Run.Run {
  readonly run: Run.Run
  /** Its place among the parts of the run. Where parts follow one another, one object may stand for all: it moves from place to place. */
  place: number
  /** What the part, and the agents that it called, have used. */
  used: Run.Usage = noUsage

  constructor(run: Run.Run, place: number) {
    super()
    this.run = run
    this.place = place
  }

  protected get around() {
    return this.run
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
    const read = readMore(more)
    this.used = LiveRun.add(this.used, read)
    this.run.addUsage(read)
  }
}

/** The run itself, however many parts it is seen through. */
export const whole = (run: Run.Run): Run.Run => run instanceof RunPart ? whole(run.run) : run

/** Counts a call that a model made of a tool, in `run` and in the runs around it. */
export const countToolCall = (run: Run.Run | undefined): void => {
  for (let at = run; at !== undefined; at = at.parent) {
    const live = whole(at)
    if (live instanceof LiveRun.LiveRun) live.toolCalls++
  }
}

/** Runs `self` as a part of the run that is running, beside other parts. Its place is the next when it starts. */
export const run = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    Current,
    (run) => run === undefined ? self : Effect.provideService(self, Current, new RunPart(run, takePlaces(run, 1)))
  )
