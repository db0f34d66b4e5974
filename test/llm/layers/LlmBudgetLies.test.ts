import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { Llm, LlmPrices } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as LlmRejection from "greenlang/llm/LlmRejection"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as BareServer from "../../support/BareServer.ts"

const price = { inputPerMillion: 5, outputPerMillion: 15, source: "a test", date: "2025-01-31" }
const limit = 0.1

/** Numbers that repeat from run to run. */
const random = (seed: number) => {
  let at = seed * 7_919 + 1
  return (below: number) => Math.floor((at = (at * 48_271) % 2_147_483_647) / 2_147_483_647 * below)
}

/** What a vendor reports instead of `count`. */
const lies: ReadonlyArray<(count: number, next: (below: number) => number) => unknown> = [
  (count) => count,
  () => 0,
  () => 1,
  (count) => -count,
  () => -1e9,
  (count) => Math.floor(count / 2),
  (count) => Math.floor(count * 0.9),
  (count, next) => next(count + 1),
  (count) => count * 10,
  () => 1e300,
  () => null,
  () => undefined,
  () => "many",
  (count) => String(count),
  (count) => count + 0.5,
  () => [],
  () => ({})
]

const details = (lie: () => unknown) => ({
  cached_tokens: lie(),
  reasoning_tokens: lie(),
  audio_tokens: lie()
})

interface Bill {
  usd: number
}

/** Costs that a vendor states beside a bill of `usd`, and of them those that are costs. */
const stated = (usd: number, next: (below: number) => number): { readonly cost: unknown; readonly usd: number } => {
  const costs = [usd, usd * 10, usd / 10, 0, limit / 3, 50, 1e6]
  const others = [-50, 1e7, 1e300, null, "50", {}, [50], true]
  const at = next(costs.length + others.length)
  return at < costs.length ? { cost: costs[at], usd: costs[at]! } : { cost: others[at - costs.length], usd: 0 }
}

/** Answers with random texts, bills a token for every 4 bytes, or what it states, and reports what it likes. */
const lyingServer = (seed: number, bill: Bill, statesCost = false) => {
  const next = random(seed)
  return BareServer.start((response, { body, url }) => {
    const asked = JSON.parse(body)
    const most: number = asked.max_tokens ?? asked.max_completion_tokens
    const text = "word ".repeat(next(Math.floor(most * 4 / 5)))
    const sent: string = JSON.stringify(
      asked.messages.map(({ content }: { content: unknown }) =>
        typeof content === "string"
          ? content
          : (content as ReadonlyArray<{ text: string }>).map(({ text }) => text).join("")
      )
    )
    const input = Math.ceil((sent.length - 4) / 4)
    const output = Math.ceil(text.length / 4)
    const usd = (input * price.inputPerMillion + output * price.outputPerMillion) / 1e6
    const said = statesCost ? stated(usd, next) : { cost: undefined, usd: 0 }
    bill.usd += Math.max(usd, said.usd)
    const lie = (count: number) => lies[next(lies.length)]!(count, next)
    const isMessages = url.endsWith("/messages")
    const usage = !statesCost && next(12) === 0 ? lies[10 + next(7)]!(0, next) : isMessages
      ? {
        input_tokens: lie(input),
        output_tokens: lie(output),
        cache_read_input_tokens: next(4) === 0 ? lie(0) : 0,
        cache_creation_input_tokens: next(4) === 0 ? lie(0) : 0,
        cost: said.cost
      }
      : {
        prompt_tokens: lie(input),
        completion_tokens: lie(output),
        total_tokens: lie(input + output),
        cost: said.cost,
        ...(next(3) === 0 ? { completion_tokens_details: details(() => lie(0)) } : {})
      }
    const finish = { id: "m", type: "message", role: "assistant", model: "m", stop_sequence: null }
    if (asked.stream !== true) {
      return BareServer.text(JSON.stringify(
        isMessages
          ? { ...finish, content: [{ type: "text", text }], stop_reason: "end_turn", usage }
          : { choices: [{ message: { content: text }, finish_reason: "stop" }], usage }
      ))(response)
    }
    const events = isMessages
      ? [
        { type: "message_start", message: { ...finish, content: [], stop_reason: null, usage } },
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } },
        { type: "content_block_stop", index: 0 },
        { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage },
        { type: "message_stop" }
      ]
      : [
        { choices: [{ index: 0, delta: { content: text } }] },
        { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage }
      ]
    return BareServer.text(
      events.map((event) => `${"type" in event ? `event: ${event.type}\n` : ""}data: ${JSON.stringify(event)}\n\n`)
        .join("")
        + (isMessages ? "" : "data: [DONE]\n\n"),
      200,
      { "content-type": "text/event-stream" }
    )(response)
  })
}

const clients = {
  "chat completions": (origin: string) =>
    OpenAiCompatible.layerProvider({ baseUrl: `${origin}/v1`, model: "m", name: "acme" }),
  messages: (origin: string) => Anthropic.layerProvider({ baseUrl: origin, model: "m", name: "acme" })
}

describe("A budget of 0.10 US dollars", () => {
  for (const [format, client] of Object.entries(clients)) {
    it.live(
      `is never passed by what the vendor bills, whatever it reports over ${format}`,
      () =>
        Effect.gen(function*() {
          let calls = 0
          let refused = 0
          for (let seed = 1; seed <= 40; seed++) {
            const bill: Bill = { usd: 0 }
            yield* Effect.gen(function*() {
              const server = yield* lyingServer(seed, bill)
              const next = random(seed + 1_000)
              const model = LlmProvider.languageModel.pipe(
                Layer.provideMerge(LlmBudget.layer({ costUsd: limit })),
                Layer.provide(client(server.origin))
              )
              yield* Effect.gen(function*() {
                let spent = 0
                for (let nth = 0; nth < 60; nth++) {
                  const prompt = "hello ".repeat(1 + next(300))
                  const ask: Effect.Effect<
                    unknown,
                    unknown,
                    LlmBudget | Effect.Services<ReturnType<typeof Llm.generate>>
                  > = next(2) === 0 ? Llm.generate(prompt) : Stream.runDrain(Llm.stream(prompt))
                  const result = yield* Effect.result(ask)
                  calls++
                  const spending = yield* LlmBudget.spending
                  assert.isAtLeast(spending.spent.costUsd, spent)
                  assert.deepStrictEqual(spending.reserved, { tokens: 0, costUsd: 0 })
                  spent = spending.spent.costUsd
                  assert.isAtLeast(spent + 1e-9, bill.usd, `seed ${seed}, call ${nth}`)
                  if (result._tag === "Failure" && LlmRejection.of(result.failure) !== undefined) {
                    refused++
                    break
                  }
                }
              }).pipe(Effect.provide(model), Effect.provideService(LlmSettings, { maxOutputTokens: 400 }))
            }).pipe(Effect.scoped)
            assert.isAtMost(bill.usd, limit)
          }
          assert.isAbove(calls, 300)
          assert.strictEqual(refused, 40)
        }).pipe(
          Effect.provide(Http.layer({ retries: 0 })),
          Effect.provideService(LlmPrices, { "acme/m": price })
        )
    )

    it.live(`makes no call once the costs that the vendor states have used it up, over ${format}`, () =>
      Effect.gen(function*() {
        let calls = 0
        for (let seed = 1; seed <= 20; seed++) {
          const bill: Bill = { usd: 0 }
          yield* Effect.gen(function*() {
            const server = yield* lyingServer(seed, bill, true)
            const next = random(seed + 1_000)
            const model = LlmProvider.languageModel.pipe(
              Layer.provideMerge(LlmBudget.layer({ costUsd: limit })),
              Layer.provide(client(server.origin))
            )
            yield* Effect.gen(function*() {
              for (let nth = 0; nth < 60; nth++) {
                const before = bill.usd
                const ask: Effect.Effect<
                  unknown,
                  unknown,
                  LlmBudget | Effect.Services<ReturnType<typeof Llm.generate>>
                > = next(2) === 0 ? Llm.generate("hello") : Stream.runDrain(Llm.stream("hello"))
                const result = yield* Effect.result(ask)
                const { spent } = yield* LlmBudget.spending
                assert.isAtLeast(spent.costUsd + 1e-9, bill.usd, `seed ${seed}, call ${nth}`)
                if (before >= limit) assert.strictEqual(bill.usd, before, `seed ${seed}, call ${nth}`)
                if (result._tag === "Failure" && LlmRejection.of(result.failure) !== undefined) break
                calls++
              }
              assert.isDefined(LlmRejection.of(yield* Effect.flip(Llm.generate("hello"))))
            }).pipe(Effect.provide(model), Effect.provideService(LlmSettings, { maxOutputTokens: 400 }))
          }).pipe(Effect.scoped)
        }
        assert.isAbove(calls, 40)
      }).pipe(
        Effect.provide(Http.layer({ retries: 0 })),
        Effect.provideService(LlmPrices, { "acme/m": price })
      ))
  }
})
