/**
 * The units that rows of data packs may state: those of the shipped tables, or others that convert into them.
 *
 * A factor in grams, pounds or tonnes, by the MWh or by the GJ, becomes one in the unit of its table. What does not convert
 * is a fault: a number is never read in another unit than its row states.
 */
import * as BillUnit from "../BillUnit.ts"
import { dimension, product, times, type Unit } from "../Quantity.ts"
import type * as Csv from "./Csv.ts"

/** What is wrong with a cell. @category models */
export interface CellFault {
  readonly column: string
  readonly message: string
}

/** How many units of the table make one of the row, and how the table writes its unit. */
interface Scaled {
  readonly scale: number
  readonly unit: string
}

interface Measured {
  readonly values: ReadonlyArray<string>
  readonly unit: string
  readonly expected: string
  readonly read: (text: string, row: Csv.Row) => Scaled | undefined
}

const kilograms: Readonly<Record<string, number>> = {
  g: 0.001,
  gram: 0.001,
  grams: 0.001,
  kg: 1,
  kilogram: 1,
  kilograms: 1,
  lb: 0.45359237,
  lbs: 0.45359237,
  t: 1000,
  tonne: 1000,
  tonnes: 1000
}

/** Reads `g CO2e/kWh` and `kg CO2e per liter`. */
const rate = (text: string) => {
  const [, mass = "", gas = "", per = ""] = /^\s*([a-z]+)\s*((?:co2(?:[ -]?eq?)?)?)\s*(?:\/|\bper\b)\s*(\S.*?)\s*$/i
    .exec(text) ?? []
  const inKilograms = Object.hasOwn(kilograms, mass.toLowerCase()) ? kilograms[mass.toLowerCase()] : undefined
  return inKilograms === undefined ? undefined : { inKilograms, gas: /^co2$/i.test(gas) ? "CO2" : "CO2e", per }
}

const perKilowattHour = (text: string): Scaled | undefined => {
  const found = rate(text)
  const per = found && BillUnit.published(found.per)
  if (found === undefined || per === undefined || per.basis === "net" || !isEnergy(per.unit)) return undefined
  return { scale: found.inKilograms / times(per.unit, "kWh"), unit: `kg ${found.gas}/kWh` }
}

const isEnergy = (unit: Unit) => dimension(unit) === "energy" && unit !== "ton_hour"

/** Heat is published by the kWh or, with its gases, by the MMBtu. */
const perHeat = (text: string, row: Csv.Row): Scaled | undefined => {
  const found = rate(text)
  if (found !== undefined && found.inKilograms === 1 && /^mmbtu$/i.test(found.per)) {
    return { scale: 1, unit: "kg CO2e/MMBtu" }
  }
  return (row["gas_unit"] ?? null) === null ? perKilowattHour(text) : undefined
}

/** The unit behind `per` is the row's own, so only the mass converts. */
const perOwnUnit = (text: string, row: Csv.Row): Scaled | undefined => {
  const found = rate(text)
  const [own, per] = [BillUnit.published(String(row["unit"])), found && BillUnit.published(found.per)]
  if (found === undefined || own === undefined || per === undefined) return undefined
  return own.unit === per.unit && own.basis === per.basis
    ? { scale: found.inKilograms, unit: `kg CO2e per ${row["unit"]}` }
    : undefined
}

const power = (values: ReadonlyArray<string>): Measured => ({
  values,
  unit: "unit",
  expected: "a mass of CO2e by a unit of energy, such as kg CO2e/kWh or g CO2e/kWh",
  read: perKilowattHour
})

const only = (unit: string, ...units: ReadonlyArray<string>): Measured => ({
  values: [],
  unit,
  expected: units.join(" or "),
  read: (text) => units.includes(text) ? { scale: 1, unit: text } : undefined
})

const native = ["gallon", "mmBtu", "scf", "short_ton"]

const measured: Readonly<Record<string, ReadonlyArray<Measured>>> = {
  fuel: [{
    values: ["co2", "ch4", "n2o", "co2e_ar5", "co2e_ar6", "biogenic_co2"],
    unit: "value_unit",
    expected: "kg, g, lb or t by the unit of the row, such as kg CO2e per liter where unit is liter",
    read: perOwnUnit
  }],
  fuel_epa: [
    only("native_unit", ...native),
    only("heat_content_unit", ...native.map((unit) => `mmBtu(HHV)/${unit}`)),
    only("co2_unit", "kg CO2/mmBtu"),
    only("ch4_unit", "g CH4/mmBtu"),
    only("n2o_unit", "g N2O/mmBtu"),
    only("co2e_unit", "kg CO2e/mmBtu", "kg CO2e/mmBtu (fossil only; biogenic CO2 excluded)")
  ],
  fuel_property: [
    only("density_unit", "kg/m3"),
    only("cv_unit", "GJ/tonne"),
    only("gcv_volume_unit", "GJ/m3", "GJ/kL")
  ],
  grid: [power(["factor"])],
  grid_us: [power(["factor", "factor_ar6"]), only("factor_lb_unit", "lb CO2e/MWh")],
  residual: [power(["factor"])],
  heat: [
    {
      values: ["factor", "co2e_ar5", "co2e_ar6"],
      unit: "unit",
      expected: "a mass of CO2e by a unit of energy, such as kg CO2e/kWh; with gases kg CO2e/MMBtu",
      read: perHeat
    },
    only("gas_unit", "kg CO2, g CH4, g N2O per MMBtu")
  ],
  cooling: [only("unit", "cooling/input")],
  gwp: [only("unit", "kg CO2e/kg")],
  scope3_energy: [
    only(
      "unit",
      "fraction of generation",
      "kg CO2e/kWh",
      "kg CO2e/kWh_hhv",
      "kg CO2e/liter",
      "kg CO2e/m3",
      "kg CO2e/tonne"
    )
  ]
}

/**
 * The row in the units of its table, and the cells at fault: a unit that does not convert, and a factor below zero.
 *
 * @category reading
 */
export const convert = (
  kind: string,
  row: Csv.Row
): { readonly row: Csv.Row; readonly faults: ReadonlyArray<CellFault> } => {
  const rules = Object.hasOwn(measured, kind) ? measured[kind]! : []
  const faults: Array<CellFault> = []
  const converted: Record<string, Csv.Cell> = { ...row }
  if (rules.length > 0) {
    for (const [column, cell] of Object.entries(row)) {
      if (typeof cell === "number" && cell < 0) faults.push({ column, message: `${cell} is below zero` })
    }
  }
  for (const { expected, read, unit, values } of rules) {
    const text = row[unit] ?? null
    if (text === null) continue
    const scaled = read(String(text), row)
    if (scaled === undefined) {
      faults.push({ column: unit, message: `${text} does not convert; expected ${expected}` })
      continue
    }
    if (scaled.scale === 1) continue
    converted[unit] = scaled.unit
    for (const value of values) {
      const cell = row[value]
      if (typeof cell === "number") converted[value] = product(cell, scaled.scale)
    }
  }
  return { row: converted, faults }
}
