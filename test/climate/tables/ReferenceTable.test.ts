import { assert, describe, it } from "@effect/vitest"
import * as ReferenceTable from "greenlang/climate/tables/ReferenceTable"

const table: ReferenceTable.ReferenceTable = {
  name: "measures",
  key: ["name"],
  columns: { name: "TEXT NOT NULL", factor: "DOUBLE PRECISION", year: "INTEGER", biogenic: "BOOLEAN", note: "TEXT" },
  csv: `name,factor,year,biogenic,note
plain,1e-05,2025,true,
"with, comma",29.80,,false,"says ""so"""
`
}

describe("ReferenceTable", () => {
  it("reads each cell by the type of its column", () => {
    assert.deepStrictEqual(ReferenceTable.rows(table), [
      { line: 1, name: "plain", factor: 0.00001, year: 2025, biogenic: true, note: null },
      { line: 2, name: "with, comma", factor: 29.8, year: null, biogenic: false, note: "says \"so\"" }
    ])
  })
})
