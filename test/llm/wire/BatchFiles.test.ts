/**
 * Files of a batch that are not what they should be, and what a batch says about itself.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Result } from "effect"
import { LlmBatch } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as AnthropicBatch from "greenlang/llm/anthropic/AnthropicBatch"
import * as OpenAiBatch from "greenlang/llm/openai/OpenAiBatch"
import type { ServerResponse } from "node:http"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const key = "sk-test-KEEPTHISKEEPTHISKEEPTHIS1234"

const ask = (format: Wire.Format, reply: (response: ServerResponse, asked: Wire.Asked) => void) =>
  Effect.gen(function*() {
    const { asked, url } = yield* Wire.serve(reply)
    const vendor = format === "openai"
      ? OpenAiBatch.layer({ baseUrl: `${url}/v1`, model: "m", apiKey: Redacted.make(key) })
      : AnthropicBatch.layer({ baseUrl: url, model: "m", apiKey: Redacted.make(key) })
    const answers = yield* Effect.result(
      LlmBatch.generate(["a", "b"], { pause: "1 millis", maxPause: "1 millis" }).pipe(
        Effect.provide(Layer.provide(vendor, Http.layer({ retries: 0 })))
      )
    )
    return { answers, files: asked.filter(({ url }) => /\/(?:content|results)$/.test(url)).length }
  })

/** A batch whose file is made by `fileOf`. */
const withFile = (format: Wire.Format, fileOf: (lines: ReadonlyArray<string>) => string) => {
  let ids: ReadonlyArray<string> = []
  const reply = Wire.batchReply(format, (id) => id)
  const line = Wire.lineOf(format, JSON.stringify(Answers.hello[format].whole))
  return ask(format, (response, asked) => {
    if (/\/(?:content|results)$/.test(asked.url)) return response.end(fileOf(ids.map(line)))
    const found = Array.from(asked.text.matchAll(/"custom_id":"([^"]+)"/g), (match) => match[1]!)
    if (found.length > 0) ids = found
    return reply(response, asked)
  })
}

const texts = (answers: ReadonlyArray<Result.Result<{ readonly text: string }, unknown>>) =>
  answers.map((answer) => Result.isSuccess(answer) ? answer.success.text : "failed")

describe("The file of a batch", () => {
  for (const format of Wire.formats) {
    const lists: ReadonlyArray<readonly [string, (lines: ReadonlyArray<string>) => string]> = [
      ["in one line", (lines) => `[${lines.join(",")}]`],
      ["over several lines", (lines) => `[\n${lines.join(",\n")}\n]\n`]
    ]
    for (const [name, fileOf] of lists) {
      it.live(`may be a list of its lines ${name}: ${format}`, () =>
        Effect.gen(function*() {
          const { answers, files } = yield* withFile(format, fileOf)
          assert(Result.isSuccess(answers))
          assert.deepStrictEqual(texts(answers.success), ["Hello there", "Hello there"])
          assert.strictEqual(files, 1)
        }).pipe(Effect.scoped))
    }

    it.live(`fails with the vendor's words where it is an error, and is not read again: ${format}`, () =>
      Effect.gen(function*() {
        const error = { message: "No such file: file_1", type: "invalid_request_error" }
        const { answers, files } = yield* withFile(format, () => JSON.stringify({ error }))
        assert(Result.isFailure(answers))
        assert.include(answers.failure.message, "No such file: file_1")
        assert.strictEqual(files, 1)
      }).pipe(Effect.scoped))

    it.live(`is not read again where every line is cut behind its id: ${format}`, () =>
      Effect.gen(function*() {
        const { answers, files } = yield* withFile(format, (lines) => lines.map((line) => line.slice(0, 60)).join("\n"))
        assert(Result.isSuccess(answers))
        assert.deepStrictEqual(texts(answers.success), ["failed", "failed"])
        assert.strictEqual(files, 1)
      }).pipe(Effect.scoped))

    it.live(`is read a few times where it is a web page, and its title shows: ${format}`, () =>
      Effect.gen(function*() {
        const { answers, files } = yield* withFile(
          format,
          () => "<!doctype html><html><head><title>Sign in</title></head></html>"
        )
        assert(Result.isFailure(answers))
        assert.strictEqual(answers.failure._tag, "BatchUnreachable")
        assert.include(answers.failure.message, "Sign in")
        assert.strictEqual(files, 6)
      }).pipe(Effect.scoped))
  }
})

describe("The key of a batch", () => {
  for (const format of Wire.formats) {
    const said: ReadonlyArray<readonly [string, object]> = [
      ["an issue", { status: "failed", errors: { data: [{ message: `bad key ${key}` }] } }],
      ["a code of an issue", { status: "failed", errors: { data: [{ code: `bad key ${key}` }] } }],
      ["the last error", { status: "failed", last_error: { message: `bad key ${key}` } }],
      ["a state", { status: `bad key ${key}` }]
    ]
    for (const [where, state] of said) {
      it.live(`is hidden where the vendor repeats it in ${where}: ${format}`, () =>
        Effect.gen(function*() {
          const reply = Wire.batchReply(format, (id) => id)
          const { answers } = yield* ask(format, (response, asked) =>
            asked.method === "GET" && asked.url.endsWith("batch_1")
              ? Wire.json(response, { id: "batch_1", ...state })
              : reply(response, asked))
          assert(Result.isFailure(answers))
          assert.include(answers.failure.message, "bad key")
          assert.notInclude(JSON.stringify(answers.failure), key)
        }).pipe(Effect.scoped))
    }
  }
})
