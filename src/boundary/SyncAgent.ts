/**
 * An agent for callers that cannot await: it lives in a worker thread, and a call blocks until it has answered.
 *
 * A blocked thread does nothing else: no timer, no request, no signal handler. Where awaiting is possible, `PromiseAgent`
 * is the better boundary; inside an Effect, the agent itself.
 */
import { isAbsolute } from "node:path"
import { pathToFileURL } from "node:url"
import type { ResourceLimits, Worker } from "node:worker_threads"
import type * as Agent from "../agent/Agent.ts"
import * as BlockingHandle from "./blocking/caller/Handle.ts"
import { BlockingWorker } from "./blocking/caller/Supervisor.ts"
import * as WorkerFile from "./blocking/caller/WorkerFile.ts"
import type { Contract, Options, Sent, SyncAgent } from "./blocking/SyncAgentShape.ts"
import * as Shape from "./blocking/SyncAgentShape.ts"
import { BlockingMisuse } from "./SyncAgentError.ts"

/** The key by which a `SyncAgent` is known. @category models */
export const TypeId: typeof Shape.TypeId = Shape.TypeId

export type {
  CallOptions,
  Contract,
  Description,
  Options,
  Result,
  Sent,
  SyncAgent,
  SyncStats
} from "./blocking/SyncAgentShape.ts"

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
