/**
 * What a process waits for before the first line of a program runs: a bare `node`, an import of `effect`, an import of
 * `greenlang`, and the command with nothing to do. Each is a process of its own.
 *
 * Needs `dist`, which is what users load: `npm run build` makes it.
 */
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { test } from "vitest"
import { report } from "./ratio.ts"

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
    { time: 2_000, warmupTime: 500 }
  )
  const bare = result.get("node").latency.p50
  const over = (name: "import effect" | "import greenlang" | "greenlang --version", target: string) => {
    const time = result.get(name).latency.p50
    report(
      name,
      `${time.toFixed(0)} ms, node ${bare.toFixed(0)} ms`,
      `${(time - bare).toFixed(0)} ms over node`,
      target
    )
  }
  over("import effect", "none")
  over("import greenlang", "at most 250 ms over node")
  over("greenlang --version", "at most 400 ms in all")
}, 60_000)
