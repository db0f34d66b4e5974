import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Layer, Schema, Stream } from "effect"
import type { AiError } from "effect/ai"
import { Llm, Tool } from "greenlang"
import { AiSdk } from "greenlang/ai-sdk"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { FakeProvider, Fault, type Reply } from "greenlang/testing"
import type { Family, Line } from "greenlang/testing/FakeProvider"
import * as Families from "greenlang/testing/Family"
import * as MarkdownTable from "../support/MarkdownTable.ts"

const names = Object.keys(Families.families) as ReadonlyArray<Family>

const area = Tool.make("area", {
  description: "Area of a rectangle",
  input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ depth, width }) => Effect.succeed(width * depth)
})

const calls: Reply.Reply = {
  toolCalls: [{ name: "area", input: { width: 2, depth: 3 } }, { name: "area", input: { width: 1, depth: 1 } }]
}

/** The clients that are tried at each family, by what the page calls them. */
const clients = {
  "`OpenAiCompatible`": (family: Family, baseUrl: string) =>
    OpenAiCompatible.layer({ baseUrl, model: "any", name: family }),
  "`AiSdk` over `@ai-sdk/openai-compatible`": (family: Family, baseURL: string) =>
    AiSdk.layer({
      model: (fetch) => createOpenAICompatible({ name: family, baseURL, fetch, includeUsage: true })("any")
    }),
  "`AiSdk` over `@ai-sdk/openai`, chat": (family: Family, baseURL: string) =>
    AiSdk.layer({ name: family, model: (fetch) => createOpenAI({ apiKey: "none", baseURL, fetch }).chat("any") })
}

type Client = typeof clients[keyof typeof clients]

const at = (client: Client) => (family: Family, ...lines: ReadonlyArray<Line>) =>
  Layer.unwrap(Effect.map(FakeProvider, ({ baseUrl }) => client(family, baseUrl))).pipe(
    Layer.provide(Http.layer({ retries: 0 })),
    Layer.provide(FakeProvider.layerAs(family, ...lines))
  )

/** Clients that no family is tried with, and why. */
const elsewhere = [
  [
    "`AiSdk` over `@ai-sdk/openai`, responses",
    "the families speak chat completions, and this package asks for responses"
  ],
  [
    "`Anthropic`, and `AiSdk` over `@ai-sdk/anthropic`",
    "the families speak chat completions, and these ask for messages"
  ]
]

const ended = Effect.fnUntraced(function*<R>(call: Effect.Effect<string, AiError.AiError, R>) {
  const exit = yield* Effect.exit(call)
  return Exit.isSuccess(exit) ? exit.value : (yield* Effect.flip(exit)).reason._tag
})

const text = Effect.map(Llm.generate("hi"), ({ text }) => text)
const streamed = Stream.mkString(Llm.streamText("hi"))
const loop = Llm.withTools({ prompt: "how large?", tools: [area] }).pipe(
  Effect.map((answer) => `${answer.text} ${JSON.stringify(Llm.outputs(answer, area))}`),
  Effect.orDie
)
const thought = Effect.map(Llm.generate("hi"), ({ usage }) => `${usage.inputTokens}, ${usage.outputTokens}`)

describe("Family", () => {
  for (const family of names) {
    it.live(`answers as servers like ${family} do, in a way that differs from OpenAI's`, () =>
      Effect.gen(function*() {
        const bodies = yield* Effect.forEach([undefined, family], (family) =>
          Effect.gen(function*() {
            const server = yield* family === undefined
              ? FakeProvider.make(calls, Fault.status(400))
              : FakeProvider.makeAs(family, calls, Fault.status(400))
            const ask = (stream: boolean) =>
              Effect.promise(() =>
                fetch(`${server.baseUrl}/chat/completions`, {
                  method: "POST",
                  body: JSON.stringify({ model: "m", messages: [], stream })
                }).then((response) => response.text())
              )
            return [yield* ask(true), yield* ask(false)]
          }))
        assert.notDeepEqual(bodies[0], bodies[1])
      }).pipe(Effect.scoped))
  }

  it.live("has the quirks of the table beside it, and every client reads them", () =>
    Effect.gen(function*() {
      const rowsOf = (client: Client) =>
        Effect.forEach(names, (family) => {
          const of = (...lines: ReadonlyArray<Line>) => at(client)(family, ...lines)
          return Effect.map(
            Effect.all([
              ended(Effect.provide(text, of("Hello"))),
              ended(Effect.provide(streamed, of("Hello there"))),
              ended(Effect.provide(loop, of(calls, "seven"))),
              ended(Effect.provide(thought, of({ text: "so", usage: { inputTokens: 50, outputTokens: 9 } }))),
              ended(Effect.provide(text, of(Fault.status(400)))),
              ended(Effect.provide(text, of(Fault.rateLimited("1 second"))))
            ]),
            (cells) => [family, ...cells]
          )
        })
      const tables = yield* Effect.forEach(Object.entries(clients), ([name, client]) =>
        Effect.map(rowsOf(client), (rows) => [
          name,
          "",
          MarkdownTable.of([["family", "answer", "stream", "tools", "tokens", "400", "429"], ...rows]),
          ""
        ]))
      const lines = [
        "# The manners of servers, as a `FakeProvider` has them",
        "",
        "`FakeProvider.layerAs(family, ...)` answers in the way of a family of servers. What each of them does:",
        "",
        ...names.flatMap((family) => [
          `- \`${family}\``,
          ...Families.quirksOf(family).map(({ what }) =>
            `  - ${what}`
          )
        ]),
        "",
        "What each client makes of it: the text of an answer and of a stream, a loop with two calls of a tool, the tokens of 50",
        "in and 9 out, and how a 400 and a 429 end. `test/llm/Conformance.test.ts` runs all its items over the same clients and",
        "families.",
        "",
        ...tables.flat(),
        "Not tried:",
        "",
        ...elsewhere.map(([name, why]) => `- ${name}: ${why}.`),
        "",
        "`test/testing/Family.test.ts` makes this file and fails when it differs;",
        "`npx vitest run test/testing/Family.test.ts -u` writes it anew."
      ]
      yield* Effect.promise(() =>
        expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`${import.meta.dirname}/../../docs/families.md`)
      )
    }))
})
