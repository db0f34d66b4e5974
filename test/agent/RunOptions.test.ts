import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Schema } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { Agent, type TimedOut } from "greenlang"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

const Never = Agent.make("Never", { ...numbers, execute: () => Effect.never })
const Echo = Agent.make("Echo", { ...numbers, execute: Effect.succeed })
const Second = Agent.make("Second", { ...numbers, execute: (n) => Effect.as(Effect.sleep("1 second"), n) })

/** Fails `agent.run(1)` by letting the virtual clock pass `millis`. */
const timedOut = <E, In extends number>(
  agent: Agent.Agent<In, number, E>,
  millis: number,
  options?: Agent.RunOptions
) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Effect.flip(agent.run(1 as In, options)))
    yield* TestClock.adjust(millis - 1)
    assert.isUndefined(fiber.pollUnsafe())
    yield* TestClock.adjust(1)
    const error = yield* Fiber.join(fiber)
    assert(error instanceof Error && "_tag" in error && error._tag === "TimedOut")
    return error as TimedOut
  })

describe("a limit", () => {
  it.effect("given to a run takes the place of the agent's own [B39]", () =>
    Effect.gen(function*() {
      const error = yield* timedOut(Agent.timeout(Never, "1 hour"), 2_000, { timeout: "2 seconds" })
      assert.strictEqual(Duration.toMillis(error.limit), 2_000)
      const longer = yield* Effect.forkChild(Agent.timeout(Second, 10).run(1, { timeout: "1 minute" }))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(longer)).value, 1)
    }))

  it.effect("fails with the agent, the phase, the limit and the time that passed [B40]", () =>
    Effect.gen(function*() {
      const error = yield* timedOut(Agent.timeout(Never, "1 second"), 1_000)
      assert.strictEqual(error.agent, "Never")
      assert.strictEqual(error.phase, "run")
      assert.strictEqual(Duration.toMillis(error.limit), 1_000)
      assert.strictEqual(Duration.toMillis(error.elapsed), 1_000)
      assert.strictEqual(error.message, "Never timed out: run took longer than 1s and was interrupted")
    }))

  it.effect("interrupts the work, and waits until it has released what it held [B41]", () =>
    Effect.gen(function*() {
      let released = false
      const agent = Agent.make("Holds", {
        ...numbers,
        timeout: "1 second",
        execute: () =>
          Effect.onInterrupt(Effect.never, () =>
            Effect.andThen(Effect.sleep("3 seconds"), Effect.sync(() => released = true)))
      })
      const fiber = yield* Effect.forkChild(Effect.flip(agent.run(1)))
      yield* TestClock.adjust("2 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("2 seconds")
      const error = yield* Fiber.join(fiber)
      assert.isTrue(released)
      assert(error._tag === "TimedOut")
      assert.strictEqual(Duration.toMillis(error.elapsed), 4_000)
    }))

  it.effect("reaches the socket that the work waits on [B41]", () =>
    Effect.gen(function*() {
      let asked = 0
      const closed = Promise.withResolvers<void>()
      const arrived = Promise.withResolvers<void>()
      const server = createServer((request) => {
        asked++
        arrived.resolve()
        request.socket.once("close", () => closed.resolve())
      })
      yield* Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)))
      const { port } = server.address() as AddressInfo
      const Asks = Agent.make("Asks", {
        ...numbers,
        execute: () => Effect.map(Effect.orDie(HttpClient.get(`http://127.0.0.1:${port}/`)), ({ status }) => status)
      })
      const fiber = yield* Effect.forkChild(Effect.flip(Asks.run(1, { timeout: "300 millis" })))
      yield* Effect.promise(() => arrived.promise)
      yield* TestClock.adjust("300 millis")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimedOut")
      yield* Effect.promise(() => closed.promise)
      assert.strictEqual(asked, 1)
      yield* Effect.promise(() => new Promise((resolve) => server.close(resolve)))
    }).pipe(Effect.provide(FetchHttpClient.layer)))

  it.effect("is not reported when the work ends within it [B42]", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Second.run(1, { timeout: 1_001 }))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).metadata.durationMs, 1_000)
    }))

  it.effect("of zero fails at once, and starts nothing [B43]", () =>
    Effect.gen(function*() {
      let started = 0
      const agent = Agent.make("Starts", { ...numbers, execute: (n) => Effect.sync(() => (started++, n)) })
      const error = yield* Effect.flip(agent.run(1, { timeout: 0 }))
      assert(error._tag === "TimedOut")
      assert.strictEqual(Duration.toMillis(error.limit), 0)
      assert.strictEqual(Duration.toMillis(error.elapsed), 0)
      assert.strictEqual((yield* Effect.flip(Agent.timeout(agent, { execute: 0 }).run(1)))._tag, "TimedOut")
      assert.strictEqual((yield* Effect.flip(agent.run(1, { timeout: -5 })))._tag, "TimedOut")
      assert.strictEqual(started, 0)
    }))

  it.effect("of infinity is none [B44]", () =>
    Effect.gen(function*() {
      const forever = Agent.timeout(Never, Duration.infinity)
      const fiber = yield* Effect.forkChild(forever.run(1))
      yield* TestClock.adjust("1000 days")
      assert.isUndefined(fiber.pollUnsafe())
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("can be set for each phase, and for the run as a whole [B45]", () =>
    Effect.gen(function*() {
      const slow = (phase: "validate" | "execute" | "finalize") =>
        Agent.make("Slow", {
          ...numbers,
          validate: (n) => phase === "validate" ? Effect.never : Effect.succeed(n),
          execute: (n) => phase === "execute" ? Effect.never : Effect.succeed(n),
          finalize: ({ value }) => phase === "finalize" ? Effect.never : Effect.succeed(value),
          timeout: { validate: "1 second", execute: "2 seconds", finalize: "3 seconds", run: "1 minute" }
        })
      for (const [phase, millis] of [["validate", 1_000], ["execute", 2_000], ["finalize", 3_000]] as const) {
        const error = yield* timedOut(slow(phase), millis)
        assert.strictEqual(error.phase, phase)
        assert.strictEqual(Duration.toMillis(error.limit), millis)
      }
      const whole = yield* timedOut(slow("execute"), 500, { timeout: { execute: "2 seconds", run: 500 } })
      assert.strictEqual(whole.phase, "run")
    }))

  it.effect("of a phase leaves that of the run as it was further out [B45]", () =>
    Effect.gen(function*() {
      const own = yield* timedOut(Agent.timeout(Never, "4 seconds"), 4_000, { timeout: { validate: "1 second" } })
      assert.strictEqual(own.phase, "run")
      const stays = Never.pipe(Agent.timeout("4 seconds"), Agent.timeout({ finalize: "1 second" }))
      assert.strictEqual((yield* timedOut(stays, 4_000)).phase, "run")
      const byDefault = yield* timedOut(Agent.timeout(Never, { finalize: "1 second" }), 300_000)
      assert.strictEqual(byDefault.phase, "run")
      // A bare duration says all there is to say.
      const bare = Never.pipe(Agent.timeout({ execute: "1 second" }))
      assert.strictEqual((yield* timedOut(bare, 9_000, { timeout: "9 seconds" })).phase, "run")
    }))

  const forms: ReadonlyArray<readonly [string, Agent.RunOptions["timeout"] & {}]> = [
    ["a number of milliseconds", 1_500],
    ["a bigint of nanoseconds", 1_500_000_000n],
    ["a text", "1500 millis"],
    ["a fraction in a text", "1.5 seconds"],
    ["seconds and nanoseconds", [1, 500_000_000]],
    ["a Duration", Duration.millis(1_500)],
    ["an object of units", { seconds: 1, milliseconds: 500 }],
    ["limits", { run: "1500 millis" }],
    ["limits in units", { run: { milliseconds: 1_500 } }]
  ]
  for (const [form, timeout] of forms) {
    it.effect(`can be ${form} [B45]`, () =>
      Effect.gen(function*() {
        for (
          const agent of [
            Agent.timeout(Never, timeout),
            Agent.make("Never", {
              ...numbers,
              timeout,
              execute: () => Effect.never
            })
          ]
        ) {
          assert.strictEqual(Duration.toMillis((yield* timedOut(agent, 1_500)).limit), 1_500)
        }
        assert.strictEqual(Duration.toMillis((yield* timedOut(Never, 1_500, { timeout })).limit), 1_500)
      }))
  }

  it("that cannot be read is refused where the agent is made", () => {
    assert.throws(() => Agent.timeout(Echo, "5 minuets" as never), /5 minuets/)
  })

  it.effect("waits for work that cannot be interrupted, and says how long that was [B48]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Stubborn", {
        ...numbers,
        timeout: "1 second",
        execute: (n) => Effect.uninterruptible(Effect.as(Effect.sleep("5 seconds"), n))
      })
      const fiber = yield* Effect.forkChild(Effect.flip(agent.run(1)))
      yield* TestClock.adjust("1 second")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("4 seconds")
      const error = yield* Fiber.join(fiber)
      assert(error._tag === "TimedOut")
      assert.strictEqual(Duration.toMillis(error.elapsed), 5_000)
    }))

  it.effect("holds for a caller that cannot be interrupted", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.uninterruptible(Effect.flip(Never.run(1, { timeout: "1 second" }))))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimedOut")
    }))

  it.effect("a caller that cannot be interrupted gets its answer although it was interrupted", () =>
    Effect.gen(function*() {
      const values: Array<number> = []
      const fiber = yield* Effect.forkChild(
        Effect.uninterruptible(Effect.map(Second.run(1), ({ value }) => values.push(value))),
        { startImmediately: true }
      )
      yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("1 second")
      yield* Fiber.await(fiber)
      assert.deepStrictEqual(values, [1])
    }))

  it.effect("what the work fails with while it is interrupted stands behind the timeout", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Clumsy", {
        ...numbers,
        timeout: "1 second",
        execute: () => Effect.onInterrupt(Effect.never, () => Effect.die("a bug in a finalizer"))
      })
      const fiber = yield* Effect.forkChild(Effect.exit(agent.run(1)))
      yield* TestClock.adjust("1 second")
      const exit = yield* Fiber.join(fiber)
      assert(Exit.isFailure(exit))
      assert.deepStrictEqual(exit.cause.reasons.map(({ _tag }) => _tag), ["Fail", "Die"])
    }))

  it.effect("what the work fails with while its caller is interrupted is not lost", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Clumsy", {
        ...numbers,
        execute: () => Effect.onInterrupt(Effect.never, () => Effect.die("a bug in a finalizer"))
      })
      const fiber = yield* Effect.forkChild(agent.run(1), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      assert(Exit.isFailure(exit))
      assert.isTrue(Cause.hasInterrupts(exit.cause))
      assert.isTrue(Cause.hasDies(exit.cause))
    }))

  it.live("longer than a timer can be is kept all the same", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Never.run(1, { timeout: "60 days" }), { startImmediately: true })
      yield* Effect.sleep(20)
      assert.isUndefined(fiber.pollUnsafe())
      yield* Fiber.interrupt(fiber)
    }))
})
