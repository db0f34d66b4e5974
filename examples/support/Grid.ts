/**
 * The service that these examples ask: how much carbon dioxide a kilowatt-hour of a country's grid stands for. It runs in
 * a thread of its own, so that a client that blocks is answered too.
 *
 * Its numbers are made up for the examples.
 */
import { once } from "node:events"
import { Worker } from "node:worker_threads"

export interface Grid extends AsyncDisposable {
  /** Answers to `/intensity/DE` with `{ "grams": 380 }`, after a while, and says nothing to `/stuck` and below for a second. */
  readonly url: string
  /** How many requests there were at the same time, at most, since this was last asked. */
  readonly peak: () => number
  /** How many connections are open. */
  readonly connections: () => number
}

/** Starts the service. Time of one answer. Default: 100 milliseconds. */
export const start = async (options: { readonly delay?: number } = {}): Promise<Grid> => {
  const counts = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(new URL("./GridServer.ts", import.meta.url), {
    workerData: { delay: options.delay ?? 100, counts }
  })
  const [port] = await once(worker, "message")
  return {
    url: `http://127.0.0.1:${port}`,
    peak: () => Atomics.exchange(counts, 0, 0),
    connections: () => Atomics.load(counts, 1),
    [Symbol.asyncDispose]: async () => {
      await worker.terminate()
    }
  }
}
