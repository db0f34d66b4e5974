/**
 * The pages for coding agents are made of the pages for people, links lead somewhere, and promises are held by tests.
 */
import { assert, describe, expect, it } from "@effect/vitest"
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

const root = join(import.meta.dirname, "../..")
const read = (file: string) => readFileSync(join(root, file), "utf8")

/** Pages in the order of the README's table. */
const pages = [...read("README.md").matchAll(/^\| \[(.+?)\]\((docs\/[\w-]+\.md)\) +\| (.+?) +\|$/gm)].map(
  ([, title = "", file = "", about = ""]) => ({ title, file, about })
)

describe("the docs", () => {
  it("list every page in the README", () => {
    const listed = [...pages.map(({ file }) => file), "docs/promises.md", "docs/SKILL.md"]
    assert.deepStrictEqual(globSync("docs/*.md", { cwd: root }).toSorted(), listed.toSorted())
  })

  it("have no link that leads nowhere", () => {
    const files = [
      "README.md",
      "AGENTS.md",
      "CHANGELOG.md",
      ...globSync(["docs/**/*.md", "examples/**/*.md"], { cwd: root })
    ]
    const broken = files.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !existsSync(join(root, dirname(file), target)))
        .map((target) => `${file}: ${target}`)
    )
    assert.deepStrictEqual(broken, [])
  })

  it("name for each promise a test that holds it", () => {
    const promises = [...read("docs/promises.md").matchAll(/^- \*\*(B\d+)\*\* .*\(`(.+?)`\)$/gm)]
    assert.isAbove(promises.length, 130)
    const unheld = promises.filter(([, tag = "", file = ""]) =>
      !new RegExp(`\\[(B\\d+, )*${tag}[\\],]`).test(read(file))
    )
    assert.deepStrictEqual(unheld.map(([, tag, file]) => `${tag}: ${file}`), [])
  })

  it("keep the README within 6 kB", () => {
    assert.isAtMost(Buffer.byteLength(read("README.md")), 6000)
  })

  it("have an index for language models", async () => {
    const lines = pages.map(({ about, file, title }) => `- [${title}](${file.replace("docs/", "")}): ${about}`)
    const [, summary = ""] = read("README.md").split("\n\n")
    await expect(`# greenlang\n\n> ${summary.replaceAll("\n", " ")}\n\n## Docs\n\n${lines.join("\n")}\n`)
      .toMatchFileSnapshot(
        join(root, "docs/llms.txt")
      )
  })

  it("have a skill for coding agents", async () => {
    const body = ["docs/getting-started.md", "docs/agents.md", "docs/pipelines.md", "docs/models.md", "docs/testing.md"]
      .map((file) => read(file).replace(/^# (.*)$/m, "# $1").replace(/^(#+) /gm, "#$1 ").trim())
      .join("\n\n")
    const head = [
      "---",
      "name: greenlang",
      "description: Write, run and test typed AI agents and pipelines with greenlang on Effect 4.",
      "---",
      "",
      "# greenlang",
      "",
      "Effect 4 is newer than most memories of it: before you call an API, read its declaration in `node_modules/effect/dist`."
    ]
    await expect(`${head.join("\n")}\n\n${body}\n`).toMatchFileSnapshot(join(root, "docs/SKILL.md"))
  })
})
