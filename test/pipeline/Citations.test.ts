import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Agent, Llm, Pipeline, Run, Step, Tool } from "greenlang"
import { ScriptedLlm } from "greenlang/testing"

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

const cite = (name: string) => Run.cite({ kind: "factor", name, value: 1, unit: "kg", source: "a table", year: 2025 })

const names = (citations: ReadonlyArray<Run.Citation>) =>
  citations.flatMap((citation) => citation.kind === "factor" ? [citation.name] : [])

/** Cites, waits, and cites again. */
const citing = (name: string, seconds: number) =>
  Effect.as(Effect.andThen(cite(`${name} first`), Effect.delay(cite(`${name} last`), `${seconds} seconds`)), seconds)

const Inner = Agent.make("Inner", { ...numbers, execute: (n) => citing(`inner ${n}`, n) })

const Drawn = Pipeline.make("Drawn", numbers, (n) => {
  const slow = Step.make("slow", [n], () => citing("slow", 9))
  const fast = Step.make("fast", [n], () => citing("fast", 1))
  const list = Step.make("list", [fast], () => Effect.succeed([4, 3, 2]))
  const items = Step.forEach("items", list, (n) => Effect.andThen(cite(`item ${n}`), Agent.call(Inner, n)), {
    concurrency: "unbounded"
  })
  const again = Step.make("again", [slow], () => citing("fast", 1))
  return Step.make("sum", [again, items], () => Effect.as(cite("sum"), 1))
})

const inOrder = [
  "slow first",
  "slow last",
  "fast first",
  "fast last",
  ...[4, 3, 2].flatMap((n) => [`item ${n}`, `inner ${n} first`, `inner ${n} last`]),
  "sum"
]

const soon = <A, E, R>(run: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(run)
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

describe("what the steps of a run cite", () => {
  it.effect("stands in the order of the drawing, whichever step ends first [B172]", () =>
    Effect.gen(function*() {
      const { metadata } = yield* soon(Drawn.run(1))
      assert.deepStrictEqual(names(metadata.citations), inOrder)
    }))

  it.effect("stands in the order of the drawing where lines of steps go on side by side", () =>
    Effect.gen(function*() {
      const Lines = Pipeline.make("Lines", numbers, (n) => {
        const step = (name: string, seconds: number, ...before: ReadonlyArray<Step.Step<number>>) =>
          Step.make(name, before, () => citing(name, seconds))
        const slow = step("slow 1", 9, n)
        const fast = step("fast 1", 1, n)
        const slower = step("slow 2", 9, slow, fast)
        const faster = step("fast 2", 1, fast)
        return Step.make("end", [step("slow 3", 9, slower, faster), step("fast 3", 1, faster)], () =>
          Effect.as(cite("end"), 1))
      })
      const { metadata } = yield* soon(Lines.run(1))
      const drawn = [1, 2, 3].flatMap((at) => [`slow ${at}`, `fast ${at}`])
      assert.deepStrictEqual(names(metadata.citations), [
        ...drawn.flatMap((name) => [`${name} first`, `${name} last`]),
        "end"
      ])
    }))

  it.effect("stands in the same order while a listener gets the events", () =>
    Effect.gen(function*() {
      const { metadata } = yield* soon(Drawn.report(1))
      assert.deepStrictEqual(names(metadata.citations), inOrder)
    }))

  it.effect("stands inside of the run that calls the pipeline where that calls it", () =>
    Effect.gen(function*() {
      const Outer = Agent.make("Outer", {
        ...numbers,
        execute: (n) => cite("before").pipe(Effect.andThen(Agent.call(Drawn, n)), Effect.tap(() => cite("after")))
      })
      const { metadata } = yield* soon(Outer.run(1))
      assert.deepStrictEqual(names(metadata.citations), ["before", ...inOrder, "after"])
    }))

  it.effect("stands in the order of the calls where a model calls tools side by side", () =>
    Effect.gen(function*() {
      const look = Tool.make("look", {
        description: "Looks",
        input: Schema.Struct({ seconds: Schema.Finite }),
        output: Schema.Finite,
        execute: ({ seconds }) => citing(`look ${seconds}`, seconds)
      })
      const Asker = Agent.make("Asker", {
        version: "1.0.0",
        input: Schema.String,
        output: Schema.String,
        execute: (prompt) => Effect.map(Llm.withTools({ prompt, tools: [look] }), ({ text }) => text)
      })
      const toolCalls = [3, 2, 1].map((seconds) => ({ name: "look", input: { seconds } }))
      const { metadata } = yield* soon(Asker.run("look")).pipe(
        Effect.provide(ScriptedLlm.layer({ toolCalls }, "done"))
      )
      assert.deepStrictEqual(names(metadata.citations), [3, 2, 1].flatMap((n) => [`look ${n} first`, `look ${n} last`]))
    }))
})
