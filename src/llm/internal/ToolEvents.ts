/**
 * A call of a tool as listeners get it: the call, and its answer or failure. What runs inside has the path of the call,
 * `[..., tool, callId]`.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as AgentEvents from "../../agent/internal/AgentEvents.ts"
import * as Observer from "../../agent/internal/Observer.ts"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import type * as Tool from "../../agent/Tool.ts"
import * as ShownCall from "./ShownCall.ts"
import type { Answered } from "./ToolCalls.ts"
import type { Call } from "./ToolHistory.ts"

/** Makes the call `run`, of `tool` where there is one of that name, between its events. */
export const emitting = <E, R>(
  { id: callId, name, params }: Pick<Call, "id" | "name" | "params">,
  tool: Tool.Any | undefined,
  run: Effect.Effect<Answered, E, R>
): Effect.Effect<Answered, E, R> =>
  Effect.withFiber((fiber) => {
    const around = fiber.getRef(Observer.Current)
    if (around === undefined) return run
    const inside = new Observer.Observer(around.below(name, callId), around.runId)
    const placed = Effect.provideService(run, Observer.Current, inside)
    const observer = around.detailed
    if (observer === undefined) return placed

    const clock = fiber.getRef(Clock.Clock)
    const began = clock.monotonicTimeNanosUnsafe()
    const took = () => Number(clock.monotonicTimeNanosUnsafe() - began) / 1e6
    const of = { callId, tool: name }
    const failed = (error: TaggedMessage.TaggedMessage): AgentEvents.MakeEvent => {
      const ms = took()
      return (path, at) => ({ _tag: "ToolFailed", path, ...of, error, ms, at })
    }

    const called = Effect.flatMap(shownInput(tool, params), (input) =>
      AgentEvents.emitAt(
        observer,
        (path, at) => ({ _tag: "ToolCalled", path, ...of, ...(input === undefined ? undefined : { input }), at })
      ))
    const ended = (answered: Answered) => {
      const error = errorOf(answered)
      if (error !== undefined) return AgentEvents.emitAt(observer, failed(error))
      const ms = took()
      return Effect.flatMap(shownOutput(answered), (output) =>
        AgentEvents.emitAt(
          observer,
          (path, at) => ({
            _tag: "ToolAnswered",
            path,
            ...of,
            ...(output === undefined ? undefined : { output }),
            ms,
            at
          })
        ))
    }
    return Effect.andThen(
      called,
      Effect.flatMap(
        Effect.onError(placed, (cause) =>
          Effect.sync(() => {
            const error = Cause.hasInterruptsOnly(cause) ? interrupted : TaggedMessage.of(Cause.squash(cause))
            AgentEvents.emitNowAt(observer, failed(error))
          })),
        (answered) => Effect.as(ended(answered), answered)
      )
    )
  })

const interrupted = { _tag: "Interrupted", message: "the call was interrupted" }

const errorOf = ({ call, outcome }: Answered): TaggedMessage.TaggedMessage | undefined => {
  if (call === undefined) {
    return outcome.isFailure ? { _tag: "NotMade", message: messageOf(outcome.result) } : undefined
  }
  return Result.isFailure(call.result) ? TaggedMessage.of(call.result.failure) : undefined
}

const messageOf = (result: unknown): string =>
  typeof result === "object" && result !== null && "error" in result ? String(result.error) : String(result)

const shownInput = (tool: Tool.Any | undefined, input: unknown): Effect.Effect<Schema.Json | undefined> =>
  tool === undefined ? Effect.succeed(ShownCall.jsonOf(input)) : ShownCall.input(tool, input)

const shownOutput = ({ call, outcome }: Answered): Effect.Effect<Schema.Json | undefined> =>
  call === undefined || Result.isFailure(call.result)
    ? Effect.succeed(ShownCall.jsonOf(outcome.result))
    : ShownCall.output(call.tool, call.result.success, outcome.result)
