/**
 * A row of a table of bills or of a meter export, read as a purchase.
 *
 * Columns are found by name, whatever their order: `Fuel Type`, `Usage/Quantity` and `Usage Units` are those of ENERGY STAR
 * Portfolio Manager. A column that is not known is refused, and so is a number with separators of thousands.
 */
import * as Result from "effect/Result"
import type { Issue } from "../agent/Issue.ts"
import * as NearestNames from "./NearestNames.ts"
import * as PortfolioManager from "./PortfolioManager.ts"
import * as Warming from "./Warming.ts"

/** How dates with slashes are read: day first or month first. @category models */
export type DateOrder = "dmy" | "mdy"

/** What the columns of a file mean. `undefined` is a column without a meaning for emissions. @category models */
export interface Columns {
  readonly fields: ReadonlyArray<Field | undefined>
  readonly isPortfolioManager: boolean
}

/** Numbers, dates and texts of a row. @category models */
export type Field = keyof typeof meanings

const number = "number"
const text = "text"
const date = "date"

/** What each field holds, and the names that its column may have, besides its own. */
const meanings = {
  source: [text, "meter name", "meter", "site", "property name", "facility", "name"],
  fuel_type: [text, "fuel", "energy", "energy type", "meter type", "commodity"],
  amount: [number, "usage", "usage quantity", "quantity", "consumption"],
  unit: [text, "units", "usage units", "uom", "unit of measure"],
  start_date: [date, "start", "from", "period start", "billing start"],
  end_date: [date, "end", "to", "period end", "billing end"],
  date: [date, "delivery date", "bill date", "invoice date"],
  year: [number],
  country: [text],
  subregion: [text, "state", "province", "egrid subregion"],
  gwp_set: [text],
  edition: [text],
  period_rule: [text],
  renewable_percentage: [number],
  certificates_kwh: [number],
  supplier_factor_kg_per_kwh: [number],
  residual_mix_kg_per_kwh: [number],
  efficiency: [number],
  heat_source_factor_kg_per_kwh: [number],
  chiller: [text],
  cop: [number],
  steam_enthalpy_btu_per_lb: [number]
} as const

/** What a row cannot do without. */
const needed = {
  fuel_type: "a fuel or bought energy, such as natural_gas",
  amount: "a number, such as 1234.5",
  unit: "a unit, such as kWh"
} as const

/** Columns of exports and ledgers that say nothing about emissions. */
const withoutMeaning = [
  "property id",
  "parent property id",
  "parent property name",
  "portfolio manager id",
  "portfolio manager meter id",
  "meter id",
  "meter consumption id",
  "custom meter id 1 name",
  "custom meter id 1 value",
  "account",
  "account number",
  "invoice",
  "invoice number",
  "cost",
  "currency",
  "estimation",
  "estimated value",
  "demand",
  "demand cost",
  "last modified date",
  "last modified by",
  "notes",
  "comment",
  "row"
]

const normalized = (name: string) =>
  name.trim().toLowerCase().replaceAll(/\(.*?\)/g, " ").replaceAll(/[^a-z0-9]+/g, " ").trim()

const names = new Map<string, Field>(
  Object.entries(meanings).flatMap(([field, [, ...others]]) =>
    [field, ...others].map((name) => [normalized(name), field as Field] as const)
  )
)

/** Each that is not known is compared with all that are. */
const mostColumns = 1_000

/**
 * What the header says. Fails with every column that is not known, has a meaning twice, or is missing.
 *
 * @category reading
 */
export const readHeader = (
  header: ReadonlyArray<string>,
  ignored: ReadonlyArray<string> = []
): Result.Result<Columns, ReadonlyArray<Issue>> => {
  if (header.length > mostColumns) {
    const message = `has ${header.length} columns`
    return Result.fail([{ path: "", message, expected: `${mostColumns} columns at most` }])
  }
  const skipped = new Set([...withoutMeaning, ...ignored.map(normalized)])
  const fields = header.map((name) => names.get(normalized(name)))
  const known = Object.keys(meanings)
  const issues: Array<Issue> = []
  const isPortfolioManager = header.some((name) => normalized(name) === "usage units")
  header.forEach((name, at) => {
    const field = fields[at]
    if (field === undefined && !skipped.has(normalized(name))) {
      const [nearest = "", ...others] = NearestNames.find(normalized(name), known).available
      const rest = known.filter((one) => one !== nearest && !others.includes(one))
      issues.push({
        path: name,
        message: "is not a known column",
        expected: `${nearest}, or another of ${[...others, ...rest].join(", ")}; --ignore "${name}" leaves it out`
      })
    } else if (field !== undefined && field !== "source" && fields.indexOf(field) !== at) {
      issues.push({
        path: name,
        message: `means ${field}, as ${header[fields.indexOf(field)]} does`,
        expected: "one of the two"
      })
    }
  })
  for (const field of ["fuel_type", "amount", "unit"] as const) {
    if (!fields.includes(field)) {
      issues.push({
        path: field,
        message: "is missing",
        expected: `a column named ${[field, ...meanings[field].slice(1)].join(", ")}`
      })
    }
  }
  return issues.length > 0 ? Result.fail(issues) : Result.succeed({ fields, isPortfolioManager })
}

/**
 * The set of warming potentials that a row names, where it is one. The first of a file is that of all its rows.
 *
 * @category reading
 */
export const gwpSetOf = ({ fields }: Columns, cells: ReadonlyArray<string>): Warming.GwpSet | undefined => {
  const cell = fields.flatMap((field, at) => field === "gwp_set" ? [cells[at]?.trim() ?? ""] : []).find((cell) =>
    cell !== ""
  )
  return Warming.GwpSet.literals.find((set) => set === cell)
}

/** What a row is: a purchase as `FuelAgent` reads it, or a meter that is not of energy. @category models */
export type Bill =
  | {
    readonly _tag: "Purchase"
    readonly source: string | undefined
    readonly input: Readonly<Record<string, unknown>>
  }
  | { readonly _tag: "Skipped"; readonly reason: string }

/**
 * Reads the cells of a row. Fails with every cell that cannot be read, with dates that contradict each other, and with a set
 * of warming potentials other than that of `defaults`, which is the set of all rows.
 *
 * @category reading
 */
export const read = (
  { fields, isPortfolioManager }: Columns,
  cells: ReadonlyArray<string>,
  options: { readonly dates: DateOrder | undefined; readonly defaults: Readonly<Record<string, unknown>> }
): Result.Result<Bill, ReadonlyArray<Issue>> => {
  const issues: Array<Issue> = []
  const row: Record<string, string | number> = {}
  if (cells.slice(fields.length).some((cell) => cell.trim() !== "")) {
    issues.push({
      path: "row",
      message: `has ${cells.length} cells: a comma in a number or a name stands between quotes`,
      expected: `${fields.length} cells, as the header has`
    })
  }
  const order = options.dates ?? (isPortfolioManager ? "mdy" : undefined)
  fields.forEach((field, at) => {
    const cell = cells[at]?.trim() ?? ""
    // Portfolio Manager writes what it does not know in words; the first of several names counts
    if (field === undefined || cell === "" || /^not available$/i.test(cell) || row[field] !== undefined) return
    const [sort] = meanings[field]
    const value: Result.Result<string | number, Unreadable> = sort === number
      ? toNumber(cell)
      : sort === date
      ? toDate(cell, order)
      : Result.succeed(cell)
    if (Result.isSuccess(value)) row[field] = value.success
    else issues.push({ path: field, message: `${cell} ${value.failure.message}`, expected: value.failure.expected })
  })
  const type = row["fuel_type"]
  const meter = isPortfolioManager && type !== undefined ? PortfolioManager.meter(String(type)) : undefined
  if (meter?.reason !== undefined) return Result.succeed({ _tag: "Skipped", reason: meter.reason })
  for (const field of ["fuel_type", "amount", "unit"] as const) {
    const isFaulty = issues.some(({ path }) => path === field)
    if (row[field] === undefined && !isFaulty) {
      issues.push({ path: field, message: "is empty", expected: needed[field] })
    }
  }
  if (fields.includes("country") && row["country"] === undefined && options.defaults["country"] === undefined) {
    issues.push({ path: "country", message: "is empty", expected: "the country of the row, or --country for all rows" })
  }
  const { date: day, end_date, source, start_date, ...rest } = row
  if ((start_date === undefined) !== (end_date === undefined)) {
    const path = start_date === undefined ? "start_date" : "end_date"
    if (!issues.some((issue) => issue.path === path)) {
      issues.push({ path, message: "is empty", expected: "both dates or none" })
    }
  }
  const dates = (["start_date", "end_date", "date"] as const).filter((field) => row[field] !== undefined)
  if (day !== undefined && dates.length > 1) {
    issues.push({ path: "date", message: "stands beside start_date and end_date", expected: "one of the two" })
  }
  if (rest["year"] !== undefined && dates.length > 0) {
    issues.push({ path: "year", message: `stands beside ${dates.join(" and ")}`, expected: "one of the two" })
  }
  const set = options.defaults["gwp_set"]
  if (set !== undefined && rest["gwp_set"] !== undefined && rest["gwp_set"] !== set) {
    issues.push({
      path: "gwp_set",
      message: `${rest["gwp_set"]} is another set than the inventory's ${set}`,
      expected: String(set)
    })
  }
  if (issues.length > 0) return Result.fail(issues)
  const period = start_date !== undefined
    ? { start_date, end_date }
    : day === undefined
    ? undefined
    : { start_date: day, end_date: day }
  const { fuel_type, unit } = rest
  return Result.succeed({
    _tag: "Purchase",
    source: source === undefined ? undefined : String(source),
    input: {
      ...options.defaults,
      ...(period === undefined ? {} : { period }),
      ...rest,
      ...(meter === undefined ? {} : { fuel_type: meter.fuel_type ?? fuel_type, ...meter.chiller }),
      unit: isPortfolioManager ? PortfolioManager.unit(String(unit)) : unit
    }
  })
}

interface Unreadable {
  readonly message: string
  readonly expected: string
}

const toNumber = (cell: string): Result.Result<number, Unreadable> => {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(cell)) return Result.succeed(Number(cell))
  const isSeparated = /^[-+]?\d{1,3}([,'. \u00a0\u202f]\d{3})+([.,]\d+)?$/.test(cell) || /^[-+]?\d+,\d+$/.test(cell)
  // a thousands separator beside another sign, or twice, can be read in one way only
  const isThousands = /^[-+]?\d{1,3}([,'. \u00a0\u202f]\d{3})+([.,]\d+)?$/.test(cell) &&
    ((cell.match(/[,'. \u00a0\u202f]/g) ?? []).length > 1 || /['\s]/.test(cell))
  return Result.fail(
    isThousands
      ? { message: "has separators of thousands", expected: "digits with a decimal point, as 1234.5" }
      : isSeparated
      ? { message: "has a separator that can be read in two ways", expected: "digits with a decimal point, as 1234.5" }
      : { message: "is not a number", expected: "digits with a decimal point, as 1234.5" }
  )
}

const toDate = (cell: string, order: DateOrder | undefined): Result.Result<string, Unreadable> => {
  const iso = /^(\d{4})-(\d{2})-(\d{2})([T ].*)?$/.exec(cell)
  const slashed = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})( .*)?$/.exec(cell)
  const twofold = slashed !== null && Number(slashed[1]) <= 12 && Number(slashed[2]) <= 12 && slashed[1] !== slashed[2]
  if (iso === null && twofold && order === undefined) {
    return Result.fail({
      message: "can be read in two ways",
      expected: "a date as 2025-03-04, or the order of days and months: --dates dmy or --dates mdy"
    })
  }
  const [year, month, day] = iso !== null
    ? [iso[1]!, iso[2]!, iso[3]!]
    : slashed === null
    ? ["", "", ""]
    : order === "dmy" || (order === undefined && Number(slashed[1]) > 12)
    ? [slashed[3]!, slashed[2]!, slashed[1]!]
    : [slashed[3]!, slashed[1]!, slashed[2]!]
  const text = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`
  const time = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text
    ? Result.fail({ message: "is not a date", expected: "a date as 2025-03-04" })
    : Result.succeed(text)
}
