import { assert, describe, it } from "@effect/vitest"
import { SyncAgent } from "greenlang/boundary"
import type * as agents from "./fixtures/agents.ts"

const module = new URL("./fixtures/agents.ts", import.meta.url)

describe("SyncAgent", () => {
  it("[B81] blocks until the agent has answered", () => {
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
    assert.strictEqual(double.execute(21).value, 42)
    const t = performance.now()
    for (let i = 0; i < 5000; i++) double.execute(i)
    const ts: Array<number> = []
    for (let i = 0; i < 10000; i++) {
      const a = performance.now()
      double.execute(i)
      ts.push(performance.now() - a)
    }
    console.log((performance.now() - t) / 15, ts.sort((a, b) => a - b)[5000]! * 1000)
  })
})
