/**
 * What the adapters of vendors share between the wire and a request.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as AiTool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as JsonSchema from "effect/JsonSchema"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Redaction from "../internal/Redaction.ts"
import { isSecretName } from "../internal/SecretName.ts"
import * as EventStream from "./internal/EventStream.ts"
import * as LooseJson from "./internal/LooseJson.ts"
import * as ToolWire from "./internal/ToolWire.ts"
import * as VendorError from "./internal/VendorError.ts"
import * as LlmHttpError from "./LlmHttpError.ts"
import type { LlmRequest } from "./LlmProvider.ts"

/**
 * The key, the password in the address, and the values of headers that by their names are secrets, such as the token of a
 * gateway.
 *
 * @category reading
 */
export const secretsOf = (
  apiKey: Redacted.Redacted | undefined,
  headers: Readonly<Record<string, string>>,
  baseUrl: string
): ReadonlyArray<Redacted.Redacted> => [
  ...(apiKey === undefined ? [] : [apiKey]),
  ...passwordOf(baseUrl),
  ...Object.entries(headers).flatMap(([name, value]) =>
    isSecretName(name) ? [Redacted.make(value.replace(/^\w+ /, ""))] : []
  )
]

/**
 * Which server is asked, and in which version: two servers of one name may have the same model. It is part of
 * `LlmProviderShape.options`, so it holds no secret.
 *
 * @category reading
 */
export const serverOf = (baseUrl: string, headers: Readonly<Record<string, string>>) => ({
  baseUrl: baseUrl.replace(/\/+$/, "").replace(/\/\/[^/@]*@/, "//"),
  beta: Object.fromEntries(
    Object.entries(headers).filter(([name]) => /-beta$/i.test(name)).map(([name, value]) => [name.toLowerCase(), value])
  )
})

/** The password that stands in an address, if there is one. @category reading */
export const passwordOf = (address: string): ReadonlyArray<Redacted.Redacted> => {
  const password = /^[^/]*\/\/[^/@:]*:([^/@]+)@/.exec(address)?.[1]
  return password === undefined ? [] : [Redacted.make(password)]
}

/** `reason` without the secrets that the vendor repeats in it. @category reading */
export const withoutSecrets = (
  reason: AiError.AiErrorReason,
  secrets: ReadonlyArray<Redacted.Redacted>
): AiError.AiErrorReason => {
  const hide = Redaction.hide(secrets)
  let isChanged = false
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") {
      const hidden = hide(value)
      isChanged ||= hidden !== value
      return hidden
    }
    if (Array.isArray(value)) return value.map(walk)
    return isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)])) : value
  }
  const hidden = Object.fromEntries(Object.entries(reason).map(([name, value]) => [name, walk(value)]))
  // The class stays the same; only texts differ.
  return isChanged
    ? new (reason.constructor as new(fields: object) => AiError.AiErrorReason)({ ...reason, ...hidden })
    : reason
}

const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** A key without the line break that a file or a variable ends with. @category sending */
export const trimmed = (apiKey: Redacted.Redacted | undefined): Redacted.Redacted | undefined =>
  apiKey === undefined ? undefined : Redacted.make(Redacted.value(apiKey).trim())

/** Fails where a key cannot be sent, as it holds what no header takes. @category sending */
export const checkKey = (apiKey: Redacted.Redacted | undefined): Effect.Effect<void, AiError.AuthenticationError> =>
  apiKey === undefined || /^[\t\x20-\x7E\x80-\xFF]*$/.test(Redacted.value(apiKey))
    ? Effect.void
    : Effect.fail(
      new AiError.AuthenticationError({
        kind: "InvalidKey",
        description: "apiKey holds a line break or another character that cannot be sent in a header"
      })
    )

/**
 * The address of `path` below `baseUrl`, whose query stays at the end. `version` stands between them where the base has no
 * path. A version at the end of the base, or the path itself, is not repeated.
 *
 * @category sending
 */
export const addressOf = (baseUrl: string, path: string, version: string): string => {
  const [address = "", query] = baseUrl.split(/\?(.*)/s)
  const base = address.replace(/\/+$/, "")
  const own = /^\/v\d+/.exec(path)?.[0] ?? ""
  const stem = base.endsWith(path)
    ? base.slice(0, -path.length)
    : own !== "" && base.endsWith(own)
    ? base.slice(0, -own.length)
    : base
  const middle = /^\w+:\/\/[^/]*$/.test(stem) ? version : ""
  return `${stem}${middle}${path}${
    query === undefined || query === "" ? "" : `${path.includes("?") ? "&" : "?"}${query}`
  }`
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
        : ToolWire.inlined(AiTool.getJsonSchemaFromSchema(responseFormat.schema, { transformer })),
    catch: (error) =>
      new AiError.UnsupportedSchemaError({ description: error instanceof Error ? error.message : String(error) })
  })

/**
 * Fails for tools that the vendor runs: an adapter that does not read what they answer must not offer them.
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

/** The model will not give a value of the schema. @category reading */
export const refused = (why: string) =>
  new AiError.ContentPolicyError({ description: `the model refused to answer: ${why}` })

/** The answer to a request, if it has a status of 2xx. @category sending */
export const answerTo = Effect.fnUntraced(function*(
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest
): Effect.fn.Return<HttpClientResponse.HttpClientResponse, AiError.AiErrorReason> {
  const response = yield* Effect.mapError(client.execute(request), LlmHttpError.fromClientError)
  if (response.status >= 200 && response.status < 300) return response
  return yield* Effect.flatMap(LlmHttpError.fromResponse(response), Effect.fail)
})

/** The whole body of an answer, as JSON. @category reading */
export const bodyOf = Effect.fnUntraced(function*(
  response: HttpClientResponse.HttpClientResponse
): Effect.fn.Return<LooseJson.Fields, AiError.AiErrorReason> {
  const text = yield* Effect.mapError(response.text, LlmHttpError.fromClientError)
  const json = Result.getOrUndefined(Result.try(() => LooseJson.parse(text)))
  const error = VendorError.find(json, () => true)
  if (error !== undefined) return yield* LlmHttpError.fromVendor(error)
  const fields = LooseJson.fields(json)
  return fields ?? (yield* EventStream.unreadable(text, "what the API promises"))
})

/** The lines of an answer that are not empty. @category reading */
export const linesOf = (
  response: HttpClientResponse.HttpClientResponse
): Stream.Stream<string, AiError.AiErrorReason> =>
  response.stream.pipe(
    Stream.mapError(LlmHttpError.fromClientError),
    Stream.decodeText,
    Stream.splitLines,
    Stream.filter((line) => line.trim() !== "")
  )
