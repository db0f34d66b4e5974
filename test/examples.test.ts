/**
 * Runs every program in the folders of examples/ and compares what it prints with last time. Those right inside of examples/
 * run in `package.test.ts`, beside the installed package. Modules of programs have the name of what they hold, in PascalCase.
 */
import { describe, it } from "@effect/vitest"
import { globSync } from "node:fs"
import { join } from "node:path"
import * as ExampleProgram from "./support/ExampleProgram.ts"
import * as NodeFlags from "./support/NodeFlags.ts"

const root = join(import.meta.dirname, "..")

describe.concurrent("examples", () => {
  for (const file of globSync("examples/*/**/[a-z0-9]*.ts", { cwd: root }).toSorted()) {
    it(`${file} prints what it did`, ({ expect }) =>
      ExampleProgram.printsAsBefore(expect, root, file, NodeFlags.forChild))
  }
})
