/**
 * An orchestrator for callers that cannot await: it runs in a worker thread, and a call blocks until its run has ended.
 *
 * The module, or the worker file, exports the `OrchestratorAgent` and a layer that provides the `Orchestrator`.
 *
 * ```js
 * // runs.js
 * export { OrchestratorAgent as orchestrator } from "greenlang/orchestrator"
 * export const layer = Orchestrator.layer({ agents: [Fuel, Footprint] }).pipe(Layer.provide(...))
 *
 * // the caller
 * using runs = SyncOrchestrator.fromModule(new URL("./runs.js", import.meta.url))
 * runs.run("Footprint", site).value
 * ```
 */
import type * as Duration from "effect/Duration"
import type { Worker } from "node:worker_threads"
import * as SyncAgent from "../boundary/SyncAgent.ts"
import { OrchestratorContract, type Response } from "./OrchestratorAgent.ts"
import type { OrchestratorError } from "./OrchestratorError.ts"

/**
 * `timeout` is the limit of the call. It replaces the limit of the agent.
 *
 * @category models
 */
export interface CallOptions {
  readonly attributes?: Readonly<Record<string, string>>
  readonly timeout?: Duration.Input
}

/**
 * A handle that belongs to the thread that made it. It throws the errors of `Orchestrator.run`, as instances of the same
 * classes, and those of a `SyncAgent`.
 *
 * @category models
 */
export interface SyncOrchestrator extends Disposable {
  readonly mode: "blocking"
  /** Blocks until the run of the agent or pipeline of that name has ended. */
  readonly run: (agent: string, input: unknown, options?: CallOptions) => Response
  /** The same as `run`. */
  readonly execute: (agent: string, input: unknown, options?: CallOptions) => Response
  /** Returns failures as values. Throws only defects, misuses and missing exports. */
  readonly runResult: (
    agent: string,
    input: unknown,
    options?: CallOptions
  ) => SyncAgent.Result<Response, OrchestratorError>
  /** Blocks until the worker has started and the orchestrator is ready. */
  readonly initialize: () => void
  /** Blocks until the orchestrator has released what it holds, and ends the worker, as `SyncAgent.close` does. */
  readonly close: () => void
}

type Settings<Options> = Omit<Options, "export"> & {
  /** The name by which the module exports the `OrchestratorAgent`. Default: `orchestrator`. */
  readonly export?: string
}

/**
 * The orchestrator of a module. See `SyncAgent.fromModule`.
 *
 * @category constructors
 */
export const fromModule = (module: URL | string, options: Settings<SyncAgent.ModuleOptions> = {}): SyncOrchestrator =>
  make(SyncAgent.fromModule(module, { export: "orchestrator", ...options, contract: OrchestratorContract }))

/**
 * The orchestrator of a worker file that you write, which serves it with `SyncAgentWorker.serve`.
 *
 * @category constructors
 */
export const fromWorker = (start: () => Worker, options: Settings<SyncAgent.Options> = {}): SyncOrchestrator =>
  make(SyncAgent.fromWorker(start, { export: "orchestrator", ...options, contract: OrchestratorContract }))

type Request = typeof OrchestratorContract.input.Encoded

const make = (handle: SyncAgent.SyncAgent<Request, Response, OrchestratorError>): SyncOrchestrator => {
  const request = (agent: string, input: unknown, { attributes, timeout }: CallOptions): Request => ({
    agent,
    ...(input === undefined ? {} : { input }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(timeout === undefined ? {} : { timeout: Infinity })
  })
  const limit = ({ timeout }: CallOptions) => timeout === undefined ? {} : { timeout }
  const run: SyncOrchestrator["run"] = (agent, input, options = {}) =>
    handle.execute(request(agent, input, options), limit(options)).value
  return {
    mode: "blocking",
    run,
    execute: run,
    runResult: (agent, input, options = {}) => handle.executeResult(request(agent, input, options), limit(options)),
    initialize: handle.initialize,
    close: handle.close,
    [Symbol.dispose]: handle.close
  }
}
