/**
 * The cost that an agent adds to a computation, against a plain async function that decodes, computes and checks by hand.
 *
 * Both read four fields and answer with two. The agent's run also has an id, a clock reading, a limit, statistics and
 * metadata. Leaves out: spans, real waiting, runs that fail.
 */
import { Effect, Schema } from "effect"
import { Agent, PromiseAgent } from "greenlang"
import { test } from "vitest"
import { ratio } from "./ratio.ts"

const Purchase = Schema.Struct({
  fuel: Schema.Literals(["natural gas", "coal"]),
  amount: Schema.Finite,
  unit: Schema.String,
  year: Schema.Int
})
const Emissions = Schema.Struct({ kilograms: Schema.Finite, unit: Schema.String })
const purchase: typeof Purchase.Encoded = { fuel: "natural gas", amount: 10, unit: "therm", year: 2025 }

const decode = Schema.decodeUnknownSync(Purchase)
const check = Schema.decodeUnknownSync(Emissions)
const byHand = async (input: unknown) => {
  const { amount } = decode(input, { errors: "all" })
  return check({ kilograms: amount * 5.31, unit: "kg CO2e" }, { errors: "all" })
}

const Fuel = Agent.make("Fuel", {
  version: "1.0.0",
  input: Purchase,
  output: Emissions,
  execute: ({ amount }) => Effect.succeed({ kilograms: amount * 5.31, unit: "kg CO2e" })
})
const promised = await PromiseAgent.open(Fuel)

/** So many that starting a fiber or a promise for all of them does not count. */
const times = 1_000
const inputs = Array.from({ length: times }, () => purchase)

test(`${times} runs, one after another`, async ({ bench }) => {
  const result = await bench.compare(
    bench("async function", async () => {
      for (const input of inputs) await byHand(input)
    }),
    bench("Agent.run", () => Effect.runPromise(Effect.forEach(inputs, (input) => Fuel.run(input), { discard: true }))),
    bench("PromiseAgent.execute", async () => {
      for (const input of inputs) await promised.execute(input)
    })
  )
  const hand = result.get("async function")
  ratio("1,000 runs of an agent", result.get("Agent.run"), hand, "10 ms")
  ratio("1,000 runs as promises", result.get("PromiseAgent.execute"), hand, "none")
})

test(`${times} runs at once that wait 10 ms`, async ({ bench }) => {
  const Waits = Agent.make("Waits", {
    version: "1.0.0",
    input: Purchase,
    output: Emissions,
    execute: ({ amount, unit }) => Effect.as(Effect.sleep(10), { kilograms: amount, unit })
  })
  const waits = async (input: unknown) => {
    const { amount, unit } = decode(input)
    await new Promise((resolve) => setTimeout(resolve, 10))
    return check({ kilograms: amount, unit })
  }
  const result = await bench.compare(
    bench("async functions", async () => void await Promise.all(inputs.map(waits))),
    bench("Agent.batch", () => Effect.runPromise(Agent.batch(Waits, inputs, { concurrency: "unbounded" })))
  )
  ratio("1,000 runs that wait 10 ms", result.get("Agent.batch"), result.get("async functions"), "none")
})
