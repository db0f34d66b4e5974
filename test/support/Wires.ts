/**
 * The two vendors whose wire formats we write ourselves, over whatever `FakeProvider` is there. Tests run once for each.
 */
import { Effect, Layer } from "effect"
import type { LanguageModel } from "effect/ai"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/Anthropic"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as OpenAiCompatible from "greenlang/llm/OpenAiCompatible"
import { FakeProvider } from "greenlang/testing"

export interface Wire {
  readonly name: "openai" | "anthropic"
  readonly provider: Layer.Layer<LlmProvider, never, FakeProvider>
  readonly model: Layer.Layer<LanguageModel.LanguageModel, never, FakeProvider>
}

const wire = (
  name: Wire["name"],
  layerOf: (baseUrl: string) => ReturnType<typeof Anthropic.layerProvider>
): Wire => {
  const provider = Layer.unwrap(Effect.map(FakeProvider, ({ baseUrl }) => layerOf(baseUrl))).pipe(
    Layer.provide(Http.layer({ retries: 0 }))
  )
  return { name, provider, model: Layer.provide(LlmProvider.languageModel, provider) }
}

export const wires: ReadonlyArray<Wire> = [
  wire("openai", (baseUrl) => OpenAiCompatible.layerProvider({ baseUrl, model: "test-model" })),
  wire("anthropic", (baseUrl) => Anthropic.layerProvider({ baseUrl, model: "test-model" }))
]
