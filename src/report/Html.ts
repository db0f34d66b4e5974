/**
 * Markup into which any text can be put, and stays text.
 */

/**
 * A piece of markup. Only `html` and `trusted` make one, so what came from a run has been escaped.
 *
 * @category models
 */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

/** What stands between the markup: text, markup, a list of either, or nothing. @category models */
export type Part = string | number | Html | undefined | ReadonlyArray<Part>

/**
 * Markup with parts. Text in it is escaped, for the content of an element and for an attribute in double quotes.
 *
 * ```ts
 * import { html } from "greenlang/report/Html"
 *
 * const name = "</b><img src=x onerror=alert(1)>"
 * html`<b title="${name}">${["a", html`<i>b</i>`]}</b>`.markup
 * // => `<b title="&lt;/b&gt;&lt;img src=x onerror=alert(1)&gt;">a<i>b</i></b>`
 * ```
 *
 * @category constructors
 */
export const html = (markup: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Html =>
  new Html(markup.reduce((text, piece, at) => text + write(parts[at - 1]) + piece))

/** Markup that this package itself has written out, such as a style sheet. @category constructors */
export const trusted = (markup: string): Html => new Html(markup)

const write = (part: Part): string => {
  if (part === undefined) return ""
  if (typeof part === "string") return escape(part)
  if (typeof part === "number") return String(part)
  return part instanceof Html ? part.markup : part.map(write).join("")
}

/** Without the control characters that no page may hold, in whatever encoding it is written. */
const escape = (text: string): string =>
  text.replaceAll(/[^\P{Cc}\n\t]|\p{Cs}/gu, "").replaceAll(/[&<>"']/g, (letter) => entities[letter]!)

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}
