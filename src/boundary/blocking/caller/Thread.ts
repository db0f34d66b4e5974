/**
 * One worker thread, as its blocked caller uses it: requests and replies without an event loop.
 *
 * A blocked thread receives no event, so the exit of a worker does not reach it. It checks whether the port still takes
 * messages instead: `postMessage` returns `true` for as long as the other end exists.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads"
import { type Connect, COUNT, ENDED, type Reply, type Request, type Task, type WorkerMessage } from "../Protocol.ts"
import * as Sendable from "../Sendable.ts"
import { Spin } from "../Spin.ts"

/** What the worker prints, in pieces. */
export type Log = Extract<WorkerMessage, { kind: "log" }>

/** The first message of a worker: its agents, or why it has none. */
export type Greeting = Extract<WorkerMessage, { kind: "ready" | "refused" }>

/** How a thread ended. `silent`: it sent nothing. */
export type Death =
  | { readonly reason: "exit"; readonly exitCode: number }
  | { readonly reason: "uncaught"; readonly error: Extract<WorkerMessage, { kind: "uncaught" }>["error"] }
  | { readonly reason: "silent" }

/** How a wait ended. `late`: the reply came after the task was cancelled. */
export type Waited =
  | { readonly kind: "replied"; readonly reply: Reply; readonly late: boolean; readonly elapsed: number }
  | { readonly kind: "stuck"; readonly elapsed: number }
  | { readonly kind: "dead"; readonly death: Death }

/** Sends requests to one worker, and blocks until its messages are there. */
export class Thread {
  readonly worker: Worker
  private readonly port: MessagePort
  private readonly words = new Int32Array(new SharedArrayBuffer(8))
  private greeting: Greeting | undefined = undefined
  private uncaught: Death | undefined = undefined
  private exited: Death | undefined = undefined
  private readonly spin = new Spin()
  private lastId = 0
  /** Time of its last reply, in milliseconds on the monotonic clock. */
  private repliedAt = -Infinity
  private readonly onLog: (log: Log) => void
  private readonly onExit: () => void

  /** Calls `onExit` when the thread ends while no call is blocked. */
  constructor(worker: Worker, chain: ReadonlyArray<string>, onLog: (log: Log) => void, onExit: () => void) {
    this.worker = worker
    this.onLog = onLog
    this.onExit = onExit
    const { port1, port2 } = new MessageChannel()
    this.port = port1
    const connect: Connect = { greenlang: "connect", port: port2, words: this.words.buffer as SharedArrayBuffer, chain }
    worker.postMessage(connect, [port2])
    // While no call is blocked, the event loop receives the lines.
    port1.on("message", (message: WorkerMessage) => void this.receive(message))
    port1.unref()
    worker.unref()
    worker.on("exit", onExit)
    worker.on("error", ignore)
  }

  /** Now, or at its last reply of a moment ago: the check wakes the worker. */
  get isAlive(): boolean {
    if (Atomics.load(this.words, ENDED) === 1) return false
    return performance.now() - this.repliedAt < checkEvery || this.isThere
  }

  private get isThere(): boolean {
    // Undocumented, so not in its type: whether the other end exists. A test checks it.
    const taken: unknown = this.port.postMessage(0)
    return taken === true
  }

  /** Why the thread has ended, by its last messages. */
  get death(): Death {
    this.drain()
    return this.uncaught ?? this.exited ?? { reason: "silent" }
  }

  /** Blocks until the worker has sent its greeting. `undefined` when it has not within `limit` milliseconds. */
  greet(limit: number): Greeting | Extract<Waited, { kind: "dead" }> | undefined {
    if (this.greeting !== undefined) return this.greeting
    const until = performance.now() + limit
    for (;;) {
      const count = Atomics.load(this.words, COUNT)
      const message = this.take()
      if (message !== undefined) this.receive(message)
      if (this.greeting !== undefined) return this.greeting
      if (performance.now() >= until) return undefined
      if (message === undefined && !this.sleep(count, until)) {
        return this.greeting ?? { kind: "dead", death: this.death }
      }
    }
  }

  /**
   * Blocks until `task` is done. Cancels it after `limit` milliseconds. When it has not ended `grace` milliseconds later,
   * the thread is stuck.
   */
  request(task: Task, limit: number, grace: number): Waited {
    const id = this.post(task)
    const began = performance.now()
    let until = began + limit
    let late = false
    for (;;) {
      const count = Atomics.load(this.words, COUNT)
      // One message at a time: a worker that prints without end cannot delay the limit.
      const message = this.take()
      const reply = message && this.receive(message, id)
      const now = performance.now()
      if (reply !== undefined) {
        this.repliedAt = now
        return { kind: "replied", reply, late, elapsed: now - began }
      }
      if (now >= until) {
        if (late) return { kind: "stuck", elapsed: now - began }
        late = true
        until = now + grace
        this.send({ id, kind: "cancel" })
      }
      if (message === undefined && !this.sleep(count, until)) {
        const last = this.drain(id)
        return last === undefined
          ? { kind: "dead", death: this.death }
          : { kind: "replied", reply: last, late, elapsed: performance.now() - began }
      }
    }
  }

  /** Sends `task` and returns its id, without waiting for the reply. */
  post(task: Task): number {
    const id = ++this.lastId
    this.send({ ...task, id })
    return id
  }

  /** Closes both ends of the port. `livesOn`: the thread goes on, and its errors are those of its owner. */
  disconnect(livesOn: boolean): void {
    this.port.close()
    this.worker.off("exit", this.onExit)
    if (livesOn) this.worker.off("error", ignore)
  }

  /** Throws `Unsendable` for a value that shows its fault only while it is copied, such as a getter. */
  private send(request: Request): void {
    try {
      this.port.postMessage(request)
    } catch (error) {
      throw Sendable.unreadable(error)
    }
  }

  private take(): WorkerMessage | undefined {
    return receiveMessageOnPort(this.port)?.message
  }

  /** Receives the last messages of a thread that has ended. Stops at the reply to `id`. */
  private drain(id?: number): Reply | undefined {
    for (let message = this.take(); message !== undefined; message = this.take()) {
      const reply = this.receive(message, id)
      if (reply !== undefined) return reply
    }
    return undefined
  }

  /** Returns the reply to `id`, and drops replies to cancelled tasks. */
  private receive(message: WorkerMessage, id?: number): Reply | undefined {
    if ("id" in message) return message.id === id ? message : undefined
    switch (message.kind) {
      case "log":
        this.onLog(message)
        break
      case "uncaught":
        this.uncaught = { reason: "uncaught", error: message.error }
        break
      case "exit":
        this.exited = { reason: "exit", exitCode: message.exitCode }
        break
      default:
        this.greeting = message
    }
    return undefined
  }

  /** Waits for a message after `count`, at most to `until`. Returns whether the worker is alive. */
  private sleep(count: number, until: number): boolean {
    const hasMessage = () => Atomics.load(this.words, COUNT) === count ? undefined : true
    if (this.spin.wait(hasMessage) === undefined) {
      const woken = Atomics.wait(this.words, COUNT, count, Math.min(until - performance.now(), checkEvery))
      if (woken === "timed-out" && !this.isThere) return false
    }
    return Atomics.load(this.words, ENDED) !== 1
  }
}

/** `death` has the error. Without a listener it would end this process. */
const ignore = () => {}

/** Milliseconds between two checks that the worker is alive. */
const checkEvery = 50
