/**
 * `greenlang footprint` computes the emissions of a file of bills.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Catalog from "../Catalog.ts"
import { AlreadyReported, UsageError } from "../CliError.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"

const optionalText = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)

/** What opening the database can fail with, as the catalog erases it. */
const isOther = (error: unknown): error is Exclude<unknown, UsageError> => !(error instanceof UsageError)

const rowsOf = (count: number) => `${count} ${count === 1 ? "row" : "rows"}`

/** How often progress is printed. */
const interval = 1000

/**
 * Writes one line for each row to `--out`, with its emissions or its error, and prints a summary. A killed run is resumed
 * by the same command. Exit code 1 where a row has no answer, 2 where the file cannot be read: then every fault is listed,
 * by its line, and nothing is computed. The numbers are those of the climate library, also in the folder of a project.
 *
 * @category commands
 */
export const command = (library: Catalog.Catalog) =>
  Command.make(
    "footprint",
    {
      file: Argument.String("file").pipe(
        Argument.withDescription("CSV of bills, or a meter export of ENERGY STAR Portfolio Manager")
      ),
      out: Flag.String("out").pipe(Flag.withDescription("CSV file that the results are written to")),
      country: optionalText("country", "Country of rows that name none (default: US)"),
      subregion: optionalText("subregion", "eGRID subregion, state or province of rows that name none"),
      gwpSet: Flag.Literals("gwp-set", ["AR4", "AR5", "AR6"]).pipe(
        Flag.withDescription("Global warming potentials of all rows (default: AR6)"),
        Flag.optional
      ),
      officialOnly: Flag.Boolean("official-only").pipe(
        Flag.withDescription("Leave unofficial editions out, such as eGRID2024 (Cornerstone)"),
        Flag.withDefault(false)
      ),
      dates: Flag.Literals("dates", ["dmy", "mdy"]).pipe(
        Flag.withDescription("How 03/04/2025 is read: day or month first"),
        Flag.optional
      ),
      data: Flag.String("data").pipe(
        Flag.withDescription("CSV of your own published factors, before the shipped ones; may be given several times"),
        Flag.withMetavar("FILE"),
        Flag.atLeast(0)
      ),
      ignore: Flag.String("ignore").pipe(
        Flag.withDescription("Name of a column to leave out; may be given several times"),
        Flag.atLeast(0)
      )
    },
    Effect.fnUntraced(function*({ country, data, dates, file, gwpSet, ignore, officialOnly, out, subregion }) {
      // its faults are for people, a line each
      const chosen = yield* Output.Chosen
      chosen.format = "text"
      const entry = yield* Catalog.find(library, "FuelAgent")
      const [BillsFile, BillFaults, DataPackFile] = yield* Lazy.load(() =>
        Promise.all([
          import("../BillsFile.ts"),
          import("../BillFaults.ts"),
          import("../../climate/tables/DataPackFile.ts")
        ])
      )
      const toUsage = (error: { readonly message: string }) => new UsageError({ problem: error.message })
      const own = yield* Effect.mapError(Effect.forEach(data, DataPackFile.read), toUsage)
      const field = (name: string, value: Option.Option<string>) =>
        Option.match(value, { onNone: () => ({}), onSome: (value) => ({ [name]: value }) })
      const options = {
        file,
        out,
        dates: Option.getOrUndefined(dates),
        ignored: ignore,
        defaults: {
          ...field("country", country),
          ...field("subregion", subregion),
          ...field("gwp_set", gwpSet),
          ...(officialOnly ? { officialOnly } : {})
        },
        version: "2",
        // those of the environment are before the tables already
        packs: [...own, ...(yield* Effect.mapError(DataPackFile.configured, toUsage))]
      }
      const checked = yield* BillsFile.check(options, data)
      const console = yield* Console.Console
      const clock = yield* Clock.Clock
      let reported = clock.currentTimeMillisUnsafe()
      const onRow = (done: number, rows: number) => {
        const now = clock.currentTimeMillisUnsafe()
        if (now - reported < interval && done < rows) return
        reported = now
        console.error(`${done} of ${rowsOf(rows)}`)
      }
      const summary = yield* Effect.catchIf(
        Catalog.provide(
          entry,
          Effect.provide(
            checked.isReadable ? BillsFile.run(options, checked, onRow) : BillFaults.all(options, checked, onRow),
            DataPackFile.layer(own)
          )
        ),
        isOther,
        (error) => Effect.andThen(Console.error(`greenlang: ${String(error)}`), Effect.fail(new AlreadyReported()))
      )
      const resumed = summary.resumed === 0 ? "" : `, ${summary.resumed} of them by an earlier run`
      const skipped = summary.skipped === 0 ? "" : `, ${summary.skipped} skipped`
      yield* Console.log(`${rowsOf(summary.rows)} in ${out}${resumed}${skipped}`)
      if (summary.faults.length === 0) return
      for (const { line, message } of summary.faults) yield* Console.error(`line ${line}: ${message}`)
      yield* Console.error(
        `${rowsOf(summary.faults.length)} ${summary.faults.length === 1 ? "has" : "have"} no answer`
      )
      return yield* new AlreadyReported()
    })
  ).pipe(
    Command.withDescription([
      "Compute the emissions of a file of bills. Resumes a run that was killed.",
      "",
      "  Columns, in any order: fuel_type, amount and unit; source, country, subregion; start_date and end_date, date or",
      "  year; gwp_set, edition, renewable_percentage, certificates_kwh and others that docs/climate.md lists.",
      "  A column that is not known is refused: --ignore leaves it out."
    ].join("\n")),
    Command.withShortDescription("Emissions of a file of bills"),
    Command.withExamples([
      { command: "greenlang footprint bills.csv --out result.csv --country UK", description: "One result for each row" }
    ])
  )
