/**
 * Compares greenlang with its peers and with plain async functions: `npm run bench:peers`.
 *
 * Each system and scenario runs in a process of its own; the systems take turns, so that whatever else the machine does hits
 * them alike. Installs what the folders beside this file pin. Writes `bench/results/peers.jsonl` and the page of both
 * comparisons. With names of scenarios, it measures these and writes nothing.
 */
import { Effect, ManagedRuntime, Redacted } from "effect"
import { execFile, fork } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { Postgres } from "../../test/support/Postgres.ts"
import { writeResults } from "../page/page.ts"
import { peersTable } from "../page/peers.ts"
import { type Figure, scenarios, type System, systemsOf } from "./systems.ts"

const rounds = 3
const here = import.meta.dirname
const execute = promisify(execFile)

/** The folders that pin what they compare. */
const folders = ["langgraph", "mastra", "ai-sdk", "openai-agents", "durable"]

await Promise.all(folders.map(async (name) => {
  const folder = join(here, name)
  if (existsSync(join(folder, "node_modules"))) return
  console.error(`installing ${name}`)
  await execute("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder })
}))

const services = fork(join(here, "../support/services.ts"), { execArgv: [] })
const [port] = await once(services, "message")

/** The figure of a process of its own, or nothing where the system leaves the scenario out. */
const figureOf = async (system: System, scenario: string): Promise<Figure | undefined> => {
  const child = fork(join(here, "measure.ts"), [system, scenario, String(port)], { execArgv: [], timeout: 60_000 })
  const messages: Array<Figure | null> = []
  child.on("message", (figure: Figure | null) => messages.push(figure))
  const [code, signal] = await once(child, "exit")
  if (signal !== null) return { system, scenario, value: null, beside: {} }
  if (messages.length === 0) throw new Error(`${system} ended with ${code} in "${scenario}"`)
  return messages[0] ?? undefined
}

const server = ManagedRuntime.make(Postgres.layer)

/** The figure of a process of its own, which runs the same steps on an empty database. */
const durableFigureOf = (system: System, scenario: string): Promise<Figure> =>
  server.runPromise(Effect.scoped(Effect.gen(function*() {
    const url = yield* (yield* Postgres).makeDatabase
    const { stdout } = yield* Effect.promise(() =>
      execute(process.execPath, [
        join(here, system === "dbos" ? "durable/dbos.mjs" : "greenlang/durable.js"),
        Redacted.value(url)
      ], { timeout: 60_000 })
    )
    const { stepMs, stepsPerSecond } = JSON.parse(stdout.trim().split("\n").at(-1)!)
    return { system, scenario, value: stepMs, beside: { "steps a second, 50 runs at once": stepsPerSecond } }
  })))

/** What the folders pin, by the name of the package. */
const versionsOf = async (): Promise<Record<string, string>> => {
  const versions: Record<string, string> = {}
  for (const name of folders) {
    Object.assign(versions, JSON.parse(await readFile(join(here, name, "package.json"), "utf8")).dependencies)
  }
  return versions
}

const wanted = process.argv.slice(2)
const names = Object.keys(scenarios).filter((name) => wanted.length === 0 || wanted.includes(name))
const figures: Array<Figure> = []
for (const scenario of names) {
  const leftOut = new Set<System>()
  const systems = systemsOf(scenario)
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < systems.length; turn++) {
      const system = systems[(turn + round) % systems.length]!
      if (leftOut.has(system)) continue
      const figure = await (scenario === "a durable step" ? durableFigureOf : figureOf)(system, scenario)
      if (figure?.value == null) leftOut.add(system)
      if (figure !== undefined) figures.push(figure)
    }
  }
  console.log(peersTable(figures.filter((figure) => figure.scenario === scenario), systems).join("\n"))
}
services.kill()
await server.dispose()

// a part of the scenarios is for a look, and leaves the page as it is
if (names.length === Object.keys(scenarios).length) {
  await writeResults("peers", figures, await versionsOf())
}
