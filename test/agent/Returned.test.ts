/** Functions of agents, tools, policies, histories and approvals of programs without types, which return no Effect. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Schema } from "effect"
import { Agent, Approval, InvalidDefinition, Pipeline, PipelineSpec, type Pool, Step, Tool } from "greenlang"
import * as Database from "greenlang/database/Database"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import * as Policy from "greenlang/orchestrator/Policy"
import { thrown } from "../support/Thrown.ts"

const returned: ReadonlyArray<readonly [what: string, value: () => never]> = [
  ["a number", () => 7 as never],
  ["nothing", () => undefined as never],
  ["a Promise", () => Promise.reject(new Error("later")) as never],
  ["a string", () => "\u001b]52;c;AAAA\u0007" as never],
  ["a list", () => new Proxy([], { get: (list, key) => key === "length" ? 4e9 : Reflect.get(list, key) }) as never],
  ["an object", () => revoked() as never]
]

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

const messageOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert(Exit.isFailure(exit))
    const error = Cause.squash(exit.cause)
    assert(error instanceof Error)
    return error.message
  })

describe.each(returned)("a function that returns %s, not an Effect", (what, value) => {
  it.live("is named with its agent or its tool", () =>
    Effect.gen(function*() {
      const Execute = Agent.make("Execute", { ...numbers, execute: value })
      const Validate = Agent.make("Validate", { ...numbers, validate: value, execute: Effect.succeed })
      const Finalize = Agent.make("Finalize", { ...numbers, execute: Effect.succeed, finalize: value })
      for (const agent of [Execute, Validate, Finalize]) {
        const message = yield* messageOf(agent.run(1))
        assert.strictEqual(
          message,
          `agent \`${agent.name}\`: its \`${agent.name.toLowerCase()}\` returned ${what}; expected an Effect`
        )
        const Around = Pipeline.make("Around", numbers, (n) => Step.agent("calls", agent, [n], (n) => n))
        assert.include(yield* messageOf(Around.run(1)), message)
      }
      const tool = Tool.make("count", { ...numbers, description: "Counts.", execute: value })
      assert.strictEqual(
        yield* messageOf(tool.call(1)),
        `tool \`count\`: its \`execute\` returned ${what}; expected an Effect`
      )
      // A rejection that nothing handles would be reported by now.
      yield* Effect.promise(() => new Promise(setImmediate))
    }))

  it.live("is named with its policy, and is an event of the history alone", () =>
    Effect.gen(function*() {
      const One = Agent.make("One", { ...numbers, execute: Effect.succeed })
      const run = Effect.flatMap(Orchestrator, ({ run }) => run("One", 1))
      const history = Layer.provide(History.layer(), Database.layerMemory)
      const policies = [Policy.make("limits", value)]
      const refused = Effect.provide(run, Layer.provide(Orchestrator.layer({ agents: [One], policies }), history))
      assert.include(yield* messageOf(refused), `policy \`limits\`: it returned ${what}; expected an Effect`)
      const broken = Layer.succeed(History, { add: value, find: value, list: value })
      const kept = Effect.provide(run, Layer.provide(Orchestrator.layer({ agents: [One] }), broken))
      assert.strictEqual((yield* kept).value, 1)
    }))

  it.live("is named with `Approval`", () =>
    Effect.gen(function*() {
      const Asks = Pipeline.make("Asks", numbers, (n) =>
        Step.last("answer", n, [Step.approval("may", [n], () =>
          "May it?")]))
      const message = yield* messageOf(Asks.run(1).pipe(Effect.provideService(Approval, { ask: value })))
      assert.include(message, "may")
      assert.include(message, `\`Approval\`: \`ask\` returned ${what}; expected an Effect`)
    }))
})

describe("what is not what its type says is InvalidDefinition", () => {
  const others: ReadonlyArray<readonly [what: string, value: () => never]> = [
    ["nothing", () => undefined as never],
    ["null", () => null as never],
    ["a number", () => 1 as never],
    ["a revoked proxy", () => revoked() as never],
    ["a list of four billion places", () => Object.assign([], { length: 4e9 }) as never]
  ]
  for (const [what, value] of others) {
    it.effect(`of the agents and the options of a pipeline file: ${what}`, () =>
      Effect.gen(function*() {
        for (const options of [value(), { agents: value() }, { agents: [value()] }]) {
          const exit = yield* Effect.exit(PipelineSpec.fromYaml("name: a", options))
          assert(Exit.isFailure(exit))
          assert.instanceOf(Cause.squash(exit.cause), InvalidDefinition, `${what}`)
        }
      }))
  }

  it("of a pool, of how long an answer is kept and of a limit", () => {
    const made = (change: (step: Step.Step<number>) => unknown) =>
      thrown(() =>
        Pipeline.make("Faulty", numbers, (n) => change(Step.make("one", [n], Effect.succeed)) as Step.Step<number>)
      )
    const long = new Proxy([], { get: (list, key) => key === "length" ? 4e9 : Reflect.get(list, key) })
    assert.instanceOf(made(Step.inPool(revoked() as Pool.Pool)), InvalidDefinition)
    assert.instanceOf(made(Step.cached(revoked() as never)), InvalidDefinition)
    assert.instanceOf(made(Step.timeout(long as never)), InvalidDefinition)
  })
})
