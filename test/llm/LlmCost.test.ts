import { assert, describe, it } from "@effect/vitest"
import { Run } from "greenlang"
import * as LlmUsage from "greenlang/llm/LlmUsage"

describe("the cost of a run", () => {
  it("has no noise of binary fractions, however many calls it adds up", () => {
    for (const [costUsd, calls, sum] of [[0.1, 3, 0.3], [0.000027, 3, 0.000081], [0.0000001, 7, 0.0000007]] as const) {
      let usage = Run.noUsage
      for (let at = 0; at < calls; at++) usage = LlmUsage.add(usage, { ...Run.noUsage, calls: 1, costUsd })
      assert.strictEqual(usage.costUsd, sum)
    }
  })
})
