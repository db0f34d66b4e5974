/**
 * A request as JSON: everything that decides about the answer, and nothing else.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import * as AiTool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import type * as JsonSchema from "effect/JsonSchema"
import * as Schema from "effect/Schema"
import * as ToolWire from "./internal/ToolWire.ts"
import type { LlmProviderShape, LlmRequest } from "./LlmProvider.ts"
import { LlmSettings } from "./LlmSettings.ts"

/** @category models */
export interface EncodedRequest {
  readonly provider: string
  readonly model: string
  readonly method: "generate" | "stream"
  readonly prompt: typeof Prompt.Prompt.Encoded
  readonly tools: ReadonlyArray<{
    readonly name: string
    readonly description: string | undefined
    readonly parameters: JsonSchema.JsonSchema
    /** Whether the vendor is to hold arguments to the schema, where the tool says it. */
    readonly strict: boolean | undefined
    /** Of tools that the vendor runs. */
    readonly id: string | undefined
    readonly args: unknown
  }>
  readonly toolChoice: LanguageModel.ToolChoice<string>
  readonly toolCallValidation: "strict" | "deferred"
  readonly responseFormat: { readonly type: "text" } | {
    readonly type: "json"
    readonly objectName: string
    readonly schema: JsonSchema.JsonSchema
  }
  readonly settings: LlmSettings
}

/**
 * The request to `provider` with the settings of this place in the program. The layers around a provider share the encoded
 * prompt and tools. Fails with `UnsupportedSchemaError` where a schema cannot be written as JSON Schema.
 *
 * @category encoding
 */
export const encode = Effect.fnUntraced(function*(
  provider: LlmProviderShape,
  method: EncodedRequest["method"],
  request: LlmRequest
): Effect.fn.Return<EncodedRequest, AiError.AiError> {
  const settings = yield* LlmSettings
  return yield* Effect.try({
    try: (): EncodedRequest => ({
      provider: provider.name,
      model: provider.model,
      method,
      ...sharedOf(request),
      toolChoice: request.toolChoice,
      toolCallValidation: request.toolCallValidation ?? "strict",
      responseFormat: request.responseFormat.type === "text" ? { type: "text" } : {
        type: "json",
        objectName: request.responseFormat.objectName,
        schema: AiTool.getJsonSchemaFromSchema(
          request.responseFormat.schema,
          provider.codecTransformer === undefined ? undefined : { transformer: provider.codecTransformer }
        )
      },
      settings
    }),
    catch: (error) =>
      AiError.make({
        module: "EncodedRequest",
        method: "encode",
        reason: new AiError.UnsupportedSchemaError({
          description: error instanceof Error ? error.message : String(error)
        })
      })
  })
})

type Shared = Pick<EncodedRequest, "prompt" | "tools">

/** What is the same for every layer around a provider. It is made once for each request. */
const sharedOf = (request: LlmRequest): Shared => {
  const known = shared.get(request)
  if (known !== undefined) return known
  const made = { prompt: encodePrompt(request.prompt), tools: request.tools.map(toolOf) }
  shared.set(request, made)
  return made
}

const shared = new WeakMap<LlmRequest, Shared>()

const encodePrompt = Schema.encodeSync(Prompt.Prompt)

const toolOf = (tool: AiTool.Any) => ({
  name: tool.name,
  description: AiTool.getDescription(tool),
  parameters: ToolWire.schemaOf(tool).schema,
  strict: AiTool.getStrictMode(tool),
  id: AiTool.isProviderDefined(tool) ? tool.id : undefined,
  args: AiTool.isProviderDefined(tool) ? tool.args : undefined
})
