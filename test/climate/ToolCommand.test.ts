/**
 * `greenlang tool AGENT TOOL JSON`, for every tool of every agent.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Tool } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import { run } from "../support/CommandLine.ts"
import { inputOf } from "./agents/toolInputs.ts"

describe("greenlang tool", () => {
  for (const { load, name } of Catalog.entries) {
    it.live(`calls every tool of ${name}, and prints its answer`, () =>
      Effect.gen(function*() {
        const tools = (yield* load).tools as ReadonlyArray<Tool.Any>
        const failed: Array<string> = []
        for (const tool of tools) {
          const { code, stderr, stdout } = yield* run(["tool", name, tool.name, JSON.stringify(inputOf(name, tool))])
          if (code === 0) assert.property(JSON.parse(stdout), "value", tool.name)
          else failed.push(`${tool.name}: ${stderr}`)
        }
        assert.deepStrictEqual(failed, [])
      }))
  }
})
