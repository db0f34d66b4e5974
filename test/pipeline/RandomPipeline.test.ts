import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Metric, Option, Random, Result, Schedule, Schema } from "effect"
import { type Agent, Pipeline, Step } from "greenlang"
import { connect, createServer, type Server } from "node:net"
import * as RandomGraph from "../support/RandomGraph.ts"
import { rounds } from "../support/Rounds.ts"

class Broken extends Schema.TaggedError<Broken>()("Broken", { node: Schema.Int }) {}

/** What is open right now: every count must be back at zero when a run has ended, however it ended. */
interface Ledger {
  resources: number
  sockets: number
  timers: number
}

const pipelineOf = (nodes: ReadonlyArray<RandomGraph.Node>, port: number, ledger: Ledger, concurrency: number) => {
  const running = { now: 0, peak: 0 }
  const pipeline = Pipeline.make(
    "Random",
    { version: "1.0.0", input: Schema.Finite, output: Schema.Finite, error: Broken, concurrency },
    (input) => {
      const steps: Array<Step.Step<number, Broken, never, Broken>> = [input]
      nodes.forEach((node, at) => {
        if (at === 0) return
        let attempts = 0
        const step = Step.make(
          `${at}`,
          node.parents.map((parent) => steps[parent]!),
          (...inputs) =>
            Effect.suspend(() => {
              running.peak = Math.max(running.peak, ++running.now)
              return held(ledger, work(node.work, port, ledger)).pipe(
                Effect.andThen(() =>
                  attempts++ < node.failures
                    ? Effect.fail(new Broken({ node: at }))
                    : Effect.succeed(RandomGraph.combine(inputs))
                ),
                Effect.ensuring(Effect.sync(() => running.now--))
              )
            })
        )
        steps.push(withPolicy(step, node.policy))
      })
      return steps.at(-1)!
    }
  )
  return { pipeline, running }
}

const withPolicy = (
  step: Step.Step<number, Broken, never, Broken>,
  policy: RandomGraph.Node["policy"]
): Step.Step<number, Broken, never, Broken> => {
  switch (policy) {
    case "none":
      return step
    case "retry":
      return Step.retry(step, Schedule.recurs(RandomGraph.retries))
    case "orElse":
      return Step.orElse(step, () => Effect.succeed(RandomGraph.instead))
    case "optional":
      return unwrapped(Step.optional(step), Option.getOrElse(() => RandomGraph.instead))
    case "result":
      return unwrapped(Step.result(step), Result.getOrElse(() => RandomGraph.instead))
  }
}

/** The same step, with what a policy wrapped its answer in taken off again, so that graphs stay graphs of numbers. */
const unwrapped = <A, E, Before>(
  step: Step.Step<A, E, never, Before>,
  f: (answer: A) => number
): Step.Step<number, E, never, Before> => ({
  ...step,
  output: undefined,
  run: (inputs) => Effect.map(step.run(inputs), f)
})

const held = <A, E>(ledger: Ledger, work: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.acquireUseRelease(
    Effect.sync(() => ledger.resources++),
    () => work,
    () => Effect.sync(() => ledger.resources--)
  )

const work = (kind: RandomGraph.Node["work"], port: number, ledger: Ledger): Effect.Effect<void> => {
  switch (kind) {
    case "at once":
      return Effect.void
    case "later":
      return Effect.sync(() => {})
    case "yield":
      return Effect.yieldNow
    case "promise":
      return Effect.promise(async () => {})
    case "sleep":
      return Effect.callback((resume) => {
        ledger.timers++
        const timer = setTimeout(() => {
          ledger.timers--
          resume(Effect.void)
        }, 1)
        return Effect.sync(() => {
          ledger.timers--
          clearTimeout(timer)
        })
      })
    case "socket":
      return Effect.callback((resume) => {
        ledger.sockets++
        const socket = connect(port, "127.0.0.1")
        socket.once("data", () => resume(Effect.void))
        socket.once("error", (error) => resume(Effect.die(error)))
        socket.once("close", () => ledger.sockets--)
        return Effect.sync(() => socket.destroy())
      })
  }
}

/** Says one byte to everybody who connects, and hangs up. */
const greeter = Effect.acquireRelease(
  Effect.callback<Server>((resume) => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy())
      socket.end("!")
    })
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
    })
)

const countFibers = () => {
  let live = 0
  return { live: () => live, recordFiberStart: () => void live++, recordFiberEnd: () => void live-- }
}

/** Both ends of a socket close in turns of the event loop of their own. */
const eventually = (holds: () => boolean) =>
  Effect.gen(function*() {
    for (let turn = 0; turn < 1_000 && !holds(); turn++) {
      yield* Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
    }
  })

const openSockets = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length

const portOf = (server: Server) => {
  const address = server.address()
  assert(address !== null && typeof address === "object")
  return address.port
}

describe("a random pipeline", () => {
  it.live(
    "equals a naive interpreter, and leaves nothing, in 2,000 runs that fail or are interrupted [B181]",
    () =>
      Effect.scoped(
        Effect.gen(function*() {
          const server = yield* greeter
          const port = portOf(server)
          const tally = { completed: 0, failed: 0, interrupted: 0 }

          for (let round = 0; round < rounds(2_000); round++) {
            const ledger: Ledger = { resources: 0, sockets: 0, timers: 0 }
            const fibers = countFibers()
            const nodes = yield* RandomGraph.draw({
              size: 4 + round % 37,
              failing: round % 2 === 0 ? 60 : 0,
              works: round % 5 === 0
                ? ["at once", "later", "yield", "promise", "sleep", "socket"]
                : ["at once", "later", "yield", "promise"]
            }).pipe(Random.withSeed(`pipeline ${round}`)) // so that no run before it changes what is drawn
            const concurrency = round % 3 === 0 ? 1 + round % 4 : Infinity
            const { pipeline, running } = pipelineOf(nodes, port, ledger, concurrency)
            const expected = RandomGraph.interpret(nodes, 1)

            const run: Fiber.Fiber<Agent.AgentResult<number>, unknown> = yield* pipeline.run(1).pipe(
              Effect.provideService(Metric.FiberRuntimeMetrics, fibers),
              Effect.forkChild({ startImmediately: true })
            )
            if (round % 4 > 1) {
              yield* Effect.forEach(
                Array.from({ length: yield* Random.nextIntBetween(0, 12) }),
                () => Effect.yieldNow,
                { discard: true }
              )
              yield* Fiber.interrupt(run)
            }
            const exit = yield* Fiber.await(run)
            yield* eventually(() => ledger.sockets === 0)

            if (Exit.isSuccess(exit)) {
              tally.completed++
              assert.strictEqual(exit.value.value, expected.answer)
            } else if (Exit.hasInterrupts(exit)) {
              tally.interrupted++
            } else {
              tally.failed++
              const error = Option.getOrUndefined(Exit.findErrorOption(exit))
              assert.instanceOf(error, Broken)
              assert.isTrue(expected.failing.has(error.node), `${error.node} was not expected to fail the run`)
            }
            assert.deepStrictEqual({ ...ledger, fibers: fibers.live() }, {
              resources: 0,
              sockets: 0,
              timers: 0,
              fibers: 0
            })
            assert.isAtMost(running.peak, concurrency)
          }
          yield* eventually(() => openSockets() === 0)
          assert.strictEqual(openSockets(), 0)
          assert.isAtLeast(Math.min(tally.completed, tally.failed, tally.interrupted), rounds(50))
        }).pipe(Random.withSeed("random pipelines"))
      )
  )
})
