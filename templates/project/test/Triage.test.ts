import { Effect } from "effect"
import { Reply, ScriptedLlm } from "greenlang/testing"
import assert from "node:assert/strict"
import { test } from "node:test"
import { Triage } from "../src/Triage.ts"

// The model is a script, so the test needs no key and costs nothing.
await test("a reminder is urgent", async () => {
  const answer = { urgent: true, why: "It is the last reminder." }
  const model = ScriptedLlm.layer(Reply.call("final_answer", answer))
  const { metadata, value } = await Effect.runPromise(Effect.provide(Triage.run({ letter: "Last reminder" }), model))
  assert.deepEqual(value, answer)
  assert.equal(metadata.usage.calls, 1)
})
