/**
 * A value of a schema that can be seen as it grows.
 */
import type * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { AgentEvent } from "../agent/AgentEvent.ts"
import * as EventStream from "../agent/internal/EventStream.ts"
import * as PartialJson from "./internal/PartialJson.ts"
import type { UnparsableAnswer } from "./LlmError.ts"
import * as ObjectAnswer from "./ObjectAnswer.ts"

/** `A` as far as it came: what is missing is still to come. @category utility types */
export type Growing<A> = A extends ReadonlyArray<infer One> ? ReadonlyArray<Growing<One>>
  : A extends object ? { readonly [K in keyof A]?: Growing<A[K]> }
  : A

/**
 * A piece of a stream: the object so far, as JSON that no schema has checked, and at the end the value.
 *
 * @category models
 */
export type ObjectPiece<A, Encoded> =
  | { readonly _tag: "Partial"; readonly value: Growing<Encoded> }
  | { readonly _tag: "Whole" } & ObjectAnswer.ObjectAnswer<A>

/**
 * As `Llm.generateObject`, with the object as it grows before the value. An attempt that breaks off, or an answer that does not
 * match, begins anew: the pieces behind it stand for it. A model that is not ours gives the value alone,
 * and so does every model where the schema holds what is `Redacted`.
 *
 * ```ts
 * import { Effect, Schema, Stream } from "effect"
 * import { Llm } from "greenlang"
 * import { Reply, ScriptedLlm } from "greenlang/testing"
 *
 * const Note = Schema.Struct({ title: Schema.String, points: Schema.Array(Schema.String) })
 * const pieces = Llm.streamObject(Note, { prompt: "Take a note." })
 *
 * const model = ScriptedLlm.layer(Reply.object({ title: "On the hall", points: ["large"] }))
 * const all = await Effect.runPromise(Effect.provide(Stream.runCollect(pieces), model))
 * all.map(({ value }) => value.title) // => ["On", "On the", "On the hall", "On the hall"]
 * ```
 *
 * @category calling
 */
export const streamObject = <A, Encoded extends Record<string, unknown>, RD, RE>(
  schema: Schema.Codec<A, Encoded, RD, RE>,
  options: {
    readonly prompt: Prompt.RawInput
    /** How often the model is asked for an answer that matches. Default: 3. */
    readonly attempts?: number
    /** The name of the value, for the model. */
    readonly objectName?: string
  }
): Stream.Stream<ObjectPiece<A, Encoded>, AiError.AiError | UnparsableAnswer, LanguageModel.LanguageModel | RD> =>
  Stream.suspend(() => {
    let answer: ObjectAnswer.ObjectAnswer<A> | undefined
    let text = ""
    let shown = ""
    const asked = Effect.map(ObjectAnswer.generateObject(schema, options), (made) => {
      answer = made
    })
    const grown = EventStream.make<
      AgentEvent,
      void,
      AiError.AiError | UnparsableAnswer,
      LanguageModel.LanguageModel | RD
    >(
      asked,
      256
    ).pipe(
      Stream.map((event) => {
        if (event._tag === "ModelAsked" || event._tag === "ModelRetried") text = ""
        else if (event._tag === "TextDelta") text += event.text
        return text
      }),
      Stream.flatMap((text) => {
        const value = PartialJson.read(text)
        const json = JSON.stringify(value)
        if (value === undefined || json === shown) return Stream.empty
        shown = json
        // The schema has not seen it: this is what the type says.
        return Stream.succeed({ _tag: "Partial" as const, value: value as Growing<Encoded> })
      })
    )
    const whole = Stream.suspend(() =>
      answer === undefined ? Stream.empty : Stream.succeed({ _tag: "Whole" as const, ...answer })
    )
    return Stream.concat(grown, whole)
  })
