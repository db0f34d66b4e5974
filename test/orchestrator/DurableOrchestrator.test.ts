/**
 * Durable runs that the policies of an orchestrator have allowed.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Option, Schedule, Schema } from "effect"
import { Pipeline, Run, Step } from "greenlang"
import { Durable } from "greenlang/durable"
import { History, Orchestrator, Policy } from "greenlang/orchestrator"
import { DurableOrchestrator } from "greenlang/orchestrator/DurableOrchestrator"

const Payment = Pipeline.make(
  "Payment",
  { version: "1.0.0", input: Schema.Struct({ amount: Schema.Finite }), output: Schema.Finite },
  (input) => {
    const nap = Step.sleep("nap", [input], "10 millis")
    return Step.make(
      "paid",
      [input, nap],
      ({ amount }) => Effect.as(Run.addUsage({ calls: 1, costUsd: 0.5 }), amount),
      { output: Schema.Finite }
    )
  }
)

let asked: Array<Policy.Request> = []
const small = Policy.make("small", (request) =>
  Effect.sync(() => {
    asked.push(request)
    const { amount } = request.input as { readonly amount: number }
    return amount < 100 ? Policy.allow : Policy.deny(`${amount} is too much`)
  }))
const silent = Policy.make("silent", () => Effect.fail("no answer"), { onPolicyError: "allow" })

const pipelines = [Payment] as const
const layer = DurableOrchestrator.layer({ pipelines, policies: [small, silent], attributes: { region: "EU" } }).pipe(
  Layer.provideMerge(History.layer()),
  Layer.provideMerge(Durable.layerMemory({ pipelines }))
)

const submit = (amount: number, options?: Durable.SubmitOptions) =>
  DurableOrchestrator.use((orchestrator) => orchestrator.submit("Payment", { amount }, options))

/** The entry of a run, once the history has it. */
const entryOf = (id: string) =>
  History.use((history) => history.find(id)).pipe(
    Effect.repeat({ until: Option.isSome, schedule: Schedule.spaced("5 millis") }),
    Effect.map(Option.getOrThrow)
  )

describe("a durable run by name", () => {
  it.live("asks the policies once, before it is accepted, and has the entry of a run in process", () =>
    Effect.gen(function*() {
      asked = []
      const id = yield* submit(70, { key: "july", attributes: { by: "ada" } })
      assert.strictEqual((yield* Durable.result(id, Payment)).value, 70)
      assert.deepStrictEqual(asked.map((request) => [request.id, request.attributes]), [[id, {
        region: "EU",
        by: "ada"
      }]])
      assert.strictEqual(yield* submit(70, { key: "july" }), id)
      assert.strictEqual((yield* Effect.flip(submit(80, { key: "july" })))._tag, "KeyConflict")
      assert.strictEqual(asked.length, 1)
      const entry = yield* entryOf(id)
      const orchestrator = Orchestrator.layer({ agents: [Payment], attributes: { region: "EU" } })
      const here = yield* Orchestrator.use((one) => one.run("Payment", { amount: 70 })).pipe(
        Effect.provide(orchestrator)
      )
      const plain = yield* entryOf(here.id)
      for (
        const field of ["agent", "version", "kind", "outcome", "input", "output", "usage", "citations"] as const
      ) {
        assert.deepStrictEqual(entry[field], plain[field], field)
      }
      const { attributes } = entry
      assert.deepStrictEqual(attributes["by"], "ada")
      assert.include(attributes["policy broken"], "silent")
    }).pipe(Effect.provide(layer)))

  it.live("is refused by a policy, typed, with an entry in the history and no run", () =>
    Effect.gen(function*() {
      const refusal = yield* Effect.flip(submit(700))
      assert.strictEqual(refusal._tag, "PolicyDenied")
      if (refusal._tag !== "PolicyDenied") return
      assert.deepStrictEqual([refusal.policy, refusal.reason], ["small", "700 is too much"])
      const entry = yield* entryOf(refusal.runId)
      assert.deepStrictEqual([entry.outcome, entry.attributes["region"]], ["denied", "EU"])
      const wrong = yield* Effect.flip(
        DurableOrchestrator.use((orchestrator) => orchestrator.submit("Payment", { amount: "a lot" }))
      )
      assert.strictEqual(wrong._tag, "InvalidInput")
      const unknown = yield* Effect.exit(DurableOrchestrator.use((orchestrator) => orchestrator.submit("Payments", 1)))
      assert.isTrue(Exit.isFailure(unknown))
      assert.deepStrictEqual(yield* Durable.runs(), [])
    }).pipe(Effect.provide(layer)))

  it.live("has the entry of its last attempt once it was retried", () => {
    let calls = 0
    const Flaky = Pipeline.make(
      "Flaky",
      { version: "1.0.0", input: Schema.Finite, output: Schema.Finite },
      (n) =>
        Step.make("call", [n], (n) => calls++ === 0 ? Effect.die(new Error("no answer")) : Effect.succeed(n), {
          output: Schema.Finite
        })
    )
    const entryWith = (id: string, outcome: string) =>
      Effect.repeat(entryOf(id), {
        until: (entry) => entry.outcome === outcome,
        schedule: Schedule.spaced("5 millis")
      })
    return Effect.gen(function*() {
      const id = yield* DurableOrchestrator.use((orchestrator) => orchestrator.submit("Flaky", 3))
      assert.strictEqual((yield* entryWith(id, "failed")).attributes["attempt"], "1")
      yield* Durable.retry(id)
      const entry = yield* entryWith(id, "completed")
      assert.deepStrictEqual([entry.attributes["attempt"], entry.output, entry.failures], ["2", 3, []])
      assert.strictEqual((yield* History.use((history) => history.list())).length, 1)
    }).pipe(
      Effect.provide(
        DurableOrchestrator.layer({ pipelines: [Flaky] }).pipe(
          Layer.provideMerge(History.layer()),
          Layer.provideMerge(Durable.layerMemory({ pipelines: [Flaky] }))
        )
      )
    )
  })

  it.live("is kept in the history also where it was submitted by a process that is gone", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Payment, { amount: 5 })
      yield* Durable.result(id, Payment)
      const later = DurableOrchestrator.layer({ pipelines })
      const entry = yield* entryOf(id).pipe(Effect.provide(later))
      assert.strictEqual(entry.output, 5)
    }).pipe(
      Effect.provide(Layer.provideMerge(History.layer(), Durable.layerMemory({ pipelines })))
    ))
})
