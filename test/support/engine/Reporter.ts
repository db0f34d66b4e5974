/**
 * Prints, for each engine, how many of the tests of pipelines ran on it and were equal, and which files were left out, with the reason.
 */
import type { Reporter, TestModule } from "vitest/node"
import { type Engine, filesLeftOut } from "./LeftOut.ts"

interface Tally {
  files: number
  tests: number
  equal: number
  unequal: number
  runs: number
  withoutRuns: number
}

export default class EngineReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const tallies = new Map<string, Tally>()
    for (const module of modules) {
      if (!module.project.name.startsWith("durable-")) continue
      const tally = tallies.get(module.project.name)
        ?? { files: 0, tests: 0, equal: 0, unequal: 0, runs: 0, withoutRuns: 0 }
      tallies.set(module.project.name, tally)
      tally.files++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        const { runs = 0 } = test.meta() as { readonly runs?: number }
        tally.tests++
        tally.runs += runs
        if (state === "failed") tally.unequal++
        else if (state === "passed") tally[runs > 0 ? "equal" : "withoutRuns"]++
      }
    }
    for (const [engine, { equal, files, runs, tests, unequal, withoutRuns }] of tallies) {
      const leftOut = filesLeftOut(engine.replace("durable-", "") as Engine)
      process.stdout.write(
        `\n${engine}: ${files} files, ${tests} tests: ${equal} equal in ${runs} durable runs, ${unequal} unequal, `
          + `${withoutRuns} run no pipeline, ${leftOut.size} files left out\n`
      )
      for (const [file, reason] of leftOut) process.stdout.write(`  ${file}: ${reason}\n`)
    }
  }
}
