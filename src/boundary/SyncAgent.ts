/**
 * An agent for callers that cannot await: it lives in a worker thread, and a call blocks until it has answered.
 *
 * A blocked thread does nothing else: no timer, no request, no signal handler. Where awaiting is possible, `PromiseAgent`
 * is the better boundary; inside an Effect, the agent itself.
 */
import type * as Duration from "effect/Duration"
import type * as JsonSchema from "effect/JsonSchema"
import type * as Schema from "effect/Schema"
import { isAbsolute } from "node:path"
import { pathToFileURL } from "node:url"
import type { ResourceLimits, Worker } from "node:worker_threads"
import type * as Agent from "../agent/Agent.ts"
import type { AcquireFailed, RunError } from "../agent/AgentError.ts"
import type { AgentResult, Outcome } from "../agent/AgentResult.ts"
import type { Stats } from "../agent/Stats.ts"
import * as BlockingHandle from "./blocking/caller/Handle.ts"
import { BlockingWorker } from "./blocking/caller/Supervisor.ts"
import * as WorkerFile from "./blocking/caller/WorkerFile.ts"
import { type BlockingError, BlockingMisuse } from "./SyncAgentError.ts"
import type { SyncAgentLike } from "./SyncAgentLike.ts"

/** The key by which a `SyncAgent` is known. @category models */
export const TypeId: typeof BlockingHandle.TypeId = BlockingHandle.TypeId

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

/**
 * What is more for a worker of the library's own. Handles that share a worker must agree about it. It starts a quarter
 * sooner where the environment of the process names a folder for Node's compile cache (`NODE_COMPILE_CACHE`).
 *
 * @category models
 */
export interface ModuleOptions extends Options {
  /** The name of the layer, as the module exports it: `layer`, if there is one, unless said otherwise. */
  readonly layer?: string
  /** A worker of this handle alone. */
  readonly isolate?: boolean
  readonly resourceLimits?: ResourceLimits
  /** Node's options for the worker. Those of this process which concern modules, unless said otherwise. */
  readonly execArgv?: ReadonlyArray<string>
  /** The environment of the worker, from which its `Config` reads. That of this process, unless said otherwise. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * An agent that a module exports. The module is loaded in a worker thread, one for all its agents and for all who ask in
 * this thread. It can be JavaScript, or TypeScript whose types Node can strip; a function cannot be passed.
 *
 * The types come from a contract, or, without one, from the type of the agent; then what the agent answers must be plain
 * data, and its failures come as `Sent`. A bundler does not see the module behind the address: see `fromWorker`.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, SyncAgent } from "greenlang"
 * import { isMainThread } from "node:worker_threads"
 *
 * // Mostly a module of its own, which only the worker loads.
 * export const Late = Agent.make("Late", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (n) => Effect.delay(Effect.succeed(n * 2), "10 millis")
 * })
 *
 * if (isMainThread) {
 *   using late = SyncAgent.fromModule<typeof Late>(import.meta.url, { export: "Late" })
 *   late.execute(21, { timeout: "10 seconds" }).value // => 42
 *   late.executeAll([1, 2, 3]).length // => 3
 * }
 * ```
 *
 * @category constructors
 */
export const fromModule: {
  <In, Out, E = never>(
    module: URL | string,
    options: ModuleOptions & { readonly contract: Contract<In, Out, E> }
  ): SyncAgent<In, Out, E>
  <A extends Agent.Any>(
    module: URL | string,
    options: ModuleOptions
  ): SyncAgent<Agent.Input<A>, Agent.Output<A>, Sent<Agent.Failure<A>>>
} = (
  module: URL | string,
  options: ModuleOptions & { readonly contract?: Contract<any, any, any> }
): SyncAgent<any, any, any> => {
  const href = (typeof module === "string" && isAbsolute(module) ? pathToFileURL(module) : new URL(module)).href
  const start = () => WorkerFile.start(href, options)
  const own = (released: () => void) => new BlockingWorker({ module: href, start, owned: true }, released)
  if (options.isolate === true) return BlockingHandle.make(own(() => {}), href, options)
  const terms = JSON.stringify([options.layer, options.resourceLimits, options.execArgv, options.env])
  const shared = workers.get(href) ?? { worker: own(() => workers.delete(href)), terms }
  if (shared.terms !== terms) {
    throw new BlockingMisuse({
      agent: options.export,
      reason: "conflict",
      what: `would share the worker of ${href}, which was started with other options: ${shared.terms}, not ${terms}`,
      instead: "set the same layer, resourceLimits, execArgv and env, or isolate"
    })
  }
  workers.set(href, shared)
  return BlockingHandle.make(shared.worker, href, options)
}

/**
 * An agent in a worker file of the user's own, which calls `SyncAgentWorker.serve`. `start` is called for the first
 * worker, and again for one in place of a worker that died. `close` disconnects from the worker without ending it; one
 * that is stuck is ended.
 *
 * Bundlers find that file by the form of the expression: see `SyncAgentWorker.serve`.
 *
 * @category constructors
 */
export const fromWorker: {
  <In, Out, E = never>(
    start: () => Worker,
    options: Options & { readonly contract: Contract<In, Out, E> }
  ): SyncAgent<In, Out, E>
  <A extends Agent.Any>(
    start: () => Worker,
    options: Options
  ): SyncAgent<Agent.Input<A>, Agent.Output<A>, Sent<Agent.Failure<A>>>
} = (
  start: () => Worker,
  options: Options & { readonly contract?: Contract<any, any, any> }
): SyncAgent<any, any, any> => {
  const module = "a worker of the user's own"
  return BlockingHandle.make(new BlockingWorker({ module, start, owned: false }, () => {}), module, options)
}

/**
 * @category guards
 */
export const isSyncAgent = (u: unknown): u is SyncAgent<never, unknown, unknown> =>
  typeof u === "object" && u !== null && TypeId in u

/** The workers that handles share in this thread, by the address of their module. */
const workers = new Map<string, { readonly worker: BlockingWorker; readonly terms: string }>()
