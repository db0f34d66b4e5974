/**
 * The entry of a worker thread of `CpuPool`. It does not import Effect: a bare thread is ready several times sooner.
 */
import { parentPort } from "node:worker_threads"
import { describe, type Job, perform, type Reply } from "./internal/ModuleFunction.ts"

if (parentPort === null) throw new Error("this module is the entry of a worker thread: use CpuPool.layerWorkers")
const port = parentPort

port.on("message", async (job: Job) => {
  const reply = await perform(job)
  try {
    port.postMessage(reply)
  } catch (error) {
    port.postMessage({ _tag: "Threw", thrown: describe(error) } satisfies Reply)
  }
})
port.postMessage("ready")
