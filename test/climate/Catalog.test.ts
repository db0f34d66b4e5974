import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect } from "effect"
import type { LanguageModel } from "effect/ai"
import type { Agent, CpuPool } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import type { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"

describe("Catalog", () => {
  it.effect("knows each agent by the name that it has, and each pipeline by its steps", () =>
    Effect.gen(function*() {
      const agents = yield* Catalog.agents
      assert.deepStrictEqual(agents.map(({ name }) => name), Catalog.entries.map(({ name }) => name))
      assert.deepStrictEqual(
        agents.map((agent) => "steps" in agent ? "pipeline" : "agent"),
        Catalog.entries.map(({ kind }) => kind)
      )
    }))

  it("names agents without loading them", async () => {
    const script = `
      import { registerHooks } from "node:module"
      const loaded = []
      registerHooks({
        load: (url, context, next) => {
          if (url.includes("/src/")) loaded.push(url.split("/src/")[1])
          return next(url, context)
        }
      })
      const { entries } = await import("greenlang/climate/Catalog")
      console.log(JSON.stringify({ names: entries.map(({ name }) => name), loaded }))`
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--conditions=@greenlang/source", "--input-type=module", "--eval", script],
      { cwd: join(import.meta.dirname, "../..") }
    )
    const { loaded, names } = JSON.parse(stdout)
    assert.include(names, "Footprint")
    assert.deepStrictEqual(loaded.filter((file: string) => file.startsWith("climate/")), ["climate/Catalog.ts"])
  })

  it("needs the tables, a model and worker threads, and nothing else", () => {
    type Needs = Agent.Services<Effect.Success<typeof Catalog.agents>[number]>
    expectTypeOf<Needs>().toEqualTypeOf<ReferenceTables | LanguageModel.LanguageModel | CpuPool>()
  })
})
