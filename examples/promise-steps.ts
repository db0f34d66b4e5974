/**
 * A pipeline over a library of promises: each step awaits one, and a failure aborts the others through their signal.
 */
import { Effect, Schema } from "effect"
import { Agent, Pipeline, Step } from "greenlang"
import { setTimeout } from "node:timers/promises"

class NoReading extends Schema.TaggedError<NoReading>()("NoReading", { meter: Schema.String, reason: Schema.String }) {}

/** Stands for a client of a meter company: it answers in kWh, and stops when its signal is aborted. */
const readMeter = async (meter: string, signal: AbortSignal) => {
  try {
    await setTimeout(meter === "broken" ? 1 : 20, undefined, { signal })
  } catch (error) {
    console.log(`${meter}: stopped`)
    throw error
  }
  if (meter === "broken") throw new Error("no answer")
  return meter.length * 100
}

const Consumption = Pipeline.make("Consumption", {
  version: "1.0.0",
  input: Schema.Struct({ meters: Schema.Tuple([Schema.String, Schema.String]) }),
  output: Schema.Finite,
  error: NoReading
}, (site) => {
  const reading = (at: 0 | 1) =>
    Step.promise(`meter ${at + 1}`, [site], ([{ meters }], signal) => readMeter(meters[at], signal), {
      output: Schema.Finite,
      error: NoReading,
      catch: (error) => new NoReading({ meter: `${at + 1}`, reason: String(error) })
    })
  return Step.pure("sum", [reading(0), reading(1)], (a, b) => a + b)
})

console.log(await Effect.runPromise(Agent.call(Consumption, { meters: ["hall", "roof"] })), "kWh")
const failed = await Effect.runPromise(Effect.flip(Agent.call(Consumption, { meters: ["hall", "broken"] })))
console.log(failed._tag === "NoReading" ? `meter ${failed.meter}: ${failed.reason}` : failed.message)
