/** Options and lists of inputs that throw when they are read, at every call that takes some. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Option, Schema } from "effect"
import {
  Agent,
  InvalidDefinition,
  InvalidInput,
  Pipeline,
  PromiseAgent,
  PureSyncAgent,
  Step,
  SyncAgent
} from "greenlang"
import * as Database from "greenlang/database/Database"
import { DatabaseError } from "greenlang/database/DatabaseError"
import { ApprovalQueue, QuestionNotFound } from "greenlang/orchestrator/ApprovalQueue"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import * as Policy from "greenlang/orchestrator/Policy"
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

const settings = { version: "1.0.0", input: Schema.Json, output: Schema.Json }

const given = <A, E>(effect: Effect.Effect<A, E, History | ApprovalQueue>) =>
  Effect.provide(effect, stores.pipe(Layer.provide(Database.layerMemory)))
const stores = Layer.mergeAll(History.layer(), ApprovalQueue.layer())

describe.each(options)("definitions whose options are %s", (_, made) => {
  const succeeds = () => Effect.succeed(1)

  it("are InvalidDefinition, by every maker", () => {
    const one = Step.make("one", [], succeeds)
    const makers: Readonly<Record<string, () => unknown>> = {
      agent: () => Agent.make("A", made()),
      "a schema of an agent": () => Agent.make("A", { ...One, input: made(), execute: succeeds } as never),
      "a version of an agent": () => Agent.make("A", { ...settings, version: made(), execute: succeeds } as never),
      "a schema of a step": () => Step.make("x", [], succeeds, { output: made() }),
      pipeline: () => Pipeline.make("P", made(), () => one),
      make: () => Step.make("x", [], succeeds, made()),
      promise: () => Step.promise("x", [], () => Promise.resolve(1), made()),
      ifPresent: () => Step.ifPresent("x", [], succeeds, made()),
      cases: () => Step.match("x", Step.make("t", [], () => Effect.succeed({ _tag: "T" as const })), made()),
      match: () =>
        Step.match("x", Step.make("t", [], () => Effect.succeed({ _tag: "T" as const })), { T: succeeds }, made()),
      iterate: () => Step.iterate("x", one, made()),
      forEach: () => Step.forEach("x", Step.make("l", [], () => Effect.succeed([1])), succeeds, made()),
      result: () => Step.result(one, made()),
      orElse: () => Step.orElse(one, succeeds, made()),
      timeout: () => Step.timeout(one, 1, made()),
      policy: () => Policy.make("p", () => Effect.succeed(Policy.allow), made()),
      history: () => History.layer(made()),
      approvals: () => ApprovalQueue.layer(made()),
      orchestrator: () => Orchestrator.layer(made()),
      "an agent of an orchestrator": () => Orchestrator.layer({ agents: [made()] }),
      "a policy of an orchestrator": () => Orchestrator.layer({ agents: [One], policies: [made()] }),
      "an agent that runs synchronously": () => PureSyncAgent.open(made()),
      "a layer": () => PureSyncAgent.open(One, made()),
      "a module": () => SyncAgent.fromModule(made(), { export: "double" }),
      "a blocking agent": () => SyncAgent.fromModule(module, made()),
      "the contract of a blocking agent": () => SyncAgent.fromModule(module, { export: "double", contract: made() })
    }
    for (const [what, make] of Object.entries(makers)) assert.instanceOf(thrown(make), InvalidDefinition, what)
  })

  it.effect("are typed failures of a history and of questions, which go on", () =>
    given(Effect.gen(function*() {
      const history = yield* History
      const queue = yield* ApprovalQueue
      assert.instanceOf(yield* failureOf(history.add(made())), DatabaseError)
      assert.instanceOf(yield* failureOf(history.list(made())), DatabaseError)
      assert.isTrue(Option.isNone(yield* history.find(made())))
      assert.instanceOf(yield* failureOf(queue.ask(made())), InvalidDefinition)
      assert.instanceOf(yield* failureOf(queue.decide("0123456789ab", made())), InvalidDefinition)
      assert.instanceOf(yield* failureOf(queue.decide(made(), { approved: true })), QuestionNotFound)
      assert.deepStrictEqual(yield* history.list(), [])
      assert.deepStrictEqual(yield* queue.open, [])
    })))
})

describe.each(lists)("steps, agents and policies that are %s", (_, made) => {
  it("are InvalidDefinition", () => {
    const makers: ReadonlyArray<() => unknown> = [
      () => Step.make("x", made(), () => Effect.succeed(1)),
      () => Step.promise("x", made(), () => Promise.resolve(1)),
      () => Step.sleep("x", made(), 1),
      () => Step.approval("x", made(), () => "may I?"),
      () => SyncAgent.fromModule(made(), { export: "double" }),
      () => Orchestrator.layer({ agents: made() }),
      () => Orchestrator.layer({ agents: [One], policies: made() ?? "none" })
    ]
    for (const make of makers) assert.instanceOf(thrown(make), InvalidDefinition)
  })
})

it("an agent and a layer that are something else reject a promise with InvalidDefinition", async () => {
  const reasonOf = (open: Promise<unknown>) => open.then(() => assert.fail("it opened"), (error: unknown) => error)
  for (const made of [() => null, () => 5, () => "x", revoked, () => revoked([]), () => Effect.void]) {
    assert.instanceOf(await reasonOf(PromiseAgent.open(made() as never)), InvalidDefinition)
    assert.instanceOf(await reasonOf(PromiseAgent.open(One, made() as never)), InvalidDefinition)
    assert.instanceOf(thrown(() => PureSyncAgent.open(One, made() as never)), InvalidDefinition)
  }
})

describe.each<readonly [what: string, given: unknown]>([
  [
    "a pipeline",
    Pipeline.make(
      "Same",
      { version: "1.0.0", input: Schema.Finite, output: Schema.Finite },
      (n) => Step.pure("same", [n], (n) => n)
    )
  ],
  ["a number", 1],
  ["a promise", Promise.resolve(1)],
  ["a revoked proxy", revoked()]
])("a run that is %s", (_, given) => {
  it("is InvalidDefinition of its events", () => {
    for (const make of [Pipeline.events, Pipeline.eventsAndResult]) {
      assert.instanceOf(thrown(() => make(given as never)), InvalidDefinition)
    }
  })
})

it("a policy is read once: what changes later changes nothing", () => {
  const policy = { ...Policy.make("p", () => Effect.succeed(Policy.allow)) }
  const layer = Orchestrator.layer({ agents: [One], policies: [policy] })
  Object.assign(policy, { check: () => Effect.die("another check"), name: "" })
  return Effect.runPromise(
    Effect.flatMap(Orchestrator, ({ run }) => run("One", 1)).pipe(
      Effect.map(({ value }) => assert.strictEqual(value, 1)),
      Effect.provide(layer.pipe(Layer.provide(History.layer()), Layer.provide(Database.layerMemory)))
    )
  )
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
