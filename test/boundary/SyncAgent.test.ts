import { afterAll, assert, beforeAll, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, DateTime, Duration, Effect, Exit, Schema } from "effect"
import {
  type AcquireFailed,
  BlockingMisuse,
  BlockingTimeout,
  type BlockingWorkerDied,
  InvalidDefinition,
  InvalidInput,
  InvalidOutput,
  isSyncAgentLike,
  MissingExport,
  type RunError,
  SyncAgent,
  type SyncAgentLike,
  SyncAgentWorker,
  UnsendableOutput
} from "greenlang"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { thrown } from "../support/Thrown.ts"
import type * as agents from "./fixtures/agents.ts"
import { FuelContract, NoFactor } from "./fixtures/contract.ts"
import type * as exotic from "./fixtures/exotic.ts"

const module = new URL("./fixtures/agents.ts", import.meta.url)

/** A worker of its own that writes what happens to a file, and what it wrote. */
const notes = (options: Omit<SyncAgent.ModuleOptions, "isolate" | "env">) => {
  const folder = mkdtempSync(join(tmpdir(), "greenlang-"))
  const file = join(folder, "notes")
  const lines = () => {
    const text = readFileSync(file, { encoding: "utf8", flag: "a+" }).trim()
    return text === "" ? [] : text.split("\n")
  }
  const agent = SyncAgent.fromModule<typeof agents.counts>(module, { ...options, isolate: true, env: { NOTES: file } })
  return {
    agent,
    lines,
    [Symbol.dispose]: () => {
      agent.close()
      rmSync(folder, { recursive: true })
    }
  }
}

describe("SyncAgent", () => {
  // Holds the shared worker from the first test to the last.
  const holder = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
  beforeAll(holder.warm)
  afterAll(holder.close)

  it("answers InvalidInput for options that cannot be read, and InvalidDefinition for limits that cannot", () => {
    const boom = (): never => {
      throw new Error("boom")
    }
    const wrong: ReadonlyArray<readonly [path: string, options: unknown]> = [
      ["timeout", { timeout: "x" }],
      ["timeout", { timeout: NaN }],
      ["timeout", { timeout: null }],
      ["timeout", { timeout: ["a"] }],
      ["options", Object.defineProperty({}, "timeout", { get: boom })],
      ["options", new Proxy({}, { get: boom })]
    ]
    const inBatch = [...wrong, ["concurrency", { concurrency: "4" }], ["concurrency", { concurrency: 1.5 }]] as const
    const pathOf = (error: unknown) => error instanceof InvalidInput ? error.issues[0]?.path : error
    for (const [path, options] of wrong) {
      assert.strictEqual(pathOf(thrown(() => holder.execute(1, options as object))), path)
      const result = holder.executeResult(1, options as object)
      assert.strictEqual(pathOf(result.success || result.error), path)
    }
    for (const [path, options] of inBatch) {
      const results = holder.executeAll([1, 2], options as object)
      assert.deepStrictEqual(results.map((result) => pathOf(result.success || result.error)), [path, path])
    }
    for (const name of ["timeout", "boot", "release", "grace"]) {
      const make = () => SyncAgent.fromModule(module, { export: "double", [name]: "soon" as never })
      assert.instanceOf(thrown(make), InvalidDefinition, name)
    }
    assert.instanceOf(thrown(() => holder.execute(1, { timeout: -1 })), BlockingTimeout)
    assert.strictEqual(holder.execute(1, null as never).value, 2)
  })

  it("blocks until the agent has answered, with its metadata [B81]", () => {
    using fuel = SyncAgent.fromModule(module, { export: "fuel", contract: FuelContract })
    const { metadata, value } = fuel.execute({ fuel: "diesel", litres: 100 })
    assert.deepStrictEqual(value, { kilograms: 268, on: new Date(0) })
    assert.strictEqual(metadata.agent, "Fuel")
    assert.strictEqual(metadata.version, "2.0.0")
    assert.strictEqual(metadata.state, "completed")
    assert.strictEqual(metadata.citations[0]?.kind, "factor")
  })

  it("runs as it executes [B82]", () => {
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
    assert.strictEqual(double.run, double.execute)
    assert.strictEqual(double.run(21).value, 42)
  })

  it("gives up after its limit, and interrupts the agent in the worker [B83]", () => {
    using it = notes({ export: "slow", grace: "1 minute" })
    const slow = it.agent as unknown as SyncAgent.SyncAgent<number, number>
    slow.initialize()
    const error = thrown(() => slow.execute(60_000, { timeout: 100 }))
    assert.instanceOf(error, BlockingTimeout)
    assert.strictEqual(error.agent, "Slow")
    assert.strictEqual(error.phase, "run")
    assert.isTrue(error.interrupted)
    assert.strictEqual(Duration.toMillis(error.limit), 100)
    assert.isAtLeast(Duration.toMillis(error.elapsed), 100)
    assert.match(error.message, /timed out/)
    assert.include(it.lines(), "slow interrupted")
    assert.strictEqual(slow.execute(1).value, 1)
    assert.strictEqual(slow.getStats().restarts, 0)
    assert.strictEqual(slow.getStats().interrupted.runs, 1)
  })

  it("fails at once with a limit of zero, and waits without a limit for Infinity [B83]", () => {
    using slow = SyncAgent.fromModule<typeof agents.slow>(module, { export: "slow", timeout: 20 })
    const none = slow.executeResult(1, { timeout: 0 })
    assert(!none.success)
    assert(none.error._tag === "BlockingTimeout")
    assert.strictEqual(slow.getStats().runs, 0)
    assert.strictEqual(slow.execute(60, { timeout: "Infinity" }).value, 60)
    assert.instanceOf(thrown(() => slow.execute(60_000)), BlockingTimeout)
  })

  it("replaces the limit of the agent with that of a call, also with a longer one [B83]", () => {
    using hasty = SyncAgent.fromModule<typeof agents.hasty>(module, { export: "hasty" })
    assert.propertyVal(thrown(() => hasty.execute(60_000)), "_tag", "TimedOut")
    assert.strictEqual(hasty.execute(60, { timeout: "1 minute" }).value, 60)
  })

  it("throws the agent's own error, with both stacks [B84]", () => {
    using fuel = SyncAgent.fromModule(module, { export: "fuel", contract: FuelContract })
    const ask = () => fuel.execute({ fuel: "straw", litres: 1 })
    const error = thrown(ask)
    assert.instanceOf(error, NoFactor)
    assert.strictEqual(error.message, "no factor for straw")
    assert.deepStrictEqual(error.after, Duration.seconds(2))
    assert.match(error.stack ?? "", /fixtures\/agents\.ts[^]*agent worker boundary[^]*at ask .*SyncAgent\.test\.ts/)

    const result = fuel.executeResult({ fuel: "straw", litres: 1 })
    assert(!result.success)
    expectTypeOf(result.error).toExtend<
      NoFactor | RunError | AcquireFailed | BlockingTimeout | BlockingWorkerDied | UnsendableOutput
    >()
    assert(result.error._tag === "NoFactor")
    assert.strictEqual(result.error.fuel, "straw")
    assert.strictEqual(result.metadata.state, "failed")
    assert.strictEqual(result.metadata.agent, "Fuel")
  })

  it("gives the tag and the fields of a failure whose class the caller does not have [B84]", () => {
    using fuel = SyncAgent.fromModule<typeof agents.fuel>(module, { export: "fuel" })
    const result = fuel.executeResult({ fuel: "straw", litres: 1 })
    assert(!result.success && result.error._tag === "NoFactor")
    expectTypeOf(result.error.fuel).toEqualTypeOf<string>()
    expectTypeOf(result.error.after).toBeUnknown()
    assert.instanceOf(result.error, Error)
    assert.notInstanceOf(result.error, NoFactor)
    assert.strictEqual(result.error.fuel, "straw")
    assert.strictEqual(result.error.message, "no factor for straw")
    assert.match(result.error.stack ?? "", /agent worker boundary/)
  })

  it("rebuilds a defect: its class, fields, cause and stacks [B84]", () => {
    using dies = SyncAgent.fromModule<typeof agents.dies>(module, { export: "dies" })
    const error = thrown(() => dies.executeResult(7))
    assert.instanceOf(error, RangeError)
    assert.strictEqual(error.message, "beyond")
    assert.strictEqual((error as RangeError & { code: number }).code, 7)
    assert.instanceOf(error.cause, Error)
    assert.strictEqual(error.cause.message, "the reason")
    assert.match(error.stack ?? "", /fixtures\/agents\.ts[^]*agent worker boundary[^]*SyncAgent\.test\.ts/)
  })

  it("throws any value that the agent throws, and keeps its worker [B84]", () => {
    using throws = SyncAgent.fromModule<typeof exotic.throws>(new URL("./fixtures/exotic.ts", import.meta.url), {
      export: "throws"
    })
    const by = (what: string) => thrown(() => throws.execute(what))
    const bad = by("a getter that throws")
    assert.instanceOf(bad, RangeError)
    assert.containSubset(bad, { message: "hm", bad: "(unreadable)" })
    assert.propertyVal(by("a message that throws"), "message", "(unreadable)")
    assert.propertyVal(by("a name that is none"), "name", "Symbol(x)")
    assert.propertyVal(by("a message that is none"), "message", "[object Object]")
    assert.propertyVal(by("a circle of causes"), "message", "hm")
    assert.deepPropertyVal(by("a field that is a proxy"), "seen", { a: 1 })
    for (const what of ["a function", "a proxy that was revoked"]) assert.isString(by(what))
    assert.isUndefined(by("nothing"))
    const several = by("several")
    assert.instanceOf(several, AggregateError)
    assert.instanceOf(several.errors[0], TypeError)
    assert.propertyVal(several.errors[1], "message", "two")
    assert.strictEqual(throws.getStats().restarts, 0)
  })

  it("says which fields of an input are wrong", () => {
    using fuel = SyncAgent.fromModule(module, { export: "fuel", contract: FuelContract })
    const error = thrown(() => fuel.execute({ fuel: "diesel" } as never))
    assert.instanceOf(error, InvalidInput)
    assert.deepStrictEqual(error.issues, [{ path: "litres", message: "is missing", expected: "a number" }])
    const strict = thrown(() =>
      fuel.execute({ fuel: "diesel", litres: 1, x: 1 } as never, { onExcessProperty: "error" })
    )
    assert.instanceOf(strict, InvalidInput)
  })

  it("closes at the end of a block, also after an error, and throws that error [B85]", () => {
    using it = notes({ export: "counts" })
    const boom = new Error("boom")
    assert.strictEqual(
      thrown(() => {
        using counts = it.agent
        counts.execute(1)
        throw boom
      }),
      boom
    )
    assert.deepStrictEqual(it.lines(), ["db opened", "db closed"])

    using that = notes({ export: "counts" })
    const fails = (counts: typeof that.agent) => {
      counts.execute(1)
      throw boom
    }
    assert.strictEqual(thrown(() => that.agent.use(fails)), boom)
    assert.deepStrictEqual(that.lines(), ["db opened", "db closed"])
  })

  it("opens with initialize, and blocks in close until all is released [B86]", () => {
    using it = notes({ export: "counts" })
    it.agent.warm()
    it.agent.initialize()
    it.agent.initialize()
    assert.deepStrictEqual(it.lines(), ["db opened"])
    it.agent.cleanup()
    it.agent.close()
    assert.deepStrictEqual(it.lines(), ["db opened", "db closed"])
  })

  it("counts [B87]", () => {
    using it = notes({ export: "counts" })
    const before = it.agent.getStats()
    assert.strictEqual(before.runs, 0)
    assert.isUndefined(before.worker)
    it.agent.execute(1)
    it.agent.execute(1)
    const stats = it.agent.getStats()
    assert.strictEqual(stats.mode, "blocking")
    assert.strictEqual(stats.calls, 2)
    assert.strictEqual(stats.restarts, 0)
    assert.strictEqual(stats.succeeded.runs, 2)
    assert.isAbove(stats.averageMs, 0)
  })

  it("refuses to block inside an Effect, and says what to do there [B88][B94][B131]", () => {
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
    const exit = Effect.runSyncExit(Effect.sync(() => double.execute(1)))
    assert(Exit.isFailure(exit))
    const error = Cause.squash(exit.cause)
    assert.instanceOf(error, BlockingMisuse)
    assert.strictEqual(error.reason, "inside-fiber")
    assert.match(error.message, /yield\* agent\.run\(input\)/)
    assert.strictEqual(double.execute(1).value, 2)
  })

  it("never runs a failed call again [B89]", () => {
    using dies = SyncAgent.fromModule<typeof agents.dies>(module, { export: "dies", isolate: true })
    thrown(() => dies.execute(1))
    assert.strictEqual(dies.getStats().runs, 1)
  })

  it("keeps one worker, one layer and what the module holds across calls and handles [B90]", () => {
    using it = notes({ export: "counts" })
    assert.deepStrictEqual(it.agent.execute(1).value, { opened: 1, runs: 1 })
    assert.deepStrictEqual(it.agent.execute(1).value, { opened: 1, runs: 2 })

    using a = SyncAgent.fromModule<typeof agents.counts>(module, { export: "counts" })
    const first = a.execute(1).value.runs
    const b = SyncAgent.fromModule<typeof agents.counts>(module, { export: "counts" })
    assert.strictEqual(b.execute(1).value.runs, first + 1)
    b.close()
    assert.strictEqual(a.execute(1).value.runs, first + 2)
    using own = SyncAgent.fromModule<typeof agents.counts>(module, { export: "counts", isolate: true })
    assert.strictEqual(own.execute(1).value.runs, 1)
  })

  it("describes the agent in the worker [B80][B97]", () => {
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
    const description = double.describe()
    assert.strictEqual(description.name, "Double")
    assert.strictEqual(description.version, "1.0.0")
    assert.strictEqual(description.description, "Twice")
    assert.strictEqual(description.input.schema["type"], "number")
    assert.match(inspect(double), /SyncAgent[^]*agents\.ts[^]*double/)
  })

  it("answers ten calls of a trivial agent in a small part of a second [B91]", () => {
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
    double.warm()
    double.initialize()
    const times = Array.from({ length: 10 }, (_, call) => {
      const began = performance.now()
      double.execute(call)
      return performance.now() - began
    })
    // The fastest: a busy machine delays the others. `bench/SyncAgent` has the figures.
    assert.isBelow(Math.min(...times), 50)
  })

  it("has the shape that older code expects [B92]", () => {
    const older = (agent: SyncAgentLike<number, number>) => {
      agent.initialize()
      const { value } = agent.run(agent.execute(1).value)
      const stats = agent.getStats()
      agent.cleanup()
      return [value, stats["runs"]]
    }
    const double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double", isolate: true })
    assert.deepStrictEqual(older(double), [4, 2])
    assert.isTrue(isSyncAgentLike(double))
    assert.isFalse(isSyncAgentLike({ execute: () => 1 }))
  })

  it("is known as what it is, and names where the agent lives [B93][B95]", () => {
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
    assert.isTrue(SyncAgent.isSyncAgent(double))
    for (const other of [null, 1, {}, () => 1]) assert.isFalse(SyncAgent.isSyncAgent(other))
    assert.deepStrictEqual(double.source, { module: module.href, export: "double" })
    assert.strictEqual(double.mode, "blocking")
  })

  it("belongs to the thread that made it [B98]", () => {
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
    assert.throws(() => structuredClone(double), /could not be cloned/)
  })

  it("runs many inputs in one call, and answers in their order [B79][B135]", () => {
    using slow = SyncAgent.fromModule<typeof agents.slow>(module, { export: "slow" })
    slow.initialize()
    const results = slow.executeAll(Array.from({ length: 20 }, (_, at) => 100 - at))
    const times = results.map(({ metadata: { durationMs, startedAt } }) => {
      const began = DateTime.toEpochMillis(startedAt)
      return { began, ended: began + durationMs! }
    })
    // All began before the first ended.
    assert.isAtMost(Math.max(...times.map(({ began }) => began)), Math.min(...times.map(({ ended }) => ended)))
    assert.deepStrictEqual(
      results.map((result) => result.success && result.value),
      Array.from({ length: 20 }, (_, at) => 100 - at)
    )

    const mixed = slow.executeAll([1, "x" as never, (() => 1) as never, 2], { concurrency: 1 })
    assert.deepStrictEqual(mixed.map((result) => result.success || result.error._tag), [
      true,
      "InvalidInput",
      "InvalidInput",
      true
    ])
    assert.deepStrictEqual(slow.executeAll([]), [])
  })

  it("keeps the answers that a batch has given when its time is up", () => {
    using slow = SyncAgent.fromModule<typeof agents.slow>(module, { export: "slow" })
    const results = slow.executeAll([1, 60_000, 2, 60_000], { timeout: "2 seconds" })
    assert.deepStrictEqual(results.map((result) => result.success || result.error._tag), [
      true,
      "BlockingTimeout",
      true,
      "BlockingTimeout"
    ])
  })

  it("passes on what the worker prints, in order", () => {
    const lines: Array<readonly [stream: string, line: string]> = []
    const onLog: SyncAgent.Options["onLog"] = ({ chunk, stream }) => lines.push([stream, String(chunk).trim()])
    using prints = SyncAgent.fromModule<typeof agents.prints>(module, { export: "prints", onLog })
    prints.execute(3)
    assert.deepStrictEqual(lines.slice(0, 4), [
      ["stdout", "line 1"],
      ["stdout", "line 2"],
      ["stdout", "line 3"],
      ["stderr", "done"]
    ])
    assert.match(lines[4]?.[1] ?? "", /logged by Effect/)
  })

  it("passes on what the worker prints while the caller is blocked", () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-"))
    const file = join(folder, "read")
    using converses = SyncAgent.fromModule<typeof exotic.converses>(new URL("./fixtures/exotic.ts", import.meta.url), {
      export: "converses",
      onLog: () => writeFileSync(file, "")
    })
    assert.strictEqual(converses.execute(file).value, "yes")
    rmSync(folder, { recursive: true })
  })

  it("refuses a call from within the log of another", () => {
    const caught: Array<unknown> = []
    const onLog = () => caught.push(thrown(() => prints.execute(1)), thrown(prints.close))
    using prints: SyncAgent.SyncAgent<number, number> = SyncAgent.fromModule<typeof agents.prints>(module, {
      export: "prints",
      onLog
    })
    assert.strictEqual(prints.execute(1).value, 1)
    for (const error of caught.slice(0, 2)) {
      assert.instanceOf(error, BlockingMisuse)
      assert.strictEqual(error.reason, "reentrant")
    }
  })

  it("does not lose an answer to a log that throws", async () => {
    const warning = new Promise<Error>((resolve) => process.once("warning", resolve))
    const onLog = () => {
      throw new Error("the disk is full")
    }
    using prints = SyncAgent.fromModule<typeof agents.prints>(module, { export: "prints", onLog })
    assert.strictEqual(prints.execute(1).value, 1)
    assert.include((await warning).message, "the disk is full")
  })

  it("refuses calls after it was closed", () => {
    const double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
    double.close()
    double.close()
    for (const use of [() => double.execute(1), double.initialize, double.describe, double.warm]) {
      const error = thrown(use)
      assert.instanceOf(error, BlockingMisuse)
      assert.strictEqual(error.reason, "closed")
    }
  })

  it("refuses to share a worker that was started with other options", () => {
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
    assert.strictEqual(double.execute(1).value, 2)
    const error = thrown(() =>
      SyncAgent.fromModule<typeof agents.double>(module, {
        export: "double",
        resourceLimits: { maxOldGenerationSizeMb: 64 }
      })
    )
    assert.instanceOf(error, BlockingMisuse)
    assert.strictEqual(error.reason, "conflict")
    assert.match(error.message, /maxOldGenerationSizeMb/)
  })

  it("throws InvalidOutput when the contract does not decode an answer", () => {
    const contract = { input: Schema.Finite, output: Schema.Struct({ twice: Schema.Finite }) }
    using double = SyncAgent.fromModule(module, { export: "double", contract })
    const error = thrown(() => double.execute(1))
    assert.instanceOf(error, InvalidOutput)
    assert.strictEqual(error.agent, "Double")
  })

  it("lists what the module exports when the agent or the layer is not among it", () => {
    using missing = SyncAgent.fromModule<typeof agents.double>(module, { export: "treble" })
    const error = thrown(() => missing.executeResult(1))
    assert.instanceOf(error, MissingExport)
    assert.include(error.available, "double")
    assert.include(error.message, "notAnAgent")
    using wrong = SyncAgent.fromModule<typeof agents.double>(module, { export: "notAnAgent" })
    assert.match(String(thrown(() => wrong.executeResult(1))), /notAnAgent is not an agent/)
    using layer = SyncAgent.fromModule<typeof agents.double>(module, { export: "double", layer: "no", isolate: true })
    const none = thrown(() => layer.executeResult(1))
    assert.instanceOf(none, MissingExport)
    assert.strictEqual(none.expected, "layer")
  })

  it("sends what can be sent exactly, and refuses the rest by name", () => {
    using echo = SyncAgent.fromModule<typeof agents.echo>(module, { export: "echo" })
    for (
      const value of [
        { a: [1, "two", true, null], b: { c: -1.5e300 } },
        { none: undefined, not: Number.NaN, zero: -0, big: 2n },
        new Map([["at", new Date(5)]]),
        new Set([new Uint8Array([1, 2])])
      ]
    ) assert.deepStrictEqual(echo.execute(value).value, value)
    const circle: { self?: unknown } = {}
    circle.self = circle
    const { self } = echo.execute(circle).value as typeof circle
    assert.strictEqual((self as typeof circle).self, self)
    const refused = thrown(() => echo.execute({ a: [new URL("http://x")] }))
    assert.instanceOf(refused, InvalidInput)
    assert.strictEqual(refused.issues[0]?.path, "a.0")
  })

  it("refuses input that is nested too deep, or that throws when it is read, and goes on", () => {
    using echo = SyncAgent.fromModule<typeof agents.echo>(module, { export: "echo" })
    const nested = (levels: number, wrap: (inside: unknown) => unknown) => {
      let value: unknown = 1
      for (let level = 0; level < levels; level++) value = wrap(value)
      return value
    }
    const wraps: ReadonlyArray<(inside: unknown) => unknown> = [
      (inside) => [inside],
      (inside) => ({ inside }),
      (inside) => new Map([["inside", inside]]),
      (inside) => new Map([[inside, 1]]),
      (inside) => new Set([inside])
    ]
    for (const wrap of wraps) {
      for (const levels of [2_000, 100_000]) {
        const error = thrown(() => echo.execute(nested(levels, wrap)))
        assert.instanceOf(error, InvalidInput)
        assert.match(error.message, /nested more than 1000 levels deep/)
      }
      assert.isTrue(echo.executeResult(nested(600, wrap)).success)
    }
    // Few objects, and 2 ** 60 ways to the last.
    const shared = nested(60, (inside) => [inside, inside])
    const [left, right] = echo.execute(shared).value as ReadonlyArray<unknown>
    assert.strictEqual(left, right)

    const fails = (): never => {
      throw new RangeError("boom")
    }
    const traps = { get: fails, ownKeys: fails, getPrototypeOf: fails }
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    let reads = 0
    const later = {
      get at() {
        return reads++ > 0 ? fails() : 1n
      }
    }
    const hostile = [
      {
        get bad() {
          return fails()
        }
      },
      new Proxy({ a: 1 }, traps),
      [new Proxy([1], traps)],
      revoked.proxy,
      later,
      {
        get bad() {
          throw new Proxy({}, traps)
        }
      }
    ]
    for (const input of hostile) assert.instanceOf(thrown(() => echo.execute(input)), InvalidInput)
    assert.strictEqual(echo.execute(1).value, 1)
    assert.strictEqual(echo.getStats().restarts, 0)
  })

  it("refuses an answer that is nested too deep, or that throws when it is read", () => {
    using gives = SyncAgent.fromModule<typeof exotic.gives>(new URL("./fixtures/exotic.ts", import.meta.url), {
      export: "gives"
    })
    for (const what of ["2,000 levels", "a getter that throws"]) {
      assert.instanceOf(thrown(() => gives.execute(what)), UnsendableOutput)
    }
    assert.strictEqual(gives.getStats().restarts, 0)
  })

  it("says which part of an answer cannot be sent", () => {
    using unsendable = SyncAgent.fromModule<typeof agents.unsendable>(module, { export: "unsendable" })
    const error = thrown(() => unsendable.execute(1))
    assert.instanceOf(error, UnsendableOutput)
    assert.strictEqual(error.path, "call")
    assert.match(error.message, /a function at call/)
    assert.strictEqual(unsendable.execute(0).value, 0)
  })

  it("sends what a proxy shows, and refuses what cannot be copied, in both directions", () => {
    using gives = SyncAgent.fromModule<typeof exotic.gives>(new URL("./fixtures/exotic.ts", import.meta.url), {
      export: "gives"
    })
    assert.deepStrictEqual(gives.execute("a proxy").value, { a: [1] })
    const detached = thrown(() => gives.execute("bytes that were given away"))
    assert.instanceOf(detached, UnsendableOutput)
    assert.strictEqual(detached.path, "bytes")
    assert.include(detached.message, "detached")
    assert.instanceOf(thrown(() => gives.execute("a proxy of a value that is not JSON")), UnsendableOutput)
    using echo = SyncAgent.fromModule<typeof agents.echo>(module, { export: "echo" })
    const bytes = new Uint8Array(8)
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    for (const input of [{ bytes }, new Proxy({ a: Number.NaN }, {})]) {
      assert.instanceOf(thrown(() => echo.execute(input)), InvalidInput)
    }
    assert.deepStrictEqual(echo.execute(new Proxy({ a: 1 }, {})).value, { a: 1 })
    assert.strictEqual(gives.getStats().restarts, 0)
  })

  it("returns AcquireFailed for a failed layer, and builds it again with the next call", () => {
    using it = notes({ export: "counts", layer: "flaky" })
    const failed = it.agent.executeResult(1)
    assert(!failed.success)
    assert.strictEqual(failed.error._tag, "AcquireFailed")
    const second = it.agent.executeResult(1)
    assert.isTrue(second.success)
  })

  it("lets other work of the worker go on while calls come without a break", () => {
    using counts = SyncAgent.fromModule<typeof exotic.counts>(new URL("./fixtures/exotic.ts", import.meta.url), {
      export: "counts"
    })
    const first = counts.execute("").value
    for (const end = performance.now() + 100; performance.now() < end;) counts.execute("")
    assert.isAbove(counts.execute("").value, first + 5)
  })

  it("leaves nothing behind in the worker, also after 10,000 calls [B134]", () => {
    using leaves = SyncAgent.fromModule<typeof agents.leaves>(module, { export: "leaves", isolate: true })
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double", isolate: true })
    leaves.execute(1)
    assert.strictEqual(leaves.getStats().worker?.fibers, 1)
    assert.deepStrictEqual(leaves.getStats().worker?.resources, ["Timeout"])
    for (let call = 0; call < 10_000; call++) double.execute(call)
    assert.deepStrictEqual({ ...double.getStats().worker, heapUsed: 0 }, { fibers: 0, resources: [], heapUsed: 0 })
  })

  it("has exact types", () => {
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
    expectTypeOf(double).toEqualTypeOf<SyncAgent.SyncAgent<number, number>>()
    using fuel = SyncAgent.fromModule(module, { export: "fuel", contract: FuelContract })
    expectTypeOf(fuel).toEqualTypeOf<
      SyncAgent.SyncAgent<
        { readonly fuel: string; readonly litres: number },
        { readonly kilograms: number; readonly on: Date },
        NoFactor
      >
    >()
    expectTypeOf<SyncAgent.Sent<NoFactor>["fuel"]>().toEqualTypeOf<string>()
    // @ts-expect-error the agent reads a number
    assert.throws(() => double.execute("x"))
    const untyped = SyncAgent.fromModule(module, { export: "double" })
    expectTypeOf<Parameters<typeof untyped.execute>[0]>().toBeNever()
    const counts = undefined as unknown as typeof agents.counts
    // @ts-expect-error the agent needs a service that no layer gives
    assert.throws(() => SyncAgentWorker.serve({ counts }))
    const contract = { input: Schema.Finite, output: Schema.Finite }
    // @ts-expect-error a function cannot be passed to another thread
    assert.throws(() => SyncAgent.fromModule(() => 1, { export: "double", contract }))
  })
})
