/**
 * Models that are asked over HTTP, of whatever `FakeProvider` is there. Tests run once for each.
 */
import { Effect, Layer } from "effect"
import type { LanguageModel } from "effect/ai"
import type { HttpClient } from "effect/http"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { FakeProvider } from "greenlang/testing"
import { vendors } from "../llm/conformance/Vendor.ts"

export interface Wire {
  readonly name: string
  /** What its answers are signed with, as in `LlmPrices`. */
  readonly signature: string
  readonly provider: Layer.Layer<LlmProvider, never, FakeProvider>
  readonly model: Layer.Layer<LanguageModel.LanguageModel, never, FakeProvider>
}

const wire = (
  name: string,
  signature: string,
  layerOf: (baseUrl: string) => Layer.Layer<LlmProvider, never, HttpClient.HttpClient>
): Wire => {
  const provider = Layer.unwrap(Effect.map(FakeProvider, ({ baseUrl }) => layerOf(baseUrl))).pipe(
    Layer.provide(Http.layer({ retries: 0 }))
  )
  return { name, signature, provider, model: Layer.provide(LlmProvider.languageModel, provider) }
}

/** The two formats that we write ourselves. */
export const wires: ReadonlyArray<Wire> = [
  wire("openai", "openai/test-model", (baseUrl) => OpenAiCompatible.layerProvider({ baseUrl, model: "test-model" })),
  wire("anthropic", "anthropic/test-model", (baseUrl) => Anthropic.layerProvider({ baseUrl, model: "test-model" }))
]

/** The same formats, and OpenAI's responses, as the packages of the AI SDK write them. */
export const bridged: ReadonlyArray<Wire> = vendors
  .filter(({ name }) => name.startsWith("AiSdk"))
  .map(({ make, model, name, provider }) => wire(name, `${provider}/${model}`, make))
