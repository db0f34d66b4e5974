/**
 * The program that `AwaitingSteps.bench.ts` runs in a process of its own: graphs whose steps await a promise, in plain
 * async functions, in a runner by hand that counts what each node waits for and starts a fiber of Effect for it, in steps that
 * await an Effect, and in steps that are promises. They take turns. Prints JSON: CPU of a step, in microseconds.
 */
import { Effect, Exit, Fiber } from "effect"
import type { Pipeline } from "greenlang"
import { awaits, pipelineOf, promisesOf } from "../graph.ts"
import { chain, fan, type Graph, lattice, random, sum } from "../shapes.ts"

const work = async (n: number) => n + 1

const plain = (graph: Graph) => async () => {
  const node = async (before: ReadonlyArray<Promise<number>>) => work(sum(await Promise.all(before)))
  const answers: Array<Promise<number>> = [Promise.resolve(1)]
  for (let at = 1; at < graph.length; at++) answers.push(node(graph[at]!.map((before) => answers[before]!)))
  return answers.at(-1)!
}

/** What a team writes that wants no more than this: the services around it, and an end of all when one fails. */
const counting = (graph: Graph) => {
  const next: ReadonlyArray<Array<number>> = graph.map(() => [])
  graph.forEach((before, at) => before.forEach((one) => next[one]!.push(at)))
  const starts = graph.flatMap((before, at) => at > 0 && before.length === 0 ? [at] : [])
  const all = Effect.withFiber<number>(({ context }) => {
    const fork = Effect.runForkWith(context)
    return Effect.callback((resume) => {
      const missing = graph.map((before) => before.length)
      const answers: Array<number> = []
      const live = new Set<Fiber.Fiber<number>>()
      let left = graph.length
      let failed: Exit.Exit<number> | undefined
      const settle = (at: number, answer: number) => {
        answers[at] = answer
        left--
        for (const one of next[at]!) if (--missing[one]! === 0) start(one)
      }
      const start = (at: number) => {
        const fiber = fork(awaits(sum(graph[at]!.map((before) => answers[before]!)), at))
        live.add(fiber)
        fiber.addObserver((exit) => {
          live.delete(fiber)
          if (failed === undefined && Exit.isSuccess(exit)) settle(at, exit.value)
          else if (failed === undefined) {
            failed = exit
            for (const one of live) one.interruptUnsafe()
          }
          if (live.size === 0 && failed !== undefined) resume(failed)
          else if (left === 0) resume(Exit.succeed(answers[graph.length - 1]!))
        })
      }
      settle(0, 1)
      starts.forEach(start)
      return Effect.suspend(() => Fiber.interruptAll(live))
    })
  })
  return () => Effect.runPromise(all)
}

const running = <E>(pipeline: Pipeline.Pipeline<number, number, E>) => async () =>
  (await Effect.runPromise(pipeline.run(1))).value

const rounds = 9
const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

const measured = []
for (
  const [what, graph] of Object.entries({
    "a chain of 100": chain(100),
    "1 to 500 to 1": fan(500),
    "a lattice of 10 by 20": lattice(10, 20),
    "300 random nodes": random(300)
  })
) {
  const ways = {
    plain: plain(graph),
    counting: counting(graph),
    effects: running(pipelineOf(graph, awaits)),
    promises: running(promisesOf(graph, work))
  }
  const steps = graph.length - 1
  const runs = Math.ceil(8_000 / steps)
  const expected = await ways.plain()
  const costs = new Map(Object.keys(ways).map((way) => [way, [] as Array<number>]))
  for (let round = -8; round < rounds; round++) {
    for (const [way, run] of Object.entries(ways)) {
      const before = process.cpuUsage()
      for (let n = 0; n < runs; n++) {
        if (await run() !== expected) throw new Error(`${what}: ${way} answers wrongly`)
      }
      const { system, user } = process.cpuUsage(before)
      if (round >= 0) costs.get(way)!.push((system + user) / runs / steps)
    }
  }
  const all = (of: (costs: ReadonlyArray<number>) => number) =>
    Object.fromEntries(Array.from(costs, ([way, all]) => [way, of(all)]))
  measured.push({ what, median: all(median), least: all((costs) => Math.min(...costs)) })
}
console.log(JSON.stringify(measured))
