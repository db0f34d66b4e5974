import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { AgentDisposed, BlockingTimeout, InvalidInput, PromiseAgent } from "greenlang"
import {
  AgentNotFound,
  OrchestratorAgent,
  OrchestratorClosed,
  RunFailed,
  SyncOrchestrator
} from "greenlang/orchestrator"
import { PolicyDenied } from "greenlang/orchestrator/Policy"
import { afterAll } from "vitest"
import { thrown } from "../support/Thrown.ts"
import { layer as closingLayer } from "./fixtures/closing.ts"
import { layer } from "./fixtures/runs.ts"

const module = new URL("./fixtures/runs.ts", import.meta.url)

describe("SyncOrchestrator", () => {
  const runs = SyncOrchestrator.fromModule(module, { timeout: "30 seconds" })
  afterAll(() => runs.close())

  it("runs agents and pipelines by name, from code that cannot await [B103]", () => {
    const waited = runs.run("Wait", { ms: 20 })
    assert.deepInclude(waited, { agent: "Wait", success: true, value: 20, failures: [] })
    assert.strictEqual(waited.metadata.agent, "Wait")
    assert.strictEqual(waited.metadata.runId, waited.id)
    assert.strictEqual(runs.execute("Two", 4).value, 9)
    assert.include(runs.run("Kept", {}).value, "Two completed")
  })

  it("names what there is when it knows no such agent or pipeline [B102] [B103]", () => {
    const error = thrown(() => runs.run("Tow", 1))
    assert.instanceOf(error, AgentNotFound)
    assert.deepInclude(error, { agent: "Tow", available: ["Wait", "Token", "Two", "Kept"] })
    assert.include(error.message, "Did you mean Two?")
  })

  it("throws each failure as an instance of its own class, with its facts [B103]", () => {
    const failed = thrown(() => runs.run("Two", 20))
    assert.instanceOf(failed, RunFailed)
    assert.deepStrictEqual(failed.failures.map(({ _tag, step }) => [step, _tag]), [["lucky", "NoLuck"]])
    assert.deepStrictEqual(failed.partial, { doubled: 40 })
    const invalid = thrown(() => runs.run("Wait", { ms: "long" }))
    assert.instanceOf(invalid, InvalidInput)
    assert.deepInclude(invalid, { agent: "Wait" })
    const denied = thrown(() => runs.run("Wait", { ms: 1 }, { attributes: { region: "US" } }))
    assert.instanceOf(denied, PolicyDenied)
    assert.deepInclude(denied, { policy: "in Europe", reason: "data stays in Europe" })
  })

  it("answers with failures as values, where it is asked to [B103]", () => {
    const known = runs.runResult("Two", 1)
    assert.isTrue(known.success && known.value.value === 3)
    const unknown = runs.runResult("Tow", 1)
    assert.isTrue(!unknown.success && unknown.error._tag === "AgentNotFound")
  })

  it("interrupts a run that takes longer than its call may, and keeps it in the history [B103]", () => {
    const error = thrown(() => runs.run("Wait", { ms: 50_000 }, { timeout: "100 millis" }))
    assert.instanceOf(error, BlockingTimeout)
    assert.isTrue(error.interrupted)
    assert.strictEqual((runs.run("Kept", {}).value as ReadonlyArray<string>)[0], "Wait interrupted")
  })

  it("lets a call take longer than the limit of the agent", () => {
    assert.strictEqual(runs.run("Wait", { ms: 1 }, { timeout: "1 hour" }).value, 1)
  })

  it("throws that the orchestrator was closed under the run", () => {
    using runs = SyncOrchestrator.fromModule(new URL("./fixtures/closing.ts", import.meta.url), {
      timeout: "30 seconds"
    })
    const error = thrown(() => runs.run("Doomed", {}))
    assert.instanceOf(error, OrchestratorClosed)
    assert.strictEqual(error.agent, "Doomed")
  })

  it("shows no secret on this side", () => {
    assert.deepStrictEqual(runs.run("Token", {}).value, { token: "<redacted>" })
  })
})

describe("OrchestratorAgent", () => {
  it("runs by name for callers that speak promises", async () => {
    await using runs = await PromiseAgent.open(OrchestratorAgent, layer)
    const { value } = await runs.execute({ agent: "Two", input: 4 })
    assert.deepInclude(value, { agent: "Two", success: true, value: 9 })
    const failed = await runs.executeResult({ agent: "Tow", input: 4 })
    assert.isTrue(!failed.success && failed.error._tag === "AgentNotFound")
  })

  it("rejects a run with OrchestratorClosed when the orchestrator is closed, with AgentDisposed when the agent is", async () => {
    await using closing = await PromiseAgent.open(OrchestratorAgent, closingLayer)
    const closed = await closing.execute({ agent: "Doomed", input: {} }).catch((error: unknown) => error)
    assert.instanceOf(closed, OrchestratorClosed)
    const runs = await PromiseAgent.open(OrchestratorAgent, layer)
    const waiting = runs.execute({ agent: "Wait", input: { ms: 50_000 } }).catch((error: unknown) => error)
    await runs.close()
    assert.instanceOf(await waiting, AgentDisposed)
  })

  it.effect("has no limit of its own, and puts that of the request in place of the agent's", () =>
    Effect.gen(function*() {
      const waiting = (timeout?: number) =>
        Effect.gen(function*() {
          const input = { agent: "Wait", input: { ms: 3_600_000 }, ...(timeout === undefined ? {} : { timeout }) }
          const fiber = yield* Effect.forkChild(Effect.result(OrchestratorAgent.run(input)))
          yield* TestClock.adjust("2 hours")
          return yield* Fiber.join(fiber)
        })
      const limited = yield* waiting()
      assert.isTrue(Result.isFailure(limited) && limited.failure._tag === "RunFailed")
      assert.strictEqual(Result.getOrThrow(yield* waiting(Infinity)).value.value, 3_600_000)
    }).pipe(Effect.provide(layer)))
})
