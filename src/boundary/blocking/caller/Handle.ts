/**
 * The handle of a blocking agent: it checks each call, sends it, waits, and returns how it ended. Types are erased here;
 * `SyncAgent.fromModule` and `fromWorker` state them.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { InvalidInput } from "../../../agent/AgentError.ts"
import type { AgentResult, RunMetadata } from "../../../agent/AgentResult.ts"
import * as Stated from "../../../agent/internal/Stated.ts"
import * as TaggedMessage from "../../../agent/internal/TaggedMessage.ts"
import * as TimeLimits from "../../../agent/internal/TimeLimits.ts"
import { checkName } from "../../../agent/InvalidDefinition.ts"
import type { Issue } from "../../../agent/Issue.ts"
import * as Run from "../../../agent/Run.ts"
import type { Stats } from "../../../agent/Stats.ts"
import * as Described from "../../../internal/Described.ts"
import * as DurationInput from "../../../internal/DurationInput.ts"
import { type BlockingError, BlockingMisuse, BlockingTimeout } from "../../SyncAgentError.ts"
import * as ErrorTransport from "../ErrorTransport.ts"
import type { RunReply, RunSettings, Task } from "../Protocol.ts"
import type * as Sendable from "../Sendable.ts"
import {
  type CallOptions,
  type Contract,
  type Description,
  type Options,
  type Result,
  type SyncAgent,
  type SyncStats,
  TypeId
} from "../SyncAgentShape.ts"
import * as Guard from "./Guard.ts"
import * as PackedInput from "./PackedInput.ts"
import * as Reader from "./Reader.ts"
import type { Answer, Limits, Supervisor } from "./Supervisor.ts"

type AnyResult = Result<unknown, unknown>

/** The blocking methods of one agent, over `worker`. */
export const make = (
  worker: Supervisor,
  module: string,
  given: Options & { readonly contract?: Contract<unknown, unknown, unknown> }
): SyncAgent<unknown, unknown, unknown> => {
  const options = checked(given)
  const { export: name, contract } = options
  const caller = { export: name, onLog: options.onLog }
  const defaultLimit = limitOf("timeout", options.timeout ?? "300 seconds")
  const boot = limitOf("boot", options.boot ?? "1 minute")
  const release = limitOf("release", options.release ?? "10 seconds")
  const grace = limitOf("grace", options.grace ?? "1 second")
  const circumstances: Guard.Circumstances = {
    agent: name,
    module,
    allowNested: options.allowNested ?? false,
    onBlockingInLoop: options.onBlockingInLoop ?? "warn"
  }
  const read = Reader.make(contract)
  let calls = 0
  let closed = false
  let announced = options.warnOnUse !== true
  worker.users++

  const guard = () => {
    if (closed) throw usedAfterClose(name)
    Guard.check(circumstances)
    if (announced) return
    announced = true
    process.emitWarning(
      `${name} blocks its caller: PromiseAgent.open gives the same agent to code that can await`,
      { type: "BlockingWarning", code: "AGENTS_SYNC_USE" }
    )
  }

  const settingsOf = ({ limit, onExcessProperty }: Call): RunSettings => ({
    export: name,
    contract: contract !== undefined,
    ...(onExcessProperty && { onExcessProperty }),
    // The limit of the caller replaces that of the agent.
    ...(limit === undefined ? undefined : { timeout: Infinity })
  })

  /** Every call passes here. `below` is the function that the user called, for the stacks. */
  const call = (
    inputs: ReadonlyArray<unknown>,
    given: BatchOptions | null | undefined,
    below: (...args: never) => unknown,
    toTask: (inputs: ReadonlyArray<Sendable.Packed>, settings: RunSettings, call: Call) => Task
  ): Array<AnyResult> => {
    guard()
    calls += inputs.length
    const began = Date.now()
    const options = readCall(given)
    const limit = "refusal" in options ? defaultLimit : options.limit ?? defaultLimit
    const limits = { boot, limit, grace }
    const stack = () => ErrorTransport.stackAbove(below)
    const failed = (agent = { name, version: "unknown" }) => (error: unknown): AnyResult => ({
      success: false,
      // Only failures of the worker come here.
      error: error as BlockingError,
      metadata: metadataOf(agent, error, began)
    })
    if ("refusal" in options) {
      return inputs.map(() => failed()(new InvalidInput({ agent: name, issues: [options.refusal] })))
    }
    if (limit <= 0) return inputs.map(() => failed()(timedOut(name, limits, 0)))

    const results: Array<AnyResult> = []
    const packed: Array<Sendable.Packed> = []
    const places: Array<number> = []
    const isCounted = () => worker.request(caller, { kind: "stats", export: name }, limits).agent.counts
    const beganToPack = performance.now()
    for (const [place, input] of inputs.entries()) {
      const sendable = PackedInput.pack(input, name, beganToPack + limit, isCounted)
      if (sendable === "late") {
        const elapsed = performance.now() - beganToPack
        return inputs.map(() => failed()(timedOut(name, limits, elapsed)))
      }
      if (sendable instanceof Error) {
        results[place] = failed()(sendable)
      } else {
        places.push(place)
        packed.push(sendable)
      }
    }
    if (packed.length === 0) return results

    const answer = PackedInput.attempt(
      name,
      () => worker.request(caller, toTask(packed, settingsOf(options), options), limits)
    )
    for (const [at, place] of places.entries()) results[place] = resultOf(answer, at)
    return results

    function resultOf(answer: Answer | PackedInput.CallError, at: number): AnyResult {
      if (answer instanceof Error) return failed()(answer)
      const { agent, elapsed, late, reply } = answer
      const run = (reply.kind === "all" ? reply.replies[at] : reply) as RunReply
      if (late && run.kind !== "succeeded") return failed(agent)(timedOut(agent.name, limits, elapsed))
      return read(run, agent.name, stack, failed(agent)) as AnyResult
    }
  }

  const execute = (input: unknown, callOptions?: CallOptions): AgentResult<unknown> => {
    const result = call([input], callOptions, execute, alone)[0]!
    if (!result.success) throw result.error
    return { value: result.value, metadata: result.metadata }
  }
  const executeResult = (input: unknown, callOptions?: CallOptions): AnyResult =>
    call([input], callOptions, executeResult, alone)[0]!
  const executeAll = (
    inputs: ReadonlyArray<unknown>,
    callOptions?: BatchOptions
  ): Array<AnyResult> =>
    call(
      Stated.items(`\`executeAll\` of agent \`${name}\``, "inputs", inputs),
      callOptions,
      executeAll,
      (inputs, settings, { concurrency }) => ({ ...settings, kind: "runAll", inputs, concurrency })
    )
  const defaults = { boot, limit: defaultLimit, grace }
  const ask = (kind: "describe" | "stats"): unknown => {
    guard()
    const { agent, elapsed, late, reply } = worker.request(caller, { kind, export: name }, defaults)
    if (reply.kind === "value") return reply.value
    if (late) throw timedOut(agent.name, defaults, elapsed)
    return read(reply as RunReply, agent.name, () => ErrorTransport.stackAbove(ask), rethrow)
  }
  const close = () => {
    if (closed) return
    worker.release(caller, release)
    closed = true
  }
  const initialize = () => {
    guard()
    const { agent, failure } = worker.initialize(caller, defaults)
    if (failure === undefined) return
    read(failure as RunReply, agent.name, () => ErrorTransport.stackAbove(initialize), rethrow)
  }
  const getStats = (): SyncStats => {
    const stats = worker.isOpen && !closed ? ask("stats") as Stats : noRuns
    return { ...stats, mode: "blocking", calls, restarts: worker.restarts }
  }
  const toJSON = () => ({ _id: "SyncAgent", module, export: name, calls, restarts: worker.restarts, closed })

  const self: SyncAgent<unknown, unknown, unknown> & Record<PropertyKey, unknown> = {
    [TypeId]: TypeId,
    mode: "blocking",
    source: { module, export: name },
    execute,
    run: execute,
    executeResult,
    executeAll,
    describe: () => ask("describe") as Description,
    getStats,
    warm: () => {
      guard()
      worker.warm(caller)
    },
    initialize,
    close,
    cleanup: close,
    [Symbol.dispose]: close,
    use: (f) => {
      try {
        return f(self)
      } finally {
        close()
      }
    },
    toJSON,
    [Inspectable.NodeInspectSymbol]: toJSON
  }
  return self
}

/** The options, read once. Throws `InvalidDefinition` where one is something else. */
const checked = <O extends Options & { readonly contract?: Contract<unknown, unknown, unknown> }>(given: O): O => {
  const options = Stated.options("SyncAgent", given)
  checkName("export of SyncAgent", options.export)
  if (options.onLog !== undefined) Stated.checkFunction("SyncAgent", "onLog", options.onLog)
  if (options.contract !== undefined) {
    const { error, output } = Stated.options("contract of SyncAgent", options.contract)
    Stated.checkSchema("contract of SyncAgent", "`output`", output)
    if (error !== undefined) Stated.checkSchema("contract of SyncAgent", "`error`", error)
  }
  return options
}

/** A task for one input. */
const alone = ([input]: ReadonlyArray<Sendable.Packed>, settings: RunSettings): Task => ({
  ...settings,
  kind: "run",
  input: input!
})

const rethrow = (error: unknown): never => {
  throw error
}

const timedOut = (agent: string, { limit }: Limits, elapsed: number) =>
  new BlockingTimeout({
    agent,
    phase: "run",
    limit: Duration.millis(limit),
    elapsed: Duration.millis(elapsed),
    interrupted: true
  })

const usedAfterClose = (agent: string) =>
  new BlockingMisuse({
    agent,
    reason: "closed",
    what: "was called after it had been closed",
    instead: "make a new one, with SyncAgent.fromModule or SyncAgent.fromWorker"
  })

/** The metadata of a call whose worker sent none. `began` is Unix time in milliseconds. */
const metadataOf = (
  agent: { readonly name: string; readonly version: string },
  error: unknown,
  began: number
): RunMetadata => ({
  agent: agent.name,
  version: agent.version,
  runId: crypto.randomUUID(),
  state: error instanceof BlockingTimeout ? "timed-out" : "failed",
  startedAt: DateTime.makeUnsafe(began),
  durationMs: Date.now() - began,
  citations: [],
  annotations: {},
  usage: Run.noUsage
})

/** Milliseconds. Throws `InvalidDefinition` for what is not a duration. */
const limitOf = (name: string, limit: Duration.Input): number =>
  Duration.toMillis(TimeLimits.read(limit, `${name} of SyncAgent`))

/** The options of a call, each read once, or what is wrong with them. A limit below zero has passed already. */
const readCall = (given: BatchOptions | null | undefined): Call | Refusal => {
  try {
    const { concurrency = "unbounded", onExcessProperty, timeout } = given ?? {}
    if (concurrency !== "unbounded" && !(Number.isInteger(concurrency) && concurrency >= 1)) {
      const message = `is ${Described.shown(concurrency)}`
      return { refusal: { path: "concurrency", message, expected: `a whole number, at least 1, or "unbounded"` } }
    }
    const limit = timeout === undefined ? undefined : DurationInput.readLeft(timeout)
    if (limit !== undefined && Option.isNone(limit)) {
      const message = `is ${Described.shown(timeout)}`
      return { refusal: { path: "timeout", message, expected: DurationInput.expected } }
    }
    return {
      concurrency,
      onExcessProperty,
      limit: limit === undefined ? undefined : Duration.toMillis(limit.value)
    }
  } catch (error) {
    return { refusal: { path: "options", message: `cannot be read: ${TaggedMessage.of(error).message}` } }
  }
}

type BatchOptions = CallOptions & { readonly concurrency?: number | "unbounded" }

/** `limit` in milliseconds, where the call states one. */
interface Call {
  readonly concurrency: number | "unbounded"
  readonly onExcessProperty: CallOptions["onExcessProperty"]
  readonly limit: number | undefined
}

interface Refusal {
  readonly refusal: Issue
}

const noTally = { runs: 0, totalMs: 0 }
const noRuns: Stats = {
  runs: 0,
  succeeded: noTally,
  failed: noTally,
  interrupted: noTally,
  totalMs: 0,
  averageMs: 0
}
