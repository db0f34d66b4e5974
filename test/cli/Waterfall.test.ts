import { assert, describe, it } from "@effect/vitest"
import { CliOutput } from "effect/cli"
import type { PipelineReport } from "greenlang"
import * as Waterfall from "greenlang/cli/Waterfall"

const step = (
  name: string,
  startedAt: number,
  duration: number,
  more: Partial<PipelineReport.StepReport> = {}
): PipelineReport.StepReport => ({
  path: [name],
  after: [],
  state: "finished",
  attempts: 1,
  startedAt,
  duration,
  ...more
})

const timeline = (...steps: ReadonlyArray<PipelineReport.StepReport>): Parameters<typeof Waterfall.render>[0] => ({
  duration: 100,
  steps,
  criticalPath: ["long"]
})

describe("Waterfall", () => {
  it("scales bars to the width and marks the critical path", () => {
    const lines = Waterfall.render(timeline(step("short", 0, 50), step("long", 0, 100)), 33)
    assert.deepStrictEqual(lines, [
      "  short  ▒▒▒▒▒▒▒▒           50 ms",
      "* long   ████████████████  100 ms"
    ])
  })

  it("is never wider than it may be, nor is a bar ever empty", () => {
    const steps = [step("first", 0, 0), step("a step with a rather long name", 99.9, 0.1), step("long", 0, 100)]
    for (const width of [30, 40, 80, 200]) {
      const lines = Waterfall.render(timeline(...steps), width)
      assert.isAtMost(Math.max(...lines.map(CliOutput.displayWidth)), width)
      for (const line of lines) assert.match(line, /[▒█]/)
    }
  })

  it("indents the steps of a pipeline inside a step, and shows attempts, skips and what never started", () => {
    const { duration: _, startedAt: __, ...never } = step("never", 0, 0, { state: "pending" })
    const lines = Waterfall.render(
      timeline(
        step("site", 0, 10),
        step("fuel", 0, 10, { path: ["site", "fuel"], attempts: 3 }),
        step("grid", 0, 0, { state: "skipped" }),
        never
      ),
      60
    )
    assert.match(lines[1]!, /^ {4}fuel.*3 attempts, 10 ms$/)
    assert.match(lines[2]!, /skipped$/)
    assert.match(lines[3]!, /^ {2}never +never started$/)
  })

  it("shows when a step was ready, and names what it waited for", () => {
    const step = (name: string, startedAt: number, duration: number, after = ["input"]) => ({
      path: [name],
      after,
      state: "finished" as const,
      attempts: 1,
      startedAt,
      duration
    })
    const lines = Waterfall.render({
      duration: 400,
      criticalPath: [],
      // one place: b waits for a; then something holds the event loop before c, though nothing runs
      steps: [step("a", 0, 100), step("b", 100, 100), step("c", 300, 100, ["b"])]
    }, 60)
    assert.match(lines[1]!, /^ {2}b {2}·+▒+ +waited 100 ms for a place, 100 ms$/)
    assert.match(lines[2]!, /^ {2}c {2} +·+▒+ +waited 100 ms for the event loop, 100 ms$/)
    assert.notInclude(lines[0], "waited")
    // a turn of the event loop is the work of the run itself
    const short = { duration: 320, criticalPath: [], steps: [step("a", 0, 100), step("b", 130, 100, ["a"])] }
    assert.notInclude(Waterfall.render(short, 60).join(), "waited")
  })
})
