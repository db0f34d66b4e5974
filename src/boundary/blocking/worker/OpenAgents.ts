/**
 * The worker's side of a blocking agent: opens agents on one layer, runs what it is asked to, and says how it ended.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import * as Scope from "effect/Scope"
import { setImmediate } from "node:timers/promises"
import * as Agent from "../../../agent/Agent.ts"
import type { RunMetadata } from "../../../agent/AgentResult.ts"
import * as AgentRuntime from "../../../agent/AgentRuntime.ts"
import * as StepOrigin from "../../../agent/internal/StepOrigin.ts"
import { UnsendableOutput } from "../../SyncAgentError.ts"
import * as ErrorTransport from "../ErrorTransport.ts"
import {
  LibraryError,
  type Reply,
  type RunReply,
  type RunSettings,
  type SentFailure,
  type SentReason,
  type Task
} from "../Protocol.ts"
import * as Sendable from "../Sendable.ts"

/** An open agent with its types erased. */
export type AnyOpenAgent = AgentRuntime.AgentRuntime<unknown, unknown, unknown>

interface Served {
  readonly agent: Agent.Any
  readonly open: AnyOpenAgent
}

/** The agents that are open in this worker, by name. */
export class OpenAgents {
  private readonly agents: ReadonlyMap<string, Agent.Any>
  private readonly layer: Layer.Layer<never, unknown>
  private readonly scope = Scope.makeUnsafe()
  private readonly served = new Map<string, Served>()
  private readonly working = new Map<number, Fiber.Fiber<unknown>>()
  private liveFibers = 0
  private readonly context = Context.make(Metric.FiberRuntimeMetrics, {
    recordFiberStart: () => {
      this.liveFibers++
    },
    recordFiberEnd: () => {
      this.liveFibers--
    }
  })

  constructor(agents: ReadonlyMap<string, Agent.Any>, layer: Layer.Layer<never, unknown>) {
    this.agents = agents
    const memoMap = Layer.makeMemoMapUnsafe()
    // Each agent opens the layer, and all of them share the first build.
    this.layer = Layer.fromBuild((_, scope) => Layer.buildWithMemoMap(layer, memoMap, scope))
  }

  /** Calls `reply` once, possibly before it returns. */
  start(id: number, task: Task, reply: (reply: Reply) => void): void {
    // An interruption keeps the replies of the runs that had ended.
    const replies = task.kind === "runAll" ? task.inputs.map((): RunReply => interrupted) : []
    const fiber = Effect.runForkWith(this.context)(this.work(task, replies))
    const end = (exit: Exit.Exit<Reply>) => {
      this.working.delete(id)
      if (Exit.isSuccess(exit)) return reply(exit.value)
      reply(task.kind === "runAll" ? { kind: "all", replies } : died(exit.cause))
    }
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return end(exit)
    this.working.set(id, fiber)
    fiber.addObserver(end)
  }

  /** Whether a task is still running. */
  get isBusy(): boolean {
    return this.working.size > 0
  }

  cancel(id: number): void {
    this.working.get(id)?.interruptUnsafe()
  }

  private work(task: Task, replies: Array<RunReply>): Effect.Effect<Reply> {
    switch (task.kind) {
      case "run":
        return this.run(task, task.input)
      case "runAll":
        return this.runAll(task, replies)
      case "acquire":
        return Effect.suspend(() => this.serve(task.export).open.acquire).pipe(
          Effect.as<Reply>({ kind: "value", value: undefined }),
          Effect.catch((error) => Effect.succeed(died(Cause.fail(error))))
        )
      case "describe":
        return Effect.sync(() => valueReply(describe(this.serve(task.export).agent)))
      case "stats":
        return Effect.flatMap(
          Effect.suspend(() => this.serve(task.export).open.stats),
          (stats) => Effect.map(this.alive, (worker) => valueReply({ ...stats, worker }))
        )
      case "close":
        return Effect.as(Scope.close(this.scope, Exit.void), valueReply(undefined))
    }
  }

  /** What is alive in the worker, without this request. */
  private readonly alive = Effect.map(Effect.promise(() => setImmediate()), () => ({
    fibers: this.liveFibers - 1,
    resources: process.getActiveResourcesInfo().filter((name) => !passing.has(name)),
    heapUsed: process.memoryUsage().heapUsed
  }))

  private serve(name: string): Served {
    let served = this.served.get(name)
    if (served === undefined) {
      // The greeting has sent the names of the agents to the caller. Their types end here.
      const agent = this.agents.get(name) as Agent.Agent<unknown, unknown, unknown>
      served = { agent, open: Effect.runSync(Scope.provide(AgentRuntime.make(agent, this.layer), this.scope)) }
      this.served.set(name, served)
    }
    return served
  }

  private run(settings: RunSettings, input: Sendable.Packed): Effect.Effect<RunReply> {
    const { agent, open } = this.serve(settings.export)
    return Effect.flatMap(Agent.outcome(open, Sendable.unpack(input), settings), (outcome): Effect.Effect<RunReply> => {
      const metadata = encodeMetadata(outcome.metadata)
      if (outcome.success) {
        const packed = (value: unknown): RunReply => {
          try {
            return { kind: "succeeded", result: Sendable.pack({ value, metadata }) }
          } catch (error) {
            if (!(error instanceof Sendable.Unsendable)) throw error
            const path = error.path.replace(/^value\.?/, "")
            const unsendable = new UnsendableOutput({ agent: agent.name, path, what: error.what })
            return { kind: "failed", failure: sendFailure(unsendable, agent, settings.contract), metadata }
          }
        }
        if (!settings.contract) return Effect.sync(() => packed(outcome.value))
        const encoded = SchemaParser.encodeUnknownEffect(agent.output)(outcome.value)
        return Effect.map(Effect.orDie(encoded), packed)
      }
      return Effect.sync(() => {
        const failure = sendFailure(StepOrigin.addToStack(outcome.error, outcome.step), agent, settings.contract)
        const value = "value" in outcome && Sendable.isSendable(outcome.value)
          ? { value: Sendable.pack(outcome.value) }
          : undefined
        return { kind: "failed", failure, metadata, ...value }
      })
    })
  }

  /** One reply an input, in order. */
  private runAll(task: Extract<Task, { kind: "runAll" }>, replies: Array<RunReply>): Effect.Effect<Reply> {
    const all = Effect.forEach(
      task.inputs,
      (input, index) =>
        Effect.exit(Effect.onExit(this.run(task, input), (exit) =>
          Effect.sync(() => {
            replies[index] = Exit.isSuccess(exit) ? exit.value : died(exit.cause)
          }))),
      { concurrency: task.concurrency, discard: true }
    )
    return Effect.as(all, { kind: "all", replies })
  }
}

/** The port itself, and what ends with the next turn of the event loop. */
const passing = new Set(["MessagePort", "Immediate"])

const valueReply = (value: unknown): Reply => ({ kind: "value", value })

const encodeMetadata = (metadata: RunMetadata) => ({
  ...metadata,
  startedAt: DateTime.toEpochMillis(metadata.startedAt)
})

const died = (cause: Cause.Cause<unknown>): RunReply => ({
  kind: "died",
  reasons: cause.reasons.map((reason): SentReason => {
    if (Cause.isInterruptReason(reason)) return { tag: "Interrupt" }
    return Cause.isDieReason(reason)
      ? { tag: "Die", error: ErrorTransport.send(reason.defect) }
      : { tag: "Fail", failure: sendFailure(reason.error, undefined, false) }
  })
})

const interrupted: RunReply = { kind: "died", reasons: [{ tag: "Interrupt" }] }

const sendFailure = (error: unknown, agent: Agent.Any | undefined, contract: boolean): SentFailure => {
  const sent = ErrorTransport.send(error)
  const encoded = (by: SentFailure["by"], schema: Agent.AnySchema): SentFailure | undefined => {
    const exit = SchemaParser.encodeUnknownExit(schema)(error)
    return Exit.isSuccess(exit) && Sendable.isSendable(exit.value)
      ? { by, encoded: exit.value, error: sent }
      : undefined
  }
  return encoded("library", LibraryError)
    ?? (contract && agent?.error !== undefined ? encoded("contract", agent.error) : undefined)
    ?? { by: "none", encoded: undefined, error: sent }
}

const describe = (agent: Agent.Any) => ({
  name: agent.name,
  version: agent.version,
  description: agent.description,
  input: Schema.toJsonSchemaDocument(agent.input),
  output: Schema.toJsonSchemaDocument(agent.output),
  tools: agent.tools.map(({ name }) => name)
})
