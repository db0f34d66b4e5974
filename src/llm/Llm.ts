/**
 * The calls that agents make to language models, over `LanguageModel` of `effect/ai`: whatever gives that service plugs in.
 *
 * Each adds what it used to the run around it (`Run.usage`), and annotates the run with who answered (`llm`). How the
 * model samples is `LlmSettings`; what it costs is `LlmPrices`.
 */
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Run from "../agent/Run.ts"
import * as QuickModel from "./internal/QuickModel.ts"
import * as Traced from "./internal/Traced.ts"
import type { LlmIdentity } from "./LlmIdentity.ts"
import * as LlmUsage from "./LlmUsage.ts"

export { Failure } from "./LlmError.ts"
export { generateObject, type ObjectAnswer } from "./ObjectAnswer.ts"
export { type Growing, type ObjectPiece, streamObject } from "./ObjectStream.ts"
export { calls, type Limits, type Output, outputs, type ToolAnswer, type ToolCall } from "./ToolAnswer.ts"
export { withTools } from "./ToolLoop.ts"

/**
 * A text, who wrote it and what that took. With `finishReason` "length" it ends where the model was cut off, with
 * "content-filter" it is a refusal, or nothing.
 *
 * @category models
 */
export interface Answer extends LlmIdentity {
  readonly text: string
  readonly finishReason: Response.FinishReason
  readonly usage: Run.Usage
}

/**
 * Asks once for a text.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Llm, Offline } from "greenlang"
 *
 * const answer = await Effect.runPromise(Llm.generate("fuel: diesel").pipe(Effect.provide(Offline.layer)))
 * answer.provider // => "offline"
 * ```
 *
 * @category calling
 */
export const generate = (
  prompt: Prompt.RawInput
): Effect.Effect<Answer, AiError.AiError, LanguageModel.LanguageModel> =>
  Traced.withSpan(
    "Llm.generate",
    Effect.map(QuickModel.ask({ prompt }), ({ answer: { finishReason, text }, used: { identity, usage } }) => ({
      ...identity,
      text,
      finishReason,
      usage
    }))
  )

/**
 * Asks for a text and gives it in pieces, which the run around it emits as events, too. Usage is recorded with the last
 * piece. A stream that is not read to the end closes its connection.
 *
 * @category calling
 */
export const stream = (
  prompt: Prompt.RawInput
): Stream.Stream<Response.StreamPart<{}>, AiError.AiError, LanguageModel.LanguageModel> =>
  Stream.suspend(() => {
    const signed: Array<Response.StreamPart<{}>> = []
    return LlmUsage.meteredStream(LanguageModel.streamText({ prompt }), (part) => {
      if (part.type === "finish" || part.type === "response-metadata") signed.push(part)
      if (part.type === "text-delta") return Run.emitToken(part.delta)
      return part.type === "finish" ? LlmUsage.record(signed) : Effect.void
    }).pipe(
      Stream.tap((part) => part.type === "error" ? Effect.fail(failedPart(part.error)) : Effect.void),
      Stream.withSpan("Llm.stream")
    )
  })

/**
 * The text of `stream`.
 *
 * @category calling
 */
export const streamText = (
  prompt: Prompt.RawInput
): Stream.Stream<string, AiError.AiError, LanguageModel.LanguageModel> =>
  stream(prompt).pipe(
    Stream.filter((part) => part.type === "text-delta"),
    Stream.map(({ delta }) => delta)
  )

/**
 * Asks every prompt, and answers in their order. A call that fails leaves the others running; its place holds the failure.
 *
 * `LlmBatch.generate` sends the prompts to the vendor's batch API instead, which is cheaper and may take a day.
 *
 * @category calling
 */
export const generateAll = (
  prompts: ReadonlyArray<Prompt.RawInput>,
  options: {
    /** How many calls run at the same time. Default: 4. */
    readonly concurrency?: number | "unbounded"
  } = {}
): Effect.Effect<ReadonlyArray<Result.Result<Answer, AiError.AiError>>, never, LanguageModel.LanguageModel> =>
  Effect.forEach(prompts, (prompt) => Effect.result(generate(prompt)), { concurrency: options.concurrency ?? 4 })

const failedPart = (error: unknown): AiError.AiError =>
  AiError.isAiError(error) ? error : AiError.make({
    module: "Llm",
    method: "stream",
    reason: new AiError.UnknownError({ description: String(error) })
  })
