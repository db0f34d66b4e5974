/**
 * What the adapters of vendors share between the wire and a request.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as AiTool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Sse from "effect/encoding/Sse"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as JsonSchema from "effect/JsonSchema"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Redaction from "../internal/Redaction.ts"
import * as LlmHttpError from "./LlmHttpError.ts"
import type { LlmRequest } from "./LlmProvider.ts"

/**
 * The key, what stands in the user part and the query of the address, and the values of headers that by their names are
 * secrets, such as the token of a gateway.
 *
 * @category reading
 */
export const secretsOf = (
  apiKey: Redacted.Redacted | undefined,
  headers: Readonly<Record<string, string>>,
  baseUrl: string
): ReadonlyArray<Redacted.Redacted> => [
  ...(apiKey === undefined ? [] : [apiKey]),
  ...Redaction.ofAddress(baseUrl),
  ...Redaction.ofFields(Object.entries(headers))
]

/**
 * Which server is asked, and in which of its versions: two that go by one name may know the same model. It is for
 * `LlmProviderShape.options`, so nothing in it can be a secret.
 *
 * @category reading
 */
export const serverOf = (baseUrl: string, headers: Readonly<Record<string, string>>) => ({
  baseUrl: Redaction.address(baseUrl).replace(/\/+$/, ""),
  beta: Object.fromEntries(
    Object.entries(headers).filter(([name]) => /-beta$/i.test(name)).map(([name, value]) => [name.toLowerCase(), value])
  )
})

/** Characters of a vendor's text that an error keeps. */
const longestText = 2_000

/** Servers repeat secrets in what they say about them: hidden here, and cut only then. @category reading */
export const withoutSecrets = (
  reason: AiError.AiErrorReason,
  secrets: ReadonlyArray<Redacted.Redacted>
): AiError.AiErrorReason => {
  const hide = Redaction.hide(secrets)
  const shown = (text: string) => Redaction.excerpt(text, hide, longestText)
  const changed = Object.entries(reason).flatMap(([name, value]): ReadonlyArray<readonly [string, unknown]> => {
    if (typeof value === "string") return shown(value) === value ? [] : [[name, shown(value)]]
    if (name !== "metadata") return []
    const before = JSON.stringify(value)
    const after = JSON.stringify(value, (_, inner: unknown) => typeof inner === "string" ? shown(inner) : inner)
    return before === after ? [] : [[name, JSON.parse(after)]]
  })
  if (changed.length === 0) return reason
  // The class is the same; only texts in it are others.
  return new (reason.constructor as new(fields: object) => AiError.AiErrorReason)({
    ...reason,
    ...Object.fromEntries(changed)
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

/** The answer to a request, if it has a status of 2xx. @category sending */
export const answerTo = Effect.fnUntraced(function*(
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest
): Effect.fn.Return<HttpClientResponse.HttpClientResponse, AiError.AiErrorReason> {
  const response = yield* Effect.mapError(client.execute(request), LlmHttpError.fromClientError)
  if (response.status >= 200 && response.status < 300) return response
  return yield* Effect.flatMap(LlmHttpError.fromResponse(response), Effect.fail)
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
