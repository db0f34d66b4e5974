/**
 * As the first comparison of Agent.bench.ts, with Effect's schema compiler on, which must come before the first schema.
 */
import "effect/schema/SchemaJITCompiler/enable"
import { Effect, Schema } from "effect"
import { Agent } from "greenlang"
import { test } from "vitest"
import { ratio } from "./ratio.ts"

const Purchase = Schema.Struct({
  fuel: Schema.Literals(["natural gas", "coal"]),
  amount: Schema.Finite,
  unit: Schema.String,
  year: Schema.Int
})
const Emissions = Schema.Struct({ kilograms: Schema.Finite, unit: Schema.String })
const inputs = Array.from({ length: 1_000 }, (): typeof Purchase.Encoded => ({
  fuel: "natural gas",
  amount: 10,
  unit: "therm",
  year: 2025
}))

const decode = Schema.decodeUnknownSync(Purchase)
const check = Schema.decodeUnknownSync(Emissions)
const byHand = async (input: unknown) => check({ kilograms: decode(input).amount * 5.31, unit: "kg CO2e" })

const Fuel = Agent.make("Fuel", {
  version: "1.0.0",
  input: Purchase,
  output: Emissions,
  execute: ({ amount }) => Effect.succeed({ kilograms: amount * 5.31, unit: "kg CO2e" })
})

test("1,000 runs with the schema compiler", async ({ bench }) => {
  const result = await bench.compare(
    bench("async function", async () => {
      for (const input of inputs) await byHand(input)
    }),
    bench("Agent.run", () => Effect.runPromise(Effect.forEach(inputs, (input) => Fuel.run(input), { discard: true })))
  )
  ratio("1,000 runs, schemas compiled", result.get("Agent.run"), result.get("async function"), "5 ms")
})
