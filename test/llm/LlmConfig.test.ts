import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Effect, Layer } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Llm, LlmProvider, LlmSettings } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as LlmConfig from "greenlang/llm/LlmConfig"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { FakeProvider } from "greenlang/testing"
import * as OpenAiServer from "../support/OpenAiServer.ts"

const layer = (environment: Record<string, string>) =>
  LlmConfig.layer.pipe(
    Layer.provide(Http.layer({ retries: 0 })),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment })))
  )

const identity = (environment: Record<string, string>) =>
  Effect.map(LlmProvider, ({ model, name, offline }) => ({ model, name, offline })).pipe(
    Effect.provide(layer(environment))
  )

describe("LlmConfig", () => {
  it.effect("is the offline model on a machine without a key", () =>
    Effect.gen(function*() {
      const offline = { name: "offline", model: "offline", offline: true }
      assert.deepStrictEqual(yield* identity({}), offline)
      assert.deepStrictEqual(yield* identity({ GREENLANG_MODEL: "offline" }), offline)
      assert.deepStrictEqual(yield* identity({ GREENLANG_MODEL: "", OPENAI_API_KEY: "" }), offline)
      assert.deepStrictEqual(yield* identity({ GREENLANG_MODEL: "offline", OPENAI_API_KEY: "sk" }), offline)
    }))

  it.effect("is a small model of OpenAI where only its key or its address is set", () =>
    Effect.gen(function*() {
      const small = { name: "openai", model: "gpt-4o-mini", offline: false }
      assert.deepStrictEqual(yield* identity({ OPENAI_API_KEY: "sk" }), small)
      assert.deepStrictEqual(yield* identity({ OPENAI_BASE_URL: "http://127.0.0.1:1/v1" }), small)
    }))

  it.effect("knows the servers, and names of models with a slash", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* identity({ GREENLANG_MODEL: "ollama/llama3.2" }), {
        name: "ollama",
        model: "llama3.2",
        offline: false
      })
      assert.deepStrictEqual(
        yield* identity({ GREENLANG_MODEL: "openrouter/meta-llama/llama-3", OPENROUTER_API_KEY: "sk" }),
        { name: "openrouter", model: "meta-llama/llama-3", offline: false }
      )
      assert.deepStrictEqual(yield* identity({ GREENLANG_MODEL: "anthropic/some-model", ANTHROPIC_API_KEY: "sk" }), {
        name: "anthropic",
        model: "some-model",
        offline: false
      })
    }))

  it.live("asks the configured server with the configured key", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.text("Hello"))
      const answer = yield* Llm.generate("hi").pipe(Effect.provide(layer({
        GREENLANG_MODEL: "groq/llama",
        GROQ_BASE_URL: server.baseUrl,
        GROQ_API_KEY: "sk-1"
      })))
      assert.deepInclude(answer, { provider: "groq", model: "llama", text: "Hello" })
      assert.strictEqual(server.asked[0]!.headers.authorization, "Bearer sk-1")
    }).pipe(Effect.scoped))

  it.effect("says what is wrong and what is possible", () =>
    Effect.gen(function*() {
      const failure = (environment: Record<string, string>) =>
        Effect.flip(identity(environment)).pipe(Effect.map((error) => {
          assert(error._tag === "UnusableModel")
          return error
        }))
      const unknown = yield* failure({ GREENLANG_MODEL: "acme/rocket" })
      assert.match(unknown.message, /there is no provider "acme"; possible: openai\/<model>, .*offline/)
      const keyless = yield* failure({ GREENLANG_MODEL: "openai/gpt-x" })
      assert.strictEqual(keyless.problem, "OPENAI_API_KEY is not set")
      const other = yield* failure({ GREENLANG_MODEL: "anthropic/some-model" })
      assert.strictEqual(other.problem, "ANTHROPIC_API_KEY is not set")
      assert.include(keyless.possible, "offline")
      const nameless = yield* failure({ GREENLANG_MODEL: "openai" })
      assert.deepStrictEqual(nameless.possible, ["openai/<model>"])
    }))

  it.live("sends the organisation to OpenAI only, and the bound on tokens by each server's name [F31]", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const sent = Effect.fnUntraced(function*(environment: Record<string, string>) {
        server.script(OpenAiServer.text("Hello"))
        const toLoopback = HttpClient.mapRequest((request) =>
          HttpClientRequest.setUrl(request, request.url.replace(/^https?:\/\/[^/]+/, new URL(server.baseUrl).origin))
        )
        yield* Llm.generate("hi").pipe(
          Effect.provideService(LlmSettings, { maxOutputTokens: 7 }),
          Effect.provide(LlmConfig.layer.pipe(
            Layer.provide(
              Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, toLoopback)).pipe(
                Layer.provide(Http.layer({ retries: 0 }))
              )
            ),
            Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment })))
          ))
        )
        return server.asked.at(-1)!
      })
      const keys = { OPENAI_API_KEY: "sk-some-key", OPENAI_ORG_ID: "org", OPENAI_PROJECT_ID: "proj" }
      const theirs = yield* sent({ ...keys, GREENLANG_MODEL: "openai/gpt-4o-mini" })
      assert.deepInclude(theirs.headers, { "openai-organization": "org", "openai-project": "proj" })
      assert.deepInclude(theirs.body, { max_completion_tokens: 7 })
      const other = yield* sent({
        ...keys,
        GREENLANG_MODEL: "openai/mistral-7b",
        OPENAI_BASE_URL: "http://elsewhere/v1"
      })
      assert.notProperty(other.headers, "openai-organization")
      assert.deepInclude(other.body, { max_tokens: 7 })
      assert.notProperty(other.body, "max_completion_tokens")
    }).pipe(Effect.scoped))
})

describe("layerConfig", () => {
  const vendors = [
    ["authorization", "Bearer sk-one", OpenAiCompatible.layerConfig],
    ["x-api-key", "sk-one", Anthropic.layerConfig]
  ] as const
  for (const [header, value, layerConfig] of vendors) {
    it.live(`of each vendor takes options as they are, or from the configuration: ${header}`, () =>
      Effect.gen(function*() {
        const { baseUrl, journal } = yield* FakeProvider
        const model = layerConfig({ baseUrl, model: Config.String("MODEL"), apiKey: Config.Redacted("KEY") }).pipe(
          Layer.provide(Http.layer({ retries: 0 }))
        )
        const read = (env: Record<string, string>) =>
          Effect.provide(
            Llm.generate("hi"),
            Layer.provide(model, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
          )
        yield* read({ MODEL: "small", KEY: "sk-one" })
        const [exchange] = yield* journal
        assert.deepInclude(exchange?.body, { model: "small" })
        assert.property(exchange?.headers, header)
        assert.notInclude(JSON.stringify(exchange), value)
        const error = yield* Effect.flip(read({ MODEL: "small" }))
        assert.strictEqual(error._tag, "ConfigError")
      }).pipe(Effect.provide(FakeProvider.layer("hello"))))
  }
})
