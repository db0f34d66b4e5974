import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { BlockingTimeout, BlockingWorkerDied, SyncAgent } from "greenlang"
import { MessageChannel, Worker } from "node:worker_threads"
import { onTestFinished, vi } from "vitest"
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
  assert.notStrictEqual(Atomics.wait(words, word, value, 240_000), "timed-out")
  return Atomics.load(words, word)
}

/** Waits until the worker has nothing open. A socket closes a turn of its loop later than at the other end. */
const nothingLeft = (agent: Pick<SyncAgent.SyncAgent<never, unknown, unknown>, "getStats">) => {
  while (agent.getStats().worker?.resources.length !== 0) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
  }
}

/** The first warning of the process with `code`. */
const warning = (code: string) =>
  new Promise<Error>((resolve) => {
    const listen = (warning: Error) => {
      if (!("code" in warning) || warning.code !== code) return
      process.off("warning", listen)
      resolve(warning)
    }
    process.on("warning", listen)
  })

describe("SyncAgent, when its worker dies", () => {
  it("throws the exit code of process.exit, and starts another worker with the next call", () => {
    using exits = own("exits")
    exits.initialize()
    const error = death(() => exits.execute(3))
    assert.strictEqual(error.reason, "exit")
    assert.strictEqual(error.exitCode, 3)
    assert.include(error.message, "process.exit(3)")
    assert.include(error.module, "agents.ts")
    assert.strictEqual(exits.getStats().restarts, 0)
    exits.initialize()
    assert.strictEqual(exits.getStats().restarts, 1)
  })

  it("throws the cause of an uncaught error, with its class and stack", () => {
    using throwsLater = own("throwsLater")
    const result = throwsLater.executeResult(1)
    assert(!result.success)
    const { error } = result
    assert(error._tag === "BlockingWorkerDied")
    assert.strictEqual(error.reason, "uncaught")
    assert.instanceOf(error.cause, TypeError)
    assert.include(error.message, "from a timer")
    assert.match(error.cause.stack ?? "", /agents\.ts/)
    assert.strictEqual(result.metadata.state, "failed")
  })

  it("notices that the worker ran out of memory, which runs no more code", () => {
    using hoards = own("hoards", { resourceLimits: { maxOldGenerationSizeMb: 32 } })
    hoards.initialize()
    const error = death(() => hoards.execute(1))
    assert.strictEqual(error.reason, "out-of-memory")
    hoards.initialize()
    assert.strictEqual(hoards.getStats().restarts, 1)
  })

  it("fails every input of a batch when the worker dies", () => {
    using exits = own("exits")
    const results = exits.executeAll([1, 2])
    assert.deepStrictEqual(results.map((result) => result.success || result.error._tag), [
      "BlockingWorkerDied",
      "BlockingWorkerDied"
    ])
  })

  it("does not start a worker again that died three times within ten seconds", () => {
    using exits = own("exits")
    // These ten seconds last for 1,000, since the threads may take long to start.
    const now = performance.now.bind(performance)
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now() / 100)
    onTestFinished(() => clock.mockRestore())
    for (let times = 0; times < 3; times++) assert.strictEqual(death(() => exits.execute(1)).reason, "exit")
    const error = death(() => exits.execute(1))
    assert.strictEqual(error.reason, "crash-loop")
    assert.match(error.message, /try again in \d+ ms/)
    assert.instanceOf(error.cause, BlockingWorkerDied)
    assert.strictEqual(error.cause.exitCode, 1)
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
    const error = thrown(() => spins.execute(600_000, { timeout: 50 }))
    assert.instanceOf(error, BlockingTimeout)
    assert.isFalse(error.interrupted)
    assert.isAtLeast(Duration.toMillis(error.elapsed), 100)
    assert.match(error.message, /thread was ended/)
    assert.strictEqual(spins.execute(1).value, 1)
    assert.strictEqual(spins.getStats().restarts, 1)
  })

  it("keeps its limit with a thread that prints without end", () => {
    // Reads more slowly than the worker prints.
    const onLog = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    const url = new URL("./fixtures/exotic.ts", import.meta.url)
    using floods = SyncAgent.fromModule<typeof exotic.floods>(url, { export: "floods", grace: 50, onLog })
    floods.initialize()
    const error = thrown(() => floods.execute(600_000, { timeout: 100 }))
    assert.instanceOf(error, BlockingTimeout)
    assert.isFalse(error.interrupted)
    // Before it has printed all.
    assert.isBelow(Duration.toMillis(error.elapsed), 600_000)
  })

  it("closes the connections of a call that timed out", async () => {
    const words = new Int32Array(new SharedArrayBuffer(12))
    const server = new Worker(new URL("./fixtures/hangingServer.ts", import.meta.url), { workerData: words })
    try {
      const port = change(words, 0, 0)
      using asks = SyncAgent.fromModule<typeof agents.asks>(module, {
        export: "asks",
        isolate: true,
        grace: "1 minute"
      })
      asks.initialize()
      // A slow machine may need more time to connect.
      for (let timeout = 500; Atomics.load(words, 1) === 0; timeout *= 2) {
        const error = thrown(() => asks.execute(`http://127.0.0.1:${port}`, { timeout }))
        assert.instanceOf(error, BlockingTimeout)
        assert.isTrue(error.interrupted)
      }
      assert.strictEqual(change(words, 2, 0), 1)
      nothingLeft(asks)
    } finally {
      await server.terminate()
    }
  })

  it("warns of a close that had to give up", async () => {
    const warned = warning("AGENTS_BLOCKING_CLOSE")
    const never = own("double", { layer: "neverReleased", release: 200 })
    never.initialize()
    never.close()
    assert.include((await warned).message, "did not release what it holds within 200 ms")
  })

  it("warns of a worker that died between two calls", async () => {
    const warned = warning("AGENTS_BLOCKING_WORKER_DIED")
    using later = own("exitsLater")
    assert.strictEqual(later.execute(20).value, 20)
    assert.include((await warned).message, "process.exit(5)")
    assert.strictEqual(later.execute(60_000).value, 60_000)
    assert.strictEqual(later.getStats().restarts, 1)
  })

  it("relies on a port that takes messages only while its other end exists", async () => {
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
