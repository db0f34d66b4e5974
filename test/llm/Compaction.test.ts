import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Prompt } from "effect/ai"
import * as Compaction from "greenlang/llm/Compaction"
import { ScriptedLlm } from "greenlang/testing"

/** A history of `turns`, each with so many rounds of two calls, of texts that grow. */
const history = (turns: number, rounds: number) =>
  Prompt.make([
    { role: "system", content: "Be brief." },
    ...Array.from({ length: turns }, (_, turn) => [
      { role: "user" as const, content: `question ${turn} ${"x".repeat(turn * 50)}` },
      ...Array.from({ length: rounds }, (_, round) => {
        const ids = [`${turn}-${round}-a`, `${turn}-${round}-b`]
        return [
          {
            role: "assistant" as const,
            content: ids.map((id) => ({
              type: "tool-call" as const,
              id,
              name: "read",
              params: { round },
              providerExecuted: false
            }))
          },
          {
            role: "tool" as const,
            content: ids.map((id) => ({
              type: "tool-result" as const,
              id,
              name: "read",
              isFailure: false,
              result: "y".repeat(round * 100),
              providerExecuted: false
            }))
          }
        ]
      }).flat(),
      { role: "assistant" as const, content: `answer ${turn}` }
    ]).flat()
  ])

const size = ({ content }: Prompt.Prompt) => content.reduce((sum, message) => sum + Compaction.tokensOf(message), 0)

describe("Compaction", () => {
  it("keeps calls and answers together, the order, and its bound wherever that can be, for any history", () => {
    for (const turns of [1, 2, 5]) {
      for (const rounds of [0, 1, 6]) {
        const whole = history(turns, rounds)
        for (let maxTokens = 0; maxTokens <= size(whole); maxTokens += 137) {
          const { content } = Compaction.compact(whole, { maxTokens })
          const name = `${turns} turns of ${rounds} rounds within ${maxTokens}`
          const places = content.map((message) => whole.content.indexOf(message))
          assert.deepStrictEqual(places, places.toSorted((a, b) => a - b), name)
          content.forEach((message, at) => {
            const before = content[at - 1]
            const ids = (role: "assistant" | "tool", message: Prompt.Message | undefined) =>
              message?.role === role
                ? message.content.flatMap((part) =>
                  part.type === "tool-call" || part.type === "tool-result" ? [part.id] : []
                )
                : []
            if (message.role === "tool") assert.deepStrictEqual(ids("tool", message), ids("assistant", before), name)
            if (ids("assistant", message).length > 0) assert.strictEqual(content[at + 1]?.role, "tool", name)
          })
          assert.deepStrictEqual(content.slice(0, 2).map(({ role }) => role), ["system", "user"], name)
          assert.strictEqual(content.at(-1), whole.content.at(-1), name)
          // no more than the system message, the last question and the last answer
          if (size(Prompt.fromMessages(content)) > maxTokens) assert.strictEqual(content.length, 3, name)
        }
      }
    }
  })

  it("leaves alone what is within the bound", () => {
    const whole = history(3, 2)
    assert.strictEqual(Compaction.compact(whole, { maxTokens: size(whole) }), whole)
  })

  it.effect("has what is left out summarized, and summaries with what follows them", () =>
    Effect.gen(function*() {
      const whole = history(5, 2)
      const maxTokens = Math.floor(size(whole) / 2)
      const first = yield* Compaction.compactWith(whole, { maxTokens, summarize: Compaction.summarize })
      assert.isAtMost(size(first), maxTokens)
      const [system, summary, next] = first.content
      assert.deepStrictEqual([system?.role, summary?.role, next?.role], ["system", "user", "user"])
      assert.include(JSON.stringify(summary), "It was about meters.")

      const grown = Prompt.concat(
        first,
        Prompt.make(history(3, 2).content.filter(({ role }) => role !== "system"))
      )
      yield* Compaction.compactWith(grown, { maxTokens, summarize: Compaction.summarize })
      const asked = yield* ScriptedLlm.asked
      assert.strictEqual(asked.length, 2)
      const seen = asked.map(({ prompt, tools }) => [JSON.stringify(prompt.content.at(-1)), tools.length] as const)
      assert.match(seen[0]![0], /question 0/)
      assert.match(seen[1]![0], /It was about meters\./)
      assert.deepStrictEqual(seen.map(([, tools]) => tools), [0, 0])
    }).pipe(Effect.provide(ScriptedLlm.layer("It was about meters.", "It was about halls."))))

  it.effect("asks for no summary where nothing is left out", () =>
    Effect.gen(function*() {
      const whole = history(2, 1)
      const same = yield* Compaction.compactWith(whole, {
        maxTokens: size(whole),
        summarize: () => Effect.die("not asked")
      })
      assert.strictEqual(same, whole)
    }))

  const whole = history(5, 2)
  const maxTokens = Math.floor(size(whole) / 2)
  const problemOf = (summarize: (left: Prompt.Prompt) => Effect.Effect<string>) =>
    Effect.map(Effect.flip(Compaction.compactWith(whole, { maxTokens, summarize })), ({ problem }) => problem)

  it.effect("fails for a summary that is empty, or so long that the bound is not kept", () =>
    Effect.gen(function*() {
      for (const empty of ["", " \n"]) {
        assert.strictEqual(yield* problemOf(() => Effect.succeed(empty)), "empty")
      }
      assert.strictEqual(yield* problemOf(() => Effect.succeed("long ".repeat(4000))), "too long")
      // longer than it should be, where what stays leaves room for it
      const fits = "x".repeat(Math.ceil(maxTokens / 4) * 4)
      const kept = yield* Compaction.compactWith(history(1, 6), {
        maxTokens: maxTokens * 4,
        summarize: () => Effect.succeed(fits)
      })
      assert.isAtMost(size(kept), maxTokens * 4)
    }))

  for (
    const [problem, reply] of [
      ["cut", { text: "half a summ", finishReason: "length" }],
      ["cut", { text: "", finishReason: "length" }],
      ["refused", { refusal: "I cannot help." }],
      ["refused", { text: "Half of it", finishReason: "content-filter" }],
      ["empty", ""]
    ] as const
  ) {
    it.effect(`fails for the summary of a model that is ${problem}: ${JSON.stringify(reply)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Compaction.compactWith(whole, { maxTokens, summarize: Compaction.summarize }))
        assert(error._tag === "UnusableSummary")
        assert.strictEqual(error.problem, problem)
        assert.include(error.message, problem)
      }).pipe(Effect.provide(ScriptedLlm.layer(reply))))
  }
})
