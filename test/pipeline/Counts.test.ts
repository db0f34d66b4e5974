/**
 * What runs and steps cost, in counts that no machine changes: fibers, timers, requests and bytes.
 */
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Layer, Metric, Schema } from "effect"
import { Agent, Llm, Pipeline, Step, Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { execFile } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"
import { getHeapStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { chain, fan, type Graph, lattice, random, sum } from "../../bench/shapes.ts"
import * as NodeFlags from "../support/NodeFlags.ts"

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

/** A door that opens for all at once. */
class Door {
  private readonly waiting: Array<() => void> = []

  readonly pass = Effect.callback<void>((resume) => void this.waiting.push(() => resume(Effect.void)))

  get count() {
    return this.waiting.length
  }

  open() {
    for (const resume of this.waiting.splice(0)) resume()
  }
}

const waiting = (door: Door) => Agent.make("Waits", { ...numbers, execute: (n) => Effect.as(door.pass, n) })

const Answers = Agent.make("Answers", { ...numbers, execute: (n) => Effect.succeed(n) })

/** Lets turns of the event loop pass until `isTrue`. */
const until = async (isTrue: () => boolean) => {
  while (!isTrue()) await new Promise(setImmediate)
}

/** The fibers that `self` starts. */
const fibersOf = async (self: Effect.Effect<unknown, unknown>) => {
  let started = 0
  await Effect.runPromise(Effect.provideService(self, Metric.FiberRuntimeMetrics, {
    recordFiberStart: () => void started++,
    recordFiberEnd: () => {}
  }))
  return started
}

const pipelineOf = (graph: Graph, step: (at: number, before: ReadonlyArray<Step.Step<number>>) => Step.Step<number>) =>
  Pipeline.make("Graph", numbers, (input) => {
    const steps: Array<Step.Step<number>> = [input]
    for (let at = 1; at < graph.length; at++) steps.push(step(at, graph[at]!.map((before) => steps[before]!)))
    return steps.at(-1)!
  })

const shapes = { chain: chain(100), fan: fan(100), lattice: lattice(10, 10), random: random(100) }

describe("fibers", () => {
  it("are one for a run, alone, in a batch or in pairs, and none more for a pipeline", async () => {
    const inputs = Array.from({ length: 1_000 }, (_, n) => n)
    assert.strictEqual(await fibersOf(Answers.run(1)), 1)
    assert.strictEqual(await fibersOf(Agent.batch(Answers, inputs, { concurrency: 10 })), 1_000)
    assert.strictEqual(await fibersOf(Agent.runAll(inputs.map((n) => [Answers, n] as const))), 1_000)

    const door = new Door()
    const batch = fibersOf(Agent.batch(waiting(door), inputs, { concurrency: "unbounded" }))
    await until(() => door.count === 1_000)
    door.open()
    assert.strictEqual(await batch, 1_000)
  })

  it("are one for a step that waits, and none for one that answers at once or is a promise", async () => {
    for (const [name, graph] of Object.entries(shapes)) {
      const steps = graph.length - 1
      const awaits = pipelineOf(
        graph,
        (at, before) => Step.make(`${at}`, before, (...inputs) => Effect.promise(async () => sum(inputs)))
      )
      const answers = pipelineOf(
        graph,
        (at, before) => Step.make(`${at}`, before, (...inputs) => Effect.succeed(sum(inputs)))
      )
      const promises = pipelineOf(
        graph,
        (at, before) =>
          Step.promise(`${at}`, before, async (inputs) => sum(inputs), { catch: (): never => assert.fail("rejected") })
      )
      assert.deepStrictEqual(
        [await fibersOf(awaits.run(1)), await fibersOf(answers.run(1)), await fibersOf(promises.run(1))],
        [1 + steps, 1, 1],
        name
      )
    }
  })
})

describe("timers", () => {
  /** The timers that are armed until what `work` waits for is there. */
  const timersOf = async (work: () => Promise<unknown>) => {
    const armed = vi.spyOn(globalThis, "setTimeout")
    try {
      await work()
      return armed.mock.calls.length
    } finally {
      armed.mockRestore()
    }
  }

  it("are none for a run that ends at once, and one for all that wait under the same limit", async () => {
    const inputs = Array.from({ length: 1_000 }, (_, n) => n)
    assert.strictEqual(await timersOf(() => Effect.runPromise(Answers.run(1))), 0)
    const door = new Door()
    const agent = waiting(door)
    const opened = async (work: Promise<unknown>) => {
      await until(() => door.count === 1_000)
      door.open()
      await work
    }
    assert.strictEqual(
      await timersOf(() => opened(Effect.runPromise(Agent.batch(agent, inputs, { concurrency: "unbounded" })))),
      1
    )
    assert.strictEqual(
      await timersOf(() => opened(Promise.all(inputs.map((n) => Effect.runPromise(agent.run(n)))))),
      1
    )
  })

  it("are none for steps that wait", async () => {
    const graph = pipelineOf(
      shapes.lattice,
      (at, before) => Step.make(`${at}`, before, (...inputs) => Effect.promise(async () => sum(inputs)))
    )
    // The one of the run's limit.
    assert.strictEqual(await timersOf(() => Effect.runPromise(graph.run(1))), 1)
  })
})

describe("requests", () => {
  it("are one for a call of a model, and one more for each turn of a tool loop", async () => {
    let requests = 0
    const answer = (message: object, finish_reason: string) => ({
      id: "1",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, finish_reason, message: { role: "assistant", ...message } }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
    })
    const server = createServer(async (request, response) => {
      requests++
      const body = Buffer.concat(await request.toArray()).toString()
      const calls = [{ id: "c1", type: "function", function: { name: "twice", arguments: "{\"n\":2}" } }]
      const isAnswered = !body.includes("\"tools\"") || body.includes("\"tool_call_id\"")
      response.setHeader("content-type", "application/json")
      response.end(JSON.stringify(
        isAnswered ? answer({ content: "4" }, "stop") : answer({ content: null, tool_calls: calls }, "tool_calls")
      ))
    }).listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    const model = OpenAiCompatible.layer({ baseUrl: `http://127.0.0.1:${port}/v1`, model: "m" }).pipe(
      Layer.provide(Http.layer({ retries: 2 }))
    )
    const twice = Tool.make("twice", {
      description: "Doubles",
      input: Schema.Struct({ n: Schema.Finite }),
      output: Schema.Finite,
      execute: ({ n }) => Effect.succeed(n * 2)
    })
    const calls = Effect.gen(function*() {
      yield* Llm.generate("How much?")
      const alone = requests
      yield* Llm.withTools({ prompt: "How much is twice 2?", tools: [twice] })
      return [alone, requests - alone]
    })
    assert.deepStrictEqual(await Effect.runPromise(Effect.provide(calls, model)), [1, 2])
    server.close()
  })
})

describe("promise steps", () => {
  it.effect("start no fiber", () =>
    Effect.gen(function*() {
      const Chain = Pipeline.make("Chain", numbers, (n) => {
        let last: Step.Step<number, Step.PromiseRejected, never, Step.PromiseRejected> = n
        for (let at = 0; at < 100; at++) last = Step.promise(`${at}`, [last], async ([n]) => n + 1)
        return last
      })
      let fibers = 0
      const { value } = yield* Effect.provideService(Chain.run(0), Metric.FiberRuntimeMetrics, {
        recordFiberStart: () => void fibers++,
        recordFiberEnd: () => {}
      })
      assert.strictEqual(value, 100)
      // The one of the run.
      assert.strictEqual(fibers, 1)
    }))
})

describe("bytes", () => {
  const runs = 10_000

  /** Bytes of heap of each of 10,000 that wait, in a process of their own: those that run tests keep more of each promise. */
  const weighed = async (way: string) => {
    const program = join(import.meta.dirname, "../../bench/programs/waitingRuns.ts")
    const { stdout } = await promisify(execFile)(process.execPath, [...NodeFlags.forChild, program, way])
    return Number(stdout)
  }

  it("are at most 2,450 for each of 10,000 runs that wait together", async () => {
    assert.isAtMost(await weighed("batch"), 2_450)
    assert.isAtMost(await weighed("runAll"), 2_450)
  })

  it("are at most 3,900 for each of 10,000 runs that are started alone", async () => {
    assert.isAtMost(await weighed("runs"), 3_900)
  })

  it("are at most 1,300 for each step of 10,000 that wait together", async () => {
    const weigh = async () => {
      const door = new Door()
      const Wide = pipelineOf(
        fan(runs),
        (at, before) =>
          Step.make(`${at}`, before, (...inputs) => at > runs ? Effect.succeed(1) : Effect.as(door.pass, sum(inputs)))
      )
      collectGarbage()
      const before = getHeapStatistics().used_heap_size
      const run = Effect.runPromise(Wide.run(1))
      await until(() => door.count === runs)
      collectGarbage()
      const bytes = (getHeapStatistics().used_heap_size - before) / runs
      door.open()
      await run
      return bytes
    }
    await weigh()
    const bytes = await weigh()
    assert.isAtMost(bytes, 1_300)
  })
})
