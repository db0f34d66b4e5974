import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option, Schema } from "effect"
import { Agent, PipelineSpec } from "greenlang"
import * as DurationInput from "../../src/internal/DurationInput.ts"

const millis = (text: string) => Option.getOrUndefined(Option.map(DurationInput.parse(text), Duration.toMillis))

describe("DurationInput", () => {
  it("reads what people, clocks and ISO 8601 write", () => {
    const read: Readonly<Record<string, number>> = {
      "500ms": 500,
      "0s": 0,
      "1.5h": 5_400_000,
      " 5 minutes ": 300_000,
      "2 days": 172_800_000,
      "1w": 604_800_000,
      "00:00:30": 30_000,
      "0:05:00": 300_000,
      "36:00:00.5": 129_600_500,
      "PT0.5S": 500,
      PT30S: 30_000,
      PT1H30M: 5_400_000,
      P1D: 86_400_000,
      P1W: 604_800_000,
      P1DT12H: 129_600_000
    }
    for (const [text, right] of Object.entries(read)) assert.strictEqual(millis(text), right, text)
  })

  it("reads nothing out of what is not a fixed time", () => {
    const wrong = [
      "",
      "soon",
      "5",
      "5 lightyears",
      "-5s",
      "+5s",
      "1e3s",
      "5:00",
      "00:60:00",
      "00:00:61",
      "P",
      "PT",
      "P1DT",
      "P1Y",
      "P2M",
      "P1Y2DT3H",
      "pt5s",
      "PT5",
      "5s 5s",
      "1h30m",
      `${"9".repeat(40)}s`,
      "9".repeat(400_000),
      "０s",
      "NaNs",
      "Infinity s"
    ]
    for (const text of wrong) assert.isUndefined(millis(text), text.slice(0, 20))
  })

  it.effect("says in a pipeline file what would be right", () =>
    Effect.gen(function*() {
      const Any = Agent.make("Any", {
        version: "1.0.0",
        input: Schema.Json,
        output: Schema.Json,
        execute: Effect.succeed
      })
      const fault = (timeout: string) =>
        Effect.map(
          Effect.flip(PipelineSpec.fromYaml(
            `name: A\nversion: "1"\ntimeout: ${timeout}\nsteps: [{ name: a, agent: Any }]`,
            { agents: [Any] }
          )),
          ({ issues }) => issues.map(({ message, path }) => `${path}: ${message}`).join()
        )
      assert.strictEqual(
        yield* fault("5:00"),
        `timeout: "5:00" is not a duration: write "00:05:00" for minutes and seconds`
      )
      assert.strictEqual(
        yield* fault("P1Y"),
        `timeout: "P1Y" is not a duration: a month or a year has no fixed length: write days, as P30D`
      )
      assert.include(yield* fault("soon"), `is not a duration: write 500ms, 30s`)
      assert.include(yield* fault("30"), `30 is not a duration: write 500ms, 30s`)
    }))
})
