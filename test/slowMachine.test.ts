/**
 * No test depends on the speed of the machine. A test waits for an event or moves a virtual clock; it does not sleep and
 * hope. Figures belong to `bench/`. The limits in `vitest.config.ts` are the only ones: they find a test that hangs.
 */
import { assert, describe, it } from "@effect/vitest"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"

const folder = import.meta.dirname

const findings: Readonly<Record<string, (block: string) => boolean>> = {
  "bounds a time from above": (block) =>
    /performance\.now\(|Date\.now\(|hrtime|cpuUsage\(/i.test(block) && /\.is(Below|AtMost)\(/.test(block),
  "sleeps": (block) =>
    /^(?!.*\bwhile \().*\bsetTimeout\((resolve|\d)/m.test(block)
    || /^\s*it\.live\b/.test(block) && /^(?!.*\bwhile \().*\bEffect\.sleep\(/m.test(block),
  "has a limit of its own": (block) =>
    /^\s*[)}\]]+(\.pipe\(.*\))?, [\d_]{4,}\)$/m.test(block) || /[)}],\n\s*[\d_]{4,}\n\s*\)$/m.test(block)
    || /, \{ timeout: [\d_]+ \}, (async )?\(/.test(block) || /\btimeout: "[^"]+" \}\)\(/.test(block)
    || /\btestTimeout\b/.test(block)
}

/** Files whose tests may, and why that holds on a slow machine. */
const allowed: Readonly<Record<string, string>> = {
  "agent/Hook.test.ts": "the time that a hook takes is what the next one waits for",
  "agent/RunOptions.test.ts": "a limit of 60 days has not passed after a moment, however long that is",
  "boundary/PureSyncAgent.test.ts": "a timer of 20 ms fires after those of 1 and 5 ms",
  "boundary/SyncAgent.test.ts": "the fastest of ten calls, at a hundred times what it takes",
  "boundary/SyncAgentProcess.test.ts": "the guard looks again only after 100 ms",
  "cli/Cli.test.ts": "a detector reports in a later turn",
  "cli/JsonText.test.ts": "processor time, and a scan that starts anew would take minutes",
  "cpu/CpuPool.test.ts": "what was ended is ended at any moment, and idle threads end later",
  "http/Http.test.ts": "a server that has not hung up yet is connected to all the same",
  "http/HttpRepeat.test.ts": "connections break at random moments",
  "internal/Deadline.test.ts": "runs are interrupted at random moments",
  "llm/LlmBatch.test.ts": "a timer of 10 ms fires before one of 100 ms",
  "llm/LlmWires.test.ts": "a slow reader",
  "llm/ToolLoop.test.ts": "tools that take different times end in another order",
  "llm/layers/LlmLimits.test.ts": "polls until the wire is quiet",
  "misuse/LinearScans.test.ts": "processor time, in proportion to that of an eighth of the same input",
  "misuse/MalformedInput.test.ts": "processor time, in which a scan that starts anew would take minutes",
  "pipeline/Misuse.test.ts": "a nap before an answer is what the step is made of",
  "pipeline/Pipeline.test.ts": "runs are interrupted at random moments",
  "testing/NoLeaks.test.ts": "timers and fibers are what is left open"
}

/** The file in pieces, each of which begins with a test or a group of tests. */
const blocksOf = (text: string) => text.split(/\n(?=\s*(?:it|layer|describe)\b)/)

describe("the tests", () => {
  for (const file of globSync("**/*.test.ts", { cwd: folder }).toSorted()) {
    if (file === "slowMachine.test.ts" || file in allowed) continue
    it(`hold on a slow machine: ${file}`, () => {
      for (const block of blocksOf(readFileSync(join(folder, file), "utf8"))) {
        for (const [what, found] of Object.entries(findings)) {
          assert.isFalse(found(block), `a test ${what}: ${block.trimStart().split("\n", 1)[0]}`)
        }
      }
    })
  }
})
