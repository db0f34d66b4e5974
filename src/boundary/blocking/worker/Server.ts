/**
 * What makes a worker thread serve blocking callers: it waits for one to connect, loads its agents, and answers.
 */
import * as Layer from "effect/Layer"
import { pathToFileURL } from "node:url"
import { parentPort, receiveMessageOnPort } from "node:worker_threads"
import type * as Agent from "../../../agent/Agent.ts"
import * as ErrorTransport from "../ErrorTransport.ts"
import { type Connect, COUNT, ENDED, type Request, setChain, type Told } from "../Protocol.ts"
import { Spin } from "../Spin.ts"
import { BlockingHost } from "./Host.ts"

/** What a module has to offer. */
export interface Offer {
  readonly exports: ReadonlyArray<string>
  readonly agents: ReadonlyMap<string, Agent.Any>
  readonly layer?: Layer.Layer<never, unknown> | undefined
}

/** A module that lacks what the caller named. */
export class Missing extends Error {
  readonly available: ReadonlyArray<string>
  readonly export: string
  constructor(name: string, available: ReadonlyArray<string>) {
    super(`no ${name}`)
    this.export = name
    this.available = available
  }
}

/** `module` is the address that `load` reads from. Serves one caller at a time, and the next after it has closed. */
export const serve = (module: string | undefined, load: () => Offer | Promise<Offer>): void => {
  if (parentPort === null) {
    throw new Error("SyncAgentWorker.serve belongs into the file of a worker thread, and this is the main thread")
  }
  const port = parentPort
  const listen = (message: unknown) => {
    if (!isConnect(message)) return
    // From here on the thread lives for as long as the port of its caller, or something else in it.
    port.off("message", listen)
    void connect(message, module ?? pathToFileURL(process.argv[1] ?? "").href, load, () => {
      const held = port.listenerCount("message") > 0
      port.on("message", listen)
      if (!held) port.unref()
    })
  }
  port.on("message", listen)
}

/** `disconnected` is called once the caller has closed, or was refused. */
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
  const tell = (message: Told) => {
    port.postMessage(message)
    wake()
  }
  let host: BlockingHost | undefined
  const hear = (request: Request) => {
    // Nobody asks before the greeting, except whether anybody is there.
    if (request === 0 || host === undefined) return
    if (request.kind === "cancel") return host.cancel(request.id)
    host.start(request.id, request, (reply) => {
      try {
        tell({ ...reply, id: request.id })
      } catch (error) {
        // The caller waits for it: whatever cannot be sent, something is.
        tell({ kind: "died", reasons: [{ tag: "Die", error: ErrorTransport.send(error) }], id: request.id })
      }
      if (request.kind === "close") disconnect()
    })
  }
  const spin = new Spin()
  const look = (): Request | undefined => receiveMessageOnPort(port)?.message
  port.on("message", (first: Request) => {
    // A turn of the event loop takes longer than a short call. Whatever else goes on in this thread gets its turn too.
    const end = performance.now() + longestTurn
    for (let request: Request | undefined = first; request !== undefined;) {
      hear(request)
      request = host === undefined || host.isBusy ? undefined : spin.wait(look, end)
    }
  })
  const restore = [relay("stdout", tell), relay("stderr", tell)]
  const onUncaught = (error: unknown) => tell({ kind: "uncaught", error: ErrorTransport.send(error) })
  const onExit = (code: number) => {
    tell({ kind: "exit", code })
    Atomics.store(words, ENDED, 1)
    wake()
  }
  process.on("uncaughtExceptionMonitor", onUncaught)
  process.on("exit", onExit)
  const disconnect = () => {
    host = undefined
    for (const undo of restore) undo()
    process.off("uncaughtExceptionMonitor", onUncaught)
    process.off("exit", onExit)
    port.close()
    disconnected()
  }

  if (above.includes(module)) {
    tell({ kind: "refused", error: ErrorTransport.send(new Error("recursive")), recursive: [...above, module] })
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
    tell({ kind: "refused", error: ErrorTransport.send(error), ...missing })
    return disconnect()
  }
  host = new BlockingHost(offer.agents, offer.layer ?? Layer.empty)
  const agents = [...offer.agents].map(([key, { name, version }]) => [key, { name, version }] as const)
  tell({ kind: "ready", exports: offer.exports, agents: Object.fromEntries(agents) })
}

/** Milliseconds. */
const longestTurn = 1

const isConnect = (message: unknown): message is Connect =>
  typeof message === "object" && message !== null && "greenlang" in message && message.greenlang === "connect"

/**
 * What the thread prints would wait until its parent is idle, which a blocked caller is not: it goes through the port.
 */
const relay = (name: "stdout" | "stderr", tell: (message: Told) => void): () => void => {
  const stream = process[name]
  const { _write, _writev } = stream
  stream._write = (chunk: string | Uint8Array, _encoding, done) => {
    tell({ kind: "log", stream: name, chunk })
    done()
  }
  // A stream without it writes one chunk after another.
  delete stream._writev
  Object.defineProperty(stream, "_writev", { value: undefined, configurable: true, writable: true })
  return () => {
    stream._write = _write
    if (_writev !== undefined) stream._writev = _writev
  }
}
