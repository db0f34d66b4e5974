/** Parts of a definition that are not what they should be: each is a tagged error that names what was being defined. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Agent, InvalidDefinition, InvalidInput, Pipeline, Step } from "greenlang"
import { thrown } from "../support/Thrown.ts"

const definition = { version: "1.0.0", input: Schema.Finite, output: Schema.Unknown }

const revoked = (target: object) => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy as never
}

type Input = Step.Step<number, never, never, never, never>
type Any = Step.Step<unknown, never, never, never, never>

const one = (name: string, after: ReadonlyArray<Any> = []): Any =>
  Step.make(name, after, () => Effect.succeed(1)) as unknown as Any

const pipeline = (draw: (input: Input) => unknown) => Pipeline.make("Wrong", definition, draw as never)

const wrong: ReadonlyArray<readonly [what: string, make: () => unknown, named: RegExp]> = [
  ["an agent of null", () => Agent.make("Wrong", null as never), /agent `Wrong`/],
  ["a pipeline of nothing", () => Pipeline.make("Wrong", undefined as never, (n) => n), /pipeline `Wrong`/],
  ["a condition that is a number", () => pipeline((n) => one("a").pipe(Step.when(n as never, 5 as never))), /step `a`/],
  ["a condition that is not a step", () => pipeline(() => Step.when(one("a"), 5 as never, () => true)), /step `a`/],
  ["a condition of null", () => pipeline(() => one("a").pipe(Step.when(null as never))), /step `a`/],
  ["a last step that was revoked", () => pipeline(() => revoked({})), /pipeline `Wrong`/],
  ["a list of steps that was revoked", () => pipeline(() => one("a", revoked([]))), /step `a`/],
  ["a step in the list that was revoked", () => pipeline(() => one("a", [revoked({})])), /step `a`/],
  ["an alternative that was revoked", () => pipeline(() => Step.race("a", [revoked({})])), /step `a`/],
  ["a retry that was revoked", () => pipeline(() => Step.retry(one("a"), revoked({}))), /step `a`/],
  [
    "a retry whose schedule was revoked",
    () => pipeline(() => Step.retry(one("a"), { schedule: revoked({}) })),
    /step `a`/
  ],
  ["a drawing that throws a number", () =>
    pipeline(() => {
      throw 5
    }), /pipeline `Wrong`.*threw a number \(5\)/],
  ["a drawing that throws nothing", () =>
    pipeline(() => {
      throw undefined
    }), /pipeline `Wrong`.*threw nothing/],
  ["a drawing that throws a revoked proxy", () =>
    pipeline(() => {
      throw revoked({})
    }), /pipeline `Wrong`.*threw an object/],
  ["a step that is an alternative of itself", () =>
    pipeline(() => {
      const a = one("a")
      return Object.assign(a, { alternatives: [a] })
    }), /step `a`.*alternative of itself/],
  ["alternatives that are numbers", () => pipeline(() => Object.assign(one("a"), { alternatives: [5] })), /step `a`/],
  ["ten thousand alternatives inside each other", () =>
    pipeline(() => {
      const first = one("a")
      let last = first
      for (let at = 0; at < 10_000; at++) last = Object.assign(one(`b${at}`), { alternatives: [last] })
      Object.assign(first, { alternatives: [last] })
      return last
    }), /alternative of itself/],
  [
    "an input with a policy as alternative",
    () => pipeline((n) => Step.race("a", [n.pipe(Step.timeout("1 second"))])),
    /step `a`.*input with a policy/
  ]
]

describe("a definition", () => {
  for (const [what, make, named] of wrong) {
    it(`refuses ${what}`, () => {
      const error = thrown(make)
      assert(error instanceof InvalidDefinition, String(error))
      assert.match(error.message, named)
    })
  }

  it("keeps an error that its drawing throws", () => {
    const boom = new RangeError("boom")
    assert.strictEqual(
      thrown(() =>
        pipeline(() => {
          throw boom
        })
      ),
      boom
    )
  })

  it.effect("of one pipeline cannot change the steps of another", () =>
    Effect.gen(function*() {
      for (const list of ["alternatives", "policies"] as const) {
        assert.instanceOf(thrown(() => (one("a")[list] as Array<unknown>).push(one("b"))), TypeError)
      }
      const { value } = yield* Pipeline.make("Later", definition, (n) => Step.make("a", [n], Effect.succeed)).run(3)
      assert.strictEqual(value, 3)
    }))

  it.effect("takes the input of the pipeline as an alternative of a race, also alone", () =>
    Effect.gen(function*() {
      const Alone = Pipeline.make("Alone", definition, (n) => Step.race("a", [n]))
      assert.strictEqual((yield* Alone.run(3)).value, 3)
      const Beside = Pipeline.make("Beside", definition, (n) =>
        Step.race("a", [
          Step.make("b", [n], () => Effect.never),
          n
        ]))
      assert.strictEqual((yield* Beside.run(4)).value, 4)
    }))

  it.effect("of a run that was revoked is InvalidInput", () =>
    Effect.gen(function*() {
      const Sum = Agent.make("Sum", { ...definition, execute: Effect.succeed })
      for (const target of [{}, []]) {
        const error = yield* Effect.flip(Sum.run(1, revoked(target)))
        assert.instanceOf(error, InvalidInput)
        assert.strictEqual((error as InvalidInput).issues[0]?.path, "options")
      }
    }))
})
