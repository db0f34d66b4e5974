/**
 * A report as sections of paragraphs, tables and charts, written as Markdown, HTML, text or JSON.
 */
import { escape } from "./ReportCharts.ts"

/** @category models */
export interface Table {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
}

/** A drawing in SVG. @category models */
export interface Chart {
  readonly title: string
  readonly svg: string
}

/** @category models */
export interface Section {
  readonly title: string
  readonly paragraphs: ReadonlyArray<string>
  readonly table?: Table
  readonly charts?: ReadonlyArray<Chart>
}

/** @category models */
export interface Document {
  readonly title: string
  readonly sections: ReadonlyArray<Section>
}

/** @category models */
export type Format = "markdown" | "text" | "json" | "html"

/**
 * Writes the document. Charts are part of it, in Markdown as images that the file itself holds; text leaves them out.
 *
 * @category writing
 */
export const write = (document: Document, format: Format): string => {
  switch (format) {
    case "markdown":
      return markdown(document)
    case "text":
      return text(document)
    case "html":
      return html(document)
    case "json":
      return JSON.stringify(document, undefined, 2)
  }
}

const cell = (value: string) => value.replaceAll("|", "\\|").replaceAll("\n", " ")

const markdown = ({ sections, title }: Document) =>
  [
    `# ${title}`,
    ...sections.flatMap(({ charts = [], paragraphs, table, title }) => [
      `## ${title}`,
      ...paragraphs,
      ...(table === undefined || table.rows.length === 0 ? [] : [[
        `| ${table.columns.map(cell).join(" | ")} |`,
        `| ${table.columns.map(() => "---").join(" | ")} |`,
        ...table.rows.map((row) => `| ${row.map(cell).join(" | ")} |`)
      ].join("\n")]),
      ...charts.map(({ svg, title }) =>
        `![${title}](data:image/svg+xml;base64,${Buffer.from(svg, "utf8").toString("base64")})`
      )
    ])
  ].join("\n\n") + "\n"

const text = ({ sections, title }: Document) =>
  [
    title.toUpperCase(),
    ...sections.map(({ paragraphs, table, title }) =>
      [
        title,
        ...paragraphs,
        ...(table?.rows ?? []).map((row) => row.map((value, at) => `${table?.columns[at]}: ${value}`).join("; "))
      ].join("\n")
    )
  ].join("\n\n") + "\n"

const html = ({ sections, title }: Document) => {
  const body = sections.map(({ charts = [], paragraphs, table, title }) =>
    `<section><h2>${escape(title)}</h2>${paragraphs.map((line) => `<p>${escape(line)}</p>`).join("")}` +
    `${table === undefined || table.rows.length === 0 ? "" : tableOf(table)}${
      charts.map(({ svg }) => svg).join("")
    }</section>`
  )
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title><style>` +
    "body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}" +
    "td,th{border:1px solid #bbb;padding:.3rem .6rem;text-align:left}svg{max-width:40rem}" +
    `</style></head><body><h1>${escape(title)}</h1>${body.join("")}</body></html>\n`
}

const tableOf = ({ columns, rows }: Table) => {
  const cells = (tag: string, of: ReadonlyArray<string>) =>
    of.map((value) => `<${tag}>${escape(value)}</${tag}>`).join("")
  return `<table><thead><tr>${cells("th", columns)}</tr></thead><tbody>${
    rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("")
  }</tbody></table>`
}
