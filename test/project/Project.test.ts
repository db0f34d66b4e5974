import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import { Agent, LlmAgent } from "greenlang"
import { Policy } from "greenlang/orchestrator"
import { Project } from "greenlang/project"
import { expectTypeOf } from "vitest"

class Erp
  extends Context.Service<Erp, { readonly read: Effect.Effect<number> }>()("greenlang/test/project/Project.test/Erp")
{}
class Crm
  extends Context.Service<Crm, { readonly find: Effect.Effect<string> }>()("greenlang/test/project/Project.test/Crm")
{}

const options = { version: "1.0.0", input: Schema.String, output: Schema.Finite }
const Stock = Agent.make("Stock", { ...options, execute: () => Erp.use(({ read }) => read) })
const Name = Agent.make("Name", { ...options, execute: () => Effect.as(Crm.use(({ find }) => find), 1) })
const Ask = LlmAgent.make("Ask", { version: "1.0.0", input: Schema.String, instructions: "" })

const erp = Layer.succeed(Erp, { read: Effect.succeed(1) })
const erpOfCrm = Layer.effect(Erp, Effect.map(Crm, () => ({ read: Effect.succeed(1) })))
const known = Policy.make("known", () => Effect.as(Crm.use(({ find }) => find), Policy.allow))

describe("Project", () => {
  it("needs no layer for what every project is given", () => {
    const { agents } = Project.make({ agents: [Ask] })
    expectTypeOf(agents).toEqualTypeOf<readonly [typeof Ask]>()
    assert.deepStrictEqual(Project.make({ agents: [Stock, Ask], layer: erp }).policies, [])
  })

  it("is refused by the compiler where something is not provided", () => {
    // @ts-expect-error Erp and Crm are not provided
    Project.make({ agents: [Stock, Name, Ask] })
    // @ts-expect-error Crm is not provided
    Project.make({ agents: [Stock, Name], layer: erp })
    // @ts-expect-error the layer needs Crm itself
    Project.make({ agents: [Stock], layer: erpOfCrm })
    // @ts-expect-error the policy needs Crm
    Project.make({ agents: [Stock], layer: erp, policies: [known] })
  })

  it("names the field that is wrong", () => {
    const Newer = Agent.make("Ask", {
      version: "9.0.0",
      input: Schema.String,
      output: Schema.String,
      execute: Effect.succeed
    })
    assert.strictEqual(Project.make({ agents: [Ask, Newer] }).agents.length, 2)
    assert.throws(() => Project.make({ agents: [Ask, Ask] }), "agents[1].name: agents[0] is called Ask, too")
  })
})
