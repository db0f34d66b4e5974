import { createAnthropic } from "@ai-sdk/anthropic"
import { createOpenAI } from "@ai-sdk/openai"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Layer, Stream } from "effect"
import type { AiError } from "effect/ai"
import { Llm, LlmProvider } from "greenlang"
import { AiSdk } from "greenlang/ai-sdk"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as LlmRetry from "greenlang/llm/layers/LlmRetry"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { FakeProvider, Fault, Script } from "greenlang/testing"
import * as MarkdownTable from "../support/MarkdownTable.ts"

const reply = "Hello, you there"
const faults: ReadonlyArray<readonly [string, Fault.Fault]> = [
  ["rateLimited()", Fault.rateLimited()],
  ["rateLimited(\"1 second\")", Fault.rateLimited("1 second")],
  ["serverError", Fault.serverError],
  ["overloaded", Fault.overloaded],
  ["status(401)", Fault.status(401)],
  ["reset(...)", Fault.reset(reply)],
  ["stall(...)", Fault.stall(reply)],
  ["drip(..., \"1 millis\")", Fault.drip(reply, "1 millis")],
  ["truncated(...)", Fault.truncated(reply)],
  ["invalidJson(...)", Fault.invalidJson(reply)],
  ["wrongUsage(..., \"absent\")", Fault.wrongUsage(reply, "absent")],
  ["wrongUsage(..., \"negative\")", Fault.wrongUsage(reply, "negative")],
  ["wrongUsage(..., \"texts\")", Fault.wrongUsage(reply, "texts")],
  ["silence", Fault.silence]
]

const clients = {
  "chat completions": (baseUrl: string) => OpenAiCompatible.layerProvider({ baseUrl, model: "any" }),
  messages: (baseUrl: string) => Anthropic.layerProvider({ baseUrl, model: "any" }),
  "responses, bridged": (baseURL: string) =>
    AiSdk.layerProvider({ model: (fetch) => createOpenAI({ apiKey: "none", baseURL, fetch }).responses("any") }),
  "messages, bridged": (baseURL: string) =>
    AiSdk.layerProvider({ model: (fetch) => createAnthropic({ apiKey: "none", baseURL, fetch })("any") })
}

/** Faults after which nothing comes. */
const hangs = new Set<Fault.Fault["_tag"]>([Fault.stall(reply)._tag, Fault.silence._tag])

/** A model that meets the fault in its first call, and is well after that. */
const model = (client: typeof clients["messages"], fault: Fault.Fault, retries: { http: number; llm: number }) =>
  LlmProvider.languageModel.pipe(
    Layer.provide(LlmRetry.layer({ times: retries.llm, pause: "1 millis" })),
    Layer.provide(Layer.unwrap(Effect.map(FakeProvider, ({ baseUrl }) => client(baseUrl)))),
    Layer.provide(Http.layer({
      retries: retries.http,
      pause: "1 millis",
      // Long enough for the answers of a busy machine, and never over where something comes.
      timeout: hangs.has(fault._tag) ? "4 seconds" : "1 minute"
    })),
    Layer.provide(FakeProvider.layer(Script.when(() => true, fault), Script.always(reply)))
  )

const ended = Effect.fnUntraced(function*<R>(call: Effect.Effect<unknown, AiError.AiError, R>) {
  const exit = yield* Effect.exit(call)
  if (Exit.isSuccess(exit)) return "an answer"
  const { reason } = yield* Effect.flip(exit)
  const wait = reason._tag === "RateLimitError" && reason.retryAfter !== undefined ? `, ${reason.retryAfter}` : ""
  return reason._tag + wait
})

const generate = Llm.generate("hi")
const stream = Stream.runDrain(Llm.stream("hi"))

describe("Fault", () => {
  it.live("ends as the table beside it says, over each wire format", () =>
    Effect.gen(function*() {
      const rows = yield* Effect.forEach(
        faults.flatMap(([name, fault]) => Object.entries(clients).map((client) => [name, fault, ...client] as const)),
        ([name, fault, format, client]) =>
          Effect.all([
            ended(Effect.provide(generate, model(client, fault, { http: 0, llm: 0 }))),
            ended(Effect.provide(stream, model(client, fault, { http: 0, llm: 0 }))),
            ended(Effect.provide(generate, model(client, fault, { http: 1, llm: 0 }))),
            ended(Effect.provide(generate, model(client, fault, { http: 0, llm: 1 }))),
            ended(Effect.provide(stream, model(client, fault, { http: 0, llm: 1 })))
          ]).pipe(Effect.map((cells) => [`\`${name}\``, format, ...cells])),
        { concurrency: 4 }
      )
      const head = ["fault", "format", "`generate`", "`stream`", "by `Http`", "by `LlmRetry`", "a stream by `LlmRetry`"]
      const text = [
        "# What the faults of a `FakeProvider` end as",
        "",
        "With our client for the format, or `greenlang/ai-sdk` over a package of the AI SDK (bridged), and an `Http` that waits 300",
        "milliseconds: the reason of the `AiError` that `Llm.generate` and `Llm.stream` fail with, and what one retry makes of it",
        "where the server is well again: of `Http`, of `LlmRetry`, and of a stream by `LlmRetry`. A stream of which something has",
        "come is not retried. An `UnknownError` is one that the package made without saying what went wrong.",
        "",
        MarkdownTable.of([head, ...rows]),
        "",
        "`test/testing/Fault.test.ts` makes this file and fails when it differs; `npx vitest run test/testing/Fault.test.ts -u`",
        "writes it anew."
      ].join("\n")
      yield* Effect.promise(() =>
        expect(`${text}\n`).toMatchFileSnapshot(`${import.meta.dirname}/../../docs/faults.md`)
      )
    }))
})
