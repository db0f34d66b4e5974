/**
 * Makes docs/climate-agents.md from the code, and fails where the page differs. `npx vitest run test/climate/agents/Docs.test.ts -u`
 * writes it anew.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import type { Agent } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import * as Formula from "greenlang/climate/physics/Formula"
import { globSync } from "node:fs"
import { join } from "node:path"
import { example } from "./samples.ts"
import { Services } from "./services.ts"

const root = join(import.meta.dirname, "../../..")

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")

const table = (columns: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>) =>
  [columns, columns.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n")

/** Every formula that a module of the library exports. */
const formulas = async () => {
  const modules = globSync("src/climate/{physics/*,finance/*,*Formulas}.ts", { cwd: root }).toSorted()
  const found = await Promise.all(modules.map((file) => import(join(root, file)) as Promise<object>))
  return found.flatMap((module) => Object.values(module).filter(Formula.isFormula))
    .toSorted((a, b) => a.id < b.id ? -1 : 1)
}

/** The formulas that the example of an agent cites, and the publishers of its factors. */
const cited = Effect.fnUntraced(function*(agent: Agent.Agent<never, unknown, unknown, Layer.Success<typeof Services>>) {
  const { metadata } = yield* agent.run(example(agent.name) as never)
  const of = (list: ReadonlyArray<string>) => Array.from(new Set(list)).toSorted()
  return {
    steps: of(metadata.citations.flatMap((citation) => citation.kind === "calculation" ? [citation.step] : [])),
    sources: of(metadata.citations.flatMap((citation) => citation.kind === "factor" ? [citation.source] : []))
  }
})

describe("docs/climate-agents.md", () => {
  it.layer(Services, { timeout: "1 minute", excludeTestServices: true })((it) => {
    it.effect("is what the code says of agents, tools, formulas, sources and ranges", () =>
      Effect.gen(function*() {
        const sections: Array<string> = []
        for (const { load, name } of Catalog.entries) {
          const agent = (yield* load) as Agent.Agent<never, unknown, unknown, Layer.Success<typeof Services>>
          const { sources, steps } = yield* cited(agent)
          sections.push(
            [
              `## ${name}`,
              `${agent.description ?? ""}.`,
              `\`import { ${name} } from "greenlang/climate/${name}"\``,
              ...(agent.tools.length === 0 ? [] : [
                table(["tool", "what it does"], agent.tools.map((tool) => [`\`${tool.name}\``, tool.description]))
              ]),
              ...(steps.length === 0
                ? []
                : [`Formulas of its example: ${steps.map((step) => `\`${step}\``).join(", ")}.`]),
              ...(sources.length === 0
                ? []
                : [`Sources of its example:\n\n${sources.map((source) => `- ${source}`).join("\n")}`])
            ].join("\n\n")
          )
        }
        const all = yield* Effect.promise(formulas)
        const page = [
          "# The climate agents, made from the code",
          "Each agent runs from the command line: `npx greenlang run AGENT JSON`, and each of its tools alone: " +
          "`npx greenlang tool AGENT TOOL JSON`. Examples of inputs are in `examples/climate`. A formula outside of its " +
          "range fails with `CalculationError`.",
          ...sections,
          "## Formulas",
          table(
            ["formula", "expression", "unit", "valid", "source"],
            all.map((
              { expression, id, source, unit, valid }
            ) => [`\`${id}\``, `\`${expression}\``, unit, valid, source])
          )
        ].join("\n\n")
        yield* Effect.promise(() => expect(`${page}\n`).toMatchFileSnapshot(join(root, "docs/climate-agents.md")))
      }))
  })
})
