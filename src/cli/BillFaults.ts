/**
 * All that is wrong with a file of bills, in one round: cells that cannot be read, and fuels, units and countries that no table
 * has, also in a row whose other cells cannot be read.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Struct from "effect/Struct"
import * as Issue from "../agent/Issue.ts"
import * as Bill from "../climate/Bill.ts"
import * as BillUnit from "../climate/BillUnit.ts"
import { DataError } from "../climate/ClimateError.ts"
import * as Country from "../climate/Country.ts"
import type { calculateEmissions } from "../climate/FuelTools.ts"
import * as FuelType from "../climate/FuelType.ts"
import * as NearestNames from "../climate/NearestNames.ts"
import type { ReferenceTables } from "../climate/tables/ReferenceTables.ts"
import * as Printable from "../render/Printable.ts"
import * as BillRows from "./BillRows.ts"
import { UsageError } from "./CliError.ts"

type Input = Readonly<Record<string, unknown>>

/** Faults that are listed. The others are counted. */
const mostFaults = 100

/** The faults of a file: the first are listed, and all are counted. @category models */
export class Faults {
  private count = 0
  private readonly lines: Array<string> = []

  ofFile(text: string): this {
    if (this.count++ < mostFaults) this.lines.push(Printable.line(text))
    return this
  }

  add(line: number, texts: ReadonlyArray<string>): this {
    for (const text of texts) this.ofFile(`line ${line}: ${text}`)
    return this
  }

  /** Lists them, a line each. */
  toUsage(file: string): UsageError {
    const { count, lines } = this
    const more = count > lines.length ? [`and ${count - lines.length} more faults`] : []
    return new UsageError({
      problem: `${file} has ${count} ${count === 1 ? "fault" : "faults"}; nothing is computed.`,
      hint: [...lines, ...more].join("\n")
    })
  }
}

/** An issue with its field, in one line. @category rendering */
export const text = (issue: Issue.Issue): string => `${issue.path || "the row"}: ${Issue.text(issue)}`

/**
 * Reads the file again, and fails with every fault of every row, by its line. `onRow` is called after each.
 *
 * @category checking
 */
export const all = (
  options: BillRows.Options,
  { columns, gwpSet, rows }: { readonly columns: Bill.Columns; readonly gwpSet: unknown; readonly rows: number },
  onRow: (done: number, rows: number) => void
): Effect.Effect<never, UsageError, ReferenceTables> =>
  Effect.gen(function*() {
    const { calculateEmissions } = yield* Effect.promise(() => import("../climate/FuelTools.ts"))
    const faults = new Faults()
    const ofRows = BillRows.onSet(options, gwpSet)
    const iterator = BillRows.rowsOf(options.file)
    const next = Effect.tryPromise({ try: () => iterator.next(), catch: BillRows.faulty(options.file) })
    yield* Effect.gen(function*() {
      yield* next // the header
      for (let done = 0; done < rows; done++) {
        const { value } = yield* next
        if (value === undefined) break
        yield* Effect.yieldNow
        faults.add(value.line, yield* ofRow(calculateEmissions, columns, value.cells, ofRows))
        onRow(done + 1, rows)
      }
    }).pipe(Effect.ensuring(Effect.promise(() => iterator.return(undefined))))
    return yield* faults.toUsage(options.file)
  })

type Calculate = typeof calculateEmissions

const ofRow = Effect.fnUntraced(function*(
  calculate: Calculate,
  columns: Bill.Columns,
  cells: ReadonlyArray<string>,
  options: BillRows.Options
) {
  const read = Bill.read(columns, cells, options)
  if (Result.isSuccess(read)) {
    return read.success._tag === "Skipped" ? [] : yield* ofInput(calculate, { country: "US", ...read.success.input })
  }
  const issues = read.failure
  const faulty = new Set(issues.map(({ path }) => path))
  const behind = faulty.has("row") || faulty.has("fuel_type")
    ? []
    : yield* behindFaulty(calculate, columns, cells, options, faulty)
  return [...issues.map(text), ...behind]
})

/** What a row needs, in the place of a cell that cannot be read. */
const standIns: Readonly<Record<string, string>> = { amount: "1", unit: "kWh", country: "US" }

/** What else is wrong with a row some of whose cells cannot be read. */
const behindFaulty = Effect.fnUntraced(function*(
  calculate: Calculate,
  columns: Bill.Columns,
  cells: ReadonlyArray<string>,
  options: BillRows.Options,
  faulty: ReadonlySet<string>
) {
  const isPeriodFaulty = faulty.has("start_date") || faulty.has("end_date")
  const readable = columns.fields.map((field, at) => {
    if (field === undefined) return cells[at] ?? ""
    if (faulty.has(field)) return standIns[field] ?? ""
    return isPeriodFaulty && (field === "start_date" || field === "end_date") ? "" : cells[at] ?? ""
  })
  const read = Bill.read(columns, readable, options)
  if (Result.isFailure(read) || read.success._tag === "Skipped") return []
  const { input } = read.success
  if (faulty.has("unit") || faulty.has("country")) return yield* messages(FuelType.find(String(input["fuel_type"])))
  // certificates are compared with the amount
  const comparable = faulty.has("amount") ? Struct.omit(input, ["certificates_kwh"]) : input
  return yield* ofInput(calculate, { country: "US", ...comparable })
})

/** Fields without which nothing is looked up. */
const isNeeded = (field: string): boolean => field === "fuel_type" || field === "unit" || field === "country"

/**
 * What is wrong with a purchase, a text each: what stops one look-up does not hide what would stop the next.
 *
 * @category checking
 */
export const ofInput = (
  calculate: Calculate,
  input: Input
): Effect.Effect<ReadonlyArray<string>, never, ReferenceTables> =>
  Effect.gen(function*() {
    const answer = yield* Effect.result(calculate.call(input as never))
    if (Result.isSuccess(answer)) return []
    const error = answer.failure
    if (error._tag === "InvalidInput" || error._tag === "ValidationError") {
      const fields = new Set(error.issues.map(({ path }) => path.split(".")[0]!))
      const said = error.issues.map(text)
      const rest = Object.entries(input).filter(([field]) => !fields.has(field) || field === "amount")
      const right = rest.map(([field, value]) => [field, field === "amount" && fields.has(field) ? 1 : value])
      const isEnd = [...fields].some((field) => isNeeded(field) || !Object.hasOwn(input, field))
      if (!isEnd) return [...said, ...yield* ofInput(calculate, Object.fromEntries(right))]
      return fields.has("unit") ? [...said, ...ofCountry(String(input["country"]))] : said
    }
    if (error._tag !== "DataError" || !isOfFuel(error)) return [error.message]
    const { country, unit } = input
    const ofUnit = yield* messages(BillUnit.read(String(unit), { country: String(country) }))
    return [error.message, ...ofUnit, ...ofCountry(String(country))]
  })

const isOfFuel = ({ lookedFor }: DataError): boolean => Object.keys(lookedFor).join() === "fuel_type"

const ofCountry = (country: string): ReadonlyArray<string> =>
  Country.isKnown(Country.code(country))
    ? []
    : [
      new DataError({ what: "country", lookedFor: { name: country }, ...NearestNames.find(country, Country.names) })
        .message
    ]

/** What the look-up fails with. */
const messages = <A, E extends { readonly message: string }, R>(
  look: Effect.Effect<A, E, R>
): Effect.Effect<ReadonlyArray<string>, never, R> =>
  Effect.match(look, { onFailure: ({ message }) => message.split("\n"), onSuccess: () => [] })
