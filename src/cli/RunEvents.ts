/**
 * The events of any agent's run.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Agent from "../agent/Agent.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import * as Catalog from "./Catalog.ts"
import * as Failure from "./Failure.ts"

/**
 * Calls `listen` with the events of `run`, a run of `agent`. That of an agent which is no pipeline is told as one step,
 * named like the agent.
 *
 * @category running
 */
export const observe = <A, E, R>(
  agent: Agent.Any,
  run: Effect.Effect<A, E, R>,
  listen: (event: PipelineEvent) => void
): Effect.Effect<A, E, R> =>
  Catalog.isPipeline(agent) ? Pipeline.observe(run, listen) : Effect.gen(function*() {
    const clock = yield* Clock.Clock
    const startedAt = yield* DateTime.now
    const began = clock.monotonicTimeNanosUnsafe()
    const { name, version } = agent
    const path = [name]
    listen({ _tag: "RunStarted", pipeline: name, version, startedAt, steps: [{ name, after: ["input"] }], at: 0 })
    listen({ _tag: "StepStarted", path, at: 0 })
    return yield* Effect.onExit(run, (exit) =>
      Effect.sync(() => {
        const at = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e6
        if (Exit.isSuccess(exit)) {
          listen({ _tag: "StepFinished", path, attempts: 1, at })
          return listen({ _tag: "RunEnded", outcome: "completed", at })
        }
        if (Cause.hasInterruptsOnly(exit.cause)) {
          listen({ _tag: "StepInterrupted", path, at })
          return listen({ _tag: "RunEnded", outcome: "interrupted", at })
        }
        const { _tag, message } = Failure.toJson(exit.cause, undefined)
        listen({ _tag: "StepFailed", path, attempts: 1, error: { _tag, message }, at })
        listen({ _tag: "RunEnded", outcome: "failed", at })
      }))
  })
