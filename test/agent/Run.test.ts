import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Random, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Agent, Run } from "greenlang"

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

const factor = (name: string): Run.Citation => ({ kind: "factor", name, value: 1, unit: "kg/kWh", source: "EPA" })
const usage = (metadata: { readonly usage: Run.Usage }) => [metadata.usage.inputTokens, metadata.usage.costUsd]

const Leaf = Agent.make("Leaf", {
  ...numbers,
  execute: (n) =>
    Effect.gen(function*() {
      yield* Run.cite(factor("shared"))
      yield* Run.cite(factor(`leaf ${n}`))
      yield* Run.addUsage({ calls: 1, inputTokens: n, costUsd: 0.5 })
      yield* Effect.yieldNow
      return n
    })
})

describe("a run", () => {
  it.effect("is there for validate, execute and finalize, and for what they fork [B24]", () =>
    Effect.gen(function*() {
      const seen: Array<Run.Run | undefined> = []
      const look = Effect.map(Run.Current, (run) => void seen.push(run))
      const agent = Agent.make("Looks", {
        ...numbers,
        validate: (n) => Effect.as(look, n),
        execute: (n) => Effect.as(Effect.flatMap(Effect.forkChild(look), Fiber.join), n),
        finalize: ({ value }) => Effect.as(look, value)
      })
      yield* TestClock.setTime(1_000)
      const { metadata } = yield* agent.run(1)
      assert.strictEqual(seen.length, 3)
      assert.strictEqual(new Set(seen).size, 1)
      const run = seen[0]!
      assert.strictEqual(run.id, metadata.runId)
      assert.strictEqual(run.agent, "Looks")
      assert.strictEqual(run.startedAt, 1_000)
      assert.isUndefined(run.parent)
      assert.isUndefined(yield* Run.Current)
    }))

  it.effect("has an id of its own, even if very many start at one instant [B25]", () =>
    Effect.gen(function*() {
      const results = yield* Effect.forEach(Array.from({ length: 1_000 }, (_, i) => i), (i) => Leaf.run(i), {
        concurrency: "unbounded"
      })
      assert.strictEqual(new Set(results.map(({ metadata }) => metadata.runId)).size, 1_000)
    }))

  it.effect("has an id from the clock and the random source, so that a seed repeats it [B25]", () =>
    Effect.gen(function*() {
      const ids = Effect.map(
        Effect.all([Leaf.run(1), Leaf.run(1)]),
        (runs) => runs.map(({ metadata }) => metadata.runId)
      )
      const [one, two] = yield* Effect.all([Random.withSeed(ids, "seed"), Random.withSeed(ids, "seed")])
      assert.deepStrictEqual(one, two)
      assert.notStrictEqual(one[0], one[1])
      yield* TestClock.setTime(Date.UTC(2025, 0, 1))
      const [later] = yield* ids
      assert.isAbove(later!.localeCompare(one[0]!), 0)
      assert.strictEqual(Number.parseInt(later!.slice(0, 8) + later!.slice(9, 13), 16), Date.UTC(2025, 0, 1))
    }))

  it.effect("keeps what is recorded, for finalize and for the metadata [B26]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Notes", {
        ...numbers,
        execute: (n) => Effect.as(Effect.andThen(Run.annotate("a", { b: [n] }), Run.annotate("c", null)), n),
        finalize: ({ metadata }) => Effect.succeed(Object.keys(metadata.annotations).length)
      })
      const { metadata, value } = yield* agent.run(1)
      assert.strictEqual(value, 2)
      assert.deepStrictEqual(metadata.annotations, { a: { b: [1] }, c: null })
    }))

  it.effect("returns its citations beside the value, which stays as it was [B51]", () =>
    Effect.gen(function*() {
      const answer = { kg: 1 }
      const agent = Agent.make("Cites", {
        ...numbers,
        output: Schema.Struct({ kg: Schema.Finite }),
        execute: () => Effect.as(Run.cite(factor("gas")), answer)
      })
      const { metadata } = yield* agent.run(1)
      assert.deepStrictEqual(metadata.citations, [factor("gas")])
      assert.deepStrictEqual(answer, { kg: 1 })
    }))

  it.effect("keeps equal citations once, in whichever order their keys are [B51]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Repeats", {
        ...numbers,
        execute: (n) =>
          Effect.gen(function*() {
            yield* Run.cite(factor("gas"))
            yield* Run.cite({ source: "EPA", unit: "kg/kWh", value: 1, name: "gas", kind: "factor" })
            yield* Run.cite({ ...factor("gas"), value: 2 } as Run.Citation)
            return n
          })
      })
      const { metadata } = yield* agent.run(1)
      assert.deepStrictEqual(metadata.citations.map((citation) => citation.kind === "factor" && citation.value), [1, 2])
    }))

  it.effect("returns none where there are none, or where they are switched off [B52]", () =>
    Effect.gen(function*() {
      const silent = Agent.make("Silent", {
        ...numbers,
        citations: "off",
        execute: (n) => Effect.as(Run.cite(factor("a")), n)
      })
      assert.deepStrictEqual((yield* silent.run(1)).metadata.citations, [])
      const none = Agent.make("None", { ...numbers, execute: Effect.succeed })
      assert.deepStrictEqual((yield* none.run(1)).metadata.citations, [])
    }))

  it.effect("leaves its duration out where metrics are off [B54]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Unmeasured", { ...numbers, metrics: "off", execute: Effect.succeed })
      assert.notProperty((yield* agent.run(1)).metadata, "durationMs")
    }))

  it.effect("adds up what the agents inside it cited and used, side by side, and its own", () =>
    Effect.gen(function*() {
      const results: Array<Agent.AgentResult<number>> = []
      const Middle = Agent.make("Middle", {
        ...numbers,
        execute: (n) =>
          Effect.gen(function*() {
            const inside = yield* Effect.forEach([1, 2, 3], (i) => Leaf.run(n * i), { concurrency: "unbounded" })
            results.push(...inside)
            yield* Run.addUsage({ inputTokens: 1_000 })
            return inside.length
          })
      })
      const Top = Agent.make("Top", {
        ...numbers,
        execute: () =>
          Effect.gen(function*() {
            yield* Effect.all([Middle.run(1), Middle.run(10)], { concurrency: "unbounded" })
            yield* Run.cite(factor("own"))
            const { inputTokens } = yield* Run.usage
            return inputTokens
          })
      })
      const { metadata, value } = yield* Top.run(0)
      assert.strictEqual(value, 2_066)
      assert.deepStrictEqual(usage(metadata), [2_066, 3])
      assert.strictEqual(metadata.usage.calls, 6)
      const names = metadata.citations.map((citation) => citation.kind === "factor" && citation.name)
      assert.deepStrictEqual(
        names.toSorted(),
        ["leaf 1", "leaf 10", "leaf 2", "leaf 20", "leaf 3", "leaf 30", "own", "shared"]
      )
      // Each one inside reports only what is its own.
      for (const { metadata, value } of results) {
        assert.deepStrictEqual(usage(metadata), [value, 0.5])
        assert.strictEqual(metadata.citations.length, 2)
      }
    }))

  it.effect("adds up what agents inside used before they failed or were interrupted", () =>
    Effect.gen(function*() {
      const Spends = Agent.make("Spends", {
        ...numbers,
        execute: (n) =>
          Effect.andThen(Run.addUsage({ inputTokens: 10 }), n === 0 ? Effect.fail("no" as const) : Effect.never)
      })
      const Top = Agent.make("Top", {
        ...numbers,
        execute: (n) =>
          Effect.gen(function*() {
            yield* Effect.exit(Spends.run(0))
            const fiber = yield* Effect.forkChild(Spends.run(1), { startImmediately: true })
            yield* Fiber.interrupt(fiber)
            return n
          })
      })
      assert.strictEqual((yield* Top.run(1)).metadata.usage.inputTokens, 20)
    }))

  it.effect("gives metadata that nothing changes later", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Leaves", {
        ...numbers,
        execute: (n) =>
          Effect.as(
            Effect.forkDetach(
              Effect.andThen(
                Effect.sleep("1 second"),
                Effect.andThen(Run.cite(factor("late")), Run.annotate("late", 1))
              )
            ),
            n
          )
      })
      const { metadata } = yield* agent.run(1)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(metadata.citations, [])
      assert.deepStrictEqual(metadata.annotations, {})
    }))

  it.effect("ends what it forked", () =>
    Effect.gen(function*() {
      let ended = false
      const agent = Agent.make("Forks", {
        ...numbers,
        timeout: "Infinity",
        execute: (n) =>
          Effect.as(
            Effect.forkChild(Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended = true)), {
              startImmediately: true
            }),
            n
          )
      })
      yield* agent.run(1)
      assert.isTrue(ended)
    }))

  it.effect("outside of any, nothing is recorded and nothing was used", () =>
    Effect.gen(function*() {
      yield* Run.cite(factor("a"))
      yield* Run.annotate("a", 1)
      yield* Run.addUsage({ calls: 1 })
      assert.deepStrictEqual(yield* Run.usage, Run.noUsage)
    }))

  it.effect("refuses what no usage can be, by the method of a run too, and keeps what was used before", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<unknown> = [
        { calls: -5 },
        { inputTokens: Number.NaN },
        { outputTokens: 1.5 },
        { outputTokens: 2 ** 60 },
        { costUsd: Infinity },
        { costUsd: -0.1 },
        { calls: "1" },
        { calls: 1n },
        { call: 1 },
        Object.defineProperty({}, "calls", {
          enumerable: true,
          get: () => {
            throw new Error("a getter that throws")
          }
        }),
        new Proxy({}, {
          ownKeys: () => {
            throw new Error("a trap that throws")
          }
        }),
        null,
        5,
        undefined
      ]
      for (const usage of wrong) {
        const Spends = Agent.make("Spends", {
          version: "1.0.0",
          input: Schema.Void,
          output: Schema.Void,
          execute: () =>
            Effect.map(Run.Current, (run) => {
              run!.addUsage({ calls: 1 })
              assert.throws(() => run!.addUsage(usage as Partial<Run.Usage>), /`Run.addUsage`: it was given/)
            })
        })
        const Outer = Agent.make("Outer", {
          version: "1.0.0",
          input: Schema.Void,
          output: Schema.Void,
          execute: () => Effect.asVoid(Spends.run())
        })
        const { metadata } = yield* Outer.run()
        assert.deepStrictEqual(metadata.usage, { ...Run.noUsage, calls: 1 })
        const exit = yield* Effect.exit(Run.addUsage(usage as Partial<Run.Usage>))
        assert.include(String(exit), "InvalidDefinition")
      }
    }))

  it.effect("keeps very many annotations, and those that were read before stay as they were", () =>
    Effect.gen(function*() {
      const count = 100_000
      let early: unknown
      const Notes = Agent.make("Notes", {
        version: "1.0.0",
        input: Schema.Void,
        output: Schema.Void,
        execute: () =>
          Effect.gen(function*() {
            yield* Run.annotate("__proto__", 1)
            early = (yield* Run.Current)?.annotations
            for (let at = 0; at < count; at++) yield* Run.annotate(`k${at}`, at)
            yield* Run.annotate("k0", "again")
          })
      })
      const { annotations } = (yield* Notes.run()).metadata
      assert.deepStrictEqual(Object.entries(early as object), [["__proto__", 1]])
      assert.lengthOf(Object.keys(annotations), count + 1)
      assert.strictEqual(annotations["k0"], "again")
      assert.strictEqual(annotations[`k${count - 1}`], count - 1)
    }))
})
