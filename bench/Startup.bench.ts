/**
 * What a process waits for before the first line of a program runs: a bare `node`, an import of `effect`, an import of
 * `greenlang`, and the command with nothing to do. Each is a process of its own.
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
const imports = (name: string) => node("--input-type=module", "--eval", `await import("${name}")`)

test("start", async ({ bench }) => {
  const result = await bench.compare(
    bench("node", node("--eval", "0")),
    bench("import effect", imports("effect")),
    bench("import greenlang", imports("greenlang")),
    bench("greenlang --version", node("dist/cli/bin.js", "--version")),
    { time: 0, iterations: 20, warmupTime: 0, warmupIterations: 3 }
  )
  const ours = result.get("import greenlang")
  const over = ours.latency.p50 - result.get("node").latency.p50
  report("import greenlang", "over bare node", `${over.toFixed(0)} ms`, "at most 250 ms")
  ratio("import greenlang", ours, result.get("import effect"), "none")
  const version = result.get("greenlang --version")
  report("greenlang --version", "in all", `${version.latency.p50.toFixed(0)} ms`, "at most 400 ms")
  ratio("greenlang --version", version, result.get("node"), "none")
}, 120_000)
