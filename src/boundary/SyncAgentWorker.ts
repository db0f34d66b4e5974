/**
 * Makes a worker file of your own serve blocking agents. Bundlers need such a file.
 */
import type * as Layer from "effect/Layer"
import type * as Agent from "../agent/Agent.ts"
import * as RequestLoop from "./blocking/worker/RequestLoop.ts"

/**
 * Serves `agents`, under these names, to the `SyncAgent.fromWorker` of the thread that started this one. `layer` builds
 * what they need, once for all of them, before the first run, and closes it when the caller closes. Throws on a main thread.
 *
 * A file that begins with `import "effect/schema/SchemaJITCompiler/enable"`, as the library's own does, reads and writes
 * large payloads in two thirds of the time.
 *
 * ```js
 * // fuel.worker.js
 * SyncAgentWorker.serve({ fuel: FuelAgent }, Database.layer)
 *
 * // the caller
 * using fuel = SyncAgent.fromWorker(
 *   () => new Worker(new URL("./fuel.worker.js", import.meta.url)),
 *   { export: "fuel", contract: FuelContract }
 * )
 * ```
 *
 * @category constructors
 */
export const serve: {
  <Agents extends Readonly<Record<string, Agent.Agent<never, unknown, unknown>>>>(agents: Agents): void
  <Agents extends Readonly<Record<string, Agent.Any>>, E>(
    agents: Agents,
    layer: Layer.Layer<Agent.Services<NoInfer<Agents>[keyof Agents]>, E>
  ): void
} = (agents: Readonly<Record<string, Agent.Any>>, layer?: Layer.Layer<never, unknown>): void =>
  RequestLoop.serve(undefined, () => ({
    exports: Object.keys(agents),
    agents: new Map(Object.entries(agents)),
    layer
  }))
