/**
 * Charts of reports as SVG, without scripts and without fonts of their own.
 */

/** A labelled number. @category models */
export interface Point {
  readonly label: string
  readonly value: number
}

/** The text with what HTML and SVG read as markup replaced. @category text */
export const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;")

const colours = ["#1b6e53", "#3a86c8", "#e0a030", "#b04a5a", "#6b5b95", "#7a8b99"]

const colour = (at: number) => colours[at % colours.length]!

const svg = (title: string, height: number, body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 640 ${height}" font-family="sans-serif" font-size="13">` +
  `<title>${escape(title)}</title>${body}</svg>`

const shown = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: 3 })

/**
 * Horizontal bars, one for each point.
 *
 * @category charts
 */
export const bars = (title: string, unit: string, points: ReadonlyArray<Point>): string => {
  const most = Math.max(...points.map(({ value }) => Math.abs(value)), Number.MIN_VALUE)
  const rows = points.map(({ label, value }, at) => {
    const y = 16 + at * 28
    const width = Math.abs(value) / most * 300
    return `<text x="180" y="${y + 13}" text-anchor="end">${escape(label)}</text>` +
      `<rect x="190" y="${y}" width="${width.toFixed(1)}" height="18" fill="${colour(at)}"/>` +
      `<text x="${(196 + width).toFixed(1)}" y="${y + 13}">${shown(value)} ${escape(unit)}</text>`
  })
  return svg(title, 32 + points.length * 28, rows.join(""))
}

/**
 * Shares of a whole. Points of 0 have no part; without a whole the circle is empty.
 *
 * @category charts
 */
export const pie = (title: string, points: ReadonlyArray<Point>): string => {
  const positive = points.filter(({ value }) => value > 0)
  const whole = positive.reduce((sum, { value }) => sum + value, 0)
  let from = 0
  const parts = positive.map(({ value }, at) => {
    const share = value / whole
    const to = from + share
    const path = share > 0.999999
      ? `<circle cx="120" cy="120" r="100" fill="${colour(at)}"/>`
      : `<path d="M120 120 L${at360(from)} A100 100 0 ${share > 0.5 ? 1 : 0} 1 ${at360(to)} Z" fill="${colour(at)}"/>`
    from = to
    return path
  })
  const legend = positive.map(({ label, value }, at) =>
    `<rect x="260" y="${20 + at * 22}" width="12" height="12" fill="${colour(at)}"/>` +
    `<text x="280" y="${31 + at * 22}">${escape(label)}: ${(100 * value / whole).toFixed(1)} %</text>`
  )
  return svg(title, Math.max(240, 40 + positive.length * 22), [...parts, ...legend].join(""))
}

const at360 = (share: number) => {
  const angle = 2 * Math.PI * share - Math.PI / 2
  return `${(120 + 100 * Math.cos(angle)).toFixed(2)} ${(120 + 100 * Math.sin(angle)).toFixed(2)}`
}
