import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema } from "effect"
import { CliOutput } from "effect/cli"
import { TestClock } from "effect/testing"
import { Pipeline, type PipelineReport, Run, Step } from "greenlang"
import * as Report from "greenlang/cli/Report"
import * as Style from "greenlang/cli/Style"

const render = (agent: Pipeline.Any, report: PipelineReport.PipelineReport<number>, width: number) =>
  Report.render(report, {
    agent,
    schema: Schema.toJsonSchemaDocument(agent.output),
    timeline: report,
    width,
    style: Style.plain
  })

describe("Report", () => {
  it.effect("shows the tokens of each step, and the time that one more place would have saved", () =>
    Effect.gen(function*() {
      const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
      const Two = Pipeline.make("Two", { ...numbers, concurrency: 1 }, (n) => {
        const asks = Step.make(
          "asks",
          [n],
          (n) =>
            Run.addUsage({ calls: 1, inputTokens: 300, outputTokens: 40, costUsd: 0.5 }).pipe(
              Effect.delay("100 millis"),
              Effect.as(n)
            )
        )
        const waits = Step.make("waits", [n], (n) => Effect.delay(Effect.succeed(n), "300 millis"))
        return Step.make("sum", [asks, waits], (a, b) => Effect.succeed(a + b))
      })
      const run = yield* Effect.forkChild(Two.report(1))
      yield* TestClock.adjust("1 second")
      const report = yield* Fiber.join(run)
      const lines = render(Two, report, 72)
      assert.include(lines, "times  (* critical path; one more place would have saved 100 ms)")
      assert.match(lines.join("\n"), /\n {4}asks .*▒ +340 tokens, 100 ms\n/)
    }))

  it.effect("shows the first and the slowest of 2,000 steps, and says how many are left out", () =>
    Effect.gen(function*() {
      const Many = Pipeline.make("Many", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
        const all = Array.from(
          { length: 1_999 },
          (_, at) => Step.make(`step ${at}`, [n], (n) => Effect.delay(Effect.succeed(n), at))
        )
        return Step.make("sum", all, () => Effect.delay(Effect.succeed(1), 1))
      })
      const fiber = yield* Effect.forkChild(Many.report(1))
      yield* TestClock.adjust("1 minute")
      const report = yield* Fiber.join(fiber)
      const lines = render(Many, report, 80)
      assert.isAtMost(lines.length, 80)
      assert.isAtMost(Math.max(...lines.map(CliOutput.displayWidth)), 80)
      assert.include(lines, "  2001 steps, too many to draw here; --report FILE draws them")
      assert.include(lines, "  The first, the slowest and the failed steps; 1940 are left out.")
      for (const name of ["step 1998", "step 1983", "step 0 "]) {
        assert.isTrue(lines.some((line) => line.includes(name)), name)
      }
      assert.isFalse(lines.some((line) => line.includes("step 1941 ")))
      assert.isTrue(lines.some((line) => line.startsWith("  * sum ")))
    }))
})
