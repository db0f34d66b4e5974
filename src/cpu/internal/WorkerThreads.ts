/**
 * A bounded set of worker threads, one job a thread. A thread can be ended in the midst of its job, which is the only way
 * to stop code that does not wait; another one is started when it is needed.
 *
 * Threads keep the process alive while they work, and never while they are idle.
 */
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type ResourceLimits, Worker } from "node:worker_threads"
import { describe, type Job, type Reply } from "./ModuleFunction.ts"

export interface Options {
  /** The module that a thread runs. It announces itself with a message, and answers each job with a `Reply`. */
  readonly entry: URL
  readonly size: number
  /** How many threads are there even when nothing is to be done. */
  readonly min: number
  readonly idleMillis: number
  readonly callsPerThread: number
  readonly resourceLimits: ResourceLimits | undefined
}

/** A thread ended, or could not begin, before the job was done. */
export interface Loss {
  readonly _tag: "Lost"
  readonly reason: "exit" | "uncaught" | "out-of-memory" | "boot" | "closed"
  readonly code?: number
  readonly detail?: string
  readonly cause?: unknown
}

export interface Task {
  readonly job: Job
  /** Called once, unless the task is cancelled. */
  readonly settle: (ending: Reply | Loss) => void
}

/** Milliseconds. Native code, such as `execFileSync`, holds its thread until it returns. */
const patience = 1_000
/** Milliseconds. `setTimeout` overflows beyond. */
const longestTimer = 2 ** 31 - 1

export class WorkerThreads {
  private readonly threads = new Set<Thread>()
  private readonly idle: Array<Thread> = []
  private readonly waiting = new Set<Task>()
  private readonly options: Options
  private closed = false

  constructor(options: Options) {
    this.options = options
    this.fill()
  }

  submit(task: Task): void {
    if (this.closed) return task.settle({ _tag: "Lost", reason: "closed" })
    this.waiting.add(task)
    this.pump()
  }

  /** Ends the thread that works on `task`. Resolves when it has ended, or when patience has. */
  async cancel(task: Task): Promise<void> {
    if (this.waiting.delete(task)) return
    for (const thread of this.threads) {
      if (thread.task !== task) continue
      thread.task = undefined
      return this.end(thread)
    }
  }

  async close(): Promise<void> {
    this.closed = true
    const lost = [...this.waiting]
    this.waiting.clear()
    for (const thread of this.threads) {
      if (thread.task !== undefined) lost.push(thread.task)
      thread.task = undefined
    }
    for (const task of lost) task.settle({ _tag: "Lost", reason: "closed" })
    await Promise.all(Array.from(this.threads, (thread) => this.end(thread)))
  }

  private pump(): void {
    for (const task of this.waiting) {
      const thread = this.idle.pop() ?? (this.threads.size < this.options.size ? this.start() : undefined)
      if (thread === undefined) return
      this.waiting.delete(task)
      if (thread instanceof Thread) this.give(thread, task)
      else task.settle(thread)
    }
  }

  private fill(): void {
    while (!this.closed && this.threads.size < this.options.min) {
      const thread = this.start()
      // Whoever calls first will be told.
      if (!(thread instanceof Thread)) return
      this.rest(thread)
    }
  }

  private start(): Thread | Loss {
    const { entry, resourceLimits } = this.options
    if (entry.protocol === "file:" && !existsSync(entry)) {
      const detail =
        `there is no ${fileURLToPath(entry)}. A bundler has to be told of it: make it an entry of its own, `
        + `and pass its address as \`entry\``
      return { _tag: "Lost", reason: "boot", detail }
    }
    let worker: Worker
    try {
      worker = new Worker(entry, resourceLimits && { resourceLimits })
    } catch (cause) {
      return { _tag: "Lost", reason: "boot", cause }
    }
    const thread = new Thread(worker)
    this.threads.add(thread)
    worker.on("message", (message: Reply | "ready") => {
      if (message === "ready") thread.ready = true
      else this.done(thread, message)
    })
    worker.on("messageerror", (error) => this.done(thread, { _tag: "Threw", thrown: describe(error) }))
    worker.on("error", (error) => thread.error = error)
    worker.on("exit", (code) => this.lost(thread, code))
    return thread
  }

  private give(thread: Thread, task: Task): void {
    clearTimeout(thread.expiry)
    thread.task = task
    thread.calls++
    thread.worker.ref()
    try {
      thread.worker.postMessage(task.job)
    } catch (error) {
      this.done(thread, { _tag: "Threw", thrown: describe(error) })
    }
  }

  private done(thread: Thread, reply: Reply): void {
    const { task } = thread
    if (task === undefined) return
    thread.task = undefined
    // An import that failed is remembered by the thread, although it may succeed later.
    if (reply._tag === "Unloadable" || thread.calls >= this.options.callsPerThread) void this.end(thread)
    else this.rest(thread)
    task.settle(reply)
    this.pump()
  }

  private lost(thread: Thread, code: number): void {
    const { error, ready, task } = thread
    this.threads.delete(thread)
    this.forget(thread)
    task?.settle(
      error === undefined
        ? { _tag: "Lost", reason: "exit", code }
        : { _tag: "Lost", reason: reasonOf(error, ready), cause: error }
    )
    this.pump()
    // A thread that was never ready would only fail again.
    if (ready) this.fill()
  }

  private rest(thread: Thread): void {
    thread.worker.unref()
    this.idle.push(thread)
    // Not the clock of a program, which may be virtual: a thread is real.
    thread.expiry = setTimeout(() => {
      if (this.threads.size > this.options.min) void this.end(thread)
    }, Math.min(this.options.idleMillis, longestTimer)).unref()
  }

  private async end(thread: Thread): Promise<void> {
    this.forget(thread)
    thread.worker.ref()
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, patience)
    await Promise.race([thread.worker.terminate(), late.promise])
    clearTimeout(timer)
    thread.worker.unref()
  }

  private forget(thread: Thread): void {
    clearTimeout(thread.expiry)
    const at = this.idle.indexOf(thread)
    if (at >= 0) this.idle.splice(at, 1)
  }
}

class Thread {
  readonly worker: Worker
  ready = false
  calls = 0
  task: Task | undefined = undefined
  /** What ended the thread, if it was an error. */
  error: unknown = undefined
  expiry: NodeJS.Timeout | undefined = undefined

  constructor(worker: Worker) {
    this.worker = worker
  }
}

const reasonOf = (error: unknown, ready: boolean): Loss["reason"] => {
  if (typeof error === "object" && error !== null && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return "out-of-memory"
  }
  return ready ? "uncaught" : "boot"
}
