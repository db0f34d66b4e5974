/**
 * What the adapters of vendors share between the wire and a request.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as AiTool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Sse from "effect/encoding/Sse"
import type * as JsonSchema from "effect/JsonSchema"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
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
 * Fails for tools that the vendor runs: an adapter that reads nothing of what they tell must not offer them.
 *
 * @category writing
 */
export const refuseVendorTools = ({ tools }: LlmRequest): Effect.Effect<void, AiError.ToolConfigurationError> => {
  const tool = tools.find(AiTool.isProviderDefined)
  return tool === undefined ? Effect.void : Effect.fail(
    new AiError.ToolConfigurationError({
      toolName: tool.name,
      description: `the vendor would run ${tool.id}, which only greenlang/ai-sdk offers`
    })
  )
}

/**
 * The JSON Schema of what a tool reads. It is written once for each schema, as every turn of a loop asks for it again.
 *
 * @category writing
 */
export const toolSchemaOf = (tool: AiTool.Any): JsonSchema.JsonSchema => {
  if (AiTool.isDynamic(tool)) return AiTool.getJsonSchema(tool)
  const known = toolSchemas.get(tool.parametersSchema)
  if (known !== undefined) return known
  const schema = AiTool.getJsonSchema(tool)
  toolSchemas.set(tool.parametersSchema, schema)
  return schema
}

const toolSchemas = new WeakMap<Schema.Constraint, JsonSchema.JsonSchema>()

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
