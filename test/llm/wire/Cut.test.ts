/**
 * Answers that were cut or left unfinished: what stands in them is not the value.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { Llm } from "greenlang"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const Named = Schema.Struct({ name: Schema.String })
const wrong = "{\"name\":\"WRONG\"}"

/** Texts of which no part is the value, whatever the finish says. */
const unfinished: ReadonlyArray<readonly [string, string]> = [
  ["a thought", `<think>A draft: ${wrong} but no,`],
  ["a thought of Mistral", `[THINK]A draft: ${wrong} but no,`],
  ["a thought of Kimi", `◁think▷${wrong}, no`],
  ["a thought of a template", `<seed:think>\n${wrong}\n`],
  ["a channel of thoughts", `<|channel|>analysis<|message|>Maybe ${wrong}? No`],
  ["a second thought", `<think>One</think><think>${wrong} is not`],
  ["a fence in a thought", `<think>\n\`\`\`json\n${wrong}\n\`\`\`\nNo`],
  ["a list", `[${wrong},{"name":`],
  ["an object around it", `{"items":[${wrong},{"na`],
  ["an object around it and words", `{"items":[${wrong}, and so on`],
  ["another object behind it", `${wrong}\n{"na`],
  ["a fence behind a draft", `Draft:\n\`\`\`json\n${wrong}\n\`\`\`\nFinal:\n\`\`\`json\n{"na`]
]

/** Texts that hold a value and words, which count only where the answer came to its end. */
const drafts: ReadonlyArray<readonly [string, string]> = [
  ["a draft between words", `Draft: ${wrong} - but`],
  ["a draft in a fence", `Draft:\n\`\`\`json\n${wrong}\n\`\`\`\nBut`]
]

const whole: ReadonlyArray<readonly [string, string]> = [
  ["alone", "{\"name\":\"A\"}"],
  ["behind a thought", `<think>${wrong}</think>{"name":"A"}`],
  ["in a fence", "```json\n{\"name\":\"A\"}\n```"],
  ["in a fence without its end", "```json\n{\"name\":\"A\"}"]
]

const finishes = { openai: ["length", "content_filter"], anthropic: ["max_tokens"] } as const

const answered = (format: Wire.Format, text: string, finish: string) =>
  format === "openai"
    ? Answers.completion({ content: text }, {}, finish)
    : Answers.message([{ type: "text", text }], { stop_reason: finish })

const streamed = (format: Wire.Format, text: string, finish: string) =>
  format === "openai"
    ? Wire.sse(Answers.chunk({ content: text }), Answers.chunk({}, finish), Wire.done)
    : Wire.sse(
      Answers.start(),
      ...Answers.block(0, { type: "text", text: "" }, Answers.text(text)),
      ...Answers.end(finish)
    )

const asks = {
  generateObject: Effect.map(Llm.generateObject(Named, { prompt: "Who?" }), ({ value }): unknown => value),
  streamObject: Effect.map(
    Stream.runCollect(Llm.streamObject(Named, { prompt: "Who?" })),
    (pieces): unknown => pieces.at(-1)?.value
  )
}

/** A server that answers as it is asked. */
const served = (format: Wire.Format, text: string, finish: string) =>
  Wire.serve((response, { body }) => {
    if (body.stream !== true) return Wire.json(response, answered(format, text, finish))
    response.writeHead(200, { "content-type": "text/event-stream" })
    response.end(streamed(format, text, finish))
  })

describe("A value in an answer that was cut", () => {
  for (const format of Wire.formats) {
    for (const [way, asked] of Object.entries(asks)) {
      for (const finish of finishes[format]) {
        for (const [name, text] of [...unfinished, ...drafts]) {
          it.live(`is not taken from ${name}: ${finish}, ${format}, ${way}`, () =>
            Effect.gen(function*() {
              const server = yield* served(format, text, finish)
              const error = yield* Effect.flip(Effect.provide(asked, Wire.modelAt(format, server.url)))
              assert(error._tag === "UnparsableAnswer", error.message)
              assert.deepInclude(error, {
                cutBy: finish === "content_filter" ? "content-filter" : "length",
                attempts: 1
              })
              assert.lengthOf(server.asked, 1)
            }).pipe(Effect.scoped))
        }
        for (const [name, text] of whole) {
          it.live(`counts where all of the text is it, ${name}: ${finish}, ${format}, ${way}`, () =>
            Effect.gen(function*() {
              const server = yield* served(format, text, finish)
              const made = yield* Effect.provide(asked, Wire.modelAt(format, server.url))
              assert.deepStrictEqual(made, { name: "A" })
            }).pipe(Effect.scoped))
        }
      }
    }
    for (const [name, text] of unfinished) {
      it.live(`is not taken from ${name} that has not ended, although the vendor says so: ${format}`, () =>
        Effect.gen(function*() {
          const server = yield* served(format, text, format === "openai" ? "stop" : "end_turn")
          const error = yield* Effect.flip(
            Llm.generateObject(Named, { prompt: "Who?", attempts: 1 }).pipe(
              Effect.provide(Wire.modelAt(format, server.url))
            )
          )
          assert.strictEqual(error._tag, "UnparsableAnswer")
        }).pipe(Effect.scoped))
    }
  }

  it.live("counts where a text in it speaks of a thought", () =>
    Effect.gen(function*() {
      const server = yield* served("openai", "Here: {\"name\":\"<think> is a tag\"}", "stop")
      const made = yield* Effect.provide(asks.generateObject, Wire.modelAt("openai", server.url))
      assert.deepStrictEqual(made, { name: "<think> is a tag" })
    }).pipe(Effect.scoped))
})
