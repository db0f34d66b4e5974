/**
 * What a process pays before the first line of a program runs: an import of `greenlang` beside one of `effect`, in CPU, and
 * the command with nothing to do beside a bare `node`, in time. Each is a process of its own, and they take turns.
 *
 * Needs `dist`, which is what users load: `npm run build` makes it.
 */
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { test } from "vitest"
import { ratio, report } from "./ratio.ts"

const node = (...args: ReadonlyArray<string>) => async () => {
  await promisify(execFile)(process.execPath, args)
}

const rounds = 21
const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** Milliseconds of CPU that an import takes. */
const cpuOf = async (name: string): Promise<number> => {
  const program = `
    const before = process.cpuUsage()
    await import("${name}")
    const { system, user } = process.cpuUsage(before)
    console.log((system + user) / 1_000)`
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program])
  return Number(stdout)
}

test("an import", async () => {
  const effect: Array<number> = []
  const greenlang: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    effect.push(await cpuOf("effect"))
    greenlang.push(await cpuOf("greenlang"))
  }
  const ratios = greenlang.map((cpu, round) => cpu / effect[round]!)
  const figures = `${median(greenlang).toFixed(0)} ms of CPU, import effect ${median(effect).toFixed(0)} ms`
  report("import greenlang", figures, `${median(ratios).toFixed(2)}x`, "at most 1.05x")
}, 120_000)

test("the command", async ({ bench }) => {
  const result = await bench.compare(
    bench("node", node("--eval", "0")),
    bench("greenlang --version", node("dist/cli/bin.js", "--version")),
    { time: 0, iterations: 20, warmupTime: 0, warmupIterations: 3 }
  )
  const version = result.get("greenlang --version")
  report("greenlang --version", "in all", `${version.latency.p50.toFixed(0)} ms`, "at most 400 ms")
  ratio("greenlang --version", version, result.get("node"), "none")
}, 120_000)
