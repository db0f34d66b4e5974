/**
 * The history that the command line writes its runs into, where there is one.
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Agent from "../agent/Agent.ts"
import type { AgentResult } from "../agent/AgentResult.ts"
import type { History } from "../orchestrator/History.ts"

/** @category models */
export type RunHistory = Layer.Layer<History, unknown>

/**
 * Keeps what becomes of `run`, which runs `agent` on `input`, however it ends. A history that cannot be written is logged,
 * and leaves the run what it was.
 *
 * @category running
 */
export const record = <E, R>(
  history: RunHistory,
  agent: Agent.Any,
  input: unknown,
  run: Effect.Effect<AgentResult<unknown>, E, R>
): Effect.Effect<AgentResult<unknown>, E, R> =>
  Effect.flatMap(load, ({ History, RecordedRun }) =>
    RecordedRun.make(
      {
        agent,
        attributes: {},
        listen: () => {},
        keep: (entry) =>
          Effect.flatMap(History, (history) => history.add(entry)).pipe(
            Effect.provide(history),
            Effect.catch((error) => Effect.logWarning("the run could not be kept in the history:", error))
          )
      },
      // the run itself says what is wrong with its input
      (draft) => Effect.andThen(Effect.ignore(RecordedRun.read(agent, input, draft)), run)
    ))

const load = Effect.promise(async () => {
  const [{ History }, RecordedRun] = await Promise.all([
    import("../orchestrator/History.ts"),
    import("../orchestrator/RunRecorder.ts")
  ])
  return { History, RecordedRun }
})
