/**
 * One worker thread as its blocked caller sees it: requests and replies without an event loop.
 *
 * While a thread is blocked it hears no event, and so of no death either. What it can see is whether a port still takes
 * messages: `postMessage` answers `true` for as long as the other end exists.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads"
import { type Connect, COUNT, ENDED, type Reply, type Request, type Task, type Told } from "../Protocol.ts"
import { Spin } from "../Spin.ts"

/** Lines of the worker, as they come. */
export type Log = Extract<Told, { kind: "log" }>

/** How a worker greets, or why it does not. */
export type Greeting = Extract<Told, { kind: "ready" | "refused" }>

/** What is known of the end of a thread. */
export type Death =
  | { readonly reason: "exit"; readonly code: number }
  | { readonly reason: "uncaught"; readonly error: Extract<Told, { kind: "uncaught" }>["error"] }
  | { readonly reason: "silent" }

/** What came of a wait. `late` is a reply of a task that had been cancelled. */
export type Waited =
  | { readonly kind: "replied"; readonly reply: Reply; readonly late: boolean; readonly elapsed: number }
  | { readonly kind: "stuck"; readonly elapsed: number }
  | { readonly kind: "dead"; readonly death: Death }

export class BlockingThread {
  readonly worker: Worker
  private readonly port: MessagePort
  private readonly words = new Int32Array(new SharedArrayBuffer(8))
  private greeting: Greeting | undefined = undefined
  private uncaught: Death | undefined = undefined
  private exited: Death | undefined = undefined
  private readonly spin = new Spin()
  private lastId = 0
  /** When it last replied, in milliseconds on the monotonic clock. */
  private heardAt = -Infinity
  private readonly onLog: (log: Log) => void
  private readonly onExit: () => void

  /** `onExit` is called when the thread has ended and nobody is blocked. */
  constructor(worker: Worker, chain: ReadonlyArray<string>, onLog: (log: Log) => void, onExit: () => void) {
    this.worker = worker
    this.onLog = onLog
    this.onExit = onExit
    const { port1, port2 } = new MessageChannel()
    this.port = port1
    const connect: Connect = { greenlang: "connect", port: port2, words: this.words.buffer as SharedArrayBuffer, chain }
    worker.postMessage(connect, [port2])
    // Lines that come while nobody is blocked are written by the event loop.
    port1.on("message", (told: Told) => void this.hear(told))
    port1.unref()
    worker.unref()
    worker.on("exit", onExit)
    worker.on("error", ignore)
  }

  /** As of now, or as of a moment ago: asking wakes the worker. */
  get isAlive(): boolean {
    if (Atomics.load(this.words, ENDED) === 1) return false
    return performance.now() - this.heardAt < checkEvery || this.isThere
  }

  private get isThere(): boolean {
    // Undocumented, so not in its type: whether the other end is there. It is pinned by a test.
    const taken: unknown = this.port.postMessage(0)
    return taken === true
  }

  /** Why the thread is not alive, from what it managed to say. */
  get death(): Death {
    this.drain()
    return this.uncaught ?? this.exited ?? { reason: "silent" }
  }

  /** Blocks until the worker has greeted. `undefined` when it did not within `limit` milliseconds. */
  greet(limit: number): Greeting | Extract<Waited, { kind: "dead" }> | undefined {
    if (this.greeting !== undefined) return this.greeting
    const until = performance.now() + limit
    for (;;) {
      const count = Atomics.load(this.words, COUNT)
      const told = this.take()
      if (told !== undefined) this.hear(told)
      if (this.greeting !== undefined) return this.greeting
      if (performance.now() >= until) return undefined
      if (told === undefined && !this.sleep(count, until)) return this.greeting ?? { kind: "dead", death: this.death }
    }
  }

  /**
   * Blocks until `task` is done. After `limit` milliseconds it is cancelled, and has `grace` milliseconds to end; after
   * these the thread is stuck.
   */
  request(task: Task, limit: number, grace: number): Waited {
    const id = this.post(task)
    const began = performance.now()
    let until = began + limit
    let late = false
    for (;;) {
      const count = Atomics.load(this.words, COUNT)
      // One message at a time: a worker that never stops to print is not to put off the limit.
      const told = this.take()
      const reply = told && this.hear(told, id)
      const now = performance.now()
      if (reply !== undefined) {
        this.heardAt = now
        return { kind: "replied", reply, late, elapsed: now - began }
      }
      if (now >= until) {
        if (late) return { kind: "stuck", elapsed: now - began }
        late = true
        until = now + grace
        this.send({ id, kind: "cancel" })
      }
      if (told === undefined && !this.sleep(count, until)) {
        const last = this.drain(id)
        return last === undefined
          ? { kind: "dead", death: this.death }
          : { kind: "replied", reply: last, late, elapsed: performance.now() - began }
      }
    }
  }

  /** Sends `task` without waiting for its reply, which nobody will read. */
  post(task: Task): number {
    const id = ++this.lastId
    this.send({ ...task, id })
    return id
  }

  /** Forgets the thread, which loses its end of the port with ours. One that lives on is its owner's to listen to. */
  disconnect(livesOn: boolean): void {
    this.port.close()
    this.worker.off("exit", this.onExit)
    if (livesOn) this.worker.off("error", ignore)
  }

  private send(request: Request): void {
    this.port.postMessage(request)
  }

  private take(): Told | undefined {
    return receiveMessageOnPort(this.port)?.message
  }

  /** Reads what a thread has said that has ended, or says no more. Stops at the reply to `id`. */
  private drain(id?: number): Reply | undefined {
    for (let told = this.take(); told !== undefined; told = this.take()) {
      const reply = this.hear(told, id)
      if (reply !== undefined) return reply
    }
    return undefined
  }

  /** Answers with the reply to `id`. Replies that nobody waits for any more are dropped. */
  private hear(told: Told, id?: number): Reply | undefined {
    if ("id" in told) return told.id === id ? told : undefined
    switch (told.kind) {
      case "log":
        this.onLog(told)
        break
      case "uncaught":
        this.uncaught = { reason: "uncaught", error: told.error }
        break
      case "exit":
        this.exited = { reason: "exit", code: told.code }
        break
      default:
        this.greeting = told
    }
    return undefined
  }

  /** Until the worker has said something since `count`, or `until`. Answers whether the worker is alive. */
  private sleep(count: number, until: number): boolean {
    const hasSpoken = () => Atomics.load(this.words, COUNT) === count ? undefined : true
    if (this.spin.wait(hasSpoken) === undefined) {
      const woken = Atomics.wait(this.words, COUNT, count, Math.min(until - performance.now(), checkEvery))
      if (woken === "timed-out" && !this.isThere) return false
    }
    return Atomics.load(this.words, ENDED) !== 1
  }
}

/** What an error would say is told by `death`; without a listener it would end this process. */
const ignore = () => {}

/** Milliseconds between two looks at whether the worker is alive. */
const checkEvery = 50
