/**
 * Files of a batch in which a line is broken.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { LlmBatch } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as AnthropicBatch from "greenlang/llm/anthropic/AnthropicBatch"
import * as OpenAiBatch from "greenlang/llm/openai/OpenAiBatch"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const lines: ReadonlyArray<readonly [string, (format: Wire.Format, good: string) => string]> = [
  ["is cut [F17]", (_, good) => good.slice(0, good.length / 2)],
  ["is cut within its id [F17]", (_, good) => good.slice(0, 15)],
  ["is empty", () => ""],
  ["is a list", () => "[]"],
  ["holds no answer", (_, good) => `${good.slice(0, good.indexOf(","))}}`],
  [
    "holds an error in an answer of status 200",
    (format, good) =>
      Wire.lineOf(format, JSON.stringify({ error: { message: "worker died" } }))(JSON.parse(good).custom_id)
  ],
  ["holds a text that is a number", (format, good) =>
    Wire.lineOf(
      format,
      JSON.stringify(
        format === "openai" ? Answers.completion({ content: 5 }) : Answers.message([{ type: "text", text: 5 }])
      )
    )(JSON.parse(good).custom_id)]
]

describe("A batch", () => {
  for (const format of Wire.formats) {
    const ask = Effect.fnUntraced(function*(lineOf: (id: string, at: number) => string) {
      const { url } = yield* Wire.serve(Wire.batchReply(format, lineOf))
      const vendor = format === "openai"
        ? OpenAiBatch.layer({ baseUrl: `${url}/v1`, model: "m" })
        : AnthropicBatch.layer({ baseUrl: url, model: "m" })
      const answers = yield* LlmBatch.generate(["a", "b", "c"], { pause: "1 millis" }).pipe(
        Effect.provide(Layer.provide(vendor, Http.layer({ retries: 0 })))
      )
      return answers.map((answer) => Result.isSuccess(answer) ? answer.success.text : answer.failure._tag)
    })
    const good = Wire.lineOf(format, JSON.stringify(Answers.hello[format].whole))

    for (const [name, broken] of lines) {
      it.live(`loses only the line that ${name}: ${format}`, () =>
        Effect.gen(function*() {
          const [first, second, third] = yield* ask((id, at) => at === 1 ? broken(format, good(id)) : good(id))
          assert.deepStrictEqual([first, third], ["Hello there", "Hello there"])
          assert.include(["AiError", "NotAnswered"], second)
        }).pipe(Effect.scoped))
    }

    it.live(`takes the answer where a line came twice: ${format}`, () =>
      Effect.gen(function*() {
        const answers = yield* ask((id) => `${good(id).slice(0, 60)}\n${good(id)}\n${good(id).slice(0, 70)}`)
        assert.deepStrictEqual(answers, ["Hello there", "Hello there", "Hello there"])
      }).pipe(Effect.scoped))
  }
})
