/**
 * Values of a schema, with what models write around them, and cut ones.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { LanguageModel } from "effect/ai"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const Named = Schema.Struct({ name: Schema.String, age: Schema.Int })
const value = { name: "A", age: 7 }
const json = JSON.stringify(value)

const around: ReadonlyArray<readonly [string, string]> = [
  ["nothing", json],
  ["a fence", `\`\`\`json\n${json}\n\`\`\``],
  ["a fence without a language", `\`\`\`\n${json}\n\`\`\``],
  ["a fence between sentences", `Here it is:\n\n\`\`\`json\n${json}\n\`\`\`\nI hope that helps.`],
  ["a fence without line breaks", `\`\`\`json ${json}\`\`\``],
  ["thoughts", `<think>{"name":"not this"}</think>\n\n${json}`],
  ["thoughts without their beginning", `so it is A</think>${json}`],
  ["thoughts and a fence", `<think>\n\`\`\`json\n{}\n\`\`\`\n</think>\n\`\`\`json\n${json}\n\`\`\``],
  ["a sentence before", `The answer is ${json}`],
  ["a sentence behind", `${json}\n\nThat is all.`],
  ["white space", `\n  ${json}  \n`],
  ["a comma too many", "{\"name\":\"A\",\"age\":7,}"],
  ["a text that holds it", JSON.stringify(json)],
  ["a list", `[${json}]`],
  ["a list in a fence", `\`\`\`json\n[${json}]\n\`\`\``],
  ["braces in prose", `Use {name} and {age}, as in [1]: ${json}`],
  ["an empty object in prose", `Not {}, but ${json}`],
  [
    "channels",
    `<|channel|>analysis<|message|>{"name":"B"}<|end|><|start|>assistant<|channel|>final<|message|>${json}<|return|>`
  ],
  ["a channel that is constrained", `<|channel|>final <|constrain|>json<|message|>${json}<|end|>`],
  ["thoughts of Mistral", `[THINK]{"name":"B"}[/THINK]${json}`],
  ["thoughts of Kimi", `◁think▷{"name":"B"}◁/think▷${json}`],
  ["thoughts under another name", `<Thinking>{"name":"B"}</Thinking>\n${json}`],
  ["thoughts of a template", `<seed:think>{"name":"B"}</seed:think>${json}`],
  ["the mark of an end", `${json}<|im_end|>`],
  ["a fence of another language", `\`\`\`javascript\n${json}\n\`\`\``],
  ["a fence with a title", `\`\`\`json title="a.json"\n${json}\n\`\`\``],
  ["a fence of tildes", `~~~json5\n${json}\n~~~`],
  ["a fence of four", `\`\`\`\`c++\n${json}\n\`\`\`\``],
  ["a fence without an end", `\`\`\`json\n${json}`],
  ["the same in a fence and behind it", `\`\`\`json\n${json}\n\`\`\`\nSo: ${json}`]
]

const refusals = [
  "I'm sorry, but I can't help with that.",
  "I’m sorry, but I cannot assist with that request.",
  "I can't help with that.",
  "Sorry, I am unable to comply with this request.",
  "Unfortunately, I won't assist with this."
]

/** A text that holds line breaks as they are. */
const broken = "{\"name\":\"A\nB\",\"age\":7}"

const answered = (format: Wire.Format, text: string, isCut = false) =>
  format === "openai"
    ? Answers.completion({ content: text }, {}, isCut ? "length" : "stop")
    : Answers.message([{ type: "text", text }], { stop_reason: isCut ? "max_tokens" : "end_turn" })

const ways = [
  ["openai", "adapter", Wire.modelAt],
  ["anthropic", "adapter", Wire.modelAt],
  ["openai", "bridge", Wire.bridgeAt],
  ["anthropic", "bridge", Wire.bridgeAt]
] as const

describe("A value of a schema", () => {
  for (const [format, way, model] of ways) {
    const missed = Effect.fnUntraced(function*(text: string) {
      const { asked, url } = yield* Wire.serve((response) => Wire.json(response, answered(format, text)))
      const error = yield* Effect.flip(
        Llm.generateObject(Named, { prompt: "Who?" }).pipe(Effect.provide(model(format, url)))
      )
      assert(error._tag === "UnparsableAnswer")
      return { asked, error }
    })

    for (const [name, text] of around) {
      it.live(`is read at once with ${name} around it: ${format}, ${way} [F30]`, () =>
        Effect.gen(function*() {
          const server = yield* Wire.serve((response) => Wire.json(response, answered(format, text)))
          const ours = yield* Llm.generateObject(Named, { prompt: "Who?" }).pipe(
            Effect.provide(model(format, server.url))
          )
          const theirs = yield* LanguageModel.generateObject({ prompt: "Who?", schema: Named }).pipe(
            Effect.provide(model(format, server.url))
          )
          assert.deepStrictEqual([ours.value, theirs.value], [value, value])
          assert.lengthOf(server.asked, 2)
        }).pipe(Effect.scoped))
    }

    it.live(`is asked for once where the model refuses in words: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        for (const words of refusals) {
          const { asked, error } = yield* missed(words)
          assert.deepInclude(error, { cutBy: "content-filter", attempts: 1, text: words })
          assert.lengthOf(asked, 1)
        }
      }).pipe(Effect.scoped))

    it.live(`is asked for once where the model gives two that match: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        const { asked, error } = yield* missed(`${json}\n{"name":"B","age":8}`)
        assert.deepInclude(error, { attempts: 1 })
        assert.include(error.message, "asked once")
        assert.include(error.message, "holds 2 values that match")
        assert.lengthOf(asked, 1)
      }).pipe(Effect.scoped))

    it.live(`is asked for again where only words came, or one of two matches: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        for (
          const words of ["A is 7.", "Sorry, it is A, who is 7.", `${json}\n{"name":"B"}`, "I can't say how old A is."]
        ) {
          const { asked, error } = yield* missed(words)
          assert.strictEqual(error.attempts, 3)
          assert.lengthOf(asked, 3)
        }
      }).pipe(Effect.scoped))

    it.live(`is read with line breaks in its texts: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) => Wire.json(response, answered(format, broken)))
        const { value } = yield* Llm.generateObject(Named, { prompt: "Who?" }).pipe(
          Effect.provide(model(format, server.url))
        )
        assert.deepStrictEqual(value, { name: "A\nB", age: 7 })
        assert.lengthOf(server.asked, 1)
      }).pipe(Effect.scoped))

    it.live(`that was cut fails after one request, and says so: ${format}, ${way} [F29]`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) =>
          Wire.json(response, answered(format, "{\"name\":\"A\",\"a", true))
        )
        const error = yield* Effect.flip(
          Llm.generateObject(Named, { prompt: "Who?" }).pipe(Effect.provide(model(format, server.url)))
        )
        assert(error._tag === "UnparsableAnswer")
        assert.deepInclude(error, { cutBy: "length", attempts: 1 })
        assert.include(error.message, "cut off")
        assert.lengthOf(server.asked, 1)
      }).pipe(Effect.scoped))
  }

  for (const [how, given] of [["its input", { name: "A" }], ["half of its input", "{\"name\":\"A\",\"a"]] as const) {
    it.live(`that is asked for by a tool and cut fails after one request, with ${how}: anthropic [F29]`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response, { body }) =>
          Wire.json(
            response,
            Answers.message([{ type: "tool_use", id: "t", name: body.tool_choice.name, input: given }], {
              stop_reason: "max_tokens"
            })
          )
        )
        const model = Anthropic.layer({ baseUrl: server.url, model: "m", structuredOutput: "tool" })
        const error = yield* Effect.flip(Effect.provide(Llm.generateObject(Named, { prompt: "Who?" }), model))
        assert(error._tag === "UnparsableAnswer")
        assert.deepInclude(error, { cutBy: "length", attempts: 1 })
        assert.lengthOf(server.asked, 1)
      }).pipe(Effect.provide(Http.layer({ retries: 3, pause: "1 millis" })), Effect.scoped))
  }
})
