/**
 * Supervises the worker of one or more blocking agents: starts it when it is needed, starts another after a death, and
 * ends it with its last user.
 */
import * as Duration from "effect/Duration"
import type { Worker } from "node:worker_threads"
import { BlockingMisuse, BlockingTimeout, BlockingWorkerDied, MissingExport } from "../../SyncAgentError.ts"
import * as ErrorTransport from "../ErrorTransport.ts"
import { type AgentIdentity, chain, type Reply, type Task } from "../Protocol.ts"
import { type Death, type Greeting, type Log, Thread } from "./Thread.ts"

/** How long one caller waits. Milliseconds. */
export interface Limits {
  readonly boot: number
  readonly limit: number
  readonly grace: number
}

/** The export that is called, and the receiver of what the worker prints. */
export interface Caller {
  readonly export: string
  readonly onLog: ((log: Log) => void) | undefined
}

/** Where the agents of a worker are from. */
export interface Origin {
  /** Address of the module that the agents come from. */
  readonly module: string
  readonly start: () => Worker
  /** Whether the library started the thread, and so ends it. A user's own thread is ended only when it is stuck. */
  readonly owned: boolean
}

/** A reply. `late`: the task had been cancelled after its limit. */
export interface Answer {
  readonly agent: AgentIdentity
  readonly reply: Reply
  readonly late: boolean
  readonly elapsed: number
}

/** Starts the worker of a handle, and anew where it died, and passes calls to it. */
export class Supervisor {
  /** How many handles use the worker. */
  users = 0
  restarts = 0
  private readonly origin: Origin
  private readonly released: () => void
  private thread: Thread | undefined = undefined
  private readonly acquired = new Set<string>()
  private started = false
  private busy = false
  private onLog: Caller["onLog"] = undefined
  /** The recent deaths. `at` is in milliseconds on the monotonic clock. */
  private deaths: ReadonlyArray<{ readonly at: number; readonly died: BlockingWorkerDied }> = []

  /** Calls `released` when the last user is about to close the worker. */
  constructor(origin: Origin, released: () => void) {
    this.origin = origin
    this.released = released
  }

  /** Starts the thread if there is none, without waiting for it. */
  warm(caller: Caller): void {
    this.exclusively(caller, () => {
      if (this.living(caller) === undefined) this.start(caller)
    })
  }

  /** Whether a thread was started, and no end of it was noticed. */
  get isOpen(): boolean {
    return this.thread !== undefined
  }

  /**
   * Blocks until `task` is done. Acquires what the agent needs first, unless the task is a question; if that fails, its
   * reply is the answer. Throws `BlockingTimeout` of a run only if its thread had to be ended.
   */
  request(caller: Caller, task: Task, limits: Limits): Answer {
    return this.exclusively(caller, () => {
      const thread = this.greeted(caller, limits)
      const agent = this.present(caller, thread)
      const failure = isQuestion(task) ? undefined : this.acquire(caller, agent, limits)
      if (failure !== undefined) return { agent, reply: failure, late: false, elapsed: 0 }
      return this.ask(caller, agent, "run", task, limits)
    })
  }

  /** Blocks until the agent has what it needs. `failure` is the reply if it could not acquire it. */
  initialize(caller: Caller, limits: Limits): { readonly agent: AgentIdentity; readonly failure: Reply | undefined } {
    return this.exclusively(caller, () => {
      const agent = this.present(caller, this.greeted(caller, limits))
      return { agent, failure: this.acquire(caller, agent, limits) }
    })
  }

  /**
   * Ends the use by one handle. The last one blocks until the worker has released what it held, for `limit` milliseconds
   * at most, and ends the thread if the library started it.
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
    // A thread of the library that has not started yet holds nothing. A user's own receives the close.
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
        what: "was used during another call to its worker, such as from its onLog",
        instead: "keep what onLog receives, and use it when the other call has ended"
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

  /** Starts the thread if there is none, and waits for its greeting. */
  private greeted(caller: Caller, { boot }: Limits): Extract<Greeting, { kind: "ready" }> {
    const thread = this.living(caller) ?? this.start(caller)
    const greeting = thread.greet(boot)
    if (greeting === undefined) {
      throw this.recordDeath(
        thread,
        this.died(caller, "boot", { detail: `it did not load its module within ${boot} ms` })
      )
    }
    switch (greeting.kind) {
      case "ready":
        return greeting
      case "dead":
        throw this.recordDeath(thread, this.diedBooting(caller, greeting.death))
      case "refused":
        if (greeting.recursive === undefined && greeting.missing === undefined) {
          throw this.recordDeath(
            thread,
            this.died(caller, "boot", { cause: ErrorTransport.revive(greeting.error, "") })
          )
        }
        this.abandon(thread)
        if (greeting.recursive !== undefined) throw recursive(caller.export, greeting.recursive)
        throw new MissingExport({ module: this.origin.module, expected: "layer", ...greeting.missing! })
    }
  }

  private present(caller: Caller, { agents, exports }: Extract<Greeting, { kind: "ready" }>): AgentIdentity {
    const agent = Object.hasOwn(agents, caller.export) ? agents[caller.export] : undefined
    if (agent !== undefined) return agent
    throw new MissingExport({
      module: this.origin.module,
      export: caller.export,
      expected: "agent",
      available: exports
    })
  }

  private acquire(caller: Caller, agent: AgentIdentity, limits: Limits): Reply | undefined {
    if (this.acquired.has(caller.export)) return undefined
    const task = { kind: "acquire", export: caller.export } as const
    const { elapsed, late, reply } = this.ask(caller, agent, "acquire", task, { ...limits, limit: limits.boot })
    if (reply.kind === "value") {
      this.acquired.add(caller.export)
      return undefined
    }
    if (!late) return reply
    throw new BlockingTimeout({
      agent: agent.name,
      phase: "acquire",
      limit: Duration.millis(limits.boot),
      elapsed: Duration.millis(elapsed),
      interrupted: true
    })
  }

  private ask(caller: Caller, agent: AgentIdentity, phase: "acquire" | "run", task: Task, limits: Limits): Answer {
    // The callers have awaited its greeting.
    const thread = this.thread!
    const waited = thread.request(task, limits.limit, limits.grace)
    switch (waited.kind) {
      case "replied":
        return { ...waited, agent }
      case "dead":
        throw this.recordDeath(thread, this.diedOf(caller, waited.death))
      case "stuck":
        this.abandon(thread)
        throw new BlockingTimeout({
          agent: agent.name,
          phase,
          limit: Duration.millis(limits.limit),
          elapsed: Duration.millis(waited.elapsed),
          interrupted: false
        })
    }
  }

  /** The thread, if it is alive. Warns of one that died between two calls. */
  private living(caller: Caller): Thread | undefined {
    const { thread } = this
    if (thread === undefined || thread.isAlive) return thread
    this.warnOfDeath(caller, thread)
    return undefined
  }

  private warnOfDeath(caller: Caller, thread: Thread): void {
    const { message } = this.recordDeath(thread, this.diedOf(caller, thread.death))
    process.emitWarning(message, { type: "BlockingWarning", code: "AGENTS_BLOCKING_WORKER_DIED" })
  }

  private start(caller: Caller): Thread {
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
      if (this.onLog === undefined) return void process[log.stream].write(log.chunk)
      try {
        this.onLog(log)
      } catch (error) {
        // A listener that throws must not lose the answer of the call.
        process.emitWarning(error instanceof Error ? error : String(error))
      }
    }
    const thread = new Thread(this.spawn(caller), chain(), log, () => this.warnOfDeath(caller, thread))
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

  /** Counts the death, and abandons the thread. */
  private recordDeath(thread: Thread, died: BlockingWorkerDied): BlockingWorkerDied {
    this.deaths = [...this.deaths, { at: performance.now(), died }]
    this.abandon(thread)
    return died
  }

  private abandon(thread: Thread): void {
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
        return this.died(caller, "exit", { exitCode: death.exitCode })
      case "uncaught":
        return this.died(caller, "uncaught", { cause: ErrorTransport.revive(death.error, "") })
      case "silent":
        // Nothing else ends a thread of the library.
        return this.died(caller, this.origin.owned ? "out-of-memory" : "ended", {})
    }
  }

  private diedBooting(caller: Caller, death: Death): BlockingWorkerDied {
    switch (death.reason) {
      case "exit":
        return this.died(caller, "boot", { detail: "it called process.exit", exitCode: death.exitCode })
      case "uncaught":
        return this.died(caller, "boot", { cause: ErrorTransport.revive(death.error, "") })
      case "silent":
        return this.died(caller, "boot", { detail: "its file is missing, is not JavaScript, or needs more memory" })
    }
  }
}

/** The refusal of a call whose worker would wait for itself. `path` has the modules from the outermost in. */
export const recursive = (agent: string, path: ReadonlyArray<string>): BlockingMisuse =>
  new BlockingMisuse({
    agent,
    reason: "recursive",
    what: `was called from the worker of its own module, by way of ${path.join(" > ")}`,
    instead: "run the agent itself there, with yield* agent.run(input)",
    path
  })

/** Whether a task uses nothing that the agent acquires. */
const isQuestion = ({ kind }: Task) => kind === "describe" || kind === "stats"

/** Those with a thread. At the exit of the process, or of this thread, they release what they hold. */
const open = new Set<Supervisor>()

const closeAll = () => {
  for (const worker of open) worker.close(exitLimit)
}

const pause = new Int32Array(new SharedArrayBuffer(4))
/** Milliseconds. */
const exitLimit = 1_000
const backoff = 100
const window = 10_000
const maxDeaths = 3
