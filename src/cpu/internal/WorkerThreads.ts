/**
 * A bounded set of worker threads, one job per thread. Ending a thread is the only way to stop code that does not wait;
 * another thread is started when it is needed.
 *
 * Threads keep the process alive while they work, and never while they are idle.
 */
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type ResourceLimits, Worker } from "node:worker_threads"
import { describe, type Job, type Reply } from "./ModuleFunction.ts"

/** What the threads run, how many there are, and how long they live. */
export interface Options {
  /** The module that a thread runs. It posts "ready" first, and then a `Reply` to each job. */
  readonly entry: URL
  readonly size: number
  /** The fewest threads, also when there is no work. */
  readonly min: number
  readonly idleMillis: number
  readonly callsPerThread: number
  readonly resourceLimits: ResourceLimits | undefined
}

/** A thread ended before its job was done, or could not start. */
export interface Loss {
  readonly _tag: "Lost"
  readonly reason: "exit" | "uncaught" | "out-of-memory" | "boot" | "closed"
  readonly exitCode?: number
  readonly detail?: string
  readonly cause?: unknown
}

/** A job and what is called when it has ended. */
export interface Task {
  readonly job: Job
  /** Called once, unless the task is cancelled. */
  readonly settle: (ending: Reply | Loss) => void
}

/** Milliseconds. Native code, such as `execFileSync`, holds its thread until it returns. */
const longestEnd = 1_000
/** Milliseconds. `setTimeout` overflows beyond. */
const longestTimer = 2 ** 31 - 1

/** The threads, and the tasks that wait for one. */
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

  /** Ends the thread that works on `task`. Resolves when it has ended, or after `longestEnd`. */
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
      // The first call fails with the reason.
      if (!(thread instanceof Thread)) return
      this.rest(thread)
    }
  }

  private start(): Thread | Loss {
    const { entry, resourceLimits } = this.options
    if (entry.protocol === "file:" && !existsSync(entry)) {
      const detail = `there is no ${fileURLToPath(entry)}. A bundler does not find it: make it an entry of its own, `
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
    worker.on("exit", (exitCode) => this.lost(thread, exitCode))
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
    // A thread remembers an import that failed, although it may succeed later.
    if (reply._tag === "Unloadable" || thread.calls >= this.options.callsPerThread) void this.end(thread)
    else this.rest(thread)
    task.settle(reply)
    this.pump()
  }

  private lost(thread: Thread, exitCode: number): void {
    const { error, ready, task } = thread
    this.threads.delete(thread)
    this.forget(thread)
    task?.settle(
      error === undefined
        ? { _tag: "Lost", reason: "exit", exitCode }
        : { _tag: "Lost", reason: reasonOf(error, ready), cause: error }
    )
    this.pump()
    // After a thread that was never ready, another would fail in the same way.
    if (ready) this.fill()
  }

  private rest(thread: Thread): void {
    thread.worker.unref()
    this.idle.push(thread)
    // Real time, not the clock of a program, which may be virtual: a thread is real.
    thread.expiry = setTimeout(() => {
      if (this.threads.size > this.options.min) void this.end(thread)
    }, Math.min(this.options.idleMillis, longestTimer)).unref()
  }

  private async end(thread: Thread): Promise<void> {
    this.forget(thread)
    thread.worker.ref()
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, longestEnd)
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
  /** The error that ended the thread, if any. */
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
