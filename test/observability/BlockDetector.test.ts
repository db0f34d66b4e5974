import { assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, References, Schema, Tracer } from "effect"
import { Agent, BlockDetector } from "greenlang"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { promisify } from "node:util"
import * as NodeFlags from "../support/NodeFlags.ts"
import { stopClocks } from "../support/SpentTime.ts"

let spend: (millis: number) => void = () => {}
beforeEach(() => {
  spend = stopClocks()
})

/** Holds the event loop, for a time that passes on the clocks alone. */
const busy = (millis: number) => spend(millis)
/** A time in which the fiber waits and nothing holds the event loop. */
const waits = (millis: number) =>
  Effect.promise(async () => {
    await setImmediate()
    spend(millis)
  })
const blocks = (millis: number) => Effect.sync(() => busy(millis))

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const agentOf = (name: string, execute: Effect.Effect<unknown, unknown>) =>
  Agent.make(name, { ...numbers, execute: (n) => Effect.as(Effect.orDie(execute), n) })

/** A run of its own, independent of the fiber that it is called in. */
const runSync = (agent: Agent.Agent<number, number>) => Effect.runSync(agent.run(1))

const quiet = Logger.layer([])
const tracer = Layer.succeed(
  Tracer.Tracer,
  Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })
)

/** The agents that held the event loop while `program` ran, and where: `Fuel at Fuel.execute`. */
const culprits = <E>(program: Effect.Effect<unknown, E>, under: Layer.Layer<never> = Layer.empty) =>
  Effect.gen(function*() {
    const found: Array<BlockDetector.Block> = []
    const detector = BlockDetector.layer({ threshold: "100 millis", onBlock: (block) => found.push(block) })
    yield* Effect.provide(program, Layer.provideMerge(detector, Layer.merge(under, quiet)))
    yield* waits(0)
    for (const { millis } of found) assert.isAtLeast(millis, 100)
    return found.map(({ agent, span }) => span === undefined ? `${agent}` : `${agent} at ${span}`)
  })

/** A program in a process of its own. */
const run = (program: string) => {
  const file = join(import.meta.dirname, "programs", program)
  return promisify(execFile)(process.execPath, [...NodeFlags.forChild, file])
}

describe("BlockDetector", () => {
  it.live("names the agent that held the loop in one slice [B132]", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* culprits(agentOf("Hog", blocks(150)).run(1)), ["Hog"])
    }))

  it.live("names it after a sleep", () =>
    Effect.gen(function*() {
      const program = agentOf("Sleeper", Effect.andThen(waits(10), blocks(150))).run(1)
      assert.deepStrictEqual(yield* culprits(program), ["Sleeper"])
    }))

  it.live("names the right one of two at once", () =>
    Effect.gen(function*() {
      const light = agentOf("Light", Effect.forEach([1, 2, 3, 4], () => Effect.andThen(waits(5), blocks(1))))
      const heavy = agentOf("Heavy", Effect.andThen(waits(8), blocks(150)))
      const both = Effect.all([light.run(1), heavy.run(1), light.run(1)], { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* culprits(both), ["Heavy"])
    }))

  it.live("names the right one of two, one inside the other", () =>
    Effect.gen(function*() {
      const Inner = agentOf("Inner", blocks(150))
      const Light = agentOf("Light", blocks(1))
      assert.deepStrictEqual(yield* culprits(agentOf("Outer", Inner.run(1)).run(1)), ["Inner"])
      assert.deepStrictEqual(
        yield* culprits(agentOf("Outer", Effect.andThen(Light.run(1), blocks(150))).run(1)),
        ["Outer"]
      )
      assert.deepStrictEqual(
        yield* culprits(agentOf("Outer", Effect.andThen(Inner.run(1), blocks(150))).run(1)),
        ["Inner", "Outer"]
      )
      const nested = agentOf("Outer", Effect.sync(() => runSync(Inner)))
      assert.deepStrictEqual(yield* culprits(nested.run(1)), ["Inner"])
    }))

  it.live("names the spans around the place", () =>
    Effect.gen(function*() {
      const parse = Effect.withSpan(blocks(150), "parse")
      assert.deepStrictEqual(yield* culprits(agentOf("Hog", parse).run(1)), ["Hog at parse"])
      assert.deepStrictEqual(yield* culprits(agentOf("Hog", parse).run(1), tracer), [
        "Hog at Hog > Hog.execute > parse"
      ])
      const after = Effect.gen(function*() {
        yield* Effect.withSpan(blocks(1), "small")
        busy(150)
      })
      assert.deepStrictEqual(yield* culprits(agentOf("Hog", after).run(1), tracer), ["Hog at Hog > Hog.execute"])
      const before = Effect.gen(function*() {
        yield* Effect.yieldNow
        busy(150)
        yield* Effect.withSpan(blocks(1), "small")
      })
      assert.deepStrictEqual(yield* culprits(agentOf("Hog", before).run(1), tracer), ["Hog at Hog > Hog.execute"])
    }))

  it.live("names fibers that belong to no agent by their span", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* culprits(Effect.withSpan(blocks(150), "import")), ["undefined at import"])
    }))

  it.live("adds up short blocks without a break between them", () =>
    Effect.gen(function*() {
      const many = agentOf("Many", Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8], () => blocks(20)))
      assert.deepStrictEqual(yield* culprits(many.run(1)), ["Many"])
    }))

  it.live("does not report fibers that yield, wait, or leave the work to promises", () =>
    Effect.gen(function*() {
      const polite = agentOf(
        "Polite",
        Effect.forEach(Array.from({ length: 40 }), () => Effect.andThen(blocks(4), Effect.yieldNow))
      )
      assert.deepStrictEqual(yield* culprits(polite.run(1)), [])
      const patient = agentOf("Patient", waits(150))
      assert.deepStrictEqual(yield* culprits(patient.run(1)), [])
    }))

  it.live("does not blame a fiber for what others do right after it", () =>
    Effect.gen(function*() {
      const { promise, resolve } = Promise.withResolvers<void>()
      const patient = agentOf("Patient", Effect.andThen(Effect.promise(() => promise), waits(1)))
      const program = Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(patient.run(1), { startImmediately: true })
        void promise.then(() => busy(150))
        resolve()
        yield* Fiber.join(fiber)
      })
      assert.deepStrictEqual(yield* culprits(program), [])
    }))

  it.live("logs a warning with fields", () =>
    Effect.gen(function*() {
      const logged: Array<{ level: string; message: unknown; fields: Record<string, unknown> }> = []
      const logger = Logger.make(({ fiber, logLevel, message }) => {
        const fields = fiber.getRef(References.CurrentLogAnnotations)
        logged.push({ level: logLevel, message, fields: { ...fields } })
      })
      const Hog = agentOf("Hog", Effect.withSpan(blocks(50), "parse"))
      const layer = Layer.provideMerge(BlockDetector.layer({ threshold: "20 millis" }), Logger.layer([logger]))
      const { metadata } = yield* Effect.provide(Hog.run(1), layer)
      yield* waits(0)
      assert.strictEqual(logged.length, 1)
      assert.strictEqual(logged[0]!.level, "Warn")
      assert.match(String(logged[0]!.message), /^Hog held the event loop for \d+ ms$/)
      assert.containSubset(logged[0]!.fields, { agent: "Hog", span: "parse", run: metadata.runId })
      assert.isAtLeast(logged[0]!.fields["millis"] as number, 20)
    }))

  it.live("does not report its own logger", () =>
    Effect.gen(function*() {
      let logged = 0
      const slow = Logger.make(() => {
        logged++
        busy(50)
      })
      const layer = Layer.provideMerge(BlockDetector.layer({ threshold: "20 millis" }), Logger.layer([slow]))
      yield* Effect.provide(agentOf("Hog", blocks(50)).run(1), layer)
      yield* waits(50)
      assert.strictEqual(logged, 1)
    }))

  it("leaves the runtime as it found it", async () => {
    assert.strictEqual((await run("undisturbed.ts")).stdout, "as it was\n")
  })

  it("watches all fibers of the thread, except those below a detector of their own", async () => {
    const found: Array<BlockDetector.Block> = []
    const before = Effect.runFork(agentOf("Before", Effect.andThen(waits(5), blocks(150))).run(1))
    {
      using _ = BlockDetector.watchAll((block) => found.push(block), { threshold: "80 millis" })
      await Effect.runPromise(Fiber.join(before))
      await Effect.runPromise(agentOf("Hog", Effect.withSpan(blocks(150), "parse")).run(1))
      await Effect.runPromise(agentOf("Light", Effect.void).run(1))
      const both = Effect.andThen(culprits(agentOf("Below", blocks(150)).run(1)), agentOf("Beside", blocks(150)).run(1))
      await Effect.runPromise(both)
      await setImmediate()
    }
    await Effect.runPromise(agentOf("After", blocks(150)).run(1))
    await setImmediate()
    assert.deepStrictEqual(found.map(({ agent }) => agent), ["Before", "Hog", "Beside"])
    assert.strictEqual(found[1]!.span, "parse")
  })

  it("reports with a watchdog while the loop is held, with the stack", async () => {
    const { stderr } = await run("watched.ts")
    const at = (text: string | RegExp) => {
      const found = stderr.search(text)
      assert.isAtLeast(found, 0, `${text} in ${stderr}`)
      return found
    }
    const done = stderr.lastIndexOf("Hog is done")
    assert.isBelow(at(/\[watchdog\] the event loop has been held for \d+ ms by Hog/), done)
    assert.isBelow(at(/\[watchdog\] it is at .*hotLoop \(file:.*watched\.ts:\d+\)/), done)
    assert.isBelow(at(/by Native/), at("Native is done"))
    assert.isBelow(at(/by code outside of fibers/), at("the promise is done"))
  })
})
