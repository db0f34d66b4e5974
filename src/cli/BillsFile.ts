/**
 * A file of bills, row by row, into a file of their emissions.
 *
 * 1. Memory does not grow with the file: one row is read, computed and written at a time.
 * 2. Results are written, in order, to `<out>.part`, which becomes `<out>` when all are there.
 * 3. A run that was killed is resumed: complete lines of the part are kept, and their rows are not computed again. The part
 *    belongs to the same input, settings and version only: `<out>.part.json` names them.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { createHash } from "node:crypto"
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { dirname } from "node:path"
import { setImmediate } from "node:timers/promises"
import * as Bill from "../climate/Bill.ts"
import type { calculateEmissions } from "../climate/FuelTools.ts"
import type { ReferenceTables } from "../climate/tables/ReferenceTables.ts"
import * as ForeignFile from "../internal/ForeignFile.ts"
import * as Printable from "../render/Printable.ts"
import * as BillFaults from "./BillFaults.ts"
import * as BillRows from "./BillRows.ts"
import { unreadable, UsageError, wordsOf } from "./CliError.ts"
import * as SameFile from "./SameFile.ts"

/** A row, by its line in the file, and what is wrong with it. @category models */
export interface Fault {
  readonly line: number
  readonly message: string
}

/** @category models */
export interface Summary {
  readonly rows: number
  readonly resumed: number
  readonly skipped: number
  readonly faults: ReadonlyArray<Fault>
}

/** The columns of the result. */
const header = [
  "line",
  "source",
  "fuel_type",
  "amount",
  "unit",
  "country",
  "status",
  "scope",
  "co2e_kg",
  "location_based_kg_co2e",
  "market_based_kg_co2e",
  "biogenic_co2_kg",
  "data_year",
  "edition",
  "gwp_set",
  "notes",
  "error",
  "gwp_sets_used",
  "market_basis",
  "emission_factor",
  "emission_factor_unit",
  "emission_factor_source",
  "region",
  "subregion",
  "start_date",
  "end_date"
]

const unwritable = (file: string) => (cause: unknown) =>
  new UsageError({ problem: `${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}` })

/** A file that can be computed. @category models */
export interface Checked {
  readonly columns: Bill.Columns
  readonly rows: number
  readonly digest: string
  /** The one set of warming potentials of the rows, where the options or a row name one. */
  readonly gwpSet: unknown
  /** Whether each row can be read. Else `BillFaults.all` lists what is wrong with the file, and nothing is computed. */
  readonly isReadable: boolean
}

/**
 * Reads the whole file once. Fails with a `UsageError` where it has no rows, or a header that is wrong, and where the result
 * would be written over it or over one of the files `data`.
 *
 * @category checking
 */
export const check = Effect.fnUntraced(function*(options: BillRows.Options, data: ReadonlyArray<string> = []) {
  const { dates, defaults, file, ignored, packs, version } = options
  const hash = createHash("sha256").update(JSON.stringify([dates, ignored, defaults, version, packs]))
  yield* Effect.mapError(ForeignFile.checkRegular(file), unreadable(file))
  yield* checkOut(options.out)
  yield* SameFile.refuse([options.out, ...partOf(options.out)], [file, ...data])
  const scan = async (signal: AbortSignal): Promise<Result.Result<Checked, BillFaults.Faults>> => {
    let columns: Bill.Columns | undefined
    let rows = 0
    let isReadable = true
    let gwpSet = defaults["gwp_set"]
    const faults = new BillFaults.Faults()
    for await (const { cells, line } of BillRows.rowsOf(file, (chunk) => hash.update(chunk))) {
      signal.throwIfAborted()
      if (columns === undefined) {
        const read = Bill.readHeader(cells, ignored)
        if (Result.isFailure(read)) return Result.fail(faults.add(line, read.failure.map(BillFaults.text)))
        columns = read.success
        continue
      }
      if (++rows % 200 === 0) await setImmediate()
      gwpSet ??= Bill.gwpSetOf(columns, cells)
      isReadable &&= Result.isSuccess(Bill.read(columns, cells, BillRows.onSet({ dates, defaults }, gwpSet)))
    }
    if (columns === undefined) return Result.fail(faults.ofFile("the file is empty"))
    if (rows === 0) return Result.fail(faults.ofFile("the file has a header and no rows"))
    return Result.succeed({ columns, rows, digest: hash.digest("hex"), isReadable, gwpSet })
  }
  const checked = yield* Effect.tryPromise({ try: scan, catch: BillRows.faulty(file) })
  return Result.isSuccess(checked) ? checked.success : yield* checked.failure.toUsage(file)
})

/** The results of a run that has not ended, and what they are the results of. */
const partOf = (out: string): readonly [part: string, owner: string] => [`${out}.part`, `${out}.part.json`]

/** What stands at the path of the result must be a file, which it replaces. */
const checkOut = (out: string) =>
  out === ""
    ? Effect.fail(new UsageError({ problem: "The result needs a file to be written to: its name is empty." }))
    : Effect.catchIf(
      ForeignFile.checkRegular(out),
      ({ reason }) => reason._tag === "NotFound",
      () => Effect.void
    ).pipe(
      Effect.mapError((error) => new UsageError({ problem: `${out} cannot be written: ${wordsOf(error)}` })),
      Effect.andThen(
        existsSync(dirname(out))
          ? Effect.void
          : Effect.fail(new UsageError({ problem: `${out} cannot be written: there is no folder ${dirname(out)}` }))
      )
    )

/** How many complete lines a part has that may be kept, the header included. */
const keptLines = (part: string, owner: string, digest: string): number => {
  if (!existsSync(part) || !existsSync(owner) || readFileSync(owner, "utf8") !== digest) return 0
  const bytes = readFileSync(part)
  truncateSync(part, bytes.lastIndexOf(10) + 1)
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++
  return lines
}

/**
 * Computes the rows of a checked file and writes their results. `onRow` is called after each with how many are done. A row
 * that has no answer is a fault, and its error stands in the result.
 *
 * @category running
 */
export const run = Effect.fnUntraced(function*(
  options: BillRows.Options,
  { columns, digest, gwpSet, rows }: Checked,
  onRow: (done: number, rows: number) => void
): Effect.fn.Return<Summary, UsageError, ReferenceTables> {
  const ofRows = BillRows.onSet(options, gwpSet)
  const { calculateEmissions } = yield* Effect.promise(() => import("../climate/FuelTools.ts"))
  const [part, owner] = partOf(options.out)
  const iterator = BillRows.rowsOf(options.file)
  const next = Effect.tryPromise({ try: () => iterator.next(), catch: BillRows.faulty(options.file) })
  return yield* Effect.acquireUseRelease(
    Effect.try({
      try: () => {
        const kept = keptLines(part, owner, digest)
        if (kept === 0) {
          writeFileSync(part, "")
          writeFileSync(owner, digest)
          appendFileSync(part, `${header.join(",")}\n`)
        }
        return { kept: Math.max(0, kept - 1), file: openSync(part, "a") }
      },
      catch: unwritable(part)
    }),
    ({ file, kept }) =>
      Effect.gen(function*() {
        yield* next // the header
        for (let done = 0; done < kept; done++) yield* next
        for (let done = kept; done < rows; done++) {
          const { value } = yield* next
          if (value === undefined) break
          // rows that are read already come without a turn of the event loop, in which a signal could arrive
          yield* Effect.yieldNow
          const result = yield* resultOf(columns, value, ofRows, calculateEmissions)
          yield* Effect.try({
            try: () => writeSync(file, `${result.map(quoted).join(",")}\n`),
            catch: unwritable(part)
          })
          onRow(done + 1, rows)
        }
        yield* Effect.try({
          try: () => {
            renameSync(part, options.out)
            rmSync(owner)
          },
          catch: unwritable(options.out)
        })
        const { faults, skipped } = yield* Effect.tryPromise({
          try: () => faultsOf(options.out),
          catch: BillRows.faulty(options.out)
        })
        return { rows, resumed: kept, skipped, faults }
      }),
    ({ file }) =>
      Effect.promise(async () => {
        closeSync(file)
        await iterator.return(undefined)
      })
  )
})

type Calculate = typeof calculateEmissions

const resultOf = Effect.fnUntraced(function*(
  columns: Bill.Columns,
  { cells, line }: BillRows.Row,
  options: BillRows.Options,
  calculate: Calculate
) {
  const read = Bill.read(columns, cells, options)
  // the check has read it before
  const bill = Result.getOrThrow(read)
  if (bill._tag === "Skipped") return toCells({ line, status: "skipped", error: bill.reason })
  const input = { country: "US", ...bill.input }
  const assumed = bill.input["country"] === undefined ? ["no country is given: the US is assumed"] : []
  const answer = yield* Effect.result(calculate.call(input as never))
  const asked = { line, source: bill.source, ...input, ...periodOf(bill.input) }
  if (Result.isFailure(answer)) {
    const faults = yield* BillFaults.ofInput(calculate, input)
    return toCells({ ...asked, status: "error", error: faults.join("; ") || answer.failure.message })
  }
  const { emissions_kg_co2e, gwp_sets_used = [], notes, ...value } = answer.success
  return toCells({
    ...asked,
    ...value,
    status: "ok",
    co2e_kg: emissions_kg_co2e,
    gwp_sets_used: gwp_sets_used.join(" "),
    notes: [...assumed, ...notes].join("; ")
  })
})

const periodOf = ({ period }: Readonly<Record<string, unknown>>) => typeof period === "object" ? { ...period } : {}

const toCells = (row: Readonly<Record<string, unknown>>) =>
  header.map((column) => row[column] === undefined ? "" : String(row[column]))

/** Without what a terminal would obey. A text that a spreadsheet would compute stands after an apostrophe, which the spreadsheet does not show. */
const quoted = (cell: string) => {
  const text = Printable.text(cell.replaceAll(/[\r\n]+/g, "; "))
  const isFormula = /^[=+\-@\t]/.test(text) && !Number.isFinite(Number(text))
  const line = isFormula ? `'${text}` : text
  return /[",]/.test(line) ? `"${line.replaceAll("\"", "\"\"")}"` : line
}

/** The faults of a whole result, those of a run before the resumed one too. */
const faultsOf = async (out: string) => {
  const faults: Array<Fault> = []
  const [line, status, error] = ["line", "status", "error"].map((column) => header.indexOf(column))
  let skipped = 0
  for await (const { cells } of BillRows.rowsOf(out)) {
    if (cells[status!] === "skipped") skipped++
    if (cells[status!] === "error") faults.push({ line: Number(cells[line!]), message: cells[error!] ?? "" })
  }
  return { faults, skipped }
}
