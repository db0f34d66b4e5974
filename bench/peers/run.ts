/**
 * Compares greenlang with its peers and with plain async functions: `npm run bench:peers`.
 *
 * Each system and scenario runs in a process of its own; the systems take turns, so that whatever else the machine does hits
 * them alike. Installs what the folders beside this file pin. Writes `bench/results/peers.jsonl` and the page of both
 * comparisons.
 */
import { execFile, fork } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { writeResults } from "../page/page.ts"
import { peersTable } from "../page/peers.ts"
import { type Figure, scenarios, type System, systems } from "./systems.ts"

const rounds = 3
const here = import.meta.dirname
const execute = promisify(execFile)

for (const system of systems) {
  const folder = join(here, system)
  if (existsSync(join(folder, "package.json")) && !existsSync(join(folder, "node_modules"))) {
    console.error(`installing ${system}`)
    await execute("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder })
  }
}

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

/** What the folders pin, by the name of the package. */
const versionsOf = async (): Promise<Record<string, string>> => {
  const versions: Record<string, string> = {}
  for (const system of systems) {
    const file = join(here, system, "package.json")
    if (existsSync(file)) Object.assign(versions, JSON.parse(await readFile(file, "utf8")).dependencies)
  }
  return versions
}

const wanted = process.argv.slice(2)
const names = Object.keys(scenarios).filter((name) => wanted.length === 0 || wanted.includes(name))
const figures: Array<Figure> = []
for (const scenario of names) {
  const leftOut = new Set<System>()
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < systems.length; turn++) {
      const system = systems[(turn + round) % systems.length]!
      if (leftOut.has(system)) continue
      const figure = await figureOf(system, scenario)
      if (figure?.value == null) leftOut.add(system)
      if (figure !== undefined) figures.push(figure)
    }
  }
  console.log(peersTable(figures.filter((figure) => figure.scenario === scenario)).join("\n"))
}
services.kill()

// a part of the scenarios is for a look, and leaves the page as it is
if (names.length === Object.keys(scenarios).length) {
  await writeResults("peers", figures, await versionsOf())
}
