/**
 * A table of Markdown as the formatter of this project writes it.
 */

/** The first row is the head. */
export const of = (rows: ReadonlyArray<ReadonlyArray<string>>) => {
  const [head = []] = rows
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.slice(1).map(line)].join("\n")
}
