/**
 * How servers that speak chat completions differ in what they take: by their host, and by the model.
 */
import type { LlmSettings } from "../LlmSettings.ts"

/** How one server wants one model to be asked. @category models */
export interface Dialect {
  /** The key of the bound on output tokens. */
  readonly maxTokensKey: "max_tokens" | "max_completion_tokens"
  /** Where the API key goes. */
  readonly keyHeader: "authorization" | "api-key"
  /** Mistral takes ids of calls with nine letters and digits only, OpenAI up to 40 characters. */
  readonly callId: "any" | "mistral"
  /** The settings that this model refuses. */
  readonly refuses: ReadonlyArray<keyof LlmSettings>
  /** Those that it refuses besides, unless it is asked not to reason. */
  readonly refusesReasoning: ReadonlyArray<keyof LlmSettings>
}

/** The dialect of `model` at the server of `baseUrl`. @category reading */
export const of = (baseUrl: string, model: string): Dialect => {
  const host = hostOf(baseUrl)
  const isAzure = /\.azure\.(?:com|us|cn)$/.test(host)
  const isOpenAi = /(?:^|\.)openai\.com$/.test(host)
  const name = model.replace(/^.*\//, "")
  const thinks = isReasoning(name)
  return {
    maxTokensKey: isOpenAi || isAzure || thinks ? "max_completion_tokens" : "max_tokens",
    keyHeader: isAzure ? "api-key" : "authorization",
    callId: /(?:^|\.)mistral\.ai$/.test(host) ? "mistral" : "any",
    refuses: thinks
      ? name.startsWith("o1") ? [] : ["stopSequences"]
      : isOpenAi && /^(?:gpt-4|gpt-3|chatgpt)/.test(name)
      ? ["reasoningEffort"]
      : [],
    refusesReasoning: thinks ? ["temperature", "topP"] : []
  }
}

/** OpenAI's reasoning models, under whatever server they are reached. */
const isReasoning = (name: string): boolean =>
  /^(?:o[1-9](?:-|$)|gpt-(?:[5-9]|\d{2,}))/.test(name) && !/-chat/.test(name)

/** The host of an address, or the address where it has none. @category reading */
export const hostOf = (baseUrl: string): string =>
  URL.canParse(baseUrl) ? new URL(baseUrl).hostname.toLowerCase() : baseUrl

/** The settings that are sent. @category writing */
export const sentSettings = (settings: LlmSettings, { refuses, refusesReasoning }: Dialect): LlmSettings => {
  const reasons = settings.reasoningEffort !== "none"
  const isStated = (key: keyof LlmSettings) => key in settings
  if (!refuses.some(isStated) && !(reasons && refusesReasoning.some(isStated))) return settings
  const isSent = (key: keyof LlmSettings) => !refuses.includes(key) && !(reasons && refusesReasoning.includes(key))
  return Object.fromEntries(Object.entries(settings).filter(([key]) => isSent(key as keyof LlmSettings)))
}
