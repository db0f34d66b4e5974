import { assert, describe, it } from "@effect/vitest"
import { CliOutput } from "effect/cli"
import type { PipelineReport } from "greenlang"
import * as ProgressFrame from "greenlang/cli/ProgressFrame"
import * as Style from "greenlang/cli/Style"
import * as StepDetails from "greenlang/report/StepDetails"

type Step = PipelineReport.StepReport

const step = (at: number, state: Step["state"], more: Partial<Step> = {}): Step => ({
  path: [`step number ${at}`],
  after: [],
  state,
  attempts: state === "pending" ? 0 : 1,
  ...(state === "pending" ? {} : { startedAt: 0 }),
  ...(state === "pending" || state === "running" ? {} : { duration: 1 }),
  ...more
})

const render = (steps: ReadonlyArray<Step>, now: number, more: Partial<ProgressFrame.Options> = {}) =>
  ProgressFrame.render(steps, now, {
    columns: 80,
    rows: 24,
    spin: 0,
    isLast: false,
    style: Style.plain,
    said: new Map(),
    ...more
  })

/** 1,200 have ended, 3 of them badly and one after long; 30 run, each since a different time; the others wait. */
const many = Array.from({ length: 2_000 }, (_, at): Step => {
  if (at === 7) return step(at, "finished", { duration: 4_000 })
  if (at < 1_197) return step(at, at % 100 === 50 ? "skipped" : "finished")
  if (at < 1_200) return step(at, "failed")
  return at < 1_230
    ? step(at, "running", { startedAt: 10_000 - at, attempts: at === 1_229 ? 2 : 1 })
    : step(at, "pending")
})

const sizes = [[80, 24], [40, 10], [30, 5], [200, 60]] as const

describe("ProgressFrame", () => {
  it("shows each of two steps", () => {
    assert.deepStrictEqual(render([step(1, "finished"), step(2, "running")], 1_500), [
      "✓ step number 1   1.0 ms",
      "⠋ step number 2    1.5 s"
    ])
  })

  it("fits any terminal, however many steps there are", () => {
    for (const isLast of [false, true]) {
      for (const [columns, rows] of sizes) {
        const lines = render(many, 10_000, { columns, rows, isLast })
        assert.isAtMost(lines.length, Math.max(4, rows - 1))
        assert.isAtMost(Math.max(...lines.map(CliOutput.displayWidth)), columns)
        assert.include(lines[0], "1200 of 2000 steps")
      }
    }
  })

  it("counts 2,000 steps, estimates the rest, and shows the failed, the running and the longest steps", () => {
    const lines = render(many, 10_000, { rows: 12, columns: 100 })
    assert.deepStrictEqual(lines, [
      "██████████████████░░░░░░░░░░░░  1200 of 2000 steps",
      "10.0 s, about 5 s left at this rate, 30 running, 3 failed, 12 skipped",
      "✗ step number 1198   1.0 ms  failed",
      "✗ step number 1199   1.0 ms  failed",
      "⠋ step number 1229    1.2 s  attempt 2",
      "⠋ step number 1228    1.2 s",
      "⠋ step number 1227    1.2 s",
      "⠋ step number 1226    1.2 s",
      "⠋ step number 1225    1.2 s",
      "  and 25 more running",
      "✓ step number 7       4.0 s  took longest"
    ])
  })

  it("estimates the rest only once enough steps have ended", () => {
    const guess = (ended: number, now: number, all = 2_000) =>
      render(Array.from({ length: all }, (_, at) => step(at, at < ended ? "finished" : "pending")), now)[1]
    assert.strictEqual(guess(199, 10_000), "10.0 s")
    assert.strictEqual(guess(1_000, 1_999), "2.0 s")
    assert.strictEqual(guess(1_000, 90_000), "1 min 30 s, about 2 min left at this rate")
    assert.strictEqual(guess(2_000, 90_000), "1 min 30 s")
  })

  it("ends with the counts and the failed steps", () => {
    const ended = many.map((one, at) => at < 1_200 ? one : step(at, "finished"))
    assert.deepStrictEqual(render(ended, 12_000, { isLast: true }), [
      "██████████████████████████████  2000 of 2000 steps",
      "12.0 s, 3 failed, 12 skipped",
      "✗ step number 1197   1.0 ms  failed",
      "✗ step number 1198   1.0 ms  failed",
      "✗ step number 1199   1.0 ms  failed",
      "✓ step number 7       4.0 s  took longest"
    ])
  })

  it("names steps inside steps in full where the steps around them are not shown", () => {
    const inside = [...many.slice(0, 1_000), step(0, "running", { path: ["site", "fuel"] })]
    assert.include(render(inside, 10_000), "⠋ site / fuel     10.0 s")
  })

  it("shows the end of the text of a model on one line", () => {
    const said = new Map([[StepDetails.keyOf(["step number 1"]), `${"word ".repeat(40)}\nand \x1b[2Jthe last`]])
    const [line] = render([step(1, "running")], 1_500, { said })
    assert.match(line!, /^⠋ step number 1 {4}1\.5 s {2}…[\w ]+ and \[2Jthe last$/)
    assert.isAtMost(CliOutput.displayWidth(line!), 80)
    assert.strictEqual(render([step(1, "finished")], 1_500, { said })[0], "✓ step number 1   1.0 ms")
  })
})
