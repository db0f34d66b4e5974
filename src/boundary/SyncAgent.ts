/**
 * An agent for callers that cannot await: it runs in a worker thread, and a call blocks until it has answered.
 *
 * A blocked thread does nothing else: no timer, no request, no signal handler. Use `PromiseAgent` where you can await, and
 * the agent itself inside an Effect.
 */
import { isAbsolute } from "node:path"
import { pathToFileURL } from "node:url"
import type { ResourceLimits, Worker } from "node:worker_threads"
import type * as Agent from "../agent/Agent.ts"
import * as Stated from "../agent/internal/Stated.ts"
import * as Described from "../internal/Described.ts"
import * as Handle from "./blocking/caller/Handle.ts"
import { Supervisor } from "./blocking/caller/Supervisor.ts"
import * as WorkerFile from "./blocking/caller/WorkerFile.ts"
import type { Contract, Options, Sent, SyncAgent } from "./blocking/SyncAgentShape.ts"
import * as Shape from "./blocking/SyncAgentShape.ts"
import { BlockingMisuse } from "./SyncAgentError.ts"

/** The key that marks a `SyncAgent`. @category models */
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
 * Options of a worker that the library starts. Handles that share a worker must have the same. The worker starts a quarter
 * sooner when the environment of the process names a folder for Node's compile cache (`NODE_COMPILE_CACHE`).
 *
 * @category models
 */
export interface ModuleOptions extends Options {
  /** The export of the module that is the layer. Default: `layer`, if there is one. */
  readonly layer?: string
  /** Whether this handle has a worker of its own. Default: handles of one module share a worker. */
  readonly isolate?: boolean
  readonly resourceLimits?: ResourceLimits
  /** Node's options for the worker. Default: those of this process that concern modules. */
  readonly execArgv?: ReadonlyArray<string>
  /** The environment of the worker, which its `Config` reads. Default: that of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Calls an agent that a module exports. The module is loaded in a worker thread: one for all its agents and all handles of
 * this thread. It can be JavaScript, or TypeScript whose types Node can strip.
 *
 * A contract gives the types. Without one, they are those of the agent, its answers must be plain data, and its failures
 * arrive as `Sent`. A bundler does not follow the address of the module: see `fromWorker`. Throws `BlockingMisuse` if the
 * worker of the module was started with other options.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, SyncAgent } from "greenlang"
 * import { isMainThread } from "node:worker_threads"
 *
 * // Usually a separate module, which only the worker loads.
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
  given: ModuleOptions & { readonly contract?: Contract<any, any, any> }
): SyncAgent<any, any, any> => {
  const options = Stated.options("SyncAgent", given)
  const href = Stated.readable("SyncAgent", "module", () => hrefOf(module))
  const start = () => WorkerFile.start(href, options)
  const own = (released: () => void) => new Supervisor({ module: href, start, owned: true }, released)
  if (options.isolate === true) return Handle.make(own(() => {}), href, options)
  const terms = Stated.readable("SyncAgent", "options", () => termsOf(options))
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
  return Handle.make(shared.worker, href, options)
}

const hrefOf = (module: URL | string): string => {
  // Anything else would be written as a text, which a list of four billion places never is.
  if (typeof module !== "string" && !(module instanceof URL)) throw new TypeError(`it is ${Described.kind(module)}`)
  return (typeof module === "string" && isAbsolute(module) ? pathToFileURL(module) : new URL(module)).href
}

const termsOf = ({ env, execArgv, layer, resourceLimits }: ModuleOptions): string =>
  JSON.stringify([layer, resourceLimits, execArgv, env])

/**
 * Calls an agent in a worker file of your own, which calls `SyncAgentWorker.serve`. `start` starts the first worker, and
 * another after a death. `close` disconnects from the worker without ending it; only a stuck one is ended.
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
  Stated.checkFunction("SyncAgent", "start", start)
  return Handle.make(new Supervisor({ module, start, owned: false }, () => {}), module, options)
}

/**
 * Whether `u` is a handle of `fromModule` or `fromWorker`.
 *
 * @category guards
 */
export const isSyncAgent = (u: unknown): u is SyncAgent<never, unknown, unknown> =>
  typeof u === "object" && u !== null && TypeId in u

/** The workers that the handles of this thread share, by the address of their module. */
const workers = new Map<string, { readonly worker: Supervisor; readonly terms: string }>()
