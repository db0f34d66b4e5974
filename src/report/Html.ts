/**
 * Markup in which text from elsewhere stays text.
 */
import * as Printable from "../render/Printable.ts"

/**
 * A piece of markup. Only `html` and `trusted` make one, so text from a run is always escaped.
 *
 * @category models
 */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

/** A part between the markup: text, markup, a list of either, or nothing. @category models */
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

/** The door to the page: text passes it without control characters, and with its markup escaped. */
const escape = (text: string): string => Printable.text(text).replaceAll(/[&<>"']/g, (letter) => entities[letter]!)

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}
