/**
 * The pairs in `examples/practices`, each bad program against its good one, in one run.
 *
 * The service that most of them ask takes 100 ms for an answer, or says nothing for a second. Leaves out: that a blocked
 * loop delays everything else too: only the longest delay is shown.
 */
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setTimeout } from "node:timers/promises"
import { test } from "vitest"
import * as blockingBad from "../examples/practices/blocking-the-loop/bad.ts"
import * as blockingGood from "../examples/practices/blocking-the-loop/good.ts"
import * as cpuBad from "../examples/practices/cpu-in-a-fiber/bad.ts"
import * as cpuGood from "../examples/practices/cpu-in-a-fiber/good.ts"
import * as timeoutBad from "../examples/practices/no-timeout/bad.ts"
import * as timeoutGood from "../examples/practices/no-timeout/good.ts"
import * as sequentialBad from "../examples/practices/sequential-awaits/bad.ts"
import * as sequentialGood from "../examples/practices/sequential-awaits/good.ts"
import * as unclosedBad from "../examples/practices/unclosed-clients/bad.ts"
import * as unclosedGood from "../examples/practices/unclosed-clients/good.ts"
import * as Grid from "../examples/support/Grid.ts"
import { ratio, report } from "./ratio.ts"

/** `holds` says that the bad program holds the event loop. */
const pairs = [
  { practice: "blocking the loop", bad: blockingBad.main, good: blockingGood.main, holds: true },
  { practice: "sequential awaits", bad: sequentialBad.main, good: sequentialGood.main, holds: false },
  { practice: "no timeout", bad: timeoutBad.main, good: timeoutGood.main, holds: false },
  { practice: "CPU work in a fiber", bad: cpuBad.main, good: cpuGood.main, holds: true }
]

/** The longest time for which the event loop could do nothing else, in milliseconds. */
const longestDelay = async (work: () => Promise<unknown>) => {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  await setTimeout(20) // it counts from one turn of the loop to the next
  await work()
  await setTimeout(20)
  delays.disable()
  return `${(delays.max / 1e6).toFixed(0)} ms`
}

for (const { bad, good, holds, practice } of pairs) {
  test(practice, async ({ bench }) => {
    await using grid = await Grid.start()
    const result = await bench.compare(
      bench("bad", () => bad(grid.url)),
      bench("good", () => good(grid.url)),
      { iterations: 5, time: 0, warmupIterations: 1, warmupTime: 0 }
    )
    ratio(practice, result.get("bad"), result.get("good"), "none")
    if (!holds) return
    const held = `bad ${await longestDelay(() => bad(grid.url))}`
    report(`${practice}: longest delay of the loop`, held, await longestDelay(() => good(grid.url)), "none")
  }, 120_000)
}

test("unclosed clients", async () => {
  await using grid = await Grid.start()
  const left = async (work: () => Promise<unknown>) => {
    for (let round = 0; round < 10; round++) await work()
    await setTimeout(100)
    return grid.connections()
  }
  const good = await left(() => unclosedGood.main(grid.url))
  const bad = await left(() => unclosedBad.main(grid.url))
  report("unclosed clients: connections left by 100 calls", `bad ${bad}`, `${good}`, "0")
}, 120_000)
