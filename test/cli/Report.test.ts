import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Pipeline, Run, Step } from "greenlang"
import * as Report from "greenlang/cli/Report"
import * as Style from "greenlang/cli/Style"

describe("Report", () => {
  it.effect("tells what steps used, and what one more slot would have saved", () =>
    Effect.gen(function*() {
      const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
      const Two = Pipeline.make("Two", { ...numbers, concurrency: 1 }, (n) => {
        const asks = Step.make("asks", [n], (n) =>
          Run.addUsage({ calls: 1, inputTokens: 300, outputTokens: 40, costUsd: 0.5 }).pipe(
            Effect.delay("100 millis"),
            Effect.as(n)
          ))
        const waits = Step.make("waits", [n], (n) =>
          Effect.delay(Effect.succeed(n), "300 millis"))
        return Step.make("sum", [asks, waits], (a, b) =>
          Effect.succeed(a + b))
      })
      const run = yield* Effect.forkChild(Two.report(1))
      yield* TestClock.adjust("1 second")
      const report = yield* Fiber.join(run)
      const lines = Report.render(report, {
        agent: Two,
        schema: Schema.toJsonSchemaDocument(Two.output),
        timeline: report,
        width: 72,
        style: Style.plain
      })
      assert.include(lines, "times  (* critical path; one more slot would have saved 100 ms)")
      assert.match(lines.join("\n"), /\n {4}asks .*▒ +340 tokens, 100 ms\n/)
    }))
})
