import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"
import { runPromise as run } from "../support/CommandLine.ts"
import * as OwnProject from "../support/OwnProject.ts"

const folder = () => mkdtemp(join(tmpdir(), "greenlang-bills-"))

/** A file of that text, and where its results go. */
const files = async (text: string) => {
  const at = await folder()
  const file = join(at, "rows.csv")
  await writeFile(file, text)
  return { file, out: join(at, "result.csv") }
}

const kinds = [
  ["natural_gas", "therms"],
  ["diesel", "gallon"],
  ["electricity", "kWh"],
  ["district steam", "klb"],
  ["wood", "short tons"]
] as const

const bills = (rows: number) =>
  ["Site,Fuel,Usage,Units,Start,End"].concat(
    Array.from({ length: rows }, (_, at) => {
      const [fuel, unit] = kinds[at % kinds.length]!
      return `Site ${at},${fuel},${at + 0.5},${unit},2025-01-01,2025-01-31`
    })
  ).join("\n")

const linesOf = (text: string) => text.trimEnd().split("\n")

describe("greenlang footprint", () => {
  it("answers each bill, by columns and units as people name them", async () => {
    const { file, out } = await files([
      "Units,Energy,Consumption,Cost ($),Country,From,To",
      "Dth,Natural Gas,10,80,US,2025-01-01,2025-01-31",
      "kWh,electricity,80000,9000,United Kingdom,2025-04-01,2026-03-31",
      "imperial gallon,diesel,100,,UK,,"
    ].join("\n"))
    const { code, stderr, stdout } = await Binary.run(["footprint", file, "--out", out])
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^3 rows in /)
    const kilograms = linesOf(await readFile(out, "utf8")).slice(1).map((line) => Number(line.split(",")[8]))
    // 53.1143 kg/MMBtu; 275 days at 0.177 and 90 at 0.13096; 454.609 L at 2.58354 (DESNZ 2026)
    assert.deepStrictEqual(kilograms, [531.14, 13251.81, 1174.5])
  })

  it("refuses dates that contradict each other", async () => {
    const { file, out } = await files([
      "fuel_type,amount,unit,country,start_date,end_date,date,year",
      "electricity,1,kWh,UK,,,2025-06-01,2023",
      "electricity,1,kWh,UK,2025-01-01,2025-01-31,2025-06-01,",
      "electricity,1,kWh,UK,2025-01-01,2025-01-31,,2024",
      "electricity,1,kWh,UK,2025-01-01,2025-01-31,,"
    ].join("\n"))
    const { code, stderr } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 2, stderr)
    assert.include(stderr, "line 2: year: stands beside date")
    assert.include(stderr, "line 3: date: stands beside start_date and end_date")
    assert.include(stderr, "line 4: year: stands beside start_date and end_date")
    assert.notInclude(stderr, "line 5")
  })

  it("leaves unofficial editions out where it is asked to", async () => {
    const { file, out } = await files("fuel_type,amount,unit,country,year\nelectricity,1000,kWh,US,2024")
    const editionOf = async (...args: ReadonlyArray<string>) => {
      const { code, stderr } = await run(["footprint", file, "--out", out, ...args])
      assert.strictEqual(code, 0, stderr)
      return linesOf(await readFile(out, "utf8"))[1]!
    }
    // kg/MWh of the US: eGRID2024 by Cornerstone, and EPA's eGRID2023 (revision 2)
    assert.match(await editionOf(), /,340\.77,.*not an official edition/)
    assert.match(await editionOf("--official-only"), /,349\.67,.*eGRID2023/)
  })

  it("names the flag that mends a fault", async () => {
    const colour = await files("fuel_type,amount,unit,colour\ndiesel,1,gallon,red")
    assert.include(
      (await run(["footprint", colour.file, "--out", colour.out])).stderr,
      "--ignore \"colour\" leaves it out"
    )
    const dated = await files("fuel_type,amount,unit,date\ndiesel,\"1,234.50\",gallon,03/04/2025")
    const { stderr } = await run(["footprint", dated.file, "--out", dated.out])
    assert.include(stderr, "--dates dmy or --dates mdy")
    assert.include(stderr, "1,234.50 has separators of thousands")
    const nowhere = join(dated.out, "no", "result.csv")
    const { code, stderr: missing } = await run(["footprint", dated.file, "--out", nowhere])
    assert.strictEqual(code, 2)
    assert.match(missing, /cannot be written: there is no folder /)
    assert.notInclude(missing, "ENOENT")
  })

  it("keeps to one set of warming potentials", async () => {
    const rows = (...sets: ReadonlyArray<string>) =>
      ["fuel_type,amount,unit,country,gwp_set", ...sets.map((set) => `natural_gas,1,MMBtu,US,${set}`)].join("\n")
    const mixed = await files(rows("", "AR5", "AR4"))
    const several = await run(["footprint", mixed.file, "--out", mixed.out])
    assert.strictEqual(several.code, 2)
    assert.include(several.stderr, "line 4: gwp_set: AR4 is another set than the inventory's AR5")
    const one = await files(rows("", "AR4"))
    const asked = await run(["footprint", one.file, "--out", one.out, "--gwp-set", "AR5"])
    assert.strictEqual(asked.code, 2)
    assert.include(asked.stderr, "line 3: gwp_set: AR4 is another set than the inventory's AR5")
    // a row that names none takes that of the others: 53.06 + 0.001 * 25 + 0.0001 * 298 kg (EPA Hub 2025, Table 1)
    const { code, stderr } = await run(["footprint", one.file, "--out", one.out])
    assert.strictEqual(code, 0, stderr)
    const results = linesOf(await readFile(one.out, "utf8")).slice(1).map((line) => line.split(","))
    assert.deepStrictEqual(results.map((cells) => [cells[8], cells[14]]), [["53.11", "AR4"], ["53.11", "AR4"]])
  })

  it("writes nothing into the result that a terminal would obey", async () => {
    const { file, out } = await files([
      "Site,Fuel,Usage,Units,Country",
      "a\u001b]52;c;aGk=\u0007b,diesel,1,gallon,US",
      "plain,die\u001b[2Jsel\u009b,1,gallon,US"
    ].join("\n"))
    await run(["footprint", file, "--out", out])
    const text = existsSync(out) ? await readFile(out, "utf8") : ""
    assert.include(text, "a]52;c;aGk=b")
    assert.notMatch(text.replaceAll("\n", ""), /\p{Cc}/u)
  })

  it("refuses an empty country where the file has such a column, and notes the country that is assumed", async () => {
    const rows = ["fuel,amount,unit,country", "diesel,1,liter,UK", "diesel,1,liter,", "diesel,1,liter,Not Available"]
    const { file, out } = await files(rows.join("\n"))
    const { code, stderr } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 2)
    assert.match(stderr, /2 faults/)
    assert.match(stderr, /line 3: country: is empty/)
    assert.match(stderr, /line 4: country: is empty/)
    assert.strictEqual((await run(["footprint", file, "--out", out, "--country", "FR"])).code, 0)
    const plain = await files("fuel,amount,unit\ndiesel,1,gallon")
    const answer = await run(["footprint", plain.file, "--out", plain.out])
    assert.match(answer.stdout, /^1 row in /)
    assert.include(await readFile(plain.out, "utf8"), "no country is given: the US is assumed")
    const empty = await files("fuel,amount,unit\n")
    assert.match((await run(["footprint", empty.file, "--out", empty.out])).stderr, /a header and no rows/)
  })

  it("writes what a row is recomputed by, and no cell that a spreadsheet computes", async () => {
    const { file, out } = await files([
      "source,fuel,amount,unit,country,state,start,end,renewable_percentage",
      "=1+2,electricity,1000,kWh,US,CAMX,2023-01-01,2023-12-31,0",
      "@SUM(A1),diesel,100,liter,UK,,13/01/2025,31/01/2025,",
      "-x,solar_pv,-5,kWh,US,,,,"
    ].join("\n"))
    const { code, stderr } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 0, stderr)
    const { parse } = await import("csv-parse/sync")
    const rows = parse(await readFile(out, "utf8"), { columns: true }) as ReadonlyArray<Record<string, string>>
    assert.deepStrictEqual(rows.map((row) => row["source"]), ["'=1+2", "'@SUM(A1)", "'-x"])
    const [power, diesel, solar] = rows
    assert.strictEqual(power!["gwp_sets_used"], "AR5")
    assert.match(power!["market_basis"]!, /residual mix/)
    assert.strictEqual(power!["subregion"], "CAMX")
    assert.strictEqual(solar!["amount"], "-5")
    assert.strictEqual(diesel!["start_date"], "2025-01-13")
    assert.match(diesel!["emission_factor_source"]!, /DESNZ/)
    for (const row of [power!, diesel!]) {
      const kilograms = Number(row["amount"]) * Number(row["emission_factor"])
      assert.approximately(kilograms, Number(row["location_based_kg_co2e"] || row["co2e_kg"]), 0.01)
    }
  })

  it("uses the climate library also in the folder of a project", async () => {
    using own = OwnProject.make({ "greenlang.config.mjs": `throw new Error("this project is not asked")` })
    own.write("bills.csv", "fuel,amount,unit\ndiesel,1,gallon\n")
    const { code, stderr, stdout } = await Binary.run(["footprint", "bills.csv", "--out", "r.csv"], { cwd: own.path })
    assert.deepStrictEqual([code, stderr], [0, "1 of 1 row\n"])
    assert.match(stdout, /^1 row in r\.csv/)
  })

  it("lists cells that cannot be read and what no table has in one round, a line each, in plain words", async () => {
    const { file, out } = await files([
      "fuel,amount,unit,country,renewable_percentage",
      "desel,,gallon,US,",
      "naturalgas,12,therms,US,",
      "diesel,12,galon,US,",
      "diesel,12,liter,XX,",
      "desel,twelve,galon,Frnace,",
      "electricity,1,kWh,US,250",
      "diesel,-5,gallon,US,",
      ",1,kWh,US,",
      "diesel,1,,US,",
      "diesel,1,galon,XX,"
    ].join("\n"))
    const { code, stderr } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 2)
    assert.isFalse(existsSync(out))
    for (
      const fault of [
        "line 2: amount: is empty; expected a number, such as 1234.5",
        "line 2: there is no emission factor for fuel_type desel; did you mean diesel? available: diesel,",
        "line 3: there is no emission factor for fuel_type naturalgas; did you mean natural_gas?",
        "line 4: unit: galon is not a known unit, did you mean gallon?; expected one of kWh,",
        "line 5: there is no ",
        "line 6: amount: twelve is not a number",
        "line 6: there is no emission factor for fuel_type desel; did you mean diesel?",
        "line 6: unit: galon is not a known unit",
        "line 6: there is no country for name Frnace; did you mean France?",
        "line 7: renewable_percentage: ",
        "line 8: amount: ",
        "line 9: fuel_type: is empty; expected a fuel or bought energy, such as natural_gas",
        "line 10: unit: is empty; expected a unit, such as kWh",
        "line 11: unit: galon is not a known unit",
        "line 11: there is no country for name XX; available: "
      ]
    ) assert.isTrue(linesOf(stderr).some((line) => line.startsWith(fault)), `${fault}\n${stderr}`)
    const listed = linesOf(stderr).filter((line) => line.startsWith("line "))
    assert.include(stderr, ` has ${listed.length} faults; nothing is computed.`)
    assert.match(stderr, /available: .* and \d+ more$/m)
    assert.notInclude(stderr, "calculate_emissions")
  })

  it("says all that is wrong with a row without an answer, too", async () => {
    const { file, out } = await files("fuel,amount,unit,efficiency\ndesel,1,galon,\ndiesel,-1,gallon,7\n")
    const { code, stderr } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 1)
    assert.match(stderr, /line 2: .*did you mean diesel\?.*; unit: galon is not a known unit/)
    assert.match(stderr, /line 3: amount: .*; efficiency: /)
    assert.notInclude(stderr, "calculate_emissions")
  })

  it("lists every fault by its line, and computes nothing", async () => {
    const { file, out } = await files([
      "fuel,amount,unit,start_date,end_date",
      "diesel,\"1,234\",gallon,2025-01-01,2025-01-31",
      "diesel,12,gallon,03/04/2025,05/04/2025",
      "diesel,twelve,gallon,2025-02-30,2025-03-01",
      "diesel,1,,2025-01-01,"
    ].join("\n"))
    const { code, stderr } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 2)
    for (
      const fault of [
        /line 2: amount: 1,234 has a separator/,
        /line 3: start_date: 03\/04\/2025 can be read in two ways/,
        /line 3: end_date/,
        /line 4: amount: twelve is not a number/,
        /line 4: start_date: 2025-02-30 is not a date/,
        /line 5: unit: is empty/,
        /line 5: end_date: is empty/
      ]
    ) assert.match(stderr, fault)
    assert.isFalse(existsSync(out))
  })

  it("reads semicolons, a byte order mark, line breaks between quotes, and passes over empty rows", async () => {
    const { file, out } = await files([
      "\uFEFFsite;fuel;amount;unit;country",
      "\"Hall\nNorth\";diesel;100;liter;UK",
      "",
      ";;;;",
      "Hall South;natural_gas;1000;kWh;UK",
      ";;;;"
    ].join("\r\n"))
    const { code, stderr, stdout } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^2 rows in /)
    const lines = linesOf(await readFile(out, "utf8"))
    assert.match(lines[1]!, /,Hall; North,diesel,100,liter,UK,ok,1,258.35,/)
    assert.match(lines[2]!, /,Hall South,natural_gas,1000,kWh,UK,ok,1,182.31,/)
  })

  it("refuses a row with more cells than the header, as an unquoted 1,234 makes", async () => {
    const { file, out } = await files("fuel,unit,country,amount\ndiesel,liter,UK,1,234\ndiesel,liter,UK,1\n")
    const { code, stderr } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 2)
    assert.match(stderr, /line 2: row: has 5 cells.*expected 4 cells/)
    assert.notMatch(stderr, /line 3/)
  })

  it("refuses a column that it does not know, and names the nearest [C4]", async () => {
    const { file, out } = await files("fuel,amount,unit,contry\ndiesel,1,liter,UK\n")
    const { code, stderr } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 2)
    assert.match(stderr, /line 1: contry: is not a known column; expected country,/)
    assert.strictEqual((await run(["footprint", file, "--out", out, "--ignore", "contry", "--country", "UK"])).code, 0)
  })

  it("lists the rows without an answer, and answers the others", async () => {
    const { file, out } = await files("fuel,amount,unit\nplutonium,1,kg\ndiesel,1,gallon\ncoal,1,ton\n")
    const { code, stderr } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 1)
    assert.match(stderr, /line 2: there is no emission factor for fuel_type plutonium/)
    assert.match(stderr, /line 4: unit: ton alone means several things/)
    assert.match(readFileSync(out, "utf8"), /^3,,diesel,1,gallon,US,ok,1,10.24,/m)
  })

  it("reads a meter export of ENERGY STAR Portfolio Manager as it comes [C6]", async () => {
    const { file, out } = await files([
      "Property Name,Portfolio Manager ID,Portfolio Manager Meter ID,Meter Name,Meter Type,Start Date,End Date,Delivery Date,Usage/Quantity,Usage Units,Cost ($),Estimation,Last Modified Date",
      "Town Hall,1,11,Gas,Natural Gas,01/01/2025,01/31/2025,,100,ccf (hundred cubic feet),90,No,02/02/2025",
      "Town Hall,1,12,Power,Electric - Grid,01/01/2025,01/31/2025,,1000,kWh (thousand Watt-hours),,No,02/02/2025",
      "Town Hall,1,13,Oil,Fuel Oil (No. 2),Not Available,Not Available,02/15/2025,500,Gallons (US),,No,02/02/2025",
      "Town Hall,1,14,Chiller,District Chilled Water - Electric,01/01/2025,01/31/2025,,100,ton hours,,No,02/02/2025",
      "Town Hall,1,15,Coal,Coal (bituminous),01/01/2025,01/31/2025,,1,tons,,No,02/02/2025",
      "Town Hall,1,16,Water,Municipally Supplied Potable Water - Indoor,01/01/2025,01/31/2025,,10,KGal (thousand gallons) (US),,No,02/02/2025"
    ].join("\n"))
    const { code, stderr, stdout } = await run(["footprint", file, "--out", out])
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /6 rows .*, 1 skipped/)
    const rows = linesOf(await readFile(out, "utf8")).slice(1).map((line) => line.split(","))
    assert.deepStrictEqual(rows.map((cells) => [cells[2], cells[8]]), [
      ["Natural Gas", "544.95"],
      ["electricity", "340.77"], // eGRID2024, the nearest to 2025
      ["no_2_fuel_oil", "5120.15"],
      ["district_cooling", "23.97"], // 351.685 kWh of cooling, COP 5
      ["Coal (bituminous)", "2343.76"],
      ["", ""]
    ])
  })

  it("resumes a run that was killed, to the same bytes, and computes no row twice", async () => {
    // A machine that looks too late needs a longer file.
    const killed = async (
      rows: number
    ): Promise<{ readonly rows: number; readonly file: string; readonly out: string }> => {
      const { file, out } = await files(bills(rows))
      const part = `${out}.part`
      const lines = () => existsSync(part) ? linesOf(readFileSync(part, "utf8")).length : 0
      const child = spawn(
        process.execPath,
        [...Binary.nodeArguments, "footprint", file, "--out", out],
        { env: Binary.environment(), stdio: "ignore" }
      )
      const exited = once(child, "exit")
      while (lines() < 200 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2))
      child.kill("SIGKILL")
      const [code, signal] = await exited
      if (signal === "SIGKILL") return { rows, file, out }
      assert.strictEqual(code, 0)
      return await killed(2 * rows)
    }
    const halved = await killed(2000)
    const part = `${halved.out}.part`
    const whole = await files(bills(halved.rows))
    assert.strictEqual((await run(["footprint", whole.file, "--out", whole.out])).code, 0)
    const kept = readFileSync(part, "utf8")
    const complete = kept.slice(0, kept.lastIndexOf("\n") + 1)
    const done = linesOf(complete).length - 1

    const { code, stdout } = await Binary.run(["footprint", halved.file, "--out", halved.out])
    assert.strictEqual(code, 0)
    assert.include(stdout, `${done} of them by an earlier run`)
    const result = readFileSync(halved.out, "utf8")
    assert.isTrue(result.startsWith(complete))
    assert.strictEqual(result, readFileSync(whole.out, "utf8"))
    assert.isFalse(existsSync(part))
  })

  it("begins anew where the input has changed since the run that was killed", async () => {
    const { file, out } = await files("fuel,amount,unit\ndiesel,1,gallon\n")
    await writeFile(`${out}.part`, "line\n2,stale\n")
    await writeFile(`${out}.part.json`, "of another input")
    assert.strictEqual((await run(["footprint", file, "--out", out])).code, 0)
    assert.notInclude(readFileSync(out, "utf8"), "stale")
  })
})
