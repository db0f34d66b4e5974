/**
 * The vendors that the suite runs over: our own adapters, and the AI SDK's providers behind the bridge.
 */
import { createAnthropic } from "@ai-sdk/anthropic"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { type Layer, Redacted } from "effect"
import type { LanguageModel } from "effect/ai"
import type { HttpClient } from "effect/http"
import { AiSdk } from "greenlang/ai-sdk"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import type { LlmProvider } from "greenlang/llm/LlmProvider"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import type { Family } from "greenlang/testing/FakeProvider"
import * as Families from "greenlang/testing/Family"
import type { Item } from "./Item.ts"

export interface Vendor {
  readonly name: string
  readonly make: (
    baseUrl: string
  ) => Layer.Layer<LlmProvider | LanguageModel.LanguageModel, never, HttpClient.HttpClient>
  /** Who signs the answers. */
  readonly provider: string
  readonly model: string
  /** The manners of the server, where it is not OpenAI's or Anthropic's own. */
  readonly family?: Family
  /** What the vendor cannot do, and why. */
  readonly cannot: { readonly [I in Item]?: string }
}

/** What stands in for a key, and must not show. */
export const key = "sk-planted-4711-hunter2"

const apiKey = Redacted.make(key)

const families = Object.keys(Families.families) as ReadonlyArray<Family>

export const vendors: ReadonlyArray<Vendor> = [
  {
    name: "OpenAiCompatible",
    make: (baseUrl) => OpenAiCompatible.layer({ baseUrl, apiKey, model: "test-model" }),
    provider: "openai",
    model: "test-model",
    cannot: {
      "gives back what the model thought": "of those who speak chat completions some refuse it"
    }
  },
  {
    name: "Anthropic",
    make: (baseUrl) => Anthropic.layer({ baseUrl, apiKey, model: "test-model", thinking: "adaptive" }),
    provider: "anthropic",
    model: "test-model",
    cannot: {
      "offers tools, and demands one": "a model that thinks cannot be made to call a tool"
    }
  },
  {
    name: "AiSdk over @ai-sdk/openai, chat",
    make: (baseURL) => AiSdk.layer({ model: (fetch) => createOpenAI({ apiKey: key, baseURL, fetch }).chat("gpt-4.1") }),
    provider: "openai",
    model: "gpt-4.1",
    cannot: {
      "returns what the model thought": "OpenAI does not send it in chat completions, and the package does not read it",
      "gives back what the model thought": "OpenAI does not send it in chat completions"
    }
  },
  {
    name: "AiSdk over @ai-sdk/openai, responses",
    make: (baseURL) =>
      AiSdk.layer({
        model: (fetch) => createOpenAI({ apiKey: key, baseURL, fetch }).responses("gpt-5.1"),
        // What was said and thought is then sent, and not referred to.
        providerOptions: { openai: { store: false } }
      }),
    provider: "openai",
    model: "gpt-5.1",
    cannot: {}
  },
  {
    name: "AiSdk over @ai-sdk/anthropic",
    make: (baseURL) =>
      AiSdk.layer({ model: (fetch) => createAnthropic({ apiKey: key, baseURL, fetch })("claude-sonnet-4-5") }),
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    cannot: {}
  },
  {
    name: "AiSdk over @ai-sdk/openai-compatible",
    make: (baseURL) =>
      AiSdk.layer({
        model: (fetch) =>
          createOpenAICompatible({
            name: "someone",
            apiKey: key,
            baseURL,
            fetch,
            includeUsage: true,
            supportsStructuredOutputs: true
          })("test-model")
      }),
    provider: "someone",
    model: "test-model",
    cannot: {}
  },
  ...families.flatMap((family): ReadonlyArray<Vendor> => [
    {
      name: `OpenAiCompatible at a server like ${family}`,
      make: (baseUrl) => OpenAiCompatible.layer({ baseUrl, apiKey, model: "test-model", name: family }),
      provider: family,
      model: "test-model",
      family,
      cannot: {
        "gives back what the model thought": "of those who speak chat completions some refuse it"
      }
    },
    {
      name: `AiSdk over @ai-sdk/openai-compatible at a server like ${family}`,
      make: (baseURL) =>
        AiSdk.layer({
          model: (fetch) =>
            createOpenAICompatible({
              name: family,
              apiKey: key,
              baseURL,
              fetch,
              includeUsage: true,
              supportsStructuredOutputs: true
            })("test-model")
        }),
      provider: family,
      model: "test-model",
      family,
      cannot: {}
    },
    {
      name: `AiSdk over @ai-sdk/openai, chat, at a server like ${family}`,
      make: (baseURL) =>
        AiSdk.layer({
          name: family,
          model: (fetch) => createOpenAI({ apiKey: key, baseURL, fetch }).chat("gpt-4.1")
        }),
      provider: family,
      model: "gpt-4.1",
      family,
      cannot: {
        "returns what the model thought": "the package does not read it in chat completions",
        "gives back what the model thought": "the package does not read it in chat completions"
      }
    }
  ])
]
