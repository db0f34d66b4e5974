/**
 * The first run of a statistical agent in a process. Prints the CPU milliseconds of the longest turn of its main thread.
 *
 * The system counts CPU in ticks of up to 4 ms, so a turn cost no more than its wall time either.
 */
import { Effect, Layer } from "effect"
import { CpuPool } from "greenlang"
import { AnomalyAgentIForest } from "greenlang/climate/AnomalyAgentIForest"
import { ForecastAgentSARIMA } from "greenlang/climate/ForecastAgentSARIMA"
import * as Offline from "greenlang/llm/offline/Offline"
import { readFileSync } from "node:fs"
import { join } from "node:path"

const name = process.argv[2]
const input = JSON.parse(readFileSync(join(import.meta.dirname, `../../examples/climate/${name}.json`), "utf8"))

/** CPU of this thread so far, in milliseconds. */
const spent = () => {
  const { system, user } = process.threadCpuUsage()
  return (user + system) / 1000
}

let longest = 0
let before = 0
let began = 0
let isRunning = true
const turn = () => {
  longest = Math.max(longest, Math.min(spent() - before, performance.now() - began))
  next()
}
const next = () => {
  before = spent()
  began = performance.now()
  if (isRunning) setImmediate(turn)
}

const program = Effect.gen(function*() {
  next()
  if (name === "AnomalyAgentIForest") yield* AnomalyAgentIForest.run(input)
  else yield* ForecastAgentSARIMA.run(input)
  isRunning = false
  turn()
})

await Effect.runPromise(Effect.provide(program, Layer.merge(Offline.layer, CpuPool.layerWorkers({ size: 1 }))))
console.log(longest)
