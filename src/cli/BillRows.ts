/**
 * The rows of a CSV file of bills, one at a time: memory does not grow with the file.
 */
import { closeSync, createReadStream, openSync, readSync } from "node:fs"
import { pipeline } from "node:stream"
import type * as Bill from "../climate/Bill.ts"
import type { DataPack } from "../climate/tables/DataPack.ts"
import { UsageError } from "./CliError.ts"

/** How a file is read and computed. @category models */
export interface Options {
  readonly file: string
  readonly out: string
  readonly dates: Bill.DateOrder | undefined
  readonly ignored: ReadonlyArray<string>
  /** Fields of every row that does not state them. */
  readonly defaults: Readonly<Record<string, unknown>>
  readonly version: string
  /** Published numbers of one's own, before the shipped ones. */
  readonly packs: ReadonlyArray<DataPack>
}

/**
 * The options of rows that share one set of warming potentials: rows that name none take it.
 *
 * @category models
 */
export const onSet = <A extends Pick<Options, "defaults">>(options: A, gwpSet: unknown): A =>
  gwpSet === undefined ? options : { ...options, defaults: { ...options.defaults, gwp_set: gwpSet } }

/** The cells of a row, and the line that it ends on. @category models */
export interface Row {
  readonly cells: ReadonlyArray<string>
  readonly line: number
}

/**
 * Rows of a CSV file as they are read; the first is the header. `onBytes` gets all that is read.
 *
 * @category reading
 */
export async function* rowsOf(file: string, onBytes?: (chunk: Uint8Array) => void): AsyncGenerator<Row> {
  const { parse } = await import("csv-parse")
  const source = createReadStream(file)
  if (onBytes !== undefined) source.on("data", (chunk) => onBytes(Buffer.from(chunk)))
  const parser = pipeline(
    source,
    parse({
      bom: true,
      delimiter: delimiterOf(file),
      info: true,
      max_record_size: mostOfRow,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true
    }),
    // the rows below end with the failure of either
    () => {}
  )
  for await (const { info, record } of parser as AsyncIterable<{ info: { lines: number }; record: Array<string> }>) {
    yield { cells: record, line: info.lines }
  }
}

/** Characters of a row. A file of one line without an end stops here. */
const mostOfRow = 1_000_000

/** A comma, or the semicolon or tab that the first line has more of. */
const delimiterOf = (file: string): string => {
  const descriptor = openSync(file, "r")
  try {
    const head = Buffer.alloc(65_536)
    const [line = ""] = head.toString("utf8", 0, readSync(descriptor, head)).split(/\r?\n/)
    const count = (delimiter: string) => line.split(delimiter).length
    return [";", "\t"].reduce((most, delimiter) => count(delimiter) > count(most) ? delimiter : most, ",")
  } finally {
    closeSync(descriptor)
  }
}

/** What a file that cannot be read is. @category errors */
export const faulty = (file: string) => (cause: unknown) =>
  new UsageError({ problem: `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}` })
