/**
 * The errors of blocking calls, between the caller and the worker thread of its agent.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/**
 * No answer came within `limit`. `interrupted`: the worker interrupted the run, released what it held and lives on.
 * Otherwise the run did not react within the grace, so its thread was ended, and the next call starts a new one. `phase` is
 * `acquire` while the worker built its layer. Both times are encoded in milliseconds.
 *
 * @category errors
 */
export class BlockingTimeout extends Schema.TaggedError<BlockingTimeout>()("BlockingTimeout", {
  agent: Schema.String,
  phase: Schema.Literals(["acquire", "run"]),
  limit: Schema.DurationFromMillis,
  elapsed: Schema.DurationFromMillis,
  interrupted: Schema.Boolean
}) {
  override get message() {
    const what = this.phase === "run" ? "gave no answer" : "did not acquire what it needs"
    const then = this.interrupted
      ? "it was interrupted"
      : "it did not react to its interruption, so its worker thread was ended"
    return `${this.agent} timed out: it ${what} within ${Duration.format(this.limit)}, and ${then}`
  }
}

/**
 * The worker thread ended, or could not start. The next call starts a new one.
 *
 * - `exit`: code in it called `process.exit`, with `exitCode`
 * - `uncaught`: an uncaught error, which is the `cause`
 * - `out-of-memory`: it grew beyond its `resourceLimits`
 * - `ended`: from outside, such as by `worker.terminate()`
 * - `boot`: its module could not be loaded, which is the `cause`, or took longer than the limit of the boot
 * - `crash-loop`: it died three times within ten seconds, and is not started again until these are over
 *
 * @category errors
 */
export class BlockingWorkerDied extends Schema.TaggedError<BlockingWorkerDied>()("BlockingWorkerDied", {
  agent: Schema.String,
  /** Address of the module of the worker's agents. */
  module: Schema.String,
  reason: Schema.Literals(["exit", "uncaught", "out-of-memory", "ended", "boot", "crash-loop"]),
  exitCode: Schema.optionalKey(Schema.Int),
  /** More about the reason. */
  detail: Schema.optionalKey(Schema.String),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    const code = this.exitCode === undefined ? "" : `(${this.exitCode})`
    const why = this.detail ?? (this.cause instanceof Error ? this.cause.message : undefined)
    return `the worker thread of ${this.agent} ${ends[this.reason]}${code}${why === undefined ? "" : `: ${why}`}; `
      + `its agents come from ${this.module}`
  }
}

const ends = {
  exit: "called process.exit",
  uncaught: "ended with an uncaught error",
  "out-of-memory": "ran out of memory",
  ended: "was ended from outside, or ran out of memory",
  boot: "could not start",
  "crash-loop": "died three times within ten seconds and is not started again yet"
}

/**
 * The agent was called where blocking is wrong, or cannot work. `instead` is what to do there.
 *
 * - `inside-fiber`: in an Effect program, which would stand still as a whole
 * - `nested`: in the worker of another blocking agent, whose runs would all stand still
 * - `recursive`: in the worker of this very module; `path` is the modules that lead here
 * - `reentrant`: during another call to its worker, such as from the `onLog` of that
 * - `closed`: after `close`
 * - `conflict`: the worker that it would share was started with other options
 * - `event-loop`: in a process that serves connections
 *
 * @category errors
 */
export class BlockingMisuse extends Schema.TaggedError<BlockingMisuse>()("BlockingMisuse", {
  agent: Schema.String,
  reason: Schema.Literals(["inside-fiber", "nested", "recursive", "reentrant", "closed", "conflict", "event-loop"]),
  what: Schema.String,
  instead: Schema.String,
  path: Schema.optionalKey(Schema.Array(Schema.String))
}) {
  override get message() {
    return `${this.agent} ${this.what}: ${this.instead}`
  }
}

/**
 * The answer holds a value that cannot be sent to another thread: a function, or a class instance without a schema on the
 * caller's side. `path` is such as `report.0.at`, and empty for the whole value.
 *
 * @category errors
 */
export class UnsendableOutput extends Schema.TaggedError<UnsendableOutput>()("UnsendableOutput", {
  agent: Schema.String,
  path: Schema.String,
  what: Schema.String
}) {
  override get message() {
    return `${this.agent} answered with a value that cannot be sent to another thread: ${this.what} at `
      + `${
        this.path || "the top"
      }. Give the caller a contract whose output schema encodes it, or answer with plain data`
  }
}

/**
 * The module has no agent of the name `export`, or no layer. `available` lists what it exports.
 *
 * @category errors
 */
export class MissingExport extends Schema.TaggedError<MissingExport>()("MissingExport", {
  module: Schema.String,
  export: Schema.String,
  expected: Schema.Literals(["agent", "layer"]),
  available: Schema.Array(Schema.String)
}) {
  override get message() {
    const what = this.available.includes(this.export) ? "is not" : "is missing: it should be"
    return `${this.export} ${what} ${this.expected === "agent" ? "an agent" : "a layer"} of ${this.module}, `
      + `which exports ${this.available.length === 0 ? "nothing" : this.available.join(", ")}`
  }
}

/**
 * The failures of a blocking call that do not come from the agent itself.
 *
 * @category errors
 */
export type BlockingError = BlockingTimeout | BlockingWorkerDied | UnsendableOutput
