/**
 * What can go wrong around an agent, whatever the agent does.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as Described from "../internal/Described.ts"
import * as TaggedMessage from "./internal/TaggedMessage.ts"
import { Issue, text } from "./Issue.ts"

/** The phases of a run, in order. @category models */
export const Phase = Schema.Literals(["acquire", "validate", "execute", "finalize"])
/** @category models */
export type Phase = typeof Phase.Type

const lines = (issues: ReadonlyArray<Issue>) =>
  Described.printable(issues.map((issue) => `\n  ${issue.path || "(the whole value)"}: ${text(issue)}`).join(""))

/**
 * The input did not match the agent's input schema. Every issue is listed, and none of them repeats the input.
 *
 * @category errors
 */
export class InvalidInput extends Schema.TaggedError<InvalidInput>()("InvalidInput", {
  agent: Schema.String,
  issues: Schema.Array(Issue)
}) {
  override get message() {
    return `${this.agent} was given an input it cannot read:${lines(this.issues)}`
  }
}

/**
 * What the agent computed does not match its output schema: a fault of the agent, not of its caller.
 *
 * @category errors
 */
export class InvalidOutput extends Schema.TaggedError<InvalidOutput>()("InvalidOutput", {
  agent: Schema.String,
  issues: Schema.Array(Issue)
}) {
  override get message() {
    return `${this.agent} computed an output that is not what it promises:${lines(this.issues)}`
  }
}

/**
 * A phase, or the run as a whole, took longer than its limit and was interrupted, or the run waited longer than `limit` in
 * the queue of an orchestrator. `elapsed` includes the time that the
 * interrupted work took to release what it held. Both are encoded in milliseconds.
 *
 * @category errors
 */
export class TimedOut extends Schema.TaggedError<TimedOut>()("TimedOut", {
  agent: Schema.String,
  phase: Schema.Union([Phase, Schema.Literals(["run", "step", "queue"])]),
  limit: Schema.DurationFromMillis,
  elapsed: Schema.DurationFromMillis
}) {
  override get message() {
    const limit = Duration.format(this.limit)
    if (this.phase === "queue") return `${this.agent} timed out: it waited longer than ${limit} for its turn`
    return `${this.agent} timed out: ${this.phase} took longer than ${limit} and was interrupted`
  }
}

/**
 * `agent` was run inside of `limit` other runs. Usually an agent calls itself, and never stops.
 *
 * @category errors
 */
export class NestedTooDeep extends Schema.TaggedError<NestedTooDeep>()("NestedTooDeep", {
  agent: Schema.String,
  limit: Schema.Int
}) {
  override get message() {
    return `${this.agent} was not run: it is inside of ${this.limit} other runs, which is the limit`
  }
}

/**
 * The layer that an open agent brings could not be built. `cause` is what it failed with. The next run tries again.
 *
 * @category errors
 */
export class AcquireFailed extends Schema.TaggedError<AcquireFailed>()("AcquireFailed", {
  agent: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.agent} could not acquire what it needs: ${TaggedMessage.of(this.cause).message}`
  }
}

/**
 * An open agent was used after it had been closed.
 *
 * @category errors
 */
export class AgentDisposed extends Schema.TaggedError<AgentDisposed>()("AgentDisposed", { agent: Schema.String }) {
  override get message() {
    return `${this.agent} was closed: open it again to run it`
  }
}

/**
 * What every agent can fail with, besides its own errors.
 *
 * @category errors
 */
export type RunError = InvalidInput | InvalidOutput | NestedTooDeep | TimedOut

/** The schemas of `RunError`, so that it can be journaled and sent. @category errors */
export const RunError = Schema.Union([InvalidInput, InvalidOutput, NestedTooDeep, TimedOut])
