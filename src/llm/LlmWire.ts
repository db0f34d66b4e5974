/**
 * What the adapters of vendors share between the wire and a request.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as AiTool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as JsonSchema from "effect/JsonSchema"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Redaction from "../internal/Redaction.ts"
import * as EventReader from "./internal/EventReader.ts"
import * as EventStream from "./internal/EventStream.ts"
import * as LooseJson from "./internal/LooseJson.ts"
import * as ToolWire from "./internal/ToolWire.ts"
import * as VendorError from "./internal/VendorError.ts"
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
 * Which server is asked, and in which version: two servers of one name may have the same model. It is part of
 * `LlmProviderShape.options`, so it holds no secret.
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

/**
 * A vendor's text as errors hold it: without `secrets`, which servers repeat in what they say about them, and cut only then.
 *
 * @category reading
 */
export const shownWithout = (secrets: ReadonlyArray<Redacted.Redacted>): (text: string) => string => {
  const hide = Redaction.hide(secrets)
  return (text) => Redaction.excerpt(text, hide, longestText)
}

/** A reason whose texts are as `shownWithout` gives them. @category reading */
export const withoutSecrets = (
  reason: AiError.AiErrorReason,
  secrets: ReadonlyArray<Redacted.Redacted>
): AiError.AiErrorReason => {
  const shown = shownWithout(secrets)
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

/**
 * A key without what a file or a variable puts around it: white space, quotes, and the `Bearer` that the header gets anyway.
 * `undefined` for one of which nothing is left.
 *
 * @category sending
 */
export const trimmed = (apiKey: Redacted.Redacted | undefined): Redacted.Redacted | undefined => {
  if (apiKey === undefined) return undefined
  let key = Redacted.value(apiKey)
  for (let before = ""; before !== key;) {
    before = key
    key = key.trim().replace(/^(["'`])(.*)\1$/s, "$2").replace(/^(?:authorization\s*:\s*)?bearer\s+/i, "")
  }
  return key === "" ? undefined : Redacted.make(key)
}

/** Why a key cannot be sent, if it holds what no header takes. @category sending */
export const problemOfKey = (apiKey: Redacted.Redacted | undefined): AiError.AuthenticationError | undefined =>
  apiKey === undefined || /^[\x21-\x7E\x80-\xFF]*$/.test(Redacted.value(apiKey))
    ? undefined
    : new AiError.AuthenticationError({
      kind: "InvalidKey",
      description: "apiKey holds a space, a line break or another character that no key has and no header takes"
    })

/** The JSON Schema of the answer, where one is asked for. @category writing */
export const answerSchemaOf = (
  { responseFormat }: LlmRequest,
  transformer: LanguageModel.CodecTransformer
): Result.Result<JsonSchema.JsonSchema | undefined, AiError.UnsupportedSchemaError> =>
  responseFormat.type === "text" ? noSchema : Result.try({
    try: () => ToolWire.inlined(AiTool.getJsonSchemaFromSchema(responseFormat.schema, { transformer })),
    catch: (error) =>
      new AiError.UnsupportedSchemaError({ description: error instanceof Error ? error.message : String(error) })
  })

const noSchema = Result.succeed(undefined)

/**
 * The same, of a request whose tools all run here. Fails with a `ToolConfigurationError` where the vendor would run one of
 * them: an adapter that does not read what such a tool answers must not offer it.
 *
 * @category writing
 */
export const checkedSchemaOf = (
  request: LlmRequest,
  transformer: LanguageModel.CodecTransformer
): Result.Result<
  JsonSchema.JsonSchema | undefined,
  AiError.ToolConfigurationError | AiError.UnsupportedSchemaError
> => {
  const tool = request.tools.find(AiTool.isProviderDefined)
  return tool === undefined ? answerSchemaOf(request, transformer) : Result.fail(
    new AiError.ToolConfigurationError({
      toolName: tool.name,
      description: `the vendor would run ${tool.id}, which only greenlang/ai-sdk offers`
    })
  )
}

/** The model will not give a value of the schema. @category reading */
export const refused = (why: string) =>
  new AiError.ContentPolicyError({ description: `the model refused to answer: ${why}` })

/** What gives the request a body of JSON. Made once for all bodies, so that one copy of the headers is made for each. @category sending */
export const withJson = ({ hash, headers, method, url, urlParams }: HttpClientRequest.HttpClientRequest) => {
  const typed = Headers.set(headers, "content-type", "application/json")
  return (json: string): HttpClientRequest.HttpClientRequest => {
    const body = HttpBody.text(json, "application/json")
    const sized = Headers.set(typed, "content-length", String(body.contentLength))
    return HttpClientRequest.makeWith(method, url, urlParams, hash, sized, body)
  }
}

/** The answer to a request, if it has a status of 2xx. `failed` makes a failure of a reason. @category sending */
export const answerTo = <E>(
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  failed: (reason: AiError.AiErrorReason) => E
): Effect.Effect<HttpClientResponse.HttpClientResponse, E> => accepted(client.execute(request), failed)

/** The answer to a call, if it has a status of 2xx. `failed` makes a failure of a reason. @category sending */
export const accepted = <E>(
  call: Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>,
  failed: (reason: AiError.AiErrorReason) => E
): Effect.Effect<HttpClientResponse.HttpClientResponse, E> =>
  Effect.matchEffect(call, {
    onFailure: (error) => Effect.fail(failed(LlmHttpError.fromClientError(error))),
    onSuccess: (response) =>
      response.status >= 200 && response.status < 300
        ? Effect.succeed(response)
        : Effect.flatMap(LlmHttpError.fromResponse(response), (reason) => Effect.fail(failed(reason)))
  })

/** The whole body of an answer, as JSON. @category reading */
export const bodyOf = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<LooseJson.Fields, AiError.AiErrorReason> => objectOf(response, () => false)

/** `bodyOf`, for a batch, in which an error is what ended it. @category reading */
export const batchOf = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<LooseJson.Fields, AiError.AiErrorReason> =>
  objectOf(response, (json) => !LooseJson.isNothing(json["id"]) || json["object"] === "batch")

const objectOf = Effect.fnUntraced(function*(
  response: HttpClientResponse.HttpClientResponse,
  mayHoldErrors: (json: LooseJson.Fields) => boolean
): Effect.fn.Return<LooseJson.Fields, AiError.AiErrorReason> {
  const bytes = yield* Effect.mapError(response.arrayBuffer, LlmHttpError.fromClientError)
  const text = yield* Effect.fromResult(EventStream.textOf(new Uint8Array(bytes), response.headers))
  const json = Result.getOrUndefined(Result.try(() => LooseJson.parse(text)))
  const fields = LooseJson.fields(json)
  if (fields !== undefined && mayHoldErrors(fields)) return fields
  const error = VendorError.find(json, () => true)
  if (error !== undefined) return yield* LlmHttpError.fromVendor(error)
  return fields ?? (yield* EventReader.unreadable(text, "what the API promises"))
})

/** Fails once a line that has not ended is too long to be kept. */
const bounded = <E>(text: Stream.Stream<string, E>): Stream.Stream<string, E | AiError.InvalidResponseError> =>
  Stream.suspend(() => {
    let open = 0
    return Stream.mapEffect(text, (piece) => {
      const end = piece.lastIndexOf("\n")
      open = end < 0 ? open + piece.length : piece.length - end - 1
      return open <= longestLine
        ? Effect.succeed(piece)
        : Effect.fail(
          new AiError.InvalidResponseError({ description: `a line is longer than ${longestLine} characters` })
        )
    })
  })

/** The longest line of an answer, in characters. */
const longestLine = 64 * 1_024 * 1_024

/** The lines of an answer that are not empty. A line of more than 64 MiB fails. @category reading */
export const linesOf = (
  response: HttpClientResponse.HttpClientResponse
): Stream.Stream<string, AiError.AiErrorReason> =>
  response.stream.pipe(
    Stream.mapError(LlmHttpError.fromClientError),
    Stream.decodeText,
    bounded,
    Stream.splitLines,
    Stream.filter((line) => line.trim() !== "")
  )
