/**
 * Runs every program in examples/ and its folders as a user would, on plain Node, and compares what it prints with last
 * time. Modules of programs have the name of what they hold, in PascalCase.
 */
import { describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { globSync } from "node:fs"
import { join, relative } from "node:path"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "..")
const execute = promisify(execFile)

/** What differs from run to run and says nothing about the program. */
const settle = (output: string) =>
  output
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>")
    .replace(/\b\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "<time>")
    .replace(/\b\d+(\.\d+)? ?ms\b/g, "<duration>")
    .replace(/\b\d+(\.\d+)?x/g, "<ratio>x")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")

describe.concurrent("examples", () => {
  for (const file of globSync("examples/**/[a-z0-9]*.ts", { cwd: root }).toSorted()) {
    it(`${file} prints what it did`, async ({ expect }) => {
      const { stderr, stdout } = await execute(process.execPath, ["--conditions=@greenlang/source", file], {
        cwd: root,
        env: {
          PATH: process.env["PATH"],
          NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
          HOME: "/nonexistent",
          NO_COLOR: "1"
        }
      })
      expect(stderr).toBe("")
      await expect(settle(stdout)).toMatchFileSnapshot(`__snapshots__/${relative("examples", file)}.txt`)
    })
  }
})
