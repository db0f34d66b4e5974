/**
 * Runs every TypeScript fence in README.md, docs/ and src/ as its own test, and leaves it in test/generated for `tsc`.
 *
 * `expression // => value` means the expression equals the value.
 */
import { afterAll, assert, beforeAll, describe, it, vi } from "@effect/vitest"
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")
const folder = join(root, "test/generated")

/** A fence as a module of its own. Its lines keep the numbers, and its services the keys, that they have in the file. */
const toModule = (code: string, line: number) => {
  const checked = code.replace(/^(.+?);? \/\/ => (.+)$/gm, "assert.deepStrictEqual($1 as unknown, $2)")
  const imports = checked === code ? "" : ` import { assert } from "vitest"`
  return "\n".repeat(line - 1) + `/** @effect-diagnostics deterministicKeys:off */${imports}\n${checked}`
}

const files = ["README.md", ...globSync(["docs/**/[a-z]*.md", "src/**/*.ts"], { cwd: root }).toSorted()]

const examples = files.flatMap((file) => {
  const text = readFileSync(join(root, file), "utf8")
  return [...text.matchAll(/^( *\* ?)?```ts\n([^]*?)^ *(?:\* ?)?```$/gm)].map((fence, at) => {
    const [, comment, body = ""] = fence
    const code = comment === undefined ? body : body.replace(/^ *\* ?/gm, "")
    return {
      title: `${file} example ${at + 1}`,
      name: `${file.replace(/\W+/g, "-")}-${at + 1}.ts`,
      code: toModule(code, text.slice(0, fence.index).split("\n").length)
    }
  })
})

mkdirSync(folder, { recursive: true })
const names = new Set(examples.map(({ name }) => name))
for (const old of readdirSync(folder, { withFileTypes: true })) {
  // folders belong to other tests
  if (old.isFile() && !names.has(old.name)) rmSync(join(folder, old.name))
}
for (const { code, name } of examples) writeFileSync(join(folder, name), code)

describe.concurrent("documentation", () => {
  // An example that asks the model of the environment asks no vendor here.
  beforeAll(() => void vi.stubEnv("GREENLANG_MODEL", "offline"))
  afterAll(() => void vi.unstubAllEnvs())

  for (const { name, title } of examples) it(title, () => import(join(folder, name)))

  it("has examples in the README, in docs and in the source", () => {
    for (const file of ["README.md", "docs/", "src/"]) {
      assert(examples.some(({ title }) => title.startsWith(file)), file)
    }
  })
})
