/** A worker thread that posts every message back. */
import { parentPort } from "node:worker_threads"

parentPort!.on("message", (message: unknown) => parentPort!.postMessage(message))
