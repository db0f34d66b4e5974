/**
 * The seam between a pipeline and an engine: how the effect of a step is performed. `undefined` in process: the effect runs
 * as it is, and nothing is paid for the seam but one look-up a run. A durable run provides a performer, which keeps the
 * exit of each step and answers with it when the pipeline runs again.
 *
 * 1. The ready set schedules either way. A performer sees one step at a time, once it has started.
 * 2. A step is one piece of work with all of its policies, unless it is a frame: a frame runs steps, or waits, by itself,
 *    and each of those is performed.
 * 3. Inside of a piece of work there is no performer: it runs as in process.
 * 4. Work that is a `child` is a run of a pipeline. A performer may have it run anywhere, as a run of its own.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Agent from "../../agent/Agent.ts"

type AnyEffect = Effect.Effect<unknown, unknown, unknown>
type AnySchema = Schema.ConstraintCodec<unknown, unknown>

/** What is known of a step before it runs. Every step is one. */
export interface Work {
  readonly name: string
  readonly frame: boolean
  /** Whether its effect and the record of it are one transaction. */
  readonly transaction: boolean
  readonly output: AnySchema | undefined
  readonly error: AnySchema | undefined
  /** The agent, or the pipeline, that it runs. */
  readonly agent?: Agent.Any | undefined
  /** The pipeline that is to be a run of its own, and its input. */
  readonly child?: Child | undefined
}

/** A run of its own that a step asks for. */
export interface Child {
  readonly pipeline: Agent.Any
  readonly input: unknown
}

/** What is known of the work of a step that is a frame. */
export type Known = Partial<Pick<Work, "output" | "error" | "child">>

/**
 * What is kept of a step that failed: how many steps of its pipeline had failed before it, and where it was the first, the names of those
 * that had ended, and of those that had begun and not ended.
 */
export interface Failed {
  readonly place: number
  readonly ended?: ReadonlyArray<string>
  readonly running?: ReadonlyArray<string>
}

/** Performs the steps of one place in a run. */
export interface StepPerformer {
  /**
   * Calls `run` only where the step has to run, and `failed` once its work has failed, before that is recorded; not where the journal
   * says so already.
   */
  readonly perform: (work: Work, run: () => AnyEffect, failed?: () => Failed) => AnyEffect
  /** What is kept of the step `name` of this place, where it failed before the run was put aside. */
  readonly failed: (name: string) => Failed | undefined
  /** The performer of the steps below this place, under `name`. */
  readonly below: (name: string) => StepPerformer
  /** Ends the runs of their own below this place that have not ended. */
  readonly stopChildren: Effect.Effect<void>
  /** Waits, also beyond the end of the process. `name` is unique among the waits of this place. */
  readonly sleep: (name: string, duration: Duration.Duration) => Effect.Effect<void>
  /**
   * Runs `self`, and ends with `late` where it takes longer than `limit`, which also counts while no process runs it. `nth` distinguishes
   * limits of the same place.
   */
  readonly within: <A, E, R, E2>(
    self: Effect.Effect<A, E, R>,
    limit: Duration.Duration,
    late: (elapsed: Duration.Duration) => E2,
    nth?: string
  ) => Effect.Effect<A, E | E2, R>
}

/** The performer of the steps around this. `undefined` in process. */
export const Current = Context.Reference<StepPerformer | undefined>("greenlang/pipeline/internal/StepPerformer", {
  defaultValue: () => undefined
})

/** Work of a step that is a frame: an item, a round, or what runs in place of a failed frame. */
export const part = (name: string, { child, error, output }: Known = {}): Work => ({
  name,
  frame: false,
  transaction: false,
  output,
  error,
  child
})

/** Performs `work` as the fiber that runs it does. */
export const perform = <A, E, R>(work: Work, run: () => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const performer = fiber.getRef(Current)
    return performer === undefined ? run() : performer.perform(work, run) as Effect.Effect<A, E, R>
  })
