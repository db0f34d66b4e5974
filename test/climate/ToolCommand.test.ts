/**
 * `greenlang tool AGENT TOOL JSON`, for every tool of every agent.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Tool } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import { run } from "../support/CommandLine.ts"
import { sample } from "./agents/samples.ts"

/** Failures that a tool may answer an input with whose numbers are made up. */
const refusals = new Set(["ValidationError", "DataError", "CalculationError", "InvalidInput"])

describe("greenlang tool", () => {
  for (const { load, name } of Catalog.entries) {
    it.live(`calls every tool of ${name}, and prints its answer or a tagged error`, () =>
      Effect.gen(function*() {
        const tools = (yield* load).tools as ReadonlyArray<Tool.Any>
        for (const tool of tools) {
          const { code, stderr, stdout } = yield* run(["tool", name, tool.name, JSON.stringify(sample(tool.input))])
          if (code === 0) {
            assert.property(JSON.parse(stdout), "value", tool.name)
            continue
          }
          assert.strictEqual(code, 1, `${tool.name}: ${stderr}`)
          assert(refusals.has(JSON.parse(stderr)._tag), `${tool.name}: ${stderr}`)
        }
      }))
  }
})
