/**
 * 1,000 calls to a provider that never answers, started at once, beside 1,000 of plain `fetch`: how long after its timeout
 * the connection of a call is closed, as the server sees it, and how many are left. Once with the timeout of each counted
 * from its own start, and once with all of them in the same instant, which is harder: there, destroying as many sockets
 * with nothing around them shows how soon the last can be closed at all.
 *
 * The server is a process of its own, so that it notes a close when it comes, not when the caller lets it.
 */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { test } from "vitest"
import { report } from "./ratio.ts"

interface Measured {
  readonly what: string
  /** Milliseconds after the timeout of a call, and how many connections are open afterwards. */
  readonly rounds: ReadonlyArray<Readonly<Record<"median" | "most" | "last" | "left", number>>>
}

test("1,000 hanging calls", async () => {
  const program = join(import.meta.dirname, "programs/hangingCalls.ts")
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@greenlang/source", program])
  const measured: ReadonlyArray<Measured> = JSON.parse(stdout)
  for (const { rounds, what } of measured) {
    const typical = (of: "median" | "most" | "last") =>
      `${rounds.map((round) => round[of]).toSorted((a, b) => a - b)[rounds.length >> 1]!.toFixed(0)} ms`
    const left = Math.max(...rounds.map((round) => round.left))
    report(
      `1,000 hanging calls, closed ${what}`,
      `half of them after ${typical("median")}, 99 in 100 after ${typical("most")}`,
      `the last after ${typical("last")}, ${left} left`,
      what.endsWith("own timeout, Llm.generate") ? "<= 100 ms, 0 left" : "beside"
    )
  }
}, 400_000)
