/**
 * A language model that follows a script, without network and without cost.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Llm, Tool } from "greenlang"
 * import { Reply, ScriptedLlm } from "greenlang/testing"
 *
 * const area = Tool.make("area", {
 *   description: "Area of a rectangle in square metres",
 *   input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
 *   output: Schema.Finite,
 *   execute: ({ depth, width }) => Effect.succeed(width * depth)
 * })
 * const model = ScriptedLlm.layer(Reply.call("area", { width: 20, depth: 30 }), "It has 600 square metres.")
 *
 * const answer = await Effect.runPromise(
 *   Llm.withTools({ prompt: "How large is the hall?", tools: [area] }).pipe(Effect.provide(model))
 * )
 * answer.text // => "It has 600 square metres."
 * Llm.outputs(answer, area) // => [600]
 * ```
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { LlmProvider, type LlmRequest, type LlmServices } from "../llm/LlmProvider.ts"
import * as Reply from "./Reply.ts"
import * as Script from "./Script.ts"

/** What the model does when it is asked: a text, a reply, or the reason of an `AiError`. @category models */
export type Answer = string | Reply.Reply | AiError.AiErrorReason

/** @category models */
export type Line = Answer | Script.Line<LlmRequest, Answer>

/**
 * What the scripted model was asked.
 *
 * @category services
 */
export class Asked extends Context.Service<Asked, {
  /** In the order of arrival. */
  readonly requests: Effect.Effect<ReadonlyArray<LlmRequest>>
}>()("greenlang/testing/ScriptedLlm/Asked") {}

/** What the scripted model was asked so far, in the order of arrival. @category reading */
export const asked: Effect.Effect<ReadonlyArray<LlmRequest>, never, Asked> = Effect.flatMap(
  Asked,
  ({ requests }) => requests
)

/**
 * Answers with its lines, each once and in order, as far as they match. Streams come word by word, with the same content.
 *
 * A request that no line answers is a defect, `ScriptMismatch`, which says what was asked. So is a line that was not
 * asked for when the layer is closed after a success.
 *
 * @category layers
 */
export const layer = (
  ...lines: ReadonlyArray<Line>
): Layer.Layer<LlmServices | Asked> => layerAs({ provider: "scripted", model: "script" }, ...lines)

/**
 * The same under the names that answers are signed with, which `LlmPrices` are kept by.
 *
 * @category layers
 */
export const layerAs = (
  names: { readonly provider: string; readonly model: string },
  ...lines: ReadonlyArray<Line>
): Layer.Layer<LlmServices | Asked> =>
  Layer.provideMerge(
    LlmProvider.languageModel,
    Layer.effectContext(Effect.gen(function*() {
      const script = yield* Script.make<LlmRequest, Answer>({ fake: "ScriptedLlm", lines, describe })
      const requests: Array<LlmRequest> = []
      let calls = 0

      const reply = (method: string) => (request: LlmRequest): Effect.Effect<Reply.Complete, AiError.AiError> =>
        Effect.suspend(() => {
          requests.push(request)
          const answer = script.take(request)
          if (answer === undefined) return Effect.die(script.mismatch())
          if (AiError.isAiErrorReason(answer)) return Effect.fail(failure(method, answer))
          const complete = Reply.complete(answer, () => `call_${++calls}`)
          return complete.refusal !== "" && request.responseFormat.type === "json"
            ? Effect.fail(failure(method, new AiError.ContentPolicyError({ description: complete.refusal })))
            : Effect.succeed(complete)
        })

      return Context.make(Asked, { requests: Effect.sync(() => [...requests]) }).pipe(
        Context.add(
          LlmProvider,
          LlmProvider.make({
            name: names.provider,
            model: names.model,
            generate: (request) => Effect.map(reply("generate")(request), (complete) => parts(names.model, complete)),
            stream: (request) =>
              Stream.unwrap(Effect.map(
                reply("stream")(request),
                (complete) => Stream.fromIterable(streamParts(names.model, complete))
              ))
          })
        )
      )
    }))
  )

const failure = (method: string, reason: AiError.AiErrorReason) =>
  AiError.make({ module: "ScriptedLlm", method, reason })

const parts = (model: string, reply: Reply.Complete): Array<Response.PartEncoded> => [
  { type: "response-metadata", modelId: model },
  ...(reply.reasoning === "" ? [] : [{ type: "reasoning" as const, text: reply.reasoning }]),
  ...(textOf(reply) === "" ? [] : [{ type: "text" as const, text: textOf(reply) }]),
  ...reply.toolCalls.map(toolCall),
  finish(reply)
]

const streamParts = (model: string, reply: Reply.Complete): Array<Response.StreamPartEncoded> => [
  { type: "response-metadata", modelId: model },
  ...deltas("reasoning", reply.reasoning),
  ...deltas("text", textOf(reply)),
  ...reply.toolCalls.flatMap((call): Array<Response.StreamPartEncoded> => [
    { type: "tool-params-start", id: call.id, name: call.name },
    ...Reply.pieces(Reply.argumentsOf(call)).map((delta) => ({
      type: "tool-params-delta" as const,
      id: call.id,
      delta
    })),
    { type: "tool-params-end", id: call.id },
    toolCall(call)
  ]),
  finish(reply)
]

const textOf = ({ refusal, text }: Reply.Complete) => text + refusal

const deltas = (kind: "text" | "reasoning", text: string): Array<Response.StreamPartEncoded> =>
  text === "" ? [] : [
    { type: `${kind}-start`, id: kind },
    ...Reply.pieces(text).map((delta) => ({ type: `${kind}-delta` as const, id: kind, delta })),
    { type: `${kind}-end`, id: kind }
  ]

const toolCall = ({ id, input, name }: Required<Reply.ToolCall>): Response.ToolCallPartEncoded => ({
  type: "tool-call",
  id,
  name,
  params: input
})

const finish = ({ finishReason, usage }: Reply.Complete): Response.FinishPartEncoded => ({
  type: "finish",
  reason: finishReason,
  usage: {
    inputTokens: {
      total: usage.inputTokens,
      uncached: usage.inputTokens - usage.cachedInputTokens,
      cacheRead: usage.cachedInputTokens,
      cacheWrite: 0
    },
    outputTokens: {
      total: usage.outputTokens,
      text: usage.outputTokens - usage.reasoningTokens,
      reasoning: usage.reasoningTokens
    }
  }
})

/** The last message, which is what distinguishes a request from the one before. */
const describe = ({ prompt, responseFormat, tools }: LlmRequest): string => {
  const last = prompt.content.at(-1)
  const text = last === undefined ? "nothing" : `${last.role}: ${JSON.stringify(last.content)}`
  return [
    text.length > 500 ? `${text.slice(0, 500)}...` : text,
    ...(tools.length === 0 ? [] : [`with the tools ${tools.map(({ name }) => name).join(", ")}`]),
    ...(responseFormat.type === "text" ? [] : [`for the object ${responseFormat.objectName}`])
  ].join(", ")
}
