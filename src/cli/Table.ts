/**
 * Lays text out in columns.
 */
import { displayWidth } from "effect/cli/CliOutput"

/**
 * One column. Numbers read best at the `right`. The widest `flexible` columns give way when the table is wider than the
 * terminal: their cells wrap.
 *
 * @category models
 */
export interface Column {
  readonly title: string
  readonly align?: "left" | "right"
  readonly flexible?: boolean
  readonly style?: (text: string) => string
}

const gap = "  "

/**
 * One line of titles, unless all are empty, then one or more lines a row, at most `width` cells wide; nothing where there
 * are no rows. Columns that do not fit beside the others stand in a table of their own below, behind the first again.
 *
 * ```ts
 * import * as Table from "greenlang/cli/Table"
 *
 * const columns = [{ title: "source" }, { title: "kg", align: "right" }] as const
 * const lines = Table.render(columns, [["gas", "5311.43"], ["diesel", "99"]], 80)
 * lines // => ["source       kg", "gas     5311.43", "diesel       99"]
 * ```
 *
 * @category rendering
 */
export const render = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  width: number,
  title: (text: string) => string = (text) => text
): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const natural = columns.map((column, at) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[at] ?? "")), displayWidth(column.title))
  )
  return fold(columns, natural, width).flatMap((band, at) => [
    ...(at > 0 ? [""] : []),
    ...one(
      band.map((at) => columns[at]!),
      rows.map((row) => band.map((at) => row[at] ?? "")),
      shrink(band.map((at) => columns[at]!), band.map((at) => natural[at]!), width),
      title
    )
  ])
}

const one = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  widths: ReadonlyArray<number>,
  title: (text: string) => string
): ReadonlyArray<string> => {
  const line = (cells: ReadonlyArray<string>, style: (column: Column) => (text: string) => string) =>
    columns.map((column, at) => pad(style(column)(cells[at]!), widths[at]!, column.align)).join(gap).trimEnd()
  const titles = columns.map((column) => column.title)
  const head = titles.every((title) => title === "") ? [] : [line(titles, () => title)]
  const body = rows.flatMap((row) => {
    const cells = columns.map((column, at) => column.flexible ? wrap(row[at]!, widths[at]!) : [row[at]!])
    const height = Math.max(...cells.map((lines) => lines.length))
    return Array.from(
      { length: height },
      (_, at) => line(cells.map((lines) => lines[at] ?? ""), ({ style }) => style ?? ((text) => text))
    )
  })
  return [...head, ...body]
}

/** Which columns stand beside each other. */
const fold = (
  columns: ReadonlyArray<Column>,
  natural: ReadonlyArray<number>,
  width: number
): ReadonlyArray<ReadonlyArray<number>> => {
  const least = natural.map((cells, at) => columns[at]!.flexible ? Math.min(cells, narrowestOf(width)) : cells)
  const together = (band: ReadonlyArray<number>) =>
    band.reduce((sum, at) => sum + least[at]!, gap.length * (band.length - 1))
  const bands: Array<Array<number>> = []
  for (const at of columns.keys()) {
    const last = bands.at(-1)
    if (last === undefined) bands.push([at])
    else if (last.length === 1 || together([...last, at]) <= width) last.push(at)
    else bands.push([0, at])
  }
  return bands
}

/** Takes cells from the widest flexible column until the table fits, or each is too narrow to read. */
const shrink = (
  columns: ReadonlyArray<Column>,
  natural: ReadonlyArray<number>,
  width: number
): ReadonlyArray<number> => {
  const widths = [...natural]
  const flexible = columns.flatMap((column, at) => column.flexible ? [at] : [])
  let excess = widths.reduce((sum, cells) => sum + cells, gap.length * (columns.length - 1)) - width
  while (excess > 0) {
    const [widest] = flexible.toSorted((a, b) => widths[b]! - widths[a]!)
    if (widest === undefined || widths[widest]! <= narrowestOf(width)) break
    widths[widest]!--
    excess--
  }
  return widths
}

/** Cells of a flexible column, at least. Two of them fit a narrow terminal. */
const narrowestOf = (width: number): number => Math.max(8, Math.min(20, Math.floor((width - gap.length) / 2)))

/**
 * The text, styled or not, with spaces to `width` cells.
 *
 * @category rendering
 */
export const pad = (text: string, width: number, align: "left" | "right" = "left"): string => {
  const spaces = " ".repeat(Math.max(0, width - displayWidth(text)))
  return align === "right" ? spaces + text : text + spaces
}

/**
 * Breaks a text between words into lines of at most `width` cells. A word that is longer stands alone and stays whole.
 *
 * ```ts
 * import * as Table from "greenlang/cli/Table"
 *
 * Table.wrap("one two three", 8) // => ["one two", "three"]
 * ```
 *
 * @category rendering
 */
export const wrap = (text: string, width: number): ReadonlyArray<string> =>
  text.split("\n").flatMap((paragraph) => {
    const lines: Array<string> = []
    for (const word of paragraph.trimEnd().split(/ +/)) {
      const last = lines.at(-1)
      if (last === undefined || displayWidth(last) + 1 + displayWidth(word) > width) lines.push(word)
      else lines[lines.length - 1] = `${last} ${word}`
    }
    return lines
  })
