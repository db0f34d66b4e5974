/**
 * What is sent back of a conversation, whatever stands in it, and where.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { LanguageModel, Prompt } from "effect/ai"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const long = "x".repeat(500)

const calling = (id: string) => [
  Prompt.assistantMessage({
    content: [
      Prompt.reasoningPart({ text: "hm", options: { anthropic: { signature: "" } } }),
      Prompt.textPart({ text: " \n" }),
      Prompt.toolCallPart({ id, name: "get_weather", params: { city: "Oslo" }, providerExecuted: false })
    ]
  }),
  Prompt.toolMessage({
    content: [
      Prompt.toolResultPart({ id, name: "get_weather", isFailure: false, result: "7", providerExecuted: false })
    ]
  })
]

const prompt = Prompt.fromMessages([
  Prompt.systemMessage({ content: " " }),
  Prompt.userMessage({ content: [Prompt.textPart({ text: "" }), Prompt.textPart({ text: "hi" })] }),
  ...calling("a.b:c é"),
  ...calling(long),
  Prompt.userMessage({ content: [Prompt.textPart({ text: "and?" })] })
])

/** Every object in a value. */
const objectsIn = (value: unknown): ReadonlyArray<Record<string, unknown>> =>
  Array.isArray(value)
    ? value.flatMap(objectsIn)
    : value !== null && typeof value === "object"
    ? [value as Record<string, unknown>, ...Object.values(value).flatMap(objectsIn)]
    : []

describe("A history", () => {
  for (const format of Wire.formats) {
    for (const way of Wire.waysOf(format, "whole")) {
      it.live(`is sent in a form that its vendor takes: ${format}, ${way}`, () =>
        Effect.gen(function*() {
          const server = yield* Wire.serve((response) => Wire.json(response, Answers.hello[format].whole))
          yield* Effect.provide(
            LanguageModel.generateText({ prompt, toolkit: Wire.toolkit, disableToolCallResolution: true }),
            Wire.modelIn(way, format, server.url)
          )
          const sent = objectsIn(server.asked[0]!.body)
          const made = sent.filter(({ type }) => type === "tool_use" || type === "function")
            .map(({ id }) => id).filter((id) => id !== undefined)
          const answered = sent.map(({ tool_call_id, tool_use_id }) => tool_call_id ?? tool_use_id)
            .filter((id) => id !== undefined)
          assert.deepStrictEqual(made, answered)
          assert.strictEqual(new Set(made).size, 2)
          for (const id of made) assert.match(String(id), format === "anthropic" ? /^[\w-]{1,64}$/ : /^.{1,40}$/)
          if (format === "openai") return
          assert.deepStrictEqual(sent.filter(({ signature }) => signature !== undefined), [])
          const texts = sent.filter(({ type }) => type === "text").map(({ text }) => text)
          assert.deepStrictEqual(texts, ["hi", "and?"])
        }).pipe(Effect.scoped))
    }
  }
})

describe("A redirect", () => {
  for (const format of Wire.formats) {
    for (const kind of ["whole", "stream"] as const) {
      for (const way of Wire.waysOf(format, kind)) {
        it.live(`to another path does not change how the answer is read: ${format}, ${way}`, () =>
          Effect.gen(function*() {
            const answer = Answers.hello[format]
            // Only our own readers read text content without a type, or an answer that came in the other manner.
            const server = yield* Wire.serve((response, { url }) => {
              if (!url.startsWith("/moved")) {
                response.writeHead(307, { location: "/moved" })
                return response.end()
              }
              response.writeHead(200, { "content-type": kind === "whole" ? "text/event-stream" : "application/json" })
              response.end(kind === "whole" ? answer.stream : JSON.stringify(answer.whole))
            })
            const asked = kind === "whole"
              ? Effect.map(Wire.hello, ({ text }) => text)
              : Effect.map(
                Stream.runCollect(LanguageModel.streamText({ prompt: "hi" })),
                (parts) => Wire.read(parts).text
              )
            const text = yield* Effect.provide(asked, Wire.modelIn(way, format, server.url))
            assert.strictEqual(text, "Hello there")
            assert.strictEqual(server.asked.length, 2)
          }).pipe(Effect.scoped))
      }
    }
  }
})
