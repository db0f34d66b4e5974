/**
 * A model of a Vercel AI SDK provider behind the layers of this library: OpenAI's responses by `@ai-sdk/openai`, asked by a
 * tool loop. The vendor is busy once, so that it is asked again, and a second question costs nothing, since its answer is
 * known.
 *
 * The vendor here is a server on this machine, so the program needs no key. Take `baseURL` away, and it asks OpenAI.
 */
import { createOpenAI } from "@ai-sdk/openai"
import { Effect, Layer, Schema } from "effect"
import { Llm, LlmPrices, Tool } from "greenlang"
import { AiSdk } from "greenlang/ai-sdk"
import * as Http from "greenlang/http/Http"
import * as LlmCache from "greenlang/llm/layers/LlmCache"
import * as LlmProduction from "greenlang/llm/layers/LlmProduction"
import { FakeProvider, Fault, Reply } from "greenlang/testing"
import assert from "node:assert/strict"

const emissions = Tool.make("emissions", {
  description: "Kilograms of CO2e of so many kWh, with 0.4 kg for each",
  input: Schema.Struct({ kWh: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ kWh }) => Effect.succeed(kWh * 0.4)
})

const model = Layer.unwrap(Effect.map(FakeProvider, ({ baseUrl }) =>
  LlmProduction.layer({
    provider: AiSdk.layerProvider({
      model: (fetch) => createOpenAI({ apiKey: "none", baseURL: baseUrl, fetch })("gpt-5.1")
    }),
    cache: LlmCache.layer({ timeToLive: "1 day" }),
    retry: { pause: "1 millis" },
    budget: { costUsd: 0.1 }
  }))).pipe(
    // The stack above retries, so the client does not.
    Layer.provide(Http.layer({ retries: 0 }))
  )

const vendor = FakeProvider.layer(
  Fault.overloaded,
  Reply.call("emissions", { kWh: 300 }),
  "A hall that takes 300 kWh stands for 120 kg of CO2e."
)

const program = Effect.gen(function*() {
  const ask = Llm.withTools({ prompt: "What do 300 kWh of a hall stand for?", tools: [emissions] })
  const first = yield* ask
  console.log(first.text)
  console.log(`${first.provider}/${first.model}, ${first.turns} turns, ${first.usage.costUsd} USD`)
  assert.deepEqual(Llm.outputs(first, emissions), [120])

  const second = yield* ask
  console.log(`asked again: ${second.usage.costUsd} USD`)
  assert.equal(second.text, first.text)

  const { journal } = yield* FakeProvider
  console.log("requests to the vendor:", (yield* journal).map(({ api, ending }) => `${api} ${ending}`))
}).pipe(
  Effect.provide(Layer.provideMerge(model, vendor)),
  Effect.provideService(LlmPrices, {
    "openai/gpt-5.1": { inputPerMillion: 1, outputPerMillion: 10, source: "an example", date: "2025-01-31" }
  })
)

await Effect.runPromise(program)
