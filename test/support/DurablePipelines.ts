/**
 * Pipelines for workers that are processes of their own. With `STEPS` set, each step appends to that file when it begins.
 */
import { Effect, Schema } from "effect"
import { NotApproved, Pipeline, Run, Step } from "greenlang"
import { appendFileSync, existsSync } from "node:fs"

const note = (step: string) =>
  Effect.map(Run.Current, (run) => {
    const file = process.env["STEPS"]
    if (file !== undefined) appendFileSync(file, `${run?.id} ${step}\n`)
  })

const Input = Schema.Struct({ n: Schema.Int })

/** Waits while there is the file `STEPS` with `.hold` behind its name, and so holds up the items from the tenth on. */
const released = (item: number): Effect.Effect<void> =>
  Effect.suspend(() =>
    item >= 10 && existsSync(`${process.env["STEPS"]}.hold`)
      ? Effect.andThen(Effect.sleep(20), released(item))
      : Effect.void
  )

/** `n` items, one after another, each of which takes a while. */
export const Items = Pipeline.make("Items", { version: "1.0.0", input: Input, output: Schema.Int }, (input) => {
  const list = Step.pure("list", [input], ({ n }) => Array.from({ length: n }, (_, at) => at))
  const items = Step.forEach(
    "items",
    list,
    (item) => Effect.delay(Effect.andThen(released(item), Effect.as(note(`items/${item}`), item)), "40 millis"),
    { concurrency: 2, output: Schema.Int }
  )
  return Step.pure("sum", [items], (items) => items.reduce((a, b) => a + b, 0))
})

/** One of a `Fleet`. Notes the process that runs it. */
export const Van = Pipeline.make("Van", { version: "1.0.0", input: Schema.Int, output: Schema.Int }, (n) => {
  const loaded = Step.make(
    "loaded",
    [n],
    (n) => Effect.delay(Effect.as(note(`loaded ${process.pid}`), n), "20 millis"),
    { output: Schema.Int }
  )
  const driven = Step.make(
    "driven",
    [loaded],
    (n) => Effect.delay(Effect.andThen(released(n), Effect.as(note(`driven ${process.pid}`), n)), "20 millis"),
    { output: Schema.Int }
  )
  return Step.pure("van", [driven], (n) => n)
})

/** `n` vans, each a run of its own. */
export const Fleet = Pipeline.make("Fleet", { version: "1.0.0", input: Input, output: Schema.Int }, (input) => {
  const list = Step.pure("list", [input], ({ n }) => Array.from({ length: n }, (_, at) => at))
  const vans = Step.forEach("vans", list, Van, { apart: true })
  return Step.pure("sum", [vans], (vans) => vans.reduce((a, b) => a + b, 0))
})

class Refused extends Schema.TaggedError<Refused>()("Refused", { by: Schema.String }) {
  override get message() {
    return `${this.by} refuses, asked with Authorization: Bearer sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD`
  }
}

/** Always fails, in the step `charge` of the pipeline in its step `bank`. */
export const Charge = Pipeline.make(
  "Charge",
  { version: "1.0.0", input: Input, output: Schema.Int, error: Refused },
  (input) => {
    const inside = Pipeline.make(
      "Bank",
      { version: "1.0.0", input: Input, output: Schema.Int, error: Refused },
      (input) =>
        Step.make(
          "charge",
          [input],
          (): Effect.Effect<number, Refused> => Effect.fail(new Refused({ by: "the bank" })),
          {
            output: Schema.Int,
            error: Refused
          }
        )
    )
    return Step.agent("bank", inside, [input], (input) => input)
  }
)

const asking = { version: "1.0.0", input: Input, error: NotApproved }

/** A payment behind an approval. */
export const Payment = Pipeline.make("Payment", { ...asking, output: Schema.Boolean }, (input) => {
  const prepared = Step.make("prepared", [input], ({ n }) => Effect.as(note("prepared"), n), { output: Schema.Int })
  const ok = Step.approval("sign-off", [prepared], (n) => `pay ${n}?`)
  return Step.make("paid", [ok], () => Effect.as(note("paid"), true), { output: Schema.Boolean })
})

/** A step, a sleep of a second, a person, and a step. */
export const Trip = Pipeline.make("Trip", { ...asking, output: Schema.Int }, (input) => {
  const first = Step.make("first", [input], ({ n }) => Effect.as(note("first"), n), { output: Schema.Int })
  const nap = Step.sleep("nap", [first], "1 second")
  const ok = Step.approval("ok", [nap, first], (_, n) => `go on with ${n}?`)
  return Step.make("last", [ok, first], (_, n) => Effect.as(note("last"), n), { output: Schema.Int })
})
