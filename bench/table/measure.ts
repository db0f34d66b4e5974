/**
 * Does the work of one row in one way: `node measure.ts ROW WAY PORT DATABASE_URL`. A process of its own for each, which
 * loads what its way needs, so that memory and threads are its own. Sends a `Way` without its connections, which are counted before it
 * ends.
 */
import { readFile } from "node:fs/promises"
import { type Row, rows, type Way, type Work } from "./rows.ts"

const [name, way, port, url] = process.argv.slice(2) as [string, Way["way"], string, string]
const row = rows[name]!
const address = `http://127.0.0.1:${port}/wait/${row.millis}`

/** By hand, in JavaScript, since the driver of the database has no types. */
const byHand = async (): Promise<Work> => {
  const { makeCall }: { readonly makeCall: (row: Row, address: string, url: string) => Call } = await import(
    new URL("byHand.js", import.meta.url).href
  )
  const { call, close } = makeCall(row, address, url)
  const run = async () => {
    if (way === "hand") await Promise.all(Array.from({ length: row.calls }, call))
    else for (let n = 0; n < row.calls; n++) await call()
  }
  return { run, close }
}

interface Call {
  readonly call: () => Promise<unknown>
  readonly close: () => Promise<unknown>
}

const work = way === "agents" ? (await import("./agents.ts")).inAgents(row, address, url) : await byHand()
// opens connections, and loads and compiles code, as a service has long done
const warm = performance.now() + 3_000
do await work.run()
while (performance.now() < warm)
const walls: Array<number> = []
const cpus: Array<number> = []
const end = performance.now() + 3_000
do {
  const before = process.cpuUsage()
  const started = performance.now()
  await work.run()
  walls.push(performance.now() - started)
  const { system, user } = process.cpuUsage(before)
  cpus.push((user + system) / 1_000)
} while (performance.now() < end)
const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const [, threads] = /Threads:\s*(\d+)/.exec(await readFile("/proc/self/status", "utf8")) ?? []
await work.close()
process.once("message", () => process.disconnect())
process.send!({
  row: name,
  way,
  wall: median(walls),
  cpu: median(cpus),
  memory: process.resourceUsage().maxRSS / 1_024,
  threads: Number(threads)
})
