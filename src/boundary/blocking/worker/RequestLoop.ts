/**
 * Makes a worker thread serve blocking callers: it waits for one to connect, loads the agents, and answers.
 */
import * as Layer from "effect/Layer"
import { pathToFileURL } from "node:url"
import { parentPort, receiveMessageOnPort } from "node:worker_threads"
import type * as Agent from "../../../agent/Agent.ts"
import * as ForeignValue from "../../../agent/internal/ForeignValue.ts"
import * as ErrorTransport from "../ErrorTransport.ts"
import { type Connect, COUNT, ENDED, type Request, setChain, type WorkerMessage } from "../Protocol.ts"
import { Spin } from "../Spin.ts"
import { OpenAgents } from "./OpenAgents.ts"

/** The agents of a module, and the layer that builds what they need. */
export interface Offer {
  readonly exports: ReadonlyArray<string>
  readonly agents: ReadonlyMap<string, Agent.Any>
  readonly layer?: Layer.Layer<never, unknown> | undefined
}

/** A module without the export that the caller named. */
export class Missing extends Error {
  readonly available: ReadonlyArray<string>
  readonly export: string
  constructor(name: string, available: ReadonlyArray<string>) {
    super(`no ${name}`)
    this.export = name
    this.available = available
  }
}

/** `module` is the address that `load` reads. Serves one caller at a time, and the next after that one has closed. */
export const serve = (module: string | undefined, load: () => Offer | Promise<Offer>): void => {
  if (parentPort === null) {
    throw new Error("SyncAgentWorker.serve works only in a worker thread, and this is the main thread")
  }
  const port = parentPort
  const listen = (message: unknown) => {
    if (!isConnect(message)) return
    // From now on the port of the caller, or other work, keeps the thread alive.
    port.off("message", listen)
    void connect(message, module ?? pathToFileURL(process.argv[1] ?? "").href, load, () => {
      const held = port.listenerCount("message") > 0
      port.on("message", listen)
      if (!held) port.unref()
    })
  }
  port.on("message", listen)
}

/** Calls `disconnected` when the caller has closed, or was refused. */
const connect = async (
  { chain: above, port, words: shared }: Connect,
  module: string,
  load: () => Offer | Promise<Offer>,
  disconnected: () => void
): Promise<void> => {
  const words = new Int32Array(shared)
  const wake = () => {
    Atomics.add(words, COUNT, 1)
    Atomics.notify(words, COUNT)
  }
  const post = (message: WorkerMessage) => {
    port.postMessage(message)
    wake()
  }
  let open: OpenAgents | undefined
  const receive = (request: Request) => {
    // Before the greeting there is only the 0 that checks the port.
    if (request === 0 || open === undefined) return
    if (request.kind === "cancel") return open.cancel(request.id)
    open.start(request.id, request, (reply) => {
      try {
        post({ ...reply, id: request.id })
      } catch (error) {
        // The caller waits for a reply: it gets the reason why this one cannot be sent.
        post({ kind: "died", reasons: [{ tag: "Die", error: ErrorTransport.send(error) }], id: request.id })
      }
      if (request.kind === "close") disconnect()
    })
  }
  const spin = new Spin()
  const look = (): Request | undefined => receiveMessageOnPort(port)?.message
  port.on("message", (first: Request) => {
    // A turn of the event loop takes longer than a short call. Other work of this thread gets its turn after `longestTurn`.
    const end = performance.now() + longestTurn
    for (let request: Request | undefined = first; request !== undefined;) {
      receive(request)
      request = open === undefined || open.isBusy ? undefined : spin.wait(look, end)
    }
  })
  const restore = [relay("stdout", post), relay("stderr", post)]
  const onUncaught = (error: unknown) => post({ kind: "uncaught", error: ErrorTransport.send(error) })
  const onExit = (exitCode: number) => {
    post({ kind: "exit", exitCode })
    Atomics.store(words, ENDED, 1)
    wake()
  }
  process.on("uncaughtExceptionMonitor", onUncaught)
  process.on("exit", onExit)
  const disconnect = () => {
    open = undefined
    for (const undo of restore) undo()
    process.off("uncaughtExceptionMonitor", onUncaught)
    process.off("exit", onExit)
    port.close()
    disconnected()
  }

  if (above.includes(module)) {
    post({ kind: "refused", error: ErrorTransport.send(new Error("recursive")), recursive: [...above, module] })
    return disconnect()
  }
  setChain([...above, module])
  let offer: Offer
  try {
    offer = await load()
  } catch (error) {
    const missing = error instanceof Missing
      ? { missing: { export: error.export, available: error.available } }
      : undefined
    post({ kind: "refused", error: ErrorTransport.send(error), ...missing })
    return disconnect()
  }
  open = new OpenAgents(offer.agents, offer.layer ?? Layer.empty)
  const agents = [...offer.agents].map(([key, { input, name, version }]) =>
    [key, { name, version, counts: ForeignValue.mayBeLarge(input.ast) }] as const
  )
  post({ kind: "ready", exports: offer.exports, agents: Object.fromEntries(agents) })
}

/** Milliseconds. */
const longestTurn = 1

const isConnect = (message: unknown): message is Connect =>
  typeof message === "object" && message !== null && "greenlang" in message && message.greenlang === "connect"

/**
 * Sends what the thread prints through the port: the streams of a worker wait until its parent is idle, and a blocked
 * caller is not.
 */
const relay = (name: "stdout" | "stderr", post: (message: WorkerMessage) => void): () => void => {
  const stream = process[name]
  const { _write, _writev } = stream
  stream._write = (chunk: string | Uint8Array, _encoding, done) => {
    post({ kind: "log", stream: name, chunk })
    done()
  }
  // Without `_writev` a stream writes one chunk after another.
  delete stream._writev
  Object.defineProperty(stream, "_writev", { value: undefined, configurable: true, writable: true })
  return () => {
    stream._write = _write
    if (_writev !== undefined) stream._writev = _writev
  }
}
