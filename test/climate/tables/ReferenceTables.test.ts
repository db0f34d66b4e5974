import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as BuildingTables from "greenlang/climate/tables/BuildingTables"
import * as DataFiles from "greenlang/climate/tables/DataFiles"
import * as EquipmentTables from "greenlang/climate/tables/EquipmentTables"
import * as FactorTables from "greenlang/climate/tables/FactorTables"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"

const Tables = Layer.provideMerge(ReferenceTables.layer, Database.layerMemory)

const tables = Object.values({ ...BuildingTables, ...EquipmentTables, ...FactorTables })

const rowsOf = (shipped: ReadonlyArray<DataFiles.DataFile>) =>
  Effect.map(
    Effect.forEach(shipped, ({ file }) => Effect.flatMap(DataFiles.contents(file), ({ rows }) => rows)),
    (rows) => rows.flat()
  )

describe("ReferenceTables", () => {
  it.effect("reads every row of every file that ships, with all its columns", () =>
    Effect.gen(function*() {
      const reference = yield* ReferenceTables
      const files = yield* DataFiles.list
      assert.deepStrictEqual(
        tables.map(({ kind }) => kind).toSorted(),
        Array.from(new Set(files.map(({ kind }) => kind))).toSorted()
      )
      for (const table of tables) {
        const shipped = files.filter(({ kind }) => kind === table.kind)
        const published = yield* rowsOf(shipped)
        const rows = yield* reference.rows<object>(table)
        assert.lengthOf(rows, published.length, table.kind)
        assert.includeMembers(Object.keys(rows[0]!), [...shipped[0]!.columns], table.kind)
      }
    }).pipe(Effect.provide(Tables)))

  it.effect("holds no two rows of one key", () =>
    Effect.gen(function*() {
      const files = yield* DataFiles.list
      for (const [kind, shipped] of Map.groupBy(files, ({ kind }) => kind)) {
        const rows = yield* rowsOf(shipped)
        const keys = rows.map((row) => shipped[0]!.key.map((column) => row[column]).join())
        if (shipped[0]!.key.length > 0) assert.lengthOf(new Set(keys), keys.length, kind)
      }
    }))

  it.effect("states edition, status, confidence and licence in each row of a factor", () =>
    Effect.gen(function*() {
      const reference = yield* ReferenceTables
      const row = (yield* reference.rows(FactorTables.egridFactors)).find(({ code }) => code === "CAMX")
      assert.deepInclude(row, {
        edition: "eGRID2023 rev 2",
        status: "official",
        confidence: "two readings",
        licence: "public domain",
        pack: null
      })
    }).pipe(Effect.provide(Tables)))
})
