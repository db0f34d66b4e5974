/**
 * The entry of the worker threads that `SyncAgent.fromModule` starts. `workerData` names the module.
 *
 * The thread belongs to the library, so schemas are compiled in it: a large payload takes two thirds of the time.
 */
import type * as Layer from "effect/Layer"
import "effect/schema/SchemaJITCompiler/enable"
import { workerData } from "node:worker_threads"
import * as Agent from "../../../agent/Agent.ts"
import * as Stated from "../../../agent/internal/Stated.ts"
import * as RequestLoop from "./RequestLoop.ts"

/** What the caller puts into `workerData`. */
export interface ModuleData {
  readonly greenlang: { readonly module: string; readonly layer: string | undefined }
}

const { layer: layerName, module } = (workerData as ModuleData).greenlang

RequestLoop.serve(module, async () => {
  const exports: Readonly<Record<string, unknown>> = await import(module)
  const names = Object.keys(exports)
  const agents = new Map<string, Agent.Any>()
  for (const name of names) {
    const value = exports[name]
    if (Agent.isAgent(value)) agents.set(name, value)
  }
  const layer = exports[layerName ?? "layer"]
  // A layer that needs a service fails when it is built.
  if (Stated.isLayer(layer)) return { exports: names, agents, layer: layer as Layer.Layer<unknown, unknown> }
  if (layerName !== undefined) throw new RequestLoop.Missing(layerName, names)
  return { exports: names, agents }
})
