/** Options and lists of inputs that throw when they are read, at every call that takes some. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Schema } from "effect"
import { Agent, InvalidDefinition, InvalidInput, PromiseAgent, PureSyncAgent, SyncAgent } from "greenlang"
import * as Database from "greenlang/database/Database"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import { thrown } from "../support/Thrown.ts"

const One = Agent.make("One", {
  version: "1.0.0",
  input: Schema.Finite,
  output: Schema.Finite,
  execute: (n) => Effect.succeed(n)
})

const module = new URL("../boundary/fixtures/agents.ts", import.meta.url)

const revoked = (target: object = {}): never => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy as never
}

const throwing = (...names: ReadonlyArray<string>): never => {
  const get = () => {
    throw new Error("no such option today")
  }
  return Object.defineProperties(
    {},
    Object.fromEntries(names.map((name) => [name, { get, enumerable: true }]))
  ) as never
}

const options: ReadonlyArray<readonly [what: string, made: () => never]> = [
  ["a revoked proxy", revoked],
  ["getters that throw", () => throwing("concurrency", "signal", "timeout", "capacity", "attributes")],
  ["a proxy whose traps throw", () =>
    new Proxy({}, {
      get: () => {
        throw new Error("no property")
      },
      ownKeys: () => {
        throw new Error("no keys")
      }
    }) as never]
]

const lists: ReadonlyArray<readonly [what: string, made: () => never]> = [
  ["a revoked proxy", () => revoked([])],
  ["a list of four billion places", () => Object.assign([], { length: 4e9 }) as never],
  ["a list whose item throws", () => Object.defineProperty([], "0", { get: () => assert.fail("no item") }) as never],
  ["null", () => null as never],
  ["a text", () => "1,2" as never]
]

const failureOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.exit(effect), (exit): unknown => Exit.isFailure(exit) ? Cause.squash(exit.cause) : exit.value)

describe.each(options)("options that are %s", (_, made) => {
  it.effect("are InvalidDefinition of a batch and of several runs, and InvalidInput of a run", () =>
    Effect.gen(function*() {
      assert.instanceOf(yield* failureOf(Agent.batch(One, [1], made())), InvalidDefinition)
      assert.instanceOf(yield* failureOf(Agent.runAll([[One, 1]], made())), InvalidDefinition)
      assert.instanceOf(yield* failureOf(One.run(1, made())), InvalidInput)
    }))

  it("are InvalidInput of a promise, which rejects", async () => {
    await using one = await PromiseAgent.open(One)
    for (const call of [one.execute(1, made()), one.executeResult(1, made())]) {
      assert.instanceOf(
        await call.then((result) => "error" in result ? result.error : result, (error: unknown) => error),
        InvalidInput
      )
    }
    assert.instanceOf(thrown(() => one.events(1, made())), InvalidInput)
    assert.instanceOf(thrown(() => one.tokens(1, made())), InvalidInput)
  })

  it("are InvalidInput of synchronous and of blocking calls", () => {
    using pure = PureSyncAgent.open(One)
    assert.instanceOf(thrown(() => pure.execute(1, made())), InvalidInput)
    using blocking = SyncAgent.fromModule(module, { export: "double" })
    assert.instanceOf(thrown(() => blocking.execute(1 as never, made())), InvalidInput)
    const [result] = blocking.executeAll([1 as never], made())
    assert.isTrue(result?.success === false && result.error instanceof InvalidInput)
  })

  it.effect("are InvalidInput of an orchestrator", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      assert.instanceOf(yield* failureOf(run("One", 1, made())), InvalidInput)
    }).pipe(
      Effect.provide(
        Orchestrator.layer({ agents: [One] }).pipe(Layer.provide(History.layer()), Layer.provide(Database.layerMemory))
      )
    ))
})

describe.each(lists)("inputs that are %s", (_, made) => {
  it.effect("are InvalidDefinition of a batch, of several runs, and of a blocking batch", () =>
    Effect.gen(function*() {
      assert.instanceOf(yield* failureOf(Agent.batch(One, made(), { concurrency: 1 })), InvalidDefinition)
      assert.instanceOf(yield* failureOf(Agent.runAll<[typeof One]>(made())), InvalidDefinition)
      using blocking = SyncAgent.fromModule(module, { export: "double" })
      assert.instanceOf(thrown(() => blocking.executeAll(made())), InvalidDefinition)
    }))
})
