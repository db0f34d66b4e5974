/**
 * The way across, from agents that block to agents that do not: what holds before, meanwhile and after, at every boundary.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Fiber, Layer, Logger, Schema } from "effect"
import { TestClock } from "effect/testing"
import {
  Agent,
  BlockDetector,
  BlockingMisuse,
  BlockingTimeout,
  CpuPool,
  isSyncAgentLike,
  PromiseAgent,
  PureSyncAgent,
  SyncAgent
} from "greenlang"
import { NoLeaks } from "greenlang/testing"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { inspect } from "node:util"
import { LegacySiteEmissions, Report } from "../../examples/migration/2-lifted.ts"
import * as LegacyRating from "../../examples/migration/LegacyRating.ts"
import * as Legacy from "../../examples/migration/LegacySiteEmissions.ts"
import { report, sites } from "../../examples/migration/OldCaller.ts"
import { Rating } from "../../examples/migration/Rating.ts"
import * as NewSiteEmissions from "../../examples/migration/SiteEmissions.ts"
import * as World from "../../examples/migration/World.ts"
import { Primes } from "../../examples/practices/cpu-in-a-fiber/good.ts"
import * as Grid from "../../examples/support/Grid.ts"
import { countPrimes } from "../../examples/support/Primes.ts"
import { thrown } from "../support/Thrown.ts"
import * as agents from "./fixtures/agents.ts"
import { FuelContract, NoFactor } from "./fixtures/contract.ts"
import * as impatient from "./fixtures/impatient.ts"
import type * as nested from "./fixtures/nested.ts"

let world: Awaited<ReturnType<typeof World.open>>
beforeAll(async () => {
  world = await World.open()
})
afterAll(() => world[Symbol.asyncDispose]())

const { SiteEmissions } = NewSiteEmissions
/** With the environment of `world`: Effect reads that of the process once. */
const layer = Layer.provideMerge(
  NewSiteEmissions.layer,
  Layer.suspend(() => ConfigProvider.layer(ConfigProvider.fromEnvRecord(process.env)))
)

const url = (path: string) => new URL(path, import.meta.url)

const blocking = () =>
  SyncAgent.fromModule<typeof SiteEmissions>(url("../../examples/migration/SiteEmissions.ts"), {
    export: "SiteEmissions",
    isolate: true
  })

const messageOf = (error: unknown) =>
  error instanceof Error ? error.message : assert.fail(`${String(error)} is not an error`)

/** What the old agents answer, one call after the other. */
const before = () => report({ emissions: new Legacy.SiteEmissions(), rating: new LegacyRating.Rating() }, sites)

const inputs = sites.map((site) => ({ site }))
const hall = (calls: number) => Array.from({ length: calls }, () => ({ site: "Hall" }))

/** The old agent's answer for each site. */
const values = () => {
  const legacy = new Legacy.SiteEmissions()
  const answers = inputs.map((input) => {
    try {
      return legacy.execute(input).value
    } catch (error) {
      return messageOf(error)
    }
  })
  legacy.cleanup()
  return answers
}

const read = (outcome: Agent.Outcome<unknown, { readonly message: string }>) =>
  outcome.success ? outcome.value : outcome.error.message

describe("Migration", () => {
  it("a mixed pipeline of old synchronous and new agents answers as before", async () => {
    const [summary, ...lines] = before().toReversed()
    assert.strictEqual(summary, "4 sites, 3 grades")
    const outcomes = await Effect.runPromise(
      Agent.batch(Report, inputs, { concurrency: "unbounded" }).pipe(
        Effect.provide(CpuPool.layerWorkers({ size: 2 }))
      )
    )
    assert.deepStrictEqual(outcomes.map(read), lines.toReversed())
  })

  it("the rewritten agent answers as the old one, at every boundary", async () => {
    const expected = values()
    assert.strictEqual(expected[3], "There is no site of the name Shed")

    const effect = await Effect.runPromise(
      Agent.batch(SiteEmissions, inputs, { concurrency: "unbounded" }).pipe(Effect.provide(layer))
    )
    assert.deepStrictEqual(effect.map(read), expected)
    await using promise = await PromiseAgent.open(SiteEmissions, layer)
    assert.deepStrictEqual((await Promise.all(inputs.map((input) => promise.executeResult(input)))).map(read), expected)
    using sync = blocking()
    assert.deepStrictEqual(sync.executeAll(inputs).map(read), expected)
    assert.deepStrictEqual(inputs.map((input) => read(sync.executeResult(input))), expected)
    const lifted = await Effect.runPromise(
      Agent.batch(LegacySiteEmissions, inputs, { concurrency: 1 }).pipe(
        Effect.provide(CpuPool.layerWorkers({ size: 1 }))
      )
    )
    assert.deepStrictEqual(lifted.map(read), expected)
  })

  it("a caller that cannot await gets the new agents, and prints the same as before [B130]", async () => {
    const rating = Agent.timeout(Rating, "1 minute") // an agent of its own, which counts its own runs
    const now = report({ emissions: blocking(), rating: PureSyncAgent.open(rating) }, sites)
    assert.deepStrictEqual(now, before())
  })
})

describe("an agent of another library, rewritten", () => {
  interface Program<In, Out> {
    readonly main: (input: In) => Promise<Out>
  }
  const pairs: Record<string, readonly [input: string, answer: unknown]> = {
    langgraph: ["Hall", { letter: "Hall emitted 4180 kg CO2.", drafts: 2 }],
    "ai-sdk": ["What do 20 kWh in France emit?", { text: "It emitted 1.1 kg CO2.", kilograms: [1.1] }]
  }
  for (const [name, [input, answer]] of Object.entries(pairs)) {
    it(`answers as the original: ${name}`, async () => {
      const program = (file: string): Promise<Program<string, unknown>> =>
        import(`../../examples/migration/${name}/${file}.ts`)
      const before = await program("before")
      const after = await program("after")
      assert.deepStrictEqual(await before.main(input), answer)
      assert.deepStrictEqual(await NoLeaks.checkPromise(() => after.main(input)), answer)
    })
  }
})

/** The same agents, at the two boundaries for callers that cannot await. */
const boundaries = {
  PureSyncAgent: {
    double: () => PureSyncAgent.open(agents.double),
    fuel: () => PureSyncAgent.open(agents.fuel)
  },
  SyncAgent: {
    double: () => SyncAgent.fromModule<typeof agents.double>(url("./fixtures/agents.ts"), { export: "double" }),
    fuel: () => SyncAgent.fromModule(url("./fixtures/agents.ts"), { export: "fuel", contract: FuelContract })
  }
}

describe.each(Object.entries(boundaries))(
  "callers of synchronous agents, by %s [B130]",
  (_, open) => {
    it("get the answer of the agent, by execute and by run [B81][B82]", async () => {
      using fuel = open.fuel()
      const input = { fuel: "diesel", litres: 100 }
      const { metadata, value } = await Effect.runPromise(agents.fuel.run(input))
      for (const call of [fuel.execute, fuel.run]) {
        const answer = call(input)
        assert.deepStrictEqual(answer.value, value)
        assert.deepStrictEqual(answer.metadata.citations, metadata.citations)
        assert.strictEqual(answer.metadata.state, "completed")
      }
    })

    it("throw BlockingTimeout or TimedOut when time is up [B83]", () => {
      using double = open.double()
      const error = thrown(() => double.execute(1, { timeout: 0 }))
      assert.match(messageOf(error), /timed out|within/)
      assert.strictEqual(double.execute(1).value, 2)
    })

    it("catch the error of the agent, with its class, fields and message [B84]", () => {
      using fuel = open.fuel()
      const error = thrown(() => fuel.execute({ fuel: "peat", litres: 1 }))
      assert.instanceOf(error, NoFactor)
      assert.strictEqual(error.fuel, "peat")
      assert.strictEqual(error.message, "no factor for peat")
      const refused = thrown(() => fuel.execute({ fuel: "diesel", litres: "much" as never }))
      assert.match(messageOf(refused), /litres/)
    })

    it("close it at the end of a block, also after an error, and see that error [B85]", () => {
      let escaped: ReturnType<typeof open.double> | undefined
      const error = thrown(() => {
        using double = open.double()
        escaped = double
        throw new RangeError("of the caller")
      })
      assert.instanceOf(error, RangeError)
      assert.match(messageOf(thrown(() => escaped!.execute(1))), /closed/)
    })

    it("find the methods that they know [B86][B87][B92]", () => {
      const double = open.double()
      assert.isTrue(isSyncAgentLike(double))
      double.initialize()
      double.initialize()
      const runs = () => Number(double.getStats().runs)
      const first = runs()
      double.execute(1)
      double.run(1)
      assert.strictEqual(runs(), first + 2)
      double.cleanup()
      double.cleanup()
    })

    it("have a call that failed made once [B89]", () => {
      using fuel = open.fuel()
      const runs = () => Number(fuel.getStats().runs)
      const first = runs()
      thrown(() => fuel.execute({ fuel: "peat", litres: 1 }))
      assert.strictEqual(runs(), first + 1)
    })

    it("can ask what it is, and see it [B80][B97]", () => {
      using double = open.double()
      const { name, version } = "describe" in double ? double.describe() : double
      assert.strictEqual(name, agents.double.name)
      assert.strictEqual(version, agents.double.version)
      assert.include(inspect(double).toLowerCase(), name.toLowerCase())
      assert.include(inspect(double).toLowerCase(), "sync")
    })

    it("can distinguish it from the agent itself, and from anything else [B93][B95]", () => {
      using double = open.double()
      assert.strictEqual(Agent.mode(double), double.mode)
      assert.isFalse(Agent.isAgent(double))
      assert.isTrue(isSyncAgentLike(double))
      assert.isFalse(isSyncAgentLike(agents.double))
    })

    it("cannot give it to another thread [B98]", () => {
      using double = open.double()
      assert.throws(() => structuredClone(double), /could not be cloned/)
    })

    it("call again and again [B90][B91]", () => {
      using double = open.double()
      for (let n = 0; n < 10; n++) assert.strictEqual(double.execute(n).value, n * 2)
    })
  }
)

describe("a misuse names what to use instead [B131]", () => {
  const module = url("./fixtures/agents.ts")
  const double = () => SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })

  const misuses: Record<string, { readonly use: () => unknown; readonly instead: RegExp }> = {
    "inside-fiber": {
      use: () => {
        using agent = double()
        const exit = Effect.runSyncExit(Effect.sync(() => agent.execute(1)))
        throw Exit.isFailure(exit) ? Cause.squash(exit.cause) : assert.fail()
      },
      instead: /yield\* agent\.run\(input\)/
    },
    nested: {
      use: () =>
        SyncAgent.fromModule<typeof nested.nests>(url("./fixtures/nested.ts"), { export: "nests" })
          .use((agent) => agent.execute(1)),
      instead: /yield\* agent\.run\(input\), or set allowNested/
    },
    recursive: {
      use: () =>
        SyncAgent.fromModule<typeof nested.recurses>(url("./fixtures/nested.ts"), { export: "recurses" })
          .use((agent) => agent.execute(1)),
      instead: /yield\* agent\.run\(input\)/
    },
    closed: {
      use: () => {
        const agent = double()
        agent.close()
        agent.execute(1)
      },
      instead: /SyncAgent\.fromModule/
    },
    conflict: {
      use: () => {
        using agent = double()
        agent.initialize()
        SyncAgent.fromModule(module, { export: "double", env: {} })
      },
      instead: /isolate/
    },
    reentrant: {
      use: () => {
        const caught: Array<unknown> = []
        const prints: SyncAgent.SyncAgent<number, number> = SyncAgent.fromModule<typeof agents.prints>(module, {
          export: "prints",
          onLog: () => caught.push(thrown(() => prints.execute(1)))
        })
        prints.use((agent) => agent.execute(1))
        throw caught[0]
      },
      instead: /keep what onLog receives/
    }
  }

  for (const [reason, { instead, use }] of Object.entries(misuses)) {
    it(`a blocking call that is ${reason}`, () => {
      const error = thrown(use)
      // What ends a run over there comes with its name and fields, but not as an instance.
      if (reason !== "nested" && reason !== "recursive") assert.instanceOf(error, BlockingMisuse)
      assert.strictEqual((error as BlockingMisuse)._tag, "BlockingMisuse")
      assert.strictEqual((error as BlockingMisuse).reason, reason)
      assert.match(messageOf(error), instead)
    })
  }

  it("an agent that waits, run synchronously", () => {
    using slow = PureSyncAgent.open(agents.slow)
    assert.match(messageOf(thrown(() => slow.execute(5))), /PromiseAgent, or .* SyncAgent/)
  })

  it("a promise of an agent that was closed", async () => {
    const closed = await PromiseAgent.open(agents.double)
    await closed.close()
    const error = await closed.execute(1).catch((error: unknown) => error)
    assert.match(messageOf(error), /open it again/)
  })
})

describe("work of more than 100 ms for a processor [B132]", () => {
  const limit = 1_500_000
  const InFiber = Agent.make("InFiber", {
    version: "1.0.0",
    input: Schema.Int,
    output: Schema.Int,
    execute: (limit) => Effect.sync(() => countPrimes(limit))
  })

  it("is reported with the name of the agent, and does not hold the event loop in a pool", async () => {
    const blocks: Array<BlockDetector.Block> = []
    const detector = Layer.merge(BlockDetector.layer({ onBlock: (block) => blocks.push(block) }), Logger.layer([]))
    const inFiber = await Effect.runPromise(Effect.provide(InFiber.run(limit), detector))
    assert.deepStrictEqual(blocks.map(({ agent }) => agent), ["InFiber"])
    const inPool = await Effect.runPromise(
      Effect.provide(Primes.run(limit), Layer.merge(CpuPool.layerWorkers({ size: 1 }), detector))
    )
    assert.deepStrictEqual(blocks.filter(({ agent }) => agent === "Primes"), [])
    assert.strictEqual(inPool.value, inFiber.value)
  })

  it("is in a pool for callers of promises too", async () => {
    await using primes = await PromiseAgent.open(Primes, CpuPool.layerWorkers({ size: 1 }))
    let beats = 0
    const heart = setInterval(() => beats++, 5)
    const { value } = await primes.execute(limit)
    clearInterval(heart)
    assert.strictEqual(value, countPrimes(limit))
    assert.isAbove(beats, 3)
  })
})

describe("a call to something outside [B133]", () => {
  const expected = /nothing came for 150ms/

  it("ends in time at every boundary, and its connection is closed", async () => {
    await using grid = await Grid.start()
    const stuck = `${grid.url}/stuck`
    const { Intensity, layer } = impatient
    const error = await Effect.runPromise(Effect.flip(Effect.provide(Intensity.run(stuck), layer)))
    assert.match(error.message, expected)
    await using promise = await PromiseAgent.open(Intensity, layer)
    assert.match(messageOf(await promise.execute(stuck).catch((error: unknown) => error)), expected)
    using sync = SyncAgent.fromModule<typeof Intensity>(url("./fixtures/impatient.ts"), { export: "Intensity" })
    assert.match(messageOf(thrown(() => sync.execute(stuck))), expected)
    // the server hears of a close in a later turn
    while (grid.connections() > 0) await setImmediate()
  })

  it("of blocking code is given up with its thread", async () => {
    process.env["GRID_URL"] = `${world.grid.url}/stuck`
    const program = LegacySiteEmissions.pipe(Agent.timeout("500 millis")).run({ site: "Hall" })
    const error = await NoLeaks.checkPromise(() =>
      Effect.runPromise(Effect.flip(Effect.provide(program, CpuPool.layerWorkers({ size: 1 }))))
    )
    process.env["GRID_URL"] = world.grid.url
    assert.strictEqual("_tag" in error && error._tag, "TimedOut")
  })

  it("cannot be waited for by a caller without a worker", () => {
    assert.match(
      messageOf(thrown(() => PureSyncAgent.open(impatient.Intensity, impatient.layer).execute("http://127.0.0.1:1/"))),
      /had to wait/
    )
  })

  it.effect("takes no longer than the limit of its agent. Default: 5 minutes", () =>
    Effect.gen(function*() {
      const Waits = Agent.make("Waits", {
        version: "1.0.0",
        input: Schema.Finite,
        output: Schema.Finite,
        execute: () => Effect.never
      })
      const fiber = yield* Effect.forkChild(Effect.flip(Waits.run(1)))
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimedOut")
    }))

  it("of a handle that blocks has its limit", () => {
    using slow = SyncAgent.fromModule<typeof agents.slow>(url("./fixtures/agents.ts"), {
      export: "slow",
      timeout: 50,
      grace: "1 minute"
    })
    const error = thrown(() => slow.execute(60_000))
    assert.instanceOf(error, BlockingTimeout)
    assert.isTrue(error.interrupted)
  })

  it("is made by the one client that has a limit", () => {
    const root = join(import.meta.dirname, "../../src")
    const own = globSync("**/*.ts", { cwd: root }).filter((file) => {
      const code = readFileSync(join(root, file), "utf8").replace(/^ *(\*|\/\/|\/\*\*).*$/gm, "")
      return /\bfetch\(|FetchHttpClient|NodeHttpClient|undici/i.test(code) && !file.startsWith("testing/")
    })
    assert.include(own, "http/internal/Undici.ts")
    assert.deepStrictEqual(own.filter((file) => !file.startsWith("http/")), [])
  })
})

describe("nothing is left [B134]", () => {
  it("by the agent, by promises of it, by callers that block, and by the pool of the old one", async () => {
    await NoLeaks.checkPromise(() => Effect.runPromise(Effect.provide(SiteEmissions.run({ site: "Hall" }), layer)))
    await NoLeaks.checkPromise(async () => {
      await using promise = await PromiseAgent.open(SiteEmissions, layer)
      await promise.execute({ site: "Hall" })
      await promise.executeResult({ site: "Shed" })
    })
    await NoLeaks.checkPromise(() => {
      using sync = blocking()
      sync.executeAll(hall(3))
      const { worker } = sync.getStats()
      assert.strictEqual(worker?.fibers, 0)
    })
    await NoLeaks.checkPromise(() => {
      using rating = PureSyncAgent.open(Rating)
      rating.execute({ perSquareMetre: 2 })
    })
    await NoLeaks.checkPromise(() =>
      Effect.runPromise(
        Effect.provide(Report.run({ site: "Hall" }), CpuPool.layerWorkers({ size: 1 }))
      )
    )
    while (world.grid.connections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })
})

describe("ten calls that wait for others [B135]", () => {
  /** How many of ten calls the service saw at the same time. */
  const peakOf = async (calls: () => unknown) => {
    world.grid.peak()
    await calls()
    return world.grid.peak()
  }
  const ten = hall(10)

  it("wait one after the other before", async () => {
    const legacy = new Legacy.SiteEmissions()
    assert.strictEqual(await peakOf(() => ten.forEach((input) => legacy.execute(input))), 1)
    legacy.cleanup()
  })

  it("wait together afterwards", async () => {
    const batch = () => Effect.runPromise(Effect.provide(Agent.batch(SiteEmissions, ten, { concurrency: 10 }), layer))
    assert.strictEqual(await peakOf(batch), 10)
  })

  it("wait together as promises", async () => {
    const promises = async () => {
      await using promise = await PromiseAgent.open(SiteEmissions, layer)
      await Promise.all(ten.map((input) => promise.execute(input)))
    }
    assert.strictEqual(await peakOf(promises), 10)
  })

  it("wait together while their caller blocks", async () => {
    assert.strictEqual(await peakOf(() => blocking().use((sync) => sync.executeAll(ten))), 10)
  })

  it("wait together on as many threads as there are for the old agent", async () => {
    const lifted = Agent.batch(LegacySiteEmissions, ten, { concurrency: "unbounded" })
    const inPool = () => Effect.runPromise(Effect.provide(lifted, CpuPool.layerWorkers({ size: 3 })))
    assert.strictEqual(await peakOf(inPool), 3)
  })
})
