/**
 * The calls that agents make to language models, over `LanguageModel` of `effect/ai`: whatever gives that service plugs in.
 *
 * Each adds what it used to the run around it (`Run.usage`), and annotates the run with who answered (`llm`). How the
 * model samples is `LlmSettings`; what it costs is `LlmPrices`.
 */
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as Telemetry from "effect/ai/Telemetry"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Run from "../agent/Run.ts"
import * as ObjectText from "./internal/ObjectText.ts"
import { UnparsableAnswer } from "./LlmError.ts"
import type { LlmIdentity } from "./LlmIdentity.ts"
import * as LlmUsage from "./LlmUsage.ts"

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
 * A value of a schema, who gave it and what that took, all attempts together.
 *
 * @category models
 */
export interface ObjectAnswer<out A> extends LlmIdentity {
  readonly value: A
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
export const generate = Effect.fn("Llm.generate")(function*(
  prompt: Prompt.RawInput
): Effect.fn.Return<Answer, AiError.AiError, LanguageModel.LanguageModel> {
  const { answer, used } = yield* LlmUsage.metered(LanguageModel.generateText({ prompt }), ({ content }) => content)
  return { ...used.identity, text: answer.text, finishReason: answer.finishReason, usage: used.usage }
})

/**
 * Asks for a value of `schema`. JSON in a Markdown fence, behind thoughts or between sentences is read. An answer that does
 * not match goes back to the model with what is wrong with it, up to `attempts` times. Default: 3.
 *
 * Fails with `UnparsableAnswer` when no answer matched, after one attempt where the answer was cut off (another one would be
 * cut, too), and with `AiError` when the model fails.
 *
 * @category calling
 */
export const generateObject = <A, Encoded extends Record<string, unknown>, RD, RE>(
  schema: Schema.Codec<A, Encoded, RD, RE>,
  options: {
    readonly prompt: Prompt.RawInput
    readonly attempts?: number
    /** The name of the value, for the model. */
    readonly objectName?: string
  }
): Effect.Effect<ObjectAnswer<A>, AiError.AiError | UnparsableAnswer, LanguageModel.LanguageModel | RD> =>
  repair(schema, options)

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

const repair = Effect.fn("Llm.generateObject")(function*<A, Encoded extends Record<string, unknown>, RD, RE>(
  schema: Schema.Codec<A, Encoded, RD, RE>,
  options: Parameters<typeof generateObject>[1]
): Effect.fn.Return<ObjectAnswer<A>, AiError.AiError | UnparsableAnswer, LanguageModel.LanguageModel | RD> {
  const { attempts = 3, objectName } = options
  const decode = Schema.decodeEffect(Schema.fromJsonString(schema))
  let prompt = Prompt.make(options.prompt)
  let used: Run.Usage | undefined
  let miss = { text: "", issues: "no answer was asked for" }
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { answer, used: { identity, usage } } = yield* LlmUsage.metered(
      seen(LanguageModel.generateObject({ prompt, schema, objectName })),
      ({ content }) => content
    )
    const { content, result } = answer
    used = used === undefined ? usage : LlmUsage.add(used, usage)
    if (Result.isSuccess(result)) return { ...identity, value: result.success.value, usage: used }
    const text = ObjectText.read(result.failure.responseText)
    const found = yield* Effect.option(decode(text))
    if (Option.isSome(found)) return { ...identity, value: found.value, usage: used }
    miss = { text: result.failure.responseText, issues: result.failure.description }
    const cutBy = content.find((part) => part.type === "finish")?.reason
    if (cutBy === "length" || cutBy === "content-filter") {
      return yield* new UnparsableAnswer({ attempts: attempt, ...miss, cutBy })
    }
    prompt = Prompt.concat(prompt, [
      ...(miss.text === "" ? [] : [{ role: "assistant" as const, content: miss.text }]),
      {
        role: "user",
        content:
          `That answer does not match the schema: ${miss.issues}\nAnswer again, with JSON that does and nothing else.`
      }
    ])
  }
  return yield* new UnparsableAnswer({ attempts, ...miss })
})

/**
 * Runs `call` and keeps the parts of its answer, which an answer off its schema does not otherwise show. Only the model's
 * own failures stay failures.
 */
const seen = Effect.fnUntraced(function*<A, R>(call: Effect.Effect<A, AiError.AiError, R>) {
  let content: ReadonlyArray<Response.AnyPart> = []
  const outer = yield* Effect.serviceOption(Telemetry.CurrentSpanTransformer)
  const result = yield* Effect.map(call, Result.succeed).pipe(
    Effect.provideService(Telemetry.CurrentSpanTransformer, (options) => {
      content = options.response
      if (Option.isSome(outer)) outer.value(options)
    }),
    Effect.catchReason(
      "AiError",
      "StructuredOutputError",
      (reason) => Effect.succeed(Result.fail(reason))
    )
  )
  return { content, result }
})

const failedPart = (error: unknown): AiError.AiError =>
  AiError.isAiError(error) ? error : AiError.make({
    module: "Llm",
    method: "stream",
    reason: new AiError.UnknownError({ description: String(error) })
  })
