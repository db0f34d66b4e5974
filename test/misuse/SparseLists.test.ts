/** Lists that are longer than what they hold, and values that grow while they are read: each is refused, and no limit is missed. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Agent, BlockingTimeout, InvalidInput, Pipeline, Step, SyncAgent } from "greenlang"
import * as Sendable from "../../src/boundary/blocking/Sendable.ts"
import { thrown } from "../support/Thrown.ts"

const module = new URL("../boundary/fixtures/agents.ts", import.meta.url)

const ofLength = (length: number): Array<unknown> => Object.assign([], { length })
const withLast = (): Array<unknown> => Object.assign([], { [4e9]: 1 })

const sparse: ReadonlyArray<readonly [what: string, value: unknown]> = [
  ["a list of four billion places", ofLength(4e9)],
  ["a list whose last item alone is there", withLast()],
  ["a field", { a: { b: withLast() } }],
  ["an item of a list", [1, [withLast()]]],
  ["a key of a map", new Map([[withLast(), 1]])],
  ["an item of a set", new Set([withLast()])],
  ["an item behind a million others", [...Array.from({ length: 1_000_001 }, () => 0), withLast()]],
  ["a proxy", new Proxy(withLast(), {})]
]

/** Each read makes two new objects, so a walk over it does not end. */
const endless = (): object => Object.defineProperties({}, { a: made, b: made })
const made = { enumerable: true, get: endless }

describe("a sparse list", () => {
  for (const [what, value] of sparse) {
    it(`is not sent to another thread: ${what}`, () => {
      const error = thrown(() => Sendable.pack(value))
      assert(error instanceof Sendable.Unsendable)
      assert.match(error.what, /more than 1000000 empty places|a proxy/)
      assert.isFalse(Sendable.isSendable(value))
    })
  }

  it("with few empty places is sent as it is", () => {
    assert.deepStrictEqual(Sendable.unpack(Sendable.pack(ofLength(3))), ofLength(3))
  })

  it("is InvalidInput of a blocking call, and a value without an end is BlockingTimeout", () => {
    using double = SyncAgent.fromModule(module, { export: "double" })
    assert.instanceOf(thrown(() => double.execute(withLast() as never, { timeout: "1 second" })), InvalidInput)
    assert.instanceOf(thrown(() => double.execute(endless() as never, { timeout: "100 millis" })), BlockingTimeout)
    const results = double.executeAll([1 as never, endless() as never], { timeout: "100 millis" })
    assert.isTrue(results.every((result) => !result.success && result.error instanceof BlockingTimeout))
  })

  it.effect("is refused by a step for each item, and by a batch", () =>
    Effect.gen(function*() {
      const Long = Pipeline.make("Long", { version: "1.0.0", input: Schema.Finite, output: Schema.Unknown }, (n) => {
        const list = Step.pure("list", [n], () => withLast())
        return Step.forEach("each", list, Effect.succeed)
      })
      assert.match(String(yield* Effect.exit(Long.run(1))), /step `each`.*more than 1000000 empty places/)
      const One = Agent.make("One", {
        version: "1.0.0",
        input: Schema.Unknown,
        output: Schema.Unknown,
        execute: Effect.succeed
      })
      const exit = yield* Effect.exit(Agent.batch(One, withLast(), { concurrency: 1 }))
      assert.match(String(exit), /InvalidDefinition.*inputs are a list with more than 1000000 empty places/)
      assert.match(String(yield* Effect.exit(Agent.batch(One, null as never, { concurrency: 1 }))), /inputs are null/)
    }))
})
