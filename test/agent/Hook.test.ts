import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Logger, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Agent, Hook, Run } from "greenlang"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", {}) {}
class Where extends Context.Service<Where, string>()("greenlang/test/agent/Hook.test/Where") {}

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const Echo = Agent.make("Echo", { ...numbers, execute: Effect.succeed })
const Fails = Agent.make("Fails", { ...numbers, execute: () => Effect.fail(new Stuck()) })
const phases = ["Validate", "Execute", "Finalize"] as const

/** Adds a hook before and after each phase of a run, which writes down its own name. */
const watched = <In, Out, E, R>(agent: Agent.Agent<In, Out, E, R>, seen: Array<string>) =>
  phases.reduce(
    (agent, phase) =>
      agent.pipe(
        Agent.hook(`before${phase}`, () => void seen.push(`before${phase}`)),
        Agent.hook(`after${phase}`, () => void seen.push(`after${phase}`))
      ),
    agent
  )

const logs = (lines: Array<string>) =>
  Logger.layer([Logger.make(({ logLevel, message }) => void lines.push(`${logLevel}: ${String(message)}`))])

describe("hooks", () => {
  it.effect("are called before and after each phase [B59]", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      yield* watched(Echo, seen).run(1)
      assert.deepStrictEqual(seen, [
        "beforeValidate",
        "afterValidate",
        "beforeExecute",
        "afterExecute",
        "beforeFinalize",
        "afterFinalize"
      ])
      assert.deepStrictEqual(Hook.names.slice(0, 2), ["beforeAcquire", "afterAcquire"])
    }))

  it.effect("are called around validation that is switched off, too [B59]", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const agent = Agent.make("Trusting", { ...numbers, validation: "off", execute: Effect.succeed })
      yield* watched(agent, seen).run(1)
      assert.strictEqual(seen.length, 6)
    }))

  it("of an unknown name are refused, by the compiler, else with the name [B60]", () => {
    // @ts-expect-error there is no such moment
    const add = () => Agent.hook(Echo, "beforeExcute", () => {})
    let caught: unknown
    try {
      add()
    } catch (error) {
      caught = error
    }
    assert(caught instanceof Hook.UnknownHook)
    assert.strictEqual(caught.hook, "beforeExcute")
    assert.deepStrictEqual(caught.available, [...Hook.names])
    assert.include(caught.message, `there is no hook "beforeExcute"`)
  })

  it("cannot need a service before it was acquired", () => {
    // @ts-expect-error nothing is there yet
    const wrong = () => Agent.hook(Echo, "beforeAcquire", () => Where)
    assert.isFunction(wrong)
  })

  it.live("may be plain, answer with a promise, or be effects that need services: each is awaited [B61]", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const agent = Echo.pipe(
        Agent.hook("beforeExecute", () => void seen.push("plain")),
        Agent.hook("beforeExecute", async () => {
          await new Promise((resolve) => setTimeout(resolve, 5))
          seen.push("promise")
        }),
        Agent.hook("beforeExecute", () => Effect.map(Effect.delay(Where, 5), (where) => void seen.push(where))),
        Agent.hook("afterExecute", () => void seen.push("after"))
      )
      yield* Effect.provideService(agent.run(1), Where, "effect")
      assert.deepStrictEqual(seen, ["plain", "promise", "effect", "after"])
    }))

  it("leave a synchronous agent synchronous, if they are plain [B61]", () => {
    const seen: Array<string> = []
    assert.strictEqual(Effect.runSync(watched(Echo, seen).run(1)).value, 1)
    assert.strictEqual(seen.length, 6)
  })

  it.effect("of one moment are called in the order of adding, one after another [B62]", () =>
    Effect.gen(function*() {
      const seen: Array<number> = []
      let agent: Agent.Agent<number, number> = Echo
      for (const i of [3, 2, 1]) {
        agent = Agent.hook(agent, "afterExecute", () => Effect.map(Effect.sleep(i * 10), () => void seen.push(i)))
      }
      const fiber = yield* Effect.forkChild(agent.run(1))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen, [3, 2, 1])
    }))

  it.effect("that fail, reject, throw or die are logged, and the run goes on with those after them [B63]", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const seen: Array<string> = []
      const agent = Echo.pipe(
        Agent.hook("beforeExecute", () => {
          throw new Error("thrown")
        }),
        Agent.hook("beforeExecute", () => Promise.reject(new Error("rejected"))),
        Agent.hook("afterExecute", () => Effect.fail(new Stuck())),
        Agent.hook("afterExecute", () => Effect.die("a bug")),
        Agent.hook("afterExecute", () => void seen.push("last"))
      )
      const { metadata, value } = yield* Effect.provide(agent.run(1), logs(lines))
      assert.strictEqual(value, 1)
      assert.strictEqual(metadata.state, "completed")
      assert.deepStrictEqual(seen, ["last"])
      assert.strictEqual(lines.length, 4)
      for (const line of lines) assert.match(line, /^Warn: A hook of Echo failed around execute/)
    }))

  it.effect("that are interrupted pass it on [B63]", () =>
    Effect.gen(function*() {
      const agent = Agent.hook(Echo, "beforeExecute", () => Effect.never)
      const fiber = yield* Effect.forkChild(agent.run(1), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    }))

  it.effect("that hang, before or after, end with the limit of the run", () =>
    Effect.gen(function*() {
      for (const moment of ["beforeExecute", "afterExecute"] as const) {
        const agent = Agent.hook(Echo, moment, () => Effect.never)
        const fiber = yield* Effect.forkChild(Effect.flip(agent.run(1, { timeout: "1 second" })))
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimedOut")
      }
    }))

  it.effect("receive the run, the phase, its input and its exit [B64]", () =>
    Effect.gen(function*() {
      const seen: Array<Hook.HookContext> = []
      const agent = Agent.make("Increments", { ...numbers, execute: (n) => Effect.succeed(n + 1) }).pipe(
        Agent.hook("beforeExecute", (context) => void seen.push(context)),
        Agent.hook("afterExecute", (context) => {
          seen.push(context)
          context.run?.annotate("hooked", true)
        }),
        Agent.hook("afterFinalize", (context) => void seen.push(context))
      )
      const { metadata } = yield* agent.run(1)
      const [before, after, last] = seen
      assert(before?.run !== undefined && after?.run !== undefined && last !== undefined)
      assert.strictEqual(before.agent, "Increments")
      assert.strictEqual(before.phase, "execute")
      assert.strictEqual(before.input, 1)
      assert.notProperty(before, "exit")
      assert.strictEqual(before.run.id, metadata.runId)
      assert.deepStrictEqual(after.exit, Exit.succeed(2))
      assert.strictEqual(last.input, 2)
      assert.deepStrictEqual(metadata.annotations, { hooked: true })
    }))

  it.effect("see the run from inside it [B64]", () =>
    Effect.gen(function*() {
      const agent = Agent.hook(Echo, "afterExecute", () => Run.annotate("from", "a hook"))
      assert.deepStrictEqual((yield* agent.run(1)).metadata.annotations, { from: "a hook" })
    }))

  it.effect("of a phase that failed or was interrupted are still called after it [B34] [B47] [B65]", () =>
    Effect.gen(function*() {
      const failed: Array<string> = []
      yield* Effect.exit(watched(Fails, failed).run(1))
      assert.deepStrictEqual(failed, ["beforeValidate", "afterValidate", "beforeExecute", "afterExecute"])

      const refused: Array<string> = []
      yield* Effect.exit(watched(Echo, refused).run("x" as never))
      assert.deepStrictEqual(refused, ["beforeValidate", "afterValidate"])

      const interrupted: Array<string> = []
      const Never = Agent.make("Never", { ...numbers, execute: () => Effect.never })
      const fiber = yield* Effect.forkChild(watched(Never, interrupted).run(1), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(interrupted, ["beforeValidate", "afterValidate", "beforeExecute", "afterExecute"])
    }))
})
