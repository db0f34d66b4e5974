import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Layer, Schema, Scope } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { Agent, CpuPool } from "greenlang"
import { NoLeaks } from "greenlang/testing"
import { exec, spawn } from "node:child_process"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { watch } from "node:fs"
import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { promisify } from "node:util"
import { Worker } from "node:worker_threads"

const soon = { settle: "50 millis" } as const

/** A server outside of what is checked, which answers with as many bytes as its path says. */
const withServer = async (use: (url: string) => Promise<void>) => {
  const server = createServer((request, response) => response.end("x".repeat(Number(request.url!.slice(1)))))
  await once(server.listen(0, "127.0.0.1"), "listening")
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** What `f` has left, as `kind name` each, cleaned up afterwards with `clean`. */
const leftBy = async <A>(f: () => Promise<A> | A, clean: (made: A) => unknown) => {
  let made: A | undefined
  try {
    await NoLeaks.checkPromise(async () => {
      made = await f()
    }, soon)
    return []
  } catch (error) {
    assert.instanceOf(error, NoLeaks.Leaked)
    return error.left
  } finally {
    await clean(made as A)
  }
}

const kindsOf = (left: ReadonlyArray<NoLeaks.Left>) => [...new Set(left.map(({ kind }) => kind))].toSorted()

const echo = CpuPool.fn({
  module: new URL("data:text/javascript,export const echo = (n) => n"),
  export: "echo",
  input: Schema.Finite,
  output: Schema.Finite
})

describe("NoLeaks", () => {
  describe("names what is left [B134]", () => {
    it("a timer, and where it was made", async () => {
      const left = await leftBy(() => setInterval(() => {}, 1_000), clearInterval)
      assert.strictEqual(left.length, 1)
      assert.containSubset(left[0], { kind: "timer", name: "every 1000 ms" })
      assert.include(left[0]!.at, "NoLeaks.test.ts")
    })

    it("a timer that keeps no process alive", async () => {
      const left = await leftBy(() => setTimeout(() => {}, 60_000).unref(), clearTimeout)
      assert.deepStrictEqual(left.map(({ name }) => name), ["of 60000 ms"])
    })

    it("a timer that was made later on", async () => {
      let timer: NodeJS.Timeout | undefined
      const later = () => {
        void Promise.resolve().then(() => {
          timer = setInterval(() => {}, 1_000)
        })
      }
      const left = await leftBy(later, () => clearInterval(timer))
      assert.deepStrictEqual(kindsOf(left), ["timer"])
    })

    it("a listener", async () => {
      const listener = () => {}
      const left = await leftBy(
        () => process.on("SIGUSR2", listener),
        () => process.off("SIGUSR2", listener)
      )
      assert.deepStrictEqual(left.map(({ kind, name }) => `${kind} ${name}`), ["listener process.on(SIGUSR2)"])
    })

    it("a server", async () => {
      const left = await leftBy(
        async () => {
          const server = createServer()
          await once(server.listen(0, "127.0.0.1"), "listening")
          return server
        },
        (server) => server.close()
      )
      assert.deepStrictEqual(kindsOf(left), ["server"])
    })

    it("a socket", () =>
      withServer(async (url) => {
        const { hostname, port } = new URL(url)
        const left = await leftBy(
          async () => {
            const socket = connect(Number(port), hostname)
            await once(socket, "connect")
            return socket
          },
          (socket) => socket.destroy()
        )
        assert.deepStrictEqual(left.map(({ kind, name }) => `${kind} ${name}`), [`socket to ${hostname}:${port}`])
      }))

    it("a datagram socket", async () => {
      const left = await leftBy(
        async () => {
          const socket = createSocket("udp4").bind(0)
          await once(socket, "listening")
          return socket
        },
        (socket) => socket.close()
      )
      assert.deepStrictEqual(kindsOf(left), ["socket"])
    })

    it("the socket of an unread response", () =>
      withServer(async (url) => {
        const left = await leftBy(() => fetch(`${url}5000000`), (response) => response.body!.cancel())
        assert.include(kindsOf(left), "socket")
      }))

    it("a worker thread", async () => {
      const left = await leftBy(
        () => new Worker("setInterval(() => {}, 1_000)", { eval: true }),
        (worker) => worker.terminate()
      )
      assert.deepStrictEqual(kindsOf(left), ["worker"])
    })

    it("a child process", async () => {
      const left = await leftBy(
        () => spawn("sleep", ["60"], { stdio: "ignore" }),
        (child) => child.kill()
      )
      assert.strictEqual(left.length, 1)
      assert.match(`${left[0]!.kind} ${left[0]!.name}`, /^child process sleep, process \d+$/)
    })

    it("a watcher of files", async () => {
      const left = await leftBy(() => watch(import.meta.dirname), (watcher) => watcher.close())
      assert.deepStrictEqual(kindsOf(left), ["watcher"])
    })

    it("a fiber that a promise has started", async () => {
      const left = await leftBy(
        () => Effect.runFork(Effect.withSpan(Effect.never, "poller")),
        (fiber) => Effect.runPromise(Fiber.interrupt(fiber))
      )
      assert.match(left.map(({ kind, name }) => `${kind} ${name}`).join(), /^fiber #\d+ in poller/)
    })

    it.live("a fiber that was detached, and what it waits for", () =>
      Effect.gen(function*() {
        const poller = Effect.forkDetach(Effect.forever(Effect.sleep("10 minutes")))
        const made = yield* Deferred.make<Fiber.Fiber<void>>()
        const error = yield* Effect.flip(
          NoLeaks.check(Effect.flatMap(poller, (fiber) => Deferred.succeed(made, fiber)), soon)
        )
        assert.deepStrictEqual(kindsOf(error.left), ["fiber", "timer"])
        yield* Fiber.interrupt(yield* Deferred.await(made))
      }))

    it.live("what a scope holds that was never closed", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const program = Effect.gen(function*() {
          const context = yield* Layer.buildWithScope(CpuPool.layerWorkers({ size: 1 }), scope)
          yield* Effect.provideContext(echo(1), context)
        })
        const error = yield* Effect.flip(NoLeaks.check(program, soon))
        assert(error._tag === "Leaked")
        assert.include(kindsOf(error.left), "worker")
        yield* Scope.close(scope, Exit.void)
      }))
  })

  describe("passes", () => {
    it.live("agents, fibers, pools and everything that was closed", () =>
      Effect.gen(function*() {
        const Sleeper = Agent.make("Sleeper", {
          version: "1.0.0",
          input: Schema.Finite,
          output: Schema.Finite,
          timeout: "1 minute",
          execute: (n) => Effect.as(Effect.sleep(n), n)
        })
        const program = Effect.gen(function*() {
          yield* Agent.batch(Sleeper, [1, 2, 3], { concurrency: "unbounded" })
          yield* Effect.timeoutOption(Sleeper.run(60_000), 5)
          yield* Effect.forkScoped(Effect.never)
          yield* Effect.forkChild(Effect.forever(Effect.yieldNow))
          return yield* Effect.provide(echo(7), CpuPool.layerWorkers({ size: 2, min: 2 }))
        }).pipe(Effect.scoped)
        assert.strictEqual(yield* NoLeaks.check(program), 7)
      }))

    it("connections that are kept for later, and their timers", () =>
      withServer(async (url) => {
        const text = await NoLeaks.checkPromise(async () => {
          const response = await fetch(`${url}3`, { signal: AbortSignal.timeout(60_000) })
          return response.text()
        })
        assert.strictEqual(text, "xxx")
      }))

    it("a client whose layer was closed", () =>
      withServer(async (url) => {
        const text = HttpClient.get(`${url}3`).pipe(
          Effect.flatMap((response) => response.text),
          Effect.provide(NodeHttpClient.layerUndici)
        )
        assert.strictEqual(await NoLeaks.checkPromise(() => Effect.runPromise(text)), "xxx")
      }))

    it("processes, threads, servers, listeners and timers that have ended", async () => {
      await NoLeaks.checkPromise(async () => {
        await promisify(exec)("echo")
        const worker = new Worker("", { eval: true })
        await once(worker, "exit")
        const server = createServer()
        await once(server.listen(0), "listening")
        await new Promise((resolve) => server.close(resolve))
        const listener = () => {}
        process.on("SIGUSR2", listener).off("SIGUSR2", listener)
        clearInterval(setInterval(() => {}, 1_000))
        await new Promise((resolve) => setTimeout(resolve, 5))
      })
    })

    it("what takes a while to close", async () => {
      await NoLeaks.checkPromise(() => {
        setTimeout(() => {}, 100)
      })
    })

    it("what others open meanwhile", async () => {
      const checked = NoLeaks.checkPromise(() => new Promise((resolve) => setTimeout(resolve, 30)), soon)
      const timer = setInterval(() => {}, 1_000)
      await checked
      clearInterval(timer)
    })

    it.effect("under a virtual clock", () =>
      Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(NoLeaks.check(Effect.sleep("1 hour")))
        yield* TestClock.adjust("1 hour")
        yield* Fiber.join(fiber)
      }))
  })

  it.live("keeps what the program failed with, and interrupts it", () =>
    Effect.gen(function*() {
      const failed = yield* Effect.flip(NoLeaks.check(Effect.fail("mine")))
      assert.strictEqual(failed, "mine")
      let timer: NodeJS.Timeout | undefined
      const both = Effect.andThen(Effect.sync(() => timer = setInterval(() => {}, 1_000)), Effect.fail("mine"))
      const exit = yield* Effect.exit(NoLeaks.check(both, soon))
      clearInterval(timer)
      assert(Exit.isFailure(exit))
      const errors = exit.cause.reasons.filter(Cause.isFailReason).map(({ error }) => error)
      assert.strictEqual(errors[0], "mine")
      assert.instanceOf(errors[1], NoLeaks.Leaked)

      let released = false
      const never = Effect.onInterrupt(Effect.never, () => Effect.sync(() => released = true))
      const fiber = yield* Effect.forkChild(NoLeaks.check(never))
      yield* Effect.sleep(5)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(released)
    }))

  it.live("names a leak within the 5 seconds that vitest gives a test, when nothing else is set", () =>
    Effect.gen(function*() {
      let timer: NodeJS.Timeout | undefined
      const leaks = Effect.sync(() => timer = setInterval(() => {}, 1_000))
      const leaked = yield* Effect.flip(NoLeaks.check(leaks))
      clearInterval(timer)
      assert.instanceOf(leaked, NoLeaks.Leaked)
    }))

  it("keeps what a promise was rejected with", async () => {
    const rejected = await NoLeaks.checkPromise(() => Promise.reject(new Error("mine"))).catch((error) => error)
    assert.strictEqual(rejected.message, "mine")
    let timer: NodeJS.Timeout | undefined
    const both = await NoLeaks.checkPromise(() => {
      timer = setInterval(() => {}, 1_000)
      throw new Error("mine")
    }, soon).catch((error) => error)
    clearInterval(timer)
    assert.instanceOf(both, NoLeaks.Leaked)
    assert.propertyVal(both.cause, "message", "mine")
    assert.match(both.message, /timer every 1000 ms, made at .*NoLeaks\.test\.ts/)
  })

  it("has exact types", () => {
    expectTypeOf(NoLeaks.check(echo(1))).toExtend<Effect.Effect<number, unknown, CpuPool>>()
    expectTypeOf(NoLeaks.check(Effect.fail("x"))).toEqualTypeOf<Effect.Effect<never, string | NoLeaks.Leaked>>()
  })
})
