/**
 * A value of a schema from a language model, which is asked again where its answer does not match.
 */
import type * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as Telemetry from "effect/ai/Telemetry"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Run from "../agent/Run.ts"
import { redacted } from "../internal/Redaction.ts"
import * as FinalAnswer from "./internal/FinalAnswer.ts"
import * as FinishReason from "./internal/FinishReason.ts"
import * as LoopLimits from "./internal/LoopLimits.ts"
import * as ModelCall from "./internal/ModelCall.ts"
import * as ObjectText from "./internal/ObjectText.ts"
import * as RefusalWords from "./internal/RefusalWords.ts"
import * as ShownCall from "./internal/ShownCall.ts"
import { UnparsableAnswer } from "./LlmError.ts"
import type { LlmIdentity } from "./LlmIdentity.ts"
import * as LlmUsage from "./LlmUsage.ts"

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
 * Asks for a value of `schema`. JSON in a Markdown fence, behind thoughts or between sentences is read. An answer that does
 * not match goes back to the model with what is wrong with it, up to `attempts` times. Default: 3.
 *
 * Fails with `UnparsableAnswer` when no answer matched, and with `AiError` when the model fails. The model is not asked again where
 * that changes nothing: its answer was cut off, it refuses, or it gives several values that match.
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

const repair = Effect.fn("Llm.generateObject")(function*<A, Encoded extends Record<string, unknown>, RD, RE>(
  schema: Schema.Codec<A, Encoded, RD, RE>,
  options: Parameters<typeof generateObject>[1]
): Effect.fn.Return<ObjectAnswer<A>, AiError.AiError | UnparsableAnswer, LanguageModel.LanguageModel | RD> {
  const { attempts = 3, objectName } = options
  LoopLimits.check("Llm.generateObject", options)
  const isSecret = ShownCall.holdsSecrets(schema)
  const decode = Schema.decodeEffect(Schema.fromJsonString(schema))
  const shown = (missed: typeof miss) => isSecret ? { ...missed, text: redacted } : missed
  let prompt = Prompt.make(options.prompt)
  let used: Run.Usage | undefined
  let miss = { text: "", issues: "no answer was asked for" }
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { answer, used: { identity, usage } } = yield* LlmUsage.metered(
      isSecret
        ? Effect.provideService(
          seen(LanguageModel.generateObject({ prompt, schema, objectName })),
          ModelCall.CurrentSecrets,
          { prompt: false, answer: true }
        )
        : seen(LanguageModel.generateObject({ prompt, schema, objectName })),
      ({ content }) => content
    )
    const { content, result } = answer
    used = used === undefined ? usage : LlmUsage.add(used, usage)
    if (Result.isSuccess(result)) return { ...identity, value: result.success.value, usage: used }
    const cutBy = content.find((part) => part.type === "finish")?.reason
    const text = ObjectText.read(result.failure.responseText, FinishReason.isCut(cutBy))
    const found = yield* Effect.option(decode(text))
    if (Option.isSome(found)) return { ...identity, value: found.value, usage: used }
    miss = { text: result.failure.responseText, issues: result.failure.description }
    yield* FinalAnswer.refused(attempt, miss.issues)
    if (cutBy === "length" || cutBy === "content-filter") {
      return yield* new UnparsableAnswer({ attempts: attempt, ...shown(miss), cutBy })
    }
    if (RefusalWords.isRefusal(miss.text)) {
      return yield* new UnparsableAnswer({ attempts: attempt, ...shown(miss), cutBy: "content-filter" })
    }
    const matching = yield* Effect.filter(
      ObjectText.objectsIn(miss.text),
      (one) => Effect.map(Effect.option(decode(one)), Option.isSome)
    )
    if (matching.length > 1) {
      const issues = `the answer holds ${matching.length} values that match, and one was asked for`
      return yield* new UnparsableAnswer({ attempts: attempt, ...shown({ ...miss, issues }) })
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
  return yield* new UnparsableAnswer({ attempts, ...shown(miss) })
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
