/**
 * Published numbers of one's own in a CSV file, before the shipped tables. [C5]
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import * as DataPackFile from "greenlang/climate/tables/DataPackFile"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { run } from "../../support/CommandLine.ts"

const folder = mkdtempSync(join(tmpdir(), "greenlang-pack-"))
const fileOf = (name: string, text: string) => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const residual = `region,code,year,factor,unit,basis,gwp_set,redistribute,edition,source,source_year,licence
DE,DE,2024,0.7,kg CO2/kWh,"market, residual mix",AR5,no,AIB 2024,AIB European Residual Mixes 2024,2025,internal use
`
const heat = `region,energy,year,factor,unit,co2e_ar5,co2e_ar6,scope,edition,status,source,source_year,licence
DE,district_heating,2025,0.09,kg CO2e/kWh,0.09,0.09,2,Supplier 2025,official,"Stadtwerke, certificate 7",2025,contract
`
const power = {
  fuel_type: "electricity",
  amount: 1000,
  unit: "kWh",
  country: "DE",
  year: 2024,
  renewable_percentage: 0
}
const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)

describe("a data pack in a file", () => {
  it.live("is read as the table whose columns it has, and cited with its licence", () =>
    Effect.gen(function*() {
      const packs = yield* Effect.forEach(
        [fileOf("residual.csv", residual), fileOf("heat.csv", heat)],
        DataPackFile.read
      )
      assert.deepStrictEqual(packs.map(({ kind, name }) => [kind, name]), [
        ["residual", "AIB 2024"],
        ["heat", "Supplier 2025"]
      ])
      const own = DataPackFile.layer(packs).pipe(Layer.provide(Tables))
      const { metadata, value } = yield* Effect.provide(FuelAgent.run(power), own)
      assert.strictEqual(value.market_based_kg_co2e, 700)
      const cited = metadata.citations.find((citation) => JSON.stringify(citation).includes("AIB European"))
      assert.include(JSON.stringify(cited), "internal use")
      const warm = { fuel_type: "district_heating", amount: 100, unit: "kWh", country: "DE" }
      assert.strictEqual((yield* Effect.provide(FuelAgent.run(warm), own)).value.co2e_emissions_kg as number, 9)
    }))

  it.effect.each(
    [
      ["no.csv", undefined, /no such file/i],
      ["empty.csv", "region,code\n", /no rows/],
      ["unsaid.csv", "region,code,year,factor,unit\nDE,DE,2024,1,kg\n", /no column source, source_year, licence/],
      ["blank.csv", residual.replace("internal use", ""), /row 1 does not state/],
      ["strange.csv", residual.replace("redistribute", "redistribution"), /nearest is residual.*redistribution is not/]
    ] as const
  )("is refused with the reason: %s", ([name, text, reason]) =>
    Effect.gen(function*() {
      const file = text === undefined ? join(folder, name) : fileOf(name, text)
      const error = yield* Effect.flip(DataPackFile.read(file))
      assert(error._tag === "InvalidDataPack")
      assert.match(error.message, reason)
    }))

  it.effect("is refused with all that is wrong with it at once", () =>
    Effect.gen(function*() {
      const [header = ""] = residual.split("\n")
      const rows = [
        "DE,DE,2024,0.7,kg CO2/kWh,market,AR5,no,Own,Own,2025,own",
        "DE,DE,2024,0.9,kg CO2/kWh,market,AR5,no,Own,Own,2025,own",
        "FR,FR,2024,0.7,kg CO2/kWh,market,AR9,no,Own,Own,2025,own",
        "Germny,XX,20x4,-0.7,kg CO2/kWh,market,AR5,no,Own,Own,2025,own",
        "Germany,AU-ZZZ,2024,0.7,kg CO2/kWh,market,AR5,no,Own,Own,2025,own",
        "US,CAMX,2024,0.7,kg CO2/kWh,market,AR5,no,Own,Own,2025,own",
        "AU,AU-NSW,2024,0.7,kg CO2/kWh,market,AR5,no,Own,Own,2025,own"
      ]
      const faultsOf = (name: string, text: string) =>
        Effect.flip(DataPackFile.read(fileOf(name, text))).pipe(
          Effect.map((error) => error._tag === "InvalidDataPack" ? error : assert.fail(String(error)))
        )
      const { faults, message } = yield* faultsOf("faulty.csv", [header, ...rows].join("\n"))
      assert.deepStrictEqual(
        faults?.map(({ column, row }) => `${row} ${column}`).toSorted(),
        ["2 edition", "3 gwp_set", "4 code", "4 factor", "4 region", "4 year", "5 code", "5 region"]
      )
      assert.match(message, /row 2, column edition: has the .*code.* of row 1/)
      assert.match(message, /AR9 is not AR4, AR5, AR6/)
      assert.match(message, /Germny is not the code of a country.*Germany/)
      assert.match(message, /Germany is asked for as DE/)
      // a misspelled column, a missing one and cells
      const strange = header.replace(",factor,", ",factr,").replace(",licence", "")
      const several = yield* faultsOf("several.csv", [strange, rows[3]!.replace(/,own$/, "")].join("\n"))
      for (const part of [/no column licence/, /factr is not among them/, /20x4/, /-0\.7 is below zero/]) {
        assert.match(several.message, part)
      }
    }))

  it.live("comes before the shipped tables of the command line, by GREENLANG_DATA", () =>
    Effect.gen(function*() {
      const env = { GREENLANG_DATA: fileOf("own.csv", residual) }
      const { code, stdout } = yield* run(["run", "FuelAgent", JSON.stringify(power)], { env })
      assert.strictEqual(code, 0)
      assert.strictEqual(JSON.parse(stdout).value.market_based_kg_co2e, 700)
      const wrong = yield* run(["run", "FuelAgent", JSON.stringify(power)], { env: { GREENLANG_DATA: "/no/such.csv" } })
      assert.strictEqual(wrong.code, 1)
      assert.match(wrong.stderr, /InvalidDataPack/)
    }))

  it.live("comes before the shipped tables of a file of bills, by --data", () =>
    Effect.gen(function*() {
      const bills = fileOf("bills.csv", "fuel,amount,unit,year,renewable_percentage\nelectricity,1000,kWh,2024,0\n")
      const out = join(folder, "result.csv")
      const args = ["footprint", bills, "--out", out, "--country", "DE"]
      const { code, stderr } = yield* run([...args, "--data", fileOf("bill-pack.csv", residual)])
      assert.strictEqual(code, 0, stderr)
      assert.match(readFileSync(out, "utf8"), /,ok,2,700,/)
      assert.strictEqual((yield* run(args)).code, 1)
      assert.strictEqual((yield* run([...args, "--data", "/no/such.csv"])).code, 2)
    }))
})
