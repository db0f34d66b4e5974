/**
 * The words of the glossary, and none that a reader has to decode.
 */
import { assert, describe, it } from "@effect/vitest"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")

const files = globSync([
  "src/**/*.{ts,md}",
  "docs/**/*.md",
  "examples/**/*.{ts,md}",
  "test/**/*.{ts,js}",
  "bench/*.ts",
  "bench/{page,programs,support,table}/**/*.{ts,js}",
  "bench/peers/*.ts",
  "bench/peers/greenlang/*.{ts,js}",
  "README.md",
  "CHANGELOG.md",
  "AGENTS.md"
], {
  cwd: root
}).filter((file) => file !== "test/words.test.ts").toSorted()

/** What not to write, and what to write in its place. */
const habits: ReadonlyArray<readonly [pattern: RegExp, instead: string]> = [
  [/\btold\b/i, "emitted, reported, sent or recorded"],
  [/unless (said|told|stated) otherwise/i, "Default: ..."],
  [/, of which\b/i, "a sentence of its own"],
  [/(?<!\bthere )\b(is|are) no (?!longer\b|more\b|less\b|larger\b|faster\b|slower\b|better\b)[a-z]+/i, "is not a ..."],
  [/\bwhoever\b|\bwho (listens|reads|waits|throws|asks|calls|starts)\b/i, "a listener, a reader, a caller"],
  [/\b(nobody|somebody)\b(?!")/i, "what acts: a listener, a caller, a person"],
  [/\btells?\b/i, "says, reports, returns or distinguishes"],
  [/\bin front and behind\b/i, "an input schema and an output schema"]
]

describe("the words of the project", () => {
  for (const [pattern, instead] of habits) {
    it(`say ${instead}, not ${pattern.source}`, () => {
      const found = files.flatMap((file) =>
        readFileSync(join(root, file), "utf8").split("\n").flatMap((line, at) =>
          pattern.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : []
        )
      )
      assert.deepStrictEqual(found, [])
    })
  }

  it("are looked for where they are", () => {
    assert.isAbove(files.length, 300)
  })
})

describe("the modules", () => {
  /** What is long because it is a table. */
  const tables = new Set(["src/climate/tables/Tables.ts"])

  it("fit on a few screens, unless they are tables", () => {
    const long = globSync("src/**/*.ts", { cwd: root }).flatMap((file) => {
      const lines = readFileSync(join(root, file), "utf8").split("\n").length - 1
      return lines > 350 && !tables.has(file) ? [`${file}: ${lines} lines`] : []
    })
    assert.deepStrictEqual(long, [])
  })

  it("of src/internal are few, and leaves", () => {
    assert.isAtMost(globSync("src/internal/**/*.ts", { cwd: root }).length, 12)
  })
})
