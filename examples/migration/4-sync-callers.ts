/**
 * The last step is none for callers that cannot await: they are given the new agents with the old methods, and not a
 * line of them changes. What waits lives in a worker thread and blocks its caller, what only computes needs no thread.
 *
 * A caller that can change one line gives ten inputs at once, and blocks for one of them.
 */
import { PureSyncAgent, SyncAgent } from "greenlang"
import * as Legacy from "./LegacySiteEmissions.ts"
import { report, sites } from "./OldCaller.ts"
import { Rating } from "./Rating.ts"
import type { SiteEmissions } from "./SiteEmissions.ts"
import * as World from "./World.ts"

await using _world = await World.open()

const open = () =>
  SyncAgent.fromModule<typeof SiteEmissions>(
    new URL("./SiteEmissions.ts", import.meta.url),
    { export: "SiteEmissions", timeout: "2 minutes" }
  )

using emissions = open() // keeps the worker, which those that are opened later share
const lines = report({ emissions: open(), rating: PureSyncAgent.open(Rating) }, sites)
console.log(lines.join("\n"))

const ten = Array.from({ length: 10 }, () => ({ site: "Hall" }))
const legacy = new Legacy.SiteEmissions()
legacy.execute({ site: "Hall" })
let began = performance.now()
for (const input of ten) legacy.execute(input)
const before = performance.now() - began
legacy.cleanup()

emissions.execute({ site: "Hall" })
began = performance.now()
emissions.executeAll(ten)
const after = performance.now() - began
console.log(`Ten calls: ${before.toFixed(0)} ms before, ${after.toFixed(0)} ms now, ${(before / after).toFixed(1)}x.`)
