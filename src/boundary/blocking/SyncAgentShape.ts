/**
 * What a blocking agent offers to its caller, how a call is set, and how it can end.
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

/** The key by which a `SyncAgent` is known. */
export const TypeId: unique symbol = Symbol.for("greenlang/boundary/SyncAgent")

/**
 * A handle, of the thread that made it. What goes wrong is thrown as an instance of its own class, with the stack of the
 * worker and that of the caller: the agent's errors, `InvalidInput`, `InvalidOutput`, `TimedOut`, `AcquireFailed`,
 * `BlockingTimeout`, `BlockingWorkerDied`, `UnsendableOutput`, `MissingExport` and, for a use that is wrong wherever it
 * stands, `BlockingMisuse`.
 *
 * @category models
 */
export interface SyncAgent<in In, out Out, out E = never> extends SyncAgentLike<In, Out>, Disposable {
  readonly [TypeId]: typeof TypeId
  readonly mode: "blocking"
  /** Where the agent lives. A user's own worker file has no address that this side knows. */
  readonly source: { readonly module: string; readonly export: string }
  /** Blocks until the agent has answered. */
  readonly execute: (input: In, options?: CallOptions) => AgentResult<Out>
  /** The same as `execute`. */
  readonly run: (input: In, options?: CallOptions) => AgentResult<Out>
  /** Answers with typed failures too, as values. Throws only what is none: a defect, a misuse, a missing export. */
  readonly executeResult: (input: In, options?: CallOptions) => Result<Out, E>
  /**
   * Runs the agent on all `inputs` at once, `concurrency` at a time (all, unless said otherwise), blocks until the last
   * has ended, and answers in their order. One that fails leaves the others. The limit is that of the whole call: what has
   * ended by then is answered, the rest is interrupted.
   */
  readonly executeAll: (
    inputs: ReadonlyArray<In>,
    options?: CallOptions & { readonly concurrency?: number | "unbounded" }
  ) => Array<Result<Out, E>>
  /** Name, schemas and tools, as the agent in the worker has them now. */
  readonly describe: () => Description
  readonly getStats: () => SyncStats
  /** Starts the worker without waiting for it, so that it boots while the caller does something else. */
  readonly warm: () => void
  /** Blocks until the worker has started and the agent has what it needs. */
  readonly initialize: () => void
  /**
   * Gives the worker up. Whoever is its last user blocks until it has released what it held; then its thread ends, unless
   * it is the user's own. However often it is called, it happens once. What was not closed is closed when the process
   * exits.
   */
  readonly close: () => void
  /** The same as `close`. */
  readonly cleanup: () => void
  /** Calls `f`, which is not to be asynchronous, and closes afterwards, whatever came of it. */
  readonly use: <A>(f: (agent: SyncAgent<In, Out, E>) => A) => A
}

/** How a call ended. @category models */
export type Result<Out, E> = Outcome<Out, E | RunError | AcquireFailed | BlockingError>

/**
 * @category models
 */
export interface CallOptions extends Pick<Agent.RunOptions, "onExcessProperty"> {
  /**
   * Limit of the call, in place of that of the agent. Starting the worker and opening what the agent needs do not count.
   * Zero fails at once.
   */
  readonly timeout?: Duration.Input
}

/**
 * The schemas that both sides share, from a module that is cheap to import. `Agent.make` takes them as they are.
 *
 * @category models
 */
export interface Contract<in out In, in out Out, in out E = never> {
  readonly input: Schema.ConstraintCodec<unknown, In>
  readonly output: Schema.ConstraintCodec<Out, unknown>
  readonly error?: Schema.ConstraintCodec<E, unknown>
}

/**
 * A failure whose class this thread does not have: an error with its tag and its fields. Those that are no JSON may have
 * become text on the way.
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
 * What an agent says of itself.
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
 * What came of the runs of the agent in its worker, since that was started, and of the calls of this handle.
 *
 * @category models
 */
export type SyncStats = Stats & {
  readonly mode: "blocking"
  readonly calls: number
  /** How often a new worker had to take the place of one that died or was stuck. */
  readonly restarts: number
  /** What is alive in the worker between two calls. Absent where there is none. */
  readonly worker?: {
    readonly fibers: number
    /** What keeps an event loop busy, by name, as Node lists it: sockets, timers. */
    readonly resources: ReadonlyArray<string>
    /** Bytes. */
    readonly heapUsed: number
  }
}

/**
 * How one handle calls.
 *
 * @category models
 */
export interface Options {
  /** The name of the agent, as its module exports it. */
  readonly export: string
  /** Default limit of a call. 300 seconds, unless said otherwise. */
  readonly timeout?: Duration.Input
  /** Limit of starting the worker, and again of opening what the agent needs. 10 seconds, unless said otherwise. */
  readonly boot?: Duration.Input
  /** How long an interrupted agent may take to release what it holds before its thread is ended. Default 1 second. */
  readonly grace?: Duration.Input
  /** Receives what the worker prints while a call of this handle blocks, in place of this process' own streams. */
  readonly onLog?: (log: { readonly stream: "stdout" | "stderr"; readonly chunk: string | Uint8Array }) => void
  /** What to do in a process that serves connections, all of which wait: `warn` (the default, once), `error`, `allow`. */
  readonly onBlockingInLoop?: "warn" | "error" | "allow"
  /** Allows calls inside the worker of another blocking agent, all of whose runs wait meanwhile. */
  readonly allowNested?: boolean
  /** Emits the process warning `AGENTS_SYNC_USE` with the first call, for code that is to move on. */
  readonly warnOnUse?: boolean
}
