/**
 * Sends SIGINT and SIGTERM to every command at a random moment of its life, and prints how the commands ended. A command ends
 * by itself (0, 1 or 2), by the signal before it was ready for one, or with 130 or 143; never later than after 3 seconds, with
 * a process left or with a failure that is not its own.
 *
 * `COUNT=500 node --conditions=@greenlang/source bench/programs/signals.ts`
 */
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"

const count = Number(process.env["COUNT"] ?? 100)
const longest = Number(process.env["LONGEST_MS"] ?? 2_000)
const bin = join(import.meta.dirname, "../../dist/cli/bin.js")
const folder = mkdtempSync(join(tmpdir(), "signals-"))
const at = (name: string) => join(folder, name)

const fuel = JSON.stringify({ fuel_type: "natural_gas", amount: 1, unit: "therm", country: "US" })
writeFileSync(at("bills.csv"), `fuel_type,amount,unit,country\n${"natural_gas,1,therm,US\n".repeat(3_000)}`)
writeFileSync(
  at("facility.json"),
  JSON.stringify({
    country: "US",
    subregion: "CAMX",
    fuels: [{ fuel_type: "natural_gas", amount: 1000, unit: "therms" }],
    electricity_kwh: 250000,
    area_sqft: 50000
  })
)
writeFileSync(at("one.yaml"), `name: One\nversion: "1"\nsteps: [{ name: a, agent: FuelAgent, input: ${fuel} }]\n`)

const commands: ReadonlyArray<ReadonlyArray<string>> = [
  ["agents"],
  ["schema"],
  ["--help"],
  ["check", "one.yaml"],
  ["graph", "one.yaml"],
  ["run", "one.yaml", "{}"],
  ["run", "FuelAgent", fuel, "--events"],
  ["run", "FuelAgent", "-"],
  ["run", "Footprint", "--input", "facility.json"],
  ["run", "Footprint", "--input", "facility.json", "--format", "text", "--report", "report.html"],
  ["tool", "FuelAgent", "calculate_emissions", fuel],
  ["footprint", "bills.csv", "--out", "out.csv"],
  ["history"],
  ["approvals"],
  ["status"],
  ["mcp"],
  ["worker"],
  ["new", "project"]
]

const tally = new Map<string, number>()
const wrong: Array<string> = []
for (let round = 0; round < count; round++) {
  rmSync(at("project"), { recursive: true, force: true })
  const command = commands[round % commands.length]!
  const signal = Math.floor(round / commands.length) % 2 === 0 ? "SIGINT" : "SIGTERM"
  const child = spawn(process.execPath, [bin, ...command], {
    cwd: folder,
    detached: true,
    env: { PATH: process.env["PATH"], HOME: folder, GREENLANG_DATABASE: at("greenlang.db") }
  })
  let stderr = ""
  child.stdout.resume()
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text)
  const closed = new Promise<readonly [number | null, string | null]>((resolve) =>
    child.once("close", (code, by) => resolve([code, by]))
  )
  const delay = Math.random() * longest
  await Promise.race([closed, setTimeout(delay)])
  child.kill(signal)
  const patience = new AbortController()
  const ended = await Promise.race([
    closed,
    setTimeout(3_000, undefined, { signal: patience.signal }).catch(() => undefined)
  ])
  patience.abort()
  if (ended === undefined) {
    child.kill("SIGKILL")
    await closed
  }
  const how = ended === undefined ? "hangs" : ended[1] ?? `${ended[0]}`
  tally.set(how, (tally.get(how) ?? 0) + 1)
  const left = spawnSync("pgrep", ["-g", `${child.pid}`], { encoding: "utf8" }).stdout.trim()
  const isFine = ["0", "1", "2", "130", "143", signal].includes(how)
  const isQuiet = !["130", "143"].includes(how) || !/error|defect/i.test(stderr)
  if (!isFine || !isQuiet || left !== "") {
    wrong.push(`${command.join(" ")} ${signal} after ${delay}: ${how} ${left} ${stderr}`)
  }
}
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${count} signals: ${[...tally].map(([how, times]) => `${how} ${times} times`).join(", ")}\n`)
process.stdout.write(`${wrong.length} commands ended in another way\n${wrong.map((line) => `${line}\n`).join("")}`)
