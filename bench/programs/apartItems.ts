/**
 * Items apart on one file: the CPU and the memory of as many as the arguments say, a list after the other. What one item costs is to be
 * the same in each list.
 *
 * `node --conditions=@greenlang/source bench/programs/apartItems.ts 1250 5000`
 */
import { Effect, Schema } from "effect"
import { Pipeline, Step } from "greenlang"
import { Durable } from "greenlang/durable"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const finite = { output: Schema.Finite }
const Site = Pipeline.make(
  "Site",
  { version: "1.0.0", input: Schema.Finite, ...finite },
  (kWh) => Step.make("kg", [kWh], (kWh) => Effect.succeed(kWh * 2), finite)
)
const Sites = Pipeline.make("Sites", { version: "1.0.0", input: Schema.Array(Schema.Finite), ...finite }, (meters) => {
  const kg = Step.forEach("sites", meters, Site, { apart: true })
  return Step.pure("sum", [kg], (kg) => kg.reduce((a, b) => a + b, 0))
})

for (const items of process.argv.slice(2).map(Number)) {
  const folder = mkdtempSync(join(tmpdir(), "apart-"))
  let mostBytes = 0
  const sampling = setInterval(() => mostBytes = Math.max(mostBytes, process.memoryUsage().rss), 50)
  const began = { at: performance.now(), cpu: process.cpuUsage() }
  const { value } = await Effect.runPromise(
    Effect.gen(function*() {
      const id = yield* Durable.submit(Sites, Array.from({ length: items }, (_, at) => at))
      return yield* Durable.result(id, Sites)
    }).pipe(
      Effect.provide(
        Durable.layerEmbedded({ pipelines: [Sites, Site], file: join(folder, "runs.db"), survives: "process" })
      )
    )
  )
  const cpu = process.cpuUsage(began.cpu)
  const millis = (cpu.user + cpu.system) / 1_000
  clearInterval(sampling)
  rmSync(folder, { recursive: true })
  if (value !== items * (items - 1)) throw new Error(`the sum of ${items} items is ${value}`)
  console.log(
    `${items} items: ${(millis / items).toFixed(2)} ms of CPU an item, ${(millis / 1_000).toFixed(1)} s of CPU in `
      + `${((performance.now() - began.at) / 1_000).toFixed(1)} s, at most ${Math.round(mostBytes / 1e6)} MB`
  )
}
