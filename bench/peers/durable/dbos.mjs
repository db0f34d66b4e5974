/**
 * Workflows of 20 steps on DBOS, as `bench/Durable.bench.ts` runs pipelines: one after another, and 50 at once. Prints the
 * figures as JSON. `npm install` in this folder first; the URL of an empty PostgreSQL database is the argument.
 */
import { DBOS } from "@dbos-inc/dbos-sdk"

const steps = 20
const rounds = 9
const atOnce = 50

const chain = DBOS.registerWorkflow(async (n) => {
  for (let at = 1; at <= steps; at++) n = await DBOS.runStep(async () => n + 1, { name: `${at}` })
  return n
}, { name: "chain" })

DBOS.setConfig({ name: "bench", systemDatabaseUrl: process.argv[2], logLevel: "error" })
await DBOS.launch()

const run = async () => (await DBOS.startWorkflow(chain)(0)).getResult()
await run()
const times = []
for (let round = 0; round < rounds; round++) {
  const began = performance.now()
  await run()
  times.push(performance.now() - began)
}
const began = performance.now()
await Promise.all(Array.from({ length: atOnce }, run))
const took = performance.now() - began
console.log(JSON.stringify({
  stepMs: times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] / steps,
  stepsPerSecond: atOnce * steps / took * 1_000
}))
await DBOS.shutdown()
process.exit(0)
