/**
 * A call of a model in traces and metrics, by the names of `GenAi`.
 */
import * as AiError from "effect/ai/AiError"
import type { ProviderOptions as LlmRequest } from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as Cause from "effect/Cause"
import type * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as GenAi from "../../internal/GenAi.ts"
import { redacted } from "../../internal/Redaction.ts"
import type { LlmIdentity } from "../LlmIdentity.ts"
import { LlmSettings } from "../LlmSettings.ts"
import * as LlmUsage from "../LlmUsage.ts"
import * as ModelCall from "./ModelCall.ts"
import * as ShownCall from "./ShownCall.ts"

type Part = Response.PartEncoded | Response.StreamPartEncoded

/** Who was asked what, in which fiber. */
export interface Asked {
  readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly provider: string
  readonly model: string
  readonly request: LlmRequest
}

const isTraced = ({ cache }: Fiber.Fiber<unknown, unknown>): boolean =>
  cache.tracerEnabled && cache.tracer !== undefined

const metricAttributes = ({ model, provider }: Asked) => ({
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": GenAi.providerName(provider),
  "gen_ai.request.model": model
})

const requested = (asked: Asked) => {
  const { maxOutputTokens, seed, stopSequences, temperature, topP } = asked.fiber.getRef(LlmSettings)
  return {
    ...metricAttributes(asked),
    "gen_ai.request.temperature": temperature,
    "gen_ai.request.top_p": topP,
    "gen_ai.request.seed": seed,
    "gen_ai.request.max_tokens": maxOutputTokens,
    "gen_ai.request.stop_sequences": stopSequences,
    "gen_ai.output.type": asked.request.responseFormat.type
  }
}

const countsOf = (used: ReturnType<typeof LlmUsage.tokensOf>) =>
  [
    ["input_tokens", used.inputTokens],
    ["output_tokens", used.outputTokens],
    ["cache_read.input_tokens", used.cachedInputTokens],
    ["cache_write.input_tokens", used.writtenInputTokens],
    ["reasoning.output_tokens", used.reasoningTokens]
  ] as const

/** Most calls are signed with the same few values. */
const known = new WeakMap<
  LlmIdentity,
  Pick<Asked, "model" | "provider"> & { readonly version: GenAi.Version; readonly metrics: GenAi.CallMetrics }
>()

const metricsOf = (asked: Asked, identity: LlmIdentity, version: GenAi.Version): GenAi.CallMetrics => {
  const { model, provider } = asked
  const found = known.get(identity)
  if (found?.version === version && found.model === model && found.provider === provider) return found.metrics
  const attributes = { ...metricAttributes(asked), "gen_ai.response.model": identity.model }
  const metrics = GenAi.callMetrics(GenAi.tables[version], attributes)
  known.set(identity, { model, provider, version, metrics })
  return metrics
}

/** The call was answered by `parts`, after `ms` milliseconds. */
export const answered = (
  asked: Asked,
  parts: ReadonlyArray<Part>,
  { identity }: LlmUsage.LlmUsage,
  ms: number
): void => {
  const { fiber, request: { span } } = asked
  const { content, version } = fiber.getRef(GenAi.Settings)
  const names = GenAi.tables[version]
  const { cached, model } = identity
  const finish = parts.find((part) => part.type === "finish")
  // What a cache answers was counted when it was asked for.
  const used = LlmUsage.tokensOf(cached === true ? undefined : finish)
  const metrics = metricsOf(asked, identity, version)
  metrics.duration.updateUnsafe(ms / 1_000, fiber.context)
  for (const [kind, count] of countsOf(used)) {
    if (count > 0) metrics.tokens(kind)?.updateUnsafe(count, fiber.context)
  }
  if (!isTraced(fiber)) return
  GenAi.rename(span, `chat ${asked.model}`)
  GenAi.set(span, {
    ...requested(asked),
    "gen_ai.response.model": model,
    "gen_ai.response.id": parts.find((part) => part.type === "response-metadata")?.id,
    "gen_ai.response.finish_reasons": finish === undefined ? undefined : [finish.reason],
    "gen_ai.usage.input_tokens": used.inputTokens,
    "gen_ai.usage.output_tokens": used.outputTokens,
    [names.cacheRead]: used.cachedInputTokens || undefined,
    [names.cacheWrite]: used.writtenInputTokens || undefined,
    [names.reasoning]: used.reasoningTokens || undefined,
    "greenlang.cached": cached
  })
  if (content) {
    const secrets = fiber.getRef(ModelCall.CurrentSecrets)
    const hidden = hiddenBy(asked.request.tools)
    GenAi.set(span, {
      // It holds earlier answers, too.
      "gen_ai.input.messages": secrets.prompt || secrets.answer
        ? undefined
        : JSON.stringify(asked.request.prompt.content.map((message) => messageOf(message, hidden))),
      "gen_ai.output.messages": secrets.answer
        ? undefined
        : JSON.stringify([{ role: "assistant", parts: outputOf(parts, hidden), finish_reason: finish?.reason }])
    })
  }
}

/** The call failed, or was interrupted, after `ms` milliseconds. */
export const failed = (asked: Asked, cause: Cause.Cause<unknown>, ms: number): void => {
  const { fiber, request: { span } } = asked
  const errorType = errorTypeOf(cause)
  const names = GenAi.tables[fiber.getRef(GenAi.Settings).version]
  GenAi.duration(names.callDuration, { ...metricAttributes(asked), "error.type": errorType }, ms, fiber.context)
  if (!isTraced(fiber)) return
  GenAi.rename(span, `chat ${asked.model}`)
  GenAi.set(span, { ...requested(asked), "error.type": errorType })
}

const errorTypeOf = (cause: Cause.Cause<unknown>): string => {
  if (Cause.hasInterruptsOnly(cause)) return "interrupted"
  const error = cause.reasons.find(Cause.isFailReason)?.error
  return AiError.isAiError(error) ? error.reason._tag : "defect"
}

/** The names of tools whose arguments, or whose results, may hold what is `Redacted`. */
interface Hidden {
  readonly inputs: ReadonlySet<string>
  readonly results: ReadonlySet<string>
}

const hiddenBy = (tools: LlmRequest["tools"]): Hidden => {
  const names = (schemaOf: (tool: LlmRequest["tools"][number]) => unknown) =>
    new Set(
      tools.filter((tool) => {
        const schema = schemaOf(tool)
        return Schema.isSchema(schema) && ShownCall.holdsSecrets(schema)
      }).map(({ name }) => name)
    )
  const inputs = names(({ parametersSchema }) => parametersSchema)
  // what went wrong with arguments may quote them
  return { inputs, results: new Set([...inputs, ...names(({ successSchema }) => successSchema)]) }
}

/** A message as the conventions have it. */
const messageOf = ({ content, role }: LlmRequest["prompt"]["content"][number], { inputs, results }: Hidden) => ({
  role,
  parts: typeof content === "string"
    ? [{ type: "text", content }]
    : content.map((part) =>
      part.type === "text" || part.type === "reasoning"
        ? { type: part.type, content: part.text }
        : part.type === "tool-call"
        ? { type: "tool_call", id: part.id, name: part.name, arguments: inputs.has(part.name) ? redacted : part.params }
        : part.type === "tool-result"
        ? { type: "tool_call_response", id: part.id, result: results.has(part.name) ? redacted : part.result }
        : { type: part.type }
    )
})

const outputOf = (parts: ReadonlyArray<Part>, { inputs }: Hidden) =>
  parts.flatMap((part): ReadonlyArray<object> =>
    part.type === "text" || part.type === "reasoning"
      ? [{ type: part.type, content: part.text }]
      : part.type === "tool-call"
      ? [{ type: "tool_call", id: part.id, name: part.name, arguments: inputs.has(part.name) ? redacted : part.params }]
      : []
  )
