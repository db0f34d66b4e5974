import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema } from "effect"
import { CliOutput } from "effect/cli"
import { TestClock } from "effect/testing"
import { Pipeline, Step } from "greenlang"
import * as Report from "greenlang/cli/Report"
import * as Style from "greenlang/cli/Style"

describe("Report", () => {
  it.effect("of 2,000 steps stays readable: no torn drawing, and the bars that matter", () =>
    Effect.gen(function*() {
      const Many = Pipeline.make("Many", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
        const all = Array.from({ length: 1_999 }, (_, at) =>
          Step.make(`step ${at}`, [n], (n) => Effect.delay(Effect.succeed(n), at)))
        return Step.make("sum", all, () =>
          Effect.delay(Effect.succeed(1), 1))
      })
      const fiber = yield* Effect.forkChild(Many.report(1))
      yield* TestClock.adjust("1 minute")
      const report = yield* Fiber.join(fiber)
      const lines = Report.render(report, {
        agent: Many,
        schema: Schema.toJsonSchemaDocument(Many.output),
        timeline: report,
        width: 80,
        style: Style.plain
      })
      assert.isAtMost(lines.length, 80)
      assert.isAtMost(Math.max(...lines.map(CliOutput.displayWidth)), 80)
      assert.include(lines, "  2001 steps, too wide to draw here: --report FILE draws them")
      assert.include(lines, "  and 1940 shorter ones: --report FILE shows all")
      // the longest ones, and the critical path
      for (const name of ["step 1998", "step 1941"]) assert.isTrue(lines.some((line) => line.includes(name)), name)
      assert.isFalse(lines.some((line) => line.includes("step 1939 ")))
      assert.isTrue(lines.some((line) => line.startsWith("  * sum ")))
    }))
})
