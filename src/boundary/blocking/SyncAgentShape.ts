/**
 * The types of a blocking agent: the handle, the options of a call, and how it can end.
 */
import type * as Duration from "effect/Duration"
import type * as JsonSchema from "effect/JsonSchema"
import type * as Schema from "effect/Schema"
import type * as Agent from "../../agent/Agent.ts"
import type { AcquireFailed, RunError } from "../../agent/AgentError.ts"
import type { AgentResult, Outcome } from "../../agent/AgentResult.ts"
import type { Stats } from "../../agent/Stats.ts"
import type { BlockingError } from "../SyncAgentError.ts"
import type { SyncAgentLike } from "../SyncAgentLike.ts"

/** The key that marks a `SyncAgent`. */
export const TypeId: unique symbol = Symbol.for("greenlang/boundary/SyncAgent")

/**
 * A handle, for the thread that made it. It throws errors as instances of their own classes, with the stacks of the worker
 * and of the caller: the agent's errors, `InvalidInput`, `InvalidOutput`, `TimedOut`, `AcquireFailed`, `BlockingTimeout`,
 * `BlockingWorkerDied`, `UnsendableOutput`, `MissingExport`, and `BlockingMisuse` for a wrong use of the handle.
 *
 * @category models
 */
export interface SyncAgent<in In, out Out, out E = never> extends SyncAgentLike<In, Out>, Disposable {
  readonly [TypeId]: typeof TypeId
  readonly mode: "blocking"
  /** The module and export of the agent. The address of a user's own worker file is not known here. */
  readonly source: { readonly module: string; readonly export: string }
  /** Blocks until the agent has answered. */
  readonly execute: (input: In, options?: CallOptions) => AgentResult<Out>
  /** The same as `execute`. */
  readonly run: (input: In, options?: CallOptions) => AgentResult<Out>
  /** Returns typed failures as values, too. Throws only defects, `BlockingMisuse` and `MissingExport`. */
  readonly executeResult: (input: In, options?: CallOptions) => Result<Out, E>
  /**
   * Runs the agent on all `inputs`, blocks until the last run has ended, and returns the results in the same order. A run
   * that fails does not stop the others. `timeout` limits the whole call: it keeps the results of the runs that have ended,
   * and interrupts the rest.
   *
   * `concurrency`: how many run at a time. Default: all.
   */
  readonly executeAll: (
    inputs: ReadonlyArray<In>,
    options?: CallOptions & { readonly concurrency?: number | "unbounded" }
  ) => Array<Result<Out, E>>
  /** Name, schemas and tools of the agent in the worker. */
  readonly describe: () => Description
  readonly getStats: () => SyncStats
  /** Starts the worker without waiting for it: it boots while the caller does something else. */
  readonly warm: () => void
  /** Blocks until the worker has started and the agent has what it needs. */
  readonly initialize: () => void
  /**
   * Stops using the worker. The last handle of a worker blocks until the worker has released what it held; then the thread
   * ends, unless it is a user's own. A second call does nothing. The exit of the process closes what is still open.
   */
  readonly close: () => void
  /** The same as `close`. */
  readonly cleanup: () => void
  /** Calls the synchronous function `f`, and closes when it has returned or thrown. */
  readonly use: <A>(f: (agent: SyncAgent<In, Out, E>) => A) => A
}

/** How a call ended. @category models */
export type Result<Out, E> = Outcome<Out, E | RunError | AcquireFailed | BlockingError>

/**
 * Options of one call.
 *
 * @category models
 */
export interface CallOptions extends Pick<Agent.RunOptions, "onExcessProperty"> {
  /**
   * Limit of the call. Replaces that of the agent. Starting the worker and acquiring what the agent needs do not count.
   * Zero fails at once.
   */
  readonly timeout?: Duration.Input
}

/**
 * The schemas that both threads share, from a module that is cheap to import. Pass the same ones to `Agent.make`.
 *
 * @category models
 */
export interface Contract<in out In, in out Out, in out E = never> {
  readonly input: Schema.ConstraintCodec<unknown, In>
  readonly output: Schema.ConstraintCodec<Out, unknown>
  readonly error?: Schema.ConstraintCodec<E, unknown>
}

/**
 * A failure whose class this thread does not have: an error with its tag and its fields. A field that is not JSON may
 * arrive as text.
 *
 * @category utility types
 */
export type Sent<E> = E extends { readonly _tag: infer Tag }
  ? Error & { readonly [K in Exclude<keyof E & string, keyof Error>]: E[K] extends Schema.Json ? E[K] : unknown } & {
    readonly _tag: Tag
  }
  : E extends Schema.Json ? E
  : unknown

/**
 * Name, schemas and tools of an agent.
 *
 * @category models
 */
export interface Description {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly input: JsonSchema.Document<"draft-2020-12">
  readonly output: JsonSchema.Document<"draft-2020-12">
  readonly tools: ReadonlyArray<string>
}

/**
 * Counts the runs of the agent since its worker was started, and the calls of this handle.
 *
 * @category models
 */
export type SyncStats = Stats & {
  readonly mode: "blocking"
  readonly calls: number
  /** How often a new worker replaced one that had died or was stuck. */
  readonly restarts: number
  /** What is alive in the worker between two calls. Absent when there is no worker. */
  readonly worker?: {
    readonly fibers: number
    /** What keeps its event loop alive, by Node's names: sockets, timers. */
    readonly resources: ReadonlyArray<string>
    /** Bytes. */
    readonly heapUsed: number
  }
}

/**
 * Options of one handle.
 *
 * @category models
 */
export interface Options {
  /** The export of the module that is the agent. */
  readonly export: string
  /** Limit of a call. Default: 300 seconds. */
  readonly timeout?: Duration.Input
  /** Limit of starting the worker, and again of acquiring what the agent needs. Default: 1 minute. */
  readonly boot?: Duration.Input
  /** How long `close` waits for the worker to release what it holds. Default: 10 seconds. */
  readonly release?: Duration.Input
  /** How long an interrupted agent may take to release what it holds before its thread is ended. Default: 1 second. */
  readonly grace?: Duration.Input
  /** Receives what the worker prints while a call of this handle blocks. Default: the streams of this process. */
  readonly onLog?: (log: { readonly stream: "stdout" | "stderr"; readonly chunk: string | Uint8Array }) => void
  /** What a call does in a process that serves connections, which all wait for it. Default: `warn`, once. */
  readonly onBlockingInLoop?: "warn" | "error" | "allow"
  /** Allows calls inside the worker of another blocking agent. All runs of that worker wait for them. */
  readonly allowNested?: boolean
  /** The first call emits the process warning `AGENTS_SYNC_USE`, to find code that should move to promises. */
  readonly warnOnUse?: boolean
}
