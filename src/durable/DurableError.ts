/**
 * What can go wrong around a durable run, besides what the run itself fails with.
 */
import * as Schema from "effect/Schema"
import { Decision } from "../agent/Approval.ts"
import { isFinal, State } from "./DurableRun.ts"

/**
 * No run has this id.
 *
 * @category errors
 */
export class RunNotFound extends Schema.TaggedError<RunNotFound>()("RunNotFound", { id: Schema.String }) {
  override get message() {
    return `there is no run ${this.id}`
  }
}

/**
 * The run `id` was submitted under this key with another input.
 *
 * @category errors
 */
export class KeyConflict extends Schema.TaggedError<KeyConflict>()("KeyConflict", {
  pipeline: Schema.String,
  key: Schema.String,
  id: Schema.String
}) {
  override get message() {
    return `${this.pipeline} was submitted under the key ${this.key} with another input: as run ${this.id}`
  }
}

/**
 * The run was not accepted: `waiting` runs wait for a worker already, and `limit` is the most that may.
 *
 * @category errors
 */
export class QueueFull extends Schema.TaggedError<QueueFull>()("QueueFull", {
  waiting: Schema.Int,
  limit: Schema.Int
}) {
  override get message() {
    return `the run was not accepted: ${this.waiting} runs wait for a worker, and at most ${this.limit} may`
  }
}

/**
 * The run, which is `state`, waits for no approval of `step`. `waiting` are the steps that do wait for one. `decided` is the
 * decision of `step`, where one was made.
 *
 * @category errors
 */
export class NotWaiting extends Schema.TaggedError<NotWaiting>()("NotWaiting", {
  id: Schema.String,
  step: Schema.String,
  state: State,
  waiting: Schema.Array(Schema.String),
  decided: Schema.optionalKey(Decision)
}) {
  override get message() {
    const { decided, id, state, step, waiting } = this
    const before = decided === undefined
      ? ""
      : `: it was ${decided.approved ? "approved" : "refused"}${decided.by === undefined ? "" : ` by ${decided.by}`}`
    const now = isFinal(state)
      ? `; the run is ${state}`
      : waiting.length === 0
      ? ""
      : `; it waits for ${waiting.join(", ")}`
    return `run ${id} waits for no approval of ${step}${before}${now}`
  }
}

/**
 * The run `id` is of the pipeline `pipeline` in its `version`, and the pipeline that was given to read its answer, or to read an input
 * for it, is `given` in its `givenVersion`.
 *
 * @category errors
 */
export class WrongPipeline extends Schema.TaggedError<WrongPipeline>()("WrongPipeline", {
  id: Schema.String,
  pipeline: Schema.String,
  version: Schema.String,
  given: Schema.String,
  givenVersion: Schema.String
}) {
  override get message() {
    return `run ${this.id} is of ${this.pipeline} ${this.version}, and not of ${this.given} ${this.givenVersion}`
  }
}

/**
 * The run is `state`, and the operation needs a run that has ended without an answer.
 *
 * @category errors
 */
export class NotRetriable extends Schema.TaggedError<NotRetriable>()("NotRetriable", {
  id: Schema.String,
  state: Schema.String
}) {
  override get message() {
    return `run ${this.id} is ${this.state}: only a run that failed or was cancelled can be retried`
  }
}

/**
 * The run is `state`, and the operation needs one that has ended.
 *
 * @category errors
 */
export class NotEnded extends Schema.TaggedError<NotEnded>()("NotEnded", { id: Schema.String, state: Schema.String }) {
  override get message() {
    return `run ${this.id} is ${this.state}, and has not ended`
  }
}

/**
 * The pipeline of the run has no step `step`. `steps` are those that it has.
 *
 * @category errors
 */
export class StepNotFound extends Schema.TaggedError<StepNotFound>()("StepNotFound", {
  id: Schema.String,
  step: Schema.String,
  steps: Schema.Array(Schema.String)
}) {
  override get message() {
    return `run ${this.id} has no step ${this.step}; it has ${this.steps.join(", ")}`
  }
}

/**
 * Another process works on the runs of this file: the process `pid`, where it is known.
 *
 * @category errors
 */
export class WorkerExists extends Schema.TaggedError<WorkerExists>()("WorkerExists", {
  file: Schema.String,
  pid: Schema.optionalKey(Schema.Int)
}) {
  override get message() {
    const other = this.pid === undefined ? "another process" : `process ${this.pid}`
    return `${other} works on the runs of ${this.file} already, and a file has one worker`
  }
}

/**
 * The answer of `step` is larger than `limit` bytes, as JSON, and was not recorded. The run fails with it.
 *
 * @category errors
 */
export class AnswerTooLarge extends Schema.TaggedError<AnswerTooLarge>()("AnswerTooLarge", {
  step: Schema.String,
  bytes: Schema.Int,
  limit: Schema.Int
}) {
  override get message() {
    return `the answer of ${this.step} has ${this.bytes} bytes, and at most ${this.limit} are recorded: ` +
      "keep it elsewhere and answer with its address, or raise `maxAnswerBytes`"
  }
}

/**
 * The run was cancelled.
 *
 * @category errors
 */
export class Cancelled extends Schema.TaggedError<Cancelled>()("Cancelled", { id: Schema.String }) {
  override get message() {
    return `run ${this.id} was cancelled`
  }
}

/**
 * The run ended more than its retention ago, and its answer was deleted. Its key is kept, so it does not run again.
 *
 * @category errors
 */
export class ResultExpired extends Schema.TaggedError<ResultExpired>()("ResultExpired", { id: Schema.String }) {
  override get message() {
    return `the answer of run ${this.id} is no longer kept`
  }
}
