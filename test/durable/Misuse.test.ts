/**
 * Operations on durable runs with arguments from programs without types. The clock of these tests stands still: nothing may wait.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schema, Stream } from "effect"
import { NotApproved, Pipeline, Step } from "greenlang"
import { Durable } from "greenlang/durable"

const Asked = Pipeline.make(
  "Asked",
  { version: "1.0.0", input: Schema.Finite, output: Schema.Finite, error: NotApproved },
  (n) => {
    const ok = Step.approval("ok", [n], () => "go on?")
    return Step.pure("n", [n, ok], (n) => n)
  }
)

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** What is neither a text nor a pipeline. */
const junk: ReadonlyArray<unknown> = [
  undefined,
  null,
  5,
  NaN,
  true,
  1n,
  Symbol("x"),
  () => "x",
  [],
  ["a"],
  {},
  { toString: () => "x" },
  new Date(0),
  new Map(),
  Promise.resolve("x"),
  revoked()
]

const texts = ["", "\0", "a\0b", "none", "x".repeat(100_000), "\uD800", "'; DROP TABLE durable_runs; --"]

interface Refusal {
  readonly _tag: string
  readonly message: string
}

/** The operations, of programs without types. */
const untyped = Durable as unknown as Readonly<
  Record<
    "submit" | "status" | "result" | "record" | "approve" | "cancel" | "retry" | "retryWith" | "runs",
    (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown, Refusal, Durable.Durable>
  >
>

let tried = 0

/** The failure of an operation, which is a typed one. */
const refused = (what: string, operation: () => Effect.Effect<unknown, Refusal, Durable.Durable>) =>
  Effect.map(Effect.exit(Effect.suspend(operation)), (exit) => {
    tried++
    assert(Exit.isFailure(exit), `${what} is accepted`)
    const [reason] = exit.cause.reasons
    assert(reason !== undefined && Cause.isFailReason(reason), `${what}: ${Cause.pretty(exit.cause)}`)
    return reason.error
  })

const shown = (value: unknown) => typeof value === "string" ? JSON.stringify(value.slice(0, 20)) : typeof value

const layer = Durable.layerMemory({ pipelines: [Asked] })

describe("an operation on durable runs", () => {
  it.effect("says that there is no run of an id that is not one", () =>
    Effect.gen(function*() {
      for (const id of [...junk, ...texts]) {
        const operations = {
          status: () => untyped.status(id),
          result: () => untyped.result(id, Asked),
          record: () => untyped.record(id),
          cancel: () => untyped.cancel(id),
          retry: () => untyped.retry(id),
          retryWith: () => untyped.retryWith(id, Asked, 1),
          approve: () => untyped.approve(id, "ok", { approved: true }),
          events: () => Stream.runCollect(Durable.events(id as string))
        }
        for (const [name, operation] of Object.entries(operations)) {
          const { _tag } = yield* refused(`${name} of ${shown(id)}`, operation)
          assert.strictEqual(_tag, "RunNotFound", name)
        }
      }
    }).pipe(Effect.provide(layer)))

  it.effect("names the field that it cannot read", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Asked, 1)
      const stated = junk.filter((one) => one !== undefined)
      const cases: ReadonlyArray<
        readonly [field: string, wrong: ReadonlyArray<unknown>, (wrong: unknown) => ReturnType<typeof untyped.runs>]
      > = [
        ["pipeline", [...junk, ...texts], (wrong) => untyped.submit(wrong, 1)],
        ["pipeline", [...junk, ...texts], (wrong) => untyped.result(id, wrong)],
        ["pipeline", [...junk, ...texts], (wrong) => untyped.retryWith(id, wrong, 1)],
        ["key", [...stated, "", "\0", "x".repeat(501)], (key) => untyped.submit(Asked, 1, { key })],
        ["attributes", stated.slice(0, 6), (attributes) => untyped.submit(Asked, 1, { attributes })],
        ["attributes.region", stated.slice(0, -1), (region) => untyped.submit(Asked, 1, { attributes: { region } })],
        ["ky", ["a"], (ky) => untyped.submit(Asked, 1, { ky })],
        ["step", [...junk, "\0"], (step) => untyped.approve(id, step, { approved: true })],
        ["decision", [...junk.slice(0, 8), "yes"], (decision) => untyped.approve(id, "ok", decision)],
        ["decision.approved", [undefined, null, "yes", 1], (approved) => untyped.approve(id, "ok", { approved })],
        ["decision.by", [null, 5, {}], (by) => untyped.approve(id, "ok", { approved: true, by })],
        ["decision.note", ["a"], (note) => untyped.approve(id, "ok", { approved: true, note })],
        ["from", stated, (from) => untyped.retry(id, { from })],
        ["form", ["ok"], (form) => untyped.retry(id, { form })],
        ["limit", [0, -1, 1.5, NaN, Infinity, "5", null, 1n, {}], (limit) => untyped.runs({ limit })],
        ["state", ["done", "", 5, null, {}], (state) => untyped.runs({ state })],
        ["pipeline", [5, null, {}, "\0"], (pipeline) => untyped.runs({ pipeline })],
        ["key", [5, null, "\0"], (key) => untyped.runs({ key })],
        ["before", [5, null, "\0"], (before) => untyped.runs({ before })],
        ["idPrefix", [5, null, "\0"], (idPrefix) => untyped.runs({ idPrefix })],
        ["parent", [5, null, "\0"], (parent) => untyped.runs({ parent })],
        ["limt", [5], (limt) => untyped.runs({ limt })]
      ]
      for (const [field, wrong, operation] of cases) {
        for (const value of wrong) {
          const what = `${field} of ${shown(value)}`
          const { _tag, message } = yield* refused(what, () => operation(value))
          assert.strictEqual(_tag, "InvalidInput", what)
          assert.include(message, field, what)
        }
      }
      const query = yield* refused("a query of 5", () => untyped.runs(5))
      assert.strictEqual(query._tag, "InvalidInput")
      // What was refused has changed nothing.
      const { attempt, state } = yield* Durable.status(id)
      assert.deepStrictEqual([attempt, state === "failed" || state === "cancelled"], [1, false])
      assert.strictEqual((yield* Durable.runs()).length, 1)
      assert.isAbove(tried, 300)
    }).pipe(Effect.provide(layer)))

  it.effect("lists the steps of the run where it has none of that name", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Asked, 1)
      yield* Durable.cancel(id)
      for (const from of texts) {
        const error = yield* refused(`from ${shown(from)}`, () => untyped.retry(id, { from }))
        assert.strictEqual(error._tag, "StepNotFound")
        assert.include(error.message, "ok, n")
      }
    }).pipe(Effect.provide(layer)))
})
