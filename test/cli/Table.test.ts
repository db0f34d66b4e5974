import { assert, describe, it } from "@effect/vitest"
import { CliOutput } from "effect/cli"
import * as Screen from "greenlang/cli/Screen"
import * as Style from "greenlang/cli/Style"
import * as Table from "greenlang/cli/Table"
import { stripVTControlCharacters } from "node:util"

const widths = (lines: ReadonlyArray<string>) => Math.max(...lines.map(CliOutput.displayWidth))

describe("Table", () => {
  it("aligns columns by the cells they take on a terminal", () => {
    const columns = [{ title: "city" }, { title: "kg", align: "right" }] as const
    assert.deepStrictEqual(Table.render(columns, [["東京", "1"], ["Bonn", "1000"]], 80), [
      "city    kg",
      "東京     1",
      "Bonn  1000"
    ])
  })

  it("aligns styled text like plain text", () => {
    const columns = [{ title: "", style: Style.ansi.dim }, { title: "" }]
    const rows = [["name", "x"], ["a", "y"]]
    const plain = Table.render([{ title: "" }, { title: "" }], rows, 80)
    const styled = Table.render(columns, rows, 80)
    assert.notDeepEqual(styled, plain)
    assert.deepStrictEqual(styled.map((line) => stripVTControlCharacters(Screen.show(line))), plain)
  })

  it("wraps flexible columns into the width", () => {
    const columns = [{ title: "id" }, { title: "what", flexible: true }]
    assert.deepStrictEqual(Table.render(columns, [["1", "one two three four five six seven"], ["2", "x"]], 24), [
      "id  what",
      "1   one two three four",
      "    five six seven",
      "2   x"
    ])
  })

  it("puts columns that do not fit below, behind the first again", () => {
    const columns = ["source", "alpha", "beta", "gamma"].map((title) => ({ title }))
    const lines = Table.render(columns, [["gas", "1234567890", "1234567890", "1234567890"]], 30)
    assert.deepStrictEqual(lines, [
      "source  alpha       beta",
      "gas     1234567890  1234567890",
      "",
      "source  gamma",
      "gas     1234567890"
    ])
    assert.isAtMost(widths(lines), 30)
  })

  it("wraps between words, paragraph by paragraph", () => {
    assert.deepStrictEqual(Table.wrap("one two\n\nthree", 5), ["one", "two", "", "three"])
    assert.deepStrictEqual(Table.wrap("https://example.com/long x", 8), ["https://example.com/long", "x"])
  })
})
