import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Agent, lift, liftSync, PromiseAgent, PureSyncAgent, SyncAgent } from "greenlang"
import type * as agents from "./fixtures/agents.ts"

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const Double = Agent.make("Double", { ...numbers, execute: (n) => Effect.succeed(n * 2) })

describe("the mode of an agent", () => {
  it("has one value for each kind of agent [B95]", async () => {
    await using promised = await PromiseAgent.open(Double)
    using pure = PureSyncAgent.open(Double)
    using blocking = SyncAgent.fromModule<typeof agents.double>(new URL("./fixtures/agents.ts", import.meta.url), {
      export: "double"
    })
    const lifted = lift("Lifted", { ...numbers, module: new URL(import.meta.url), export: "none" })
    const inline = liftSync("Inline", { ...numbers, execute: (n) => n })
    assert.deepStrictEqual(
      [Double, Agent.timeout(Double, "1 second"), inline, lifted, promised, pure, blocking].map(Agent.mode),
      ["effect", "effect", "effect", "lifted", "promise", "pure-sync", "blocking"]
    )
    assert.strictEqual(Agent.mode(Agent.map(lifted, Schema.Finite, (n) => n)), "lifted")
    for (const other of [undefined, null, 1, "effect", {}, { mode: "party" }, () => 1]) {
      assert.isUndefined(Agent.mode(other))
    }
  })

  it("says whether something is an agent [B93]", () => {
    assert.isTrue(Agent.isAgent(Double))
    for (const other of [undefined, null, {}, { run: () => 1 }, () => 1]) assert.isFalse(Agent.isAgent(other))
  })
})
