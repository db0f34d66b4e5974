/**
 * The worker of one or more blocking agents, over its lives: started when it is needed, again after a death, and ended
 * with the last of its users.
 */
import * as Duration from "effect/Duration"
import type { Worker } from "node:worker_threads"
import { BlockingMisuse, BlockingTimeout, BlockingWorkerDied, MissingExport } from "../../SyncAgentError.ts"
import * as ErrorTransport from "../ErrorTransport.ts"
import { chain, type Reply, type Task } from "../Protocol.ts"
import { BlockingThread, type Death, type Greeting, type Log } from "./Thread.ts"

/** An agent as the worker presents it. */
export interface Presented {
  readonly name: string
  readonly version: string
}

/** How long one caller waits. Milliseconds. */
export interface Patience {
  readonly boot: number
  readonly limit: number
  readonly grace: number
}

/** Who calls, and where its lines go. */
export interface Caller {
  readonly export: string
  readonly onLog: ((log: Log) => void) | undefined
}

export interface Origin {
  /** Address of the module that the agents come from. */
  readonly module: string
  readonly start: () => Worker
  /** Whether the thread is ours to end. Otherwise only a stuck one is. */
  readonly owned: boolean
}

/** A reply, and whether it is that of a task which was cancelled after its limit. */
export interface Answer {
  readonly agent: Presented
  readonly reply: Reply
  readonly late: boolean
  readonly elapsed: number
}

export class BlockingWorker {
  /** How many handles call it. */
  users = 0
  restarts = 0
  private readonly origin: Origin
  private readonly released: () => void
  private thread: BlockingThread | undefined = undefined
  private readonly acquired = new Set<string>()
  private started = false
  private busy = false
  private onLog: Caller["onLog"] = undefined
  /** Those of late. `at` is in milliseconds on the monotonic clock. */
  private deaths: ReadonlyArray<{ readonly at: number; readonly died: BlockingWorkerDied }> = []

  /** `released` is called when its last user is about to close it. */
  constructor(origin: Origin, released: () => void) {
    this.origin = origin
    this.released = released
  }

  /** Starts the thread, unless there is one, without waiting for it. */
  warm(caller: Caller): void {
    this.exclusively(caller, () => {
      if (this.living(caller) === undefined) this.start(caller)
    })
  }

  /** Whether a thread was started and is not known to have ended. */
  get isOpen(): boolean {
    return this.thread !== undefined
  }

  /**
   * Blocks until `task` is done. What it needs is acquired before, unless it is only a question: an agent that could not
   * acquire it answers with how that ended. Throws `BlockingTimeout` of a run only if its thread had to be ended.
   */
  request(caller: Caller, task: Task, patience: Patience): Answer {
    return this.exclusively(caller, () => {
      const thread = this.greeted(caller, patience)
      const agent = this.present(caller, thread)
      const failure = isQuestion(task) ? undefined : this.acquire(caller, agent, patience)
      if (failure !== undefined) return { agent, reply: failure, late: false, elapsed: 0 }
      return this.ask(caller, agent, "run", task, patience)
    })
  }

  /** Blocks until the agent has what it needs. Answers with how that ended if it could not get it. */
  initialize(caller: Caller, patience: Patience): { readonly agent: Presented; readonly failure: Reply | undefined } {
    return this.exclusively(caller, () => {
      const agent = this.present(caller, this.greeted(caller, patience))
      return { agent, failure: this.acquire(caller, agent, patience) }
    })
  }

  /**
   * One user less. The last blocks until the worker has released what it held, for `limit` milliseconds at most, and ends
   * it if it is ours.
   */
  release(caller: Caller, limit: number): void {
    this.exclusively(caller, () => {
      if (--this.users > 0) return
      this.released()
      this.close(limit)
    })
  }

  /** As `release` by the last user, at the end of the process. */
  close(limit: number): void {
    const { thread } = this
    this.forget()
    if (thread === undefined) return
    // What holds nothing yet need not be waited for, unless it is somebody else's and is to be told.
    const greeted = thread.isAlive && thread.greet(this.origin.owned ? 0 : limit)?.kind === "ready"
    if (greeted && thread.request({ kind: "close" }, limit, 0).kind === "stuck") {
      process.emitWarning(
        `the worker of ${this.origin.module} did not release what it holds within ${limit} ms of its close`,
        { type: "BlockingWarning", code: "AGENTS_BLOCKING_CLOSE" }
      )
    }
    thread.disconnect(!this.origin.owned)
    if (this.origin.owned) void thread.worker.terminate()
  }

  private exclusively<A>(caller: Caller, use: () => A): A {
    if (this.busy) {
      throw new BlockingMisuse({
        agent: caller.export,
        reason: "reentrant",
        what: "was used while another call to its worker is not over, such as from its onLog",
        instead: "keep what onLog is given, and go on when the other call has answered"
      })
    }
    this.busy = true
    this.onLog = caller.onLog
    try {
      return use()
    } finally {
      this.busy = false
      this.onLog = undefined
    }
  }

  /** Boots if need be. */
  private greeted(caller: Caller, { boot }: Patience): Extract<Greeting, { kind: "ready" }> {
    const thread = this.living(caller) ?? this.start(caller)
    const greeting = thread.greet(boot)
    if (greeting === undefined) {
      throw this.bury(thread, this.died(caller, "boot", { detail: `it did not load its module within ${boot} ms` }))
    }
    switch (greeting.kind) {
      case "ready":
        return greeting
      case "dead":
        throw this.bury(thread, this.diedBooting(caller, greeting.death))
      case "refused":
        if (greeting.recursive === undefined && greeting.missing === undefined) {
          throw this.bury(thread, this.died(caller, "boot", { cause: ErrorTransport.revive(greeting.error, "") }))
        }
        this.abandon(thread)
        if (greeting.recursive !== undefined) throw recursive(caller.export, greeting.recursive)
        throw new MissingExport({ module: this.origin.module, expected: "layer", ...greeting.missing! })
    }
  }

  private present(caller: Caller, { agents, exports }: Extract<Greeting, { kind: "ready" }>): Presented {
    const agent = Object.hasOwn(agents, caller.export) ? agents[caller.export] : undefined
    if (agent !== undefined) return agent
    throw new MissingExport({
      module: this.origin.module,
      export: caller.export,
      expected: "agent",
      available: exports
    })
  }

  private acquire(caller: Caller, agent: Presented, patience: Patience): Reply | undefined {
    if (this.acquired.has(caller.export)) return undefined
    const task = { kind: "acquire", export: caller.export } as const
    const { elapsed, late, reply } = this.ask(caller, agent, "acquire", task, { ...patience, limit: patience.boot })
    if (reply.kind === "told") {
      this.acquired.add(caller.export)
      return undefined
    }
    if (!late) return reply
    throw new BlockingTimeout({
      agent: agent.name,
      phase: "acquire",
      limit: Duration.millis(patience.boot),
      elapsed: Duration.millis(elapsed),
      interrupted: true
    })
  }

  private ask(caller: Caller, agent: Presented, phase: "acquire" | "run", task: Task, patience: Patience): Answer {
    // Whoever asks has just been greeted by it.
    const thread = this.thread!
    const waited = thread.request(task, patience.limit, patience.grace)
    switch (waited.kind) {
      case "replied":
        return { ...waited, agent }
      case "dead":
        throw this.bury(thread, this.diedOf(caller, waited.death))
      case "stuck":
        this.abandon(thread)
        throw new BlockingTimeout({
          agent: agent.name,
          phase,
          limit: Duration.millis(patience.limit),
          elapsed: Duration.millis(waited.elapsed),
          interrupted: false
        })
    }
  }

  /** The thread, if there is one. That one died while nobody called is told by a warning. */
  private living(caller: Caller): BlockingThread | undefined {
    const { thread } = this
    if (thread === undefined || thread.isAlive) return thread
    this.mourn(caller, thread)
    return undefined
  }

  private mourn(caller: Caller, thread: BlockingThread): void {
    const { message } = this.bury(thread, this.diedOf(caller, thread.death))
    process.emitWarning(message, { type: "BlockingWarning", code: "AGENTS_BLOCKING_WORKER_DIED" })
  }

  private start(caller: Caller): BlockingThread {
    const now = performance.now()
    this.deaths = this.deaths.filter(({ at }) => now - at < window)
    const [first] = this.deaths
    if (first !== undefined && this.deaths.length >= maxDeaths) {
      const wait = Math.ceil(window - (now - first.at))
      throw this.died(caller, "crash-loop", { detail: `try again in ${wait} ms`, cause: this.deaths.at(-1)!.died })
    }
    if (this.deaths.length > 1) Atomics.wait(pause, 0, 0, backoff * (this.deaths.length - 1))
    if (this.started) this.restarts++
    this.started = true
    this.acquired.clear()
    const log = (log: Log) => {
      const { onLog } = this
      if (onLog === undefined) return void process[log.stream].write(log.chunk)
      try {
        onLog(log)
      } catch (error) {
        // An observer: what it throws is not to lose the answer of the call.
        process.emitWarning(error instanceof Error ? error : String(error))
      }
    }
    const thread = new BlockingThread(this.spawn(caller), chain(), log, () => this.mourn(caller, thread))
    this.thread = thread
    if (open.size === 0) process.on("exit", closeAll)
    open.add(this)
    return thread
  }

  private spawn(caller: Caller): Worker {
    try {
      return this.origin.start()
    } catch (cause) {
      throw this.died(caller, "boot", { cause })
    }
  }

  /** After a death of its own. */
  private bury(thread: BlockingThread, died: BlockingWorkerDied): BlockingWorkerDied {
    this.deaths = [...this.deaths, { at: performance.now(), died }]
    this.abandon(thread)
    return died
  }

  private abandon(thread: BlockingThread): void {
    this.forget()
    thread.disconnect(false)
    void thread.worker.terminate()
  }

  private forget(): void {
    this.thread = undefined
    if (open.delete(this) && open.size === 0) process.off("exit", closeAll)
  }

  private died(
    caller: Caller,
    reason: BlockingWorkerDied["reason"],
    facts: Partial<Pick<BlockingWorkerDied, "exitCode" | "detail" | "cause">>
  ): BlockingWorkerDied {
    return new BlockingWorkerDied({ agent: caller.export, module: this.origin.module, reason, ...facts })
  }

  private diedOf(caller: Caller, death: Death): BlockingWorkerDied {
    switch (death.reason) {
      case "exit":
        return this.died(caller, "exit", { exitCode: death.code })
      case "uncaught":
        return this.died(caller, "uncaught", { cause: ErrorTransport.revive(death.error, "") })
      case "silent":
        // Nobody else can end a thread of ours.
        return this.died(caller, this.origin.owned ? "out-of-memory" : "ended", {})
    }
  }

  private diedBooting(caller: Caller, death: Death): BlockingWorkerDied {
    switch (death.reason) {
      case "exit":
        return this.died(caller, "boot", { detail: "it called process.exit", exitCode: death.code })
      case "uncaught":
        return this.died(caller, "boot", { cause: ErrorTransport.revive(death.error, "") })
      case "silent":
        return this.died(caller, "boot", { detail: "its file is missing, is no JavaScript, or needs more memory" })
    }
  }
}

export const recursive = (agent: string, path: ReadonlyArray<string>): BlockingMisuse =>
  new BlockingMisuse({
    agent,
    reason: "recursive",
    what: `was called from the worker of its own module, by way of ${path.join(" > ")}`,
    instead: "run the agent itself there, with yield* agent.run(input)",
    path
  })

/** What can be answered without what the agent needs. */
const isQuestion = (task: Task) => task.kind === "describe" || task.kind === "stats"

/** Those with a thread. The process, or the thread, is not to end before they have released what they hold. */
const open = new Set<BlockingWorker>()

const closeAll = () => {
  for (const worker of open) worker.close(exitLimit)
}

const pause = new Int32Array(new SharedArrayBuffer(4))
/** Milliseconds. */
const exitLimit = 1_000
const backoff = 100
const window = 10_000
const maxDeaths = 3
