import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { BlockingTimeout, BlockingWorkerDied, SyncAgent } from "greenlang"
import { MessageChannel, Worker } from "node:worker_threads"
import { thrown } from "../support/Thrown.ts"
import type * as agents from "./fixtures/agents.ts"
import type * as exotic from "./fixtures/exotic.ts"

const module = new URL("./fixtures/agents.ts", import.meta.url)

/** Numbers in, numbers out, in a worker of its own. */
const own = (name: keyof typeof agents, options?: Partial<SyncAgent.ModuleOptions>) =>
  SyncAgent.fromModule<typeof agents.double>(module, { ...options, export: name, isolate: true })

const death = (f: () => unknown): BlockingWorkerDied => {
  const error = thrown(f)
  assert.instanceOf(error, BlockingWorkerDied)
  return error
}

/** Blocks until a word of `words` is not `value` any more. */
const change = (words: Int32Array, word: number, value: number): number => {
  assert.notStrictEqual(Atomics.wait(words, word, value, 10_000), "timed-out")
  return Atomics.load(words, word)
}

/** What the worker still has open. A socket leaves the list in a turn of its loop after the one in which the peer hears. */
const leftOf = (agent: Pick<SyncAgent.SyncAgent<never, unknown, unknown>, "getStats">) => {
  const read = () => agent.getStats().worker?.resources
  for (const until = performance.now() + 2_000; read()?.length !== 0 && performance.now() < until;) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
  }
  return read()
}

describe("SyncAgent, when its worker dies", { timeout: 60_000 }, () => {
  it("is told of process.exit at once, and starts another worker with the next call", () => {
    using exits = own("exits")
    exits.initialize()
    const error = death(() => exits.execute(3, { timeout: "20 seconds" }))
    assert.strictEqual(error.reason, "exit")
    assert.strictEqual(error.exitCode, 3)
    assert.include(error.message, "process.exit(3)")
    assert.include(error.module, "agents.ts")
    assert.strictEqual(exits.getStats().restarts, 0)
    exits.initialize()
    assert.strictEqual(exits.getStats().restarts, 1)
  })

  it("is told of an error that nobody caught, with its class and stack", () => {
    using throwsLater = own("throwsLater")
    const result = throwsLater.executeResult(1, { timeout: "20 seconds" })
    assert(!result.success)
    const { error } = result
    assert(error._tag === "BlockingWorkerDied")
    assert.strictEqual(error.reason, "uncaught")
    assert.instanceOf(error.cause, TypeError)
    assert.include(error.message, "from a timer")
    assert.match(error.cause.stack ?? "", /agents\.ts/)
    assert.strictEqual(result.metadata.state, "failed")
  })

  it("notices that it ran out of memory, where no code runs any more", () => {
    using hoards = own("hoards", { resourceLimits: { maxOldGenerationSizeMb: 32 } })
    hoards.initialize()
    const error = death(() => hoards.execute(1, { timeout: "60 seconds" }))
    assert.strictEqual(error.reason, "out-of-memory")
    hoards.initialize()
    assert.strictEqual(hoards.getStats().restarts, 1)
  })

  it("fails every input of a batch that was lost with it", () => {
    using exits = own("exits")
    const results = exits.executeAll([1, 2])
    assert.deepStrictEqual(results.map((result) => result.success || result.error._tag), [
      "BlockingWorkerDied",
      "BlockingWorkerDied"
    ])
  })

  it("leaves a worker alone that died three times within ten seconds", () => {
    using exits = own("exits")
    for (let times = 0; times < 3; times++) assert.strictEqual(death(() => exits.execute(1)).reason, "exit")
    const began = performance.now()
    const error = death(() => exits.execute(1))
    assert.strictEqual(error.reason, "crash-loop")
    assert.match(error.message, /try again in \d+ ms/)
    assert.instanceOf(error.cause, BlockingWorkerDied)
    assert.strictEqual(error.cause.exitCode, 1)
    assert.isBelow(performance.now() - began, 100)
    assert.strictEqual(exits.getStats().restarts, 2)
  })

  it("says why a module could not be loaded", () => {
    const boot = (file: string, options?: Partial<SyncAgent.ModuleOptions>) => {
      const url = new URL(file, module)
      using agent = SyncAgent.fromModule<typeof agents.double>(url, { ...options, export: "double", isolate: true })
      const error = death(() => agent.execute(1))
      assert.strictEqual(error.reason, "boot")
      return error.message
    }
    assert.include(boot("./throws.ts"), "this module cannot be loaded")
    assert.match(boot("./nowhere.ts"), /Cannot find module .*nowhere\.ts/)
    assert.include(boot("./hangs.ts", { boot: 1_500 }), "1500 ms")
    assert.include(boot("./agents.ts", { execArgv: ["--import=/nowhere.js"], boot: 2_000 }), "could not start")
  })

  it("ends a thread that does not react to its interruption, and starts another", () => {
    using spins = own("spins", { grace: 50 })
    spins.initialize()
    const error = thrown(() => spins.execute(60_000, { timeout: 50 }))
    assert.instanceOf(error, BlockingTimeout)
    assert.isFalse(error.interrupted)
    assert.isAtLeast(Duration.toMillis(error.elapsed), 100)
    assert.match(error.message, /thread was ended/)
    assert.strictEqual(spins.execute(1).value, 1)
    assert.strictEqual(spins.getStats().restarts, 1)
  })

  it("is not put off by a thread that never stops to print", () => {
    // Reads slower than the other side prints.
    const onLog = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    const url = new URL("./fixtures/exotic.ts", import.meta.url)
    using floods = SyncAgent.fromModule<typeof exotic.floods>(url, { export: "floods", grace: 50, onLog })
    floods.initialize()
    const error = thrown(() => floods.execute(60_000, { timeout: 100 }))
    assert.instanceOf(error, BlockingTimeout)
    assert.isFalse(error.interrupted)
    assert.isBelow(Duration.toMillis(error.elapsed), 5_000)
  })

  it("closes the connections of a call that timed out", async () => {
    const words = new Int32Array(new SharedArrayBuffer(12))
    const server = new Worker(new URL("./fixtures/hangingServer.ts", import.meta.url), { workerData: words })
    try {
      const port = change(words, 0, 0)
      using asks = SyncAgent.fromModule<typeof agents.asks>(module, { export: "asks", isolate: true })
      asks.initialize()
      const error = thrown(() => asks.execute(`http://127.0.0.1:${port}`, { timeout: 500 }))
      assert.instanceOf(error, BlockingTimeout)
      assert.isTrue(error.interrupted)
      assert.strictEqual(Atomics.load(words, 1), 1)
      assert.strictEqual(change(words, 2, 0), 1)
      assert.deepStrictEqual(leftOf(asks), [])
    } finally {
      await server.terminate()
    }
  })

  it("warns of a close that had to give up", async () => {
    const warning = new Promise<Error>((resolve) => process.once("warning", resolve))
    const never = own("double", { layer: "neverReleased", boot: 2_000 })
    never.initialize()
    never.close()
    assert.include((await warning).message, "did not release what it holds within 2000 ms")
  })

  it("warns of a worker that died while nobody called", async () => {
    const warning = new Promise<Error>((resolve) => process.once("warning", resolve))
    using later = own("exitsLater")
    assert.strictEqual(later.execute(20).value, 20)
    const told = await warning
    assert.include(told.message, "process.exit(5)")
    assert.strictEqual(later.execute(60_000).value, 60_000)
    assert.strictEqual(later.getStats().restarts, 1)
  })

  it("rests on what a port answers while its other end is there, and no longer", async () => {
    const { port1, port2 } = new MessageChannel()
    const worker = new Worker("require('node:worker_threads').parentPort.once('message', () => process.exit())", {
      eval: true
    })
    worker.postMessage(port2, [port2])
    const exited = new Promise((resolve) => worker.once("exit", resolve))
    const taken = () => port1.postMessage(0) as unknown
    const before = taken()
    await exited
    assert.isTrue(before)
    assert.notStrictEqual(taken(), true)
    port1.close()
  })
})
