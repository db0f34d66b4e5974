/**
 * What the adapters of vendors share between the wire and a request.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as AiTool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Sse from "effect/encoding/Sse"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as JsonSchema from "effect/JsonSchema"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as LlmHttpError from "./LlmHttpError.ts"
import type { LlmRequest } from "./LlmProvider.ts"

/** Servers like to repeat the key in what they say about it. @category reading */
export const withoutKey = (
  reason: AiError.AiErrorReason,
  apiKey: Redacted.Redacted | undefined
): AiError.AiErrorReason => {
  const key = apiKey === undefined ? "" : Redacted.value(apiKey)
  if (key === "" || !("description" in reason) || reason.description?.includes(key) !== true) return reason
  // The class is the same; only a text in it is another.
  return new (reason.constructor as new(fields: object) => AiError.AiErrorReason)({
    ...reason,
    description: reason.description.replaceAll(key, "<redacted>")
  })
}

/** The JSON Schema of the answer, where one is asked for. @category writing */
export const answerSchemaOf = (
  { responseFormat }: LlmRequest,
  transformer: LanguageModel.CodecTransformer
): Effect.Effect<JsonSchema.JsonSchema | undefined, AiError.UnsupportedSchemaError> =>
  Effect.try({
    try: () =>
      responseFormat.type === "text"
        ? undefined
        : AiTool.getJsonSchemaFromSchema(responseFormat.schema, { transformer }),
    catch: (error) =>
      new AiError.UnsupportedSchemaError({ description: error instanceof Error ? error.message : String(error) })
  })

/**
 * Arguments that are no JSON are passed on as text to those who check calls themselves; others get a failure.
 *
 * @category reading
 */
export const toolCallOf = (
  request: LlmRequest,
  id: string,
  name: string,
  json: string
): Effect.Effect<Response.ToolCallPartEncoded, AiError.ToolParameterValidationError> =>
  Effect.try({
    try: () => json.trim() === "" ? {} : AiTool.unsafeSecureJsonParse(json),
    catch: (error) =>
      new AiError.ToolParameterValidationError({
        toolName: name,
        description: `the arguments are no JSON: ${String(error)}`
      })
  }).pipe(
    Effect.catch((error) =>
      request.toolCallValidation === "deferred" ? Effect.succeed<unknown>(json) : Effect.fail(error)
    ),
    Effect.map((params) => ({ type: "tool-call", id, name, params }))
  )

/** The model will not give a value of the schema. @category reading */
export const refused = (why: string) =>
  new AiError.ContentPolicyError({ description: `the model refused to answer: ${why}` })

/** The data of each server-sent event. @category reading */
export const eventData = <E>(text: Stream.Stream<string, E>): Stream.Stream<string, E | AiError.InvalidResponseError> =>
  Stream.suspend(() => {
    let data: Array<string> = []
    const parser = Sse.makeParser((event) => {
      if (event._tag === "Event") data.push(event.data)
    })
    return text.pipe(
      Stream.mapEffect((piece) => {
        const tooLarge = parser.feed(piece)
        if (tooLarge !== undefined) {
          return Effect.fail(new AiError.InvalidResponseError({ description: tooLarge.message }))
        }
        const events = data
        data = []
        return Effect.succeed(events)
      }),
      Stream.flattenIterable
    )
  })

/** The whole body of an answer, as JSON of this schema. @category reading */
export const bodyOf = Effect.fnUntraced(function*<A>(
  response: HttpClientResponse.HttpClientResponse,
  schema: Schema.Codec<A, unknown>
): Effect.fn.Return<A, AiError.AiErrorReason> {
  const text = yield* Effect.mapError(response.text, LlmHttpError.fromClientError)
  return yield* Effect.mapError(Schema.decodeEffect(Schema.fromJsonString(schema))(text), unexpected)
})

/** The lines of an answer, each of them JSON of this schema. @category reading */
export const linesOf = <A>(
  response: HttpClientResponse.HttpClientResponse,
  schema: Schema.Codec<A, unknown>
): Stream.Stream<A, AiError.AiErrorReason> => {
  const decode = Schema.decodeEffect(Schema.fromJsonString(schema))
  return response.stream.pipe(
    Stream.mapError(LlmHttpError.fromClientError),
    Stream.decodeText,
    Stream.splitLines,
    Stream.filter((line) => line.trim() !== ""),
    Stream.mapEffect((line) => Effect.mapError(decode(line), unexpected))
  )
}

const unexpected = ({ message }: Schema.SchemaError) =>
  new AiError.InvalidResponseError({ description: `the answer is not what the API promises: ${message}` })
